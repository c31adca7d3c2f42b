"""From the trials of a run to what it says of each commitment. Pure.

A behavior's probes look in several directions: that a line is not crossed, and that a harmless request beside it is
helped with. Each direction, kind and threshold is judged by itself, and the worst of them is the finding: neither a
model that refuses everything nor one that does everything keeps the promise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from audits.checks.probes import CommitmentKind, Direction
from audits.checks.statistics import CommitmentOutcome, Interval, Tally, Verdict, verdict

_WORST_FIRST: Final = (CommitmentOutcome.FAIL, CommitmentOutcome.INCONCLUSIVE, CommitmentOutcome.PASS)


class Ended(NamedTuple):
    """How one planned trial ended, as ``statistics.Trial`` says it."""

    probe: str
    variant: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Part:
    """The probes of one direction, kind and threshold."""

    direction: Direction
    kind: CommitmentKind
    threshold: float | None
    probes: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Concluded:
    """What a run says of one commitment.

    Args:
        interval: for the share of all its trials that pass, 95 %.
    """

    behavior: str
    outcome: CommitmentOutcome
    passed: int
    failed: int
    planned: int
    interval: Interval
    parts: tuple[Part, ...]

    @property
    def trials(self) -> int:
        """Those that say something."""
        return self.passed + self.failed

    @property
    def deciding(self) -> Part:
        """The part that the outcome comes from."""
        return next(part for part in self.parts if part.verdict.outcome is self.outcome)


def conclude(document: Mapping[str, Any], trials: Iterable[Ended]) -> tuple[Concluded, ...]:
    """A finding for each commitment of a protocol.

    Args:
        document: the protocol.
        trials: all that were planned.
    """
    by_probe: dict[str, list[tuple[str, str]]] = {}
    for trial in trials:
        by_probe.setdefault(trial.probe, []).append((f"{trial.probe}/{trial.variant}", trial.outcome))
    return tuple(_concluded(commitment, by_probe, document["max_invalid"]) for commitment in document["commitments"])


def _concluded(
    commitment: Mapping[str, Any], by_probe: Mapping[str, list[tuple[str, str]]], max_invalid: float
) -> Concluded:
    groups: dict[tuple[str, str, float | None], list[str]] = {}
    for probe in commitment["probes"]:
        groups.setdefault((probe["direction"], probe["kind"], probe["threshold"]), []).append(probe["id"])
    parts = tuple(
        Part(
            Direction(direction),
            CommitmentKind(kind),
            threshold,
            tuple(ids),
            verdict(CommitmentKind(kind), _tally(ids, by_probe), threshold, max_invalid=max_invalid),
        )
        for (direction, kind, threshold), ids in groups.items()
    )
    whole = verdict(CommitmentKind.BRIGHT_LINE, _tally([probe["id"] for probe in commitment["probes"]], by_probe))
    return Concluded(
        commitment["behavior"],
        min((part.verdict.outcome for part in parts), key=_WORST_FIRST.index),
        whole.passed,
        whole.failed,
        whole.planned,
        whole.interval,
        parts,
    )


def _tally(probes: Iterable[str], by_probe: Mapping[str, list[tuple[str, str]]]) -> Tally:
    return Tally.of(pair for probe in probes for pair in by_probe.get(probe, ()))
