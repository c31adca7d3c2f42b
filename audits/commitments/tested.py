"""What runs found of a version on one platform, as it counts in public.

Only the version that is active counts, and only a value that was promised then and is promised now. Of each model the
newest run that says something of a commitment counts; another model's findings stand beside it, and the worst of them
is what is said. A run that somebody ended early counts where it found a failure: what it asked was chosen before, when
it ended was not. A rehearsal says nothing about any model.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from audits.checks.staleness import Stale
from audits.log.tree import hash_leaf
from audits.models import Entry, Finding, Leaf, Run
from profiles.models import Activation, Version

MOST_RUNS: Final = 50  # of a version on a platform; what older ones say was asked again since
_ENDED: Final = (Run.State.FINISHED, Run.State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Tried:
    """A run of the version that ended."""

    run: Run
    document: Mapping[str, Any]  # the protocol
    findings: tuple[Finding, ...]  # as people judged them last
    leaf_hash: str  # of the protocol's entry in the log; empty where it was pruned
    place: int | None  # of that entry

    @property
    def model(self) -> str:
        return str(self.document["target"]["model"])

    @property
    def rehearsal(self) -> bool:
        return bool(self.document["target"]["rehearsal"])

    @property
    def at(self) -> datetime:
        assert self.run.finished_at is not None, "only runs that ended are read"
        return self.run.finished_at

    @property
    def is_whole(self) -> bool:
        return self.run.state == Run.State.FINISHED

    @property
    def outcomes(self) -> dict[str, int]:
        """How many commitments have which outcome."""
        found = [row.outcome for row in self.findings]
        return {outcome: found.count(outcome) for outcome in Finding.Outcome.values if outcome in found}


@dataclass(frozen=True, slots=True)
class Test:
    """What counts of one commitment on one model."""

    finding: Finding
    tried: Tried
    stale: frozenset[Stale] = frozenset()  # why it does not speak of what is promised now


def tried_of(version: Version, platform: str) -> tuple[Tried, ...]:
    """Its runs, the newest first."""
    rows = Run.objects.filter(protocol__version=version, protocol__platform=platform, state__in=_ENDED)
    runs = list(rows.select_related("protocol").order_by("-finished_at", "-pk")[:MOST_RUNS])
    entries = [run.protocol.entry_id for run in runs]
    leaves = dict(Entry.objects.filter(pk__in=entries).values_list("pk", "leaf"))
    places = dict(Leaf.objects.filter(pk__in=entries).values_list("pk", "index"))
    findings = Finding.objects.said_by(runs)
    return tuple(
        Tried(
            run,
            json.loads(bytes(run.protocol.document)),
            tuple(findings[run.pk].values()),
            hash_leaf(bytes(leaves[entry])).hex() if entry in leaves else "",
            places.get(entry),
        )
        for run, entry in zip(runs, entries, strict=True)
    )


def tests_of(
    tried: tuple[Tried, ...], values: Mapping[str, Any], judge: Callable[[Test], frozenset[Stale]]
) -> dict[str, tuple[Test, ...]]:
    """What counts, by behavior; the newest first.

    Args:
        values: what is promised now, raw, by behavior.
        judge: says why a test is stale.
    """
    found: dict[str, dict[str, Test]] = {}
    for test in _saying_something(tried):
        key = test.finding.behavior
        if key in values and _promised(test.tried).get(key) == values[key]:
            found.setdefault(key, {}).setdefault(test.tried.model, test)
    return {key: tuple(replace(test, stale=judge(test)) for test in tests.values()) for key, tests in found.items()}


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The newest run of a version that was active before, of which something is known."""

    version: int
    model: str
    at: datetime


def elsewhere(active: Version, environment_id: int, platform: str) -> Elsewhere | None:
    rows = Run.objects.filter(
        protocol__version__in=Activation.objects.filter(product=active.product_id, environment=environment_id).values(
            "version"
        ),
        protocol__platform=platform,
        protocol__endpoint__rehearsal=False,
        state=Run.State.FINISHED,
    ).exclude(protocol__version=active)
    told = ("protocol__version__number", "protocol__endpoint__model", "finished_at")
    row = rows.order_by("-finished_at", "-pk").values_list(*told).first()
    return Elsewhere(*row) if row else None


def _saying_something(tried: tuple[Tried, ...]) -> Iterator[Test]:
    for one in tried:
        for row in () if one.rehearsal else one.findings:
            if row.trials and (one.is_whole or row.outcome == Finding.Outcome.FAIL):
                yield Test(row, one)


def _promised(tried: Tried) -> dict[str, Any]:
    """What was promised when it was tested: a hold or the end of an attestation can have changed that."""
    return {each["behavior"]: each["value"] for each in tried.document["commitments"]}


def untestable(tried: tuple[Tried, ...]) -> dict[str, str]:
    """Why a commitment was not tested, as the newest protocol that speaks of it says."""
    found: dict[str, str] = {}
    for one in tried:
        for each in one.document["not_covered"]:
            found.setdefault(each["behavior"], each["because"])
    return found
