"""For bundles: the protocols that entries fixed, and how the trials of their runs ended.

What was said in trials goes along where whoever exports discloses texts; otherwise how each trial ended, of which the
findings follow too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import rfc8785

from audits.ledger.disclosed import Disclose
from audits.ledger.span import Wanted
from audits.log import verify
from audits.models import Entry, Leaf, Log, Protocol, Run
from audits.queries import lines_of_trials
from audits.trail.kinds import Kind, Outcome

_ENDED: Final = (Run.State.FINISHED, Run.State.CANCELLED)
_OUTCOMES: Final = ("position", "behavior", "probe", "variant", "epoch", "outcome")
_PIECE: Final = 500  # rows read at once


def files(log: Log, wanted: Wanted, start: int, end: int) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Of each protocol and run all of whose entries are in the bundle, from being fixed to its end."""
    protocols = _protocols(log, wanted, start, end)
    for digest, pk in sorted(protocols.items()):
        document = Protocol.objects.values_list("document", flat=True).get(pk=pk)
        yield f"{verify.PROTOCOLS}{digest.removeprefix('sha256:')}.json", [bytes(document)]
    told = _told(log, Kind.RUN_REQUESTED, start, end) & _told(log, Kind.RUN_FINISHED, start, end)
    runs = Run.objects.filter(pk__in=told, protocol__in=protocols.values(), state__in=_ENDED)
    for run in runs.order_by("pk").iterator(chunk_size=10):
        whole = Disclose.TEXTS in wanted.disclose
        name = verify.TRIALS if whole else verify.OUTCOMES
        yield f"{verify.RUNS}{run.pk}{name}", lines_of_trials(run) if whole else _outcomes(run)


def _protocols(log: Log, wanted: Wanted, start: int, end: int) -> dict[str, int]:
    """Ids by digest."""
    rows = Protocol.objects.filter(version__product__organization__slug=log.organization)
    rows = rows.filter(version__product=wanted.product) if wanted.product else rows
    rows = rows.filter(version=wanted.version) if wanted.version else rows
    here = Leaf.objects.filter(log=log, index__gte=start, index__lt=end).values("entry")
    return dict(rows.filter(entry_id__in=here).order_by().values_list("digest", "pk"))


def _told(log: Log, kind: Kind, start: int, end: int) -> set[int]:
    """The runs that entries of a kind in the bundle are about."""
    rows = Entry.objects.filter(placed__log=log, placed__index__gte=start, placed__index__lt=end)
    rows = rows.filter(kind=kind.value, outcome=Outcome.DONE.value).only("leaf")
    return {int(entry.content()["data"]["run"]) for entry in rows.iterator(chunk_size=_PIECE)}


def _outcomes(run: Run) -> Iterator[bytes]:
    rows, after = run.trials.order_by("position").values(*_OUTCOMES), -1
    while found := list(rows.filter(position__gt=after)[:_PIECE]):
        yield from (bytes(rfc8785.dumps(row)) + b"\n" for row in found)
        after = found[-1]["position"]
