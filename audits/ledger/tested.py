"""For bundles: the protocols that entries fixed, and how the trials of their runs ended.

What was said in trials goes along where whoever exports discloses texts; otherwise how each trial ended, of which the
findings follow too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final

import rfc8785

from audits.ledger.disclosed import Disclose
from audits.ledger.span import Wanted
from audits.log import verify
from audits.models import Protocol, Run
from audits.queries import lines_of_trials
from audits.trail.kinds import Kind, Outcome

_ENDED: Final = (Run.State.FINISHED, Run.State.CANCELLED)
_OUTCOMES: Final = ("position", "behavior", "probe", "variant", "epoch", "outcome")
_TELLING: Final = re.compile(rb'"kind":"(protocol\.fixed|run\.requested|run\.finished)"')
_PIECE: Final = 500  # rows read at once


class Named:
    """The protocols and runs that entries of a bundle tell of, gathered as these are read."""

    def __init__(self) -> None:
        self.protocols: set[str] = set()  # digests
        self.requested: set[int] = set()
        self.finished: set[int] = set()

    def note(self, leaf: bytes) -> None:
        if _TELLING.search(leaf) is None:
            return
        entry = json.loads(leaf)
        if entry["outcome"] != Outcome.DONE:
            return
        if entry["kind"] == Kind.PROTOCOL_FIXED:
            self.protocols.add(entry["after"]["digest"])
        elif entry["kind"] == Kind.RUN_REQUESTED:
            self.requested.add(int(entry["data"]["run"]))
        elif entry["kind"] == Kind.RUN_FINISHED:
            self.finished.add(int(entry["data"]["run"]))


def files(named: Named, wanted: Wanted) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Of each protocol and run all of whose entries are in the bundle, from being fixed to its end."""
    protocols = _protocols(named, wanted)
    for digest, pk in sorted(protocols.items()):
        document = Protocol.objects.values_list("document", flat=True).get(pk=pk)
        yield f"{verify.PROTOCOLS}{digest.removeprefix('sha256:')}.json", [bytes(document)]
    runs = Run.objects.filter(pk__in=named.requested & named.finished, state__in=_ENDED)
    for run in runs.filter(protocol__in=protocols.values()).order_by("pk"):
        whole = Disclose.TEXTS in wanted.disclose
        name = verify.TRIALS if whole else verify.OUTCOMES
        yield f"{verify.RUNS}{run.pk}{name}", lines_of_trials(run) if whole else _outcomes(run)


def _protocols(named: Named, wanted: Wanted) -> dict[str, int]:
    """Ids by digest."""
    rows = Protocol.objects.filter(digest__in=named.protocols)
    rows = rows.filter(version__product=wanted.product) if wanted.product else rows
    rows = rows.filter(version=wanted.version) if wanted.version else rows
    return dict(rows.order_by().values_list("digest", "pk"))


def _outcomes(run: Run) -> Iterator[bytes]:
    rows, after = run.trials.order_by("position").values(*_OUTCOMES), -1
    while found := list(rows.filter(position__gt=after)[:_PIECE]):
        yield from (bytes(rfc8785.dumps(row)) + b"\n" for row in found)
        after = found[-1]["position"]
