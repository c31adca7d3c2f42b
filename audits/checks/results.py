"""What every check says, in one shape: an outcome, since when it is known, and the points that it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeAlias

from audits.checks.sentences import SENTENCES

Value: TypeAlias = str | int


class CheckKind(StrEnum):
    """Whatever runs in the background against a profile."""

    LIMITS = "limits"  # is every setting still inside its window?
    INSTRUCTIONS = "instructions"  # does the operator's own text work against users, a bright line or its settings?
    BEHAVIOR = "behavior"  # does the model keep its commitments?
    SERVING = "serving"  # do clients get the bytes that were approved?
    EXPIRY = "expiry"  # what ends soon, and what changes then?
    DRIFT = "drift"  # did the model or the rulebook change under us?


class Outcome(StrEnum):
    """``PASS`` is said only of what was measured. ``NOT_MEASURED`` says nothing, neither good nor bad."""

    FAIL = "fail"
    ATTENTION = "attention"  # it holds, and somebody should look at it before it does not any more
    INCONCLUSIVE = "inconclusive"  # it was measured, and that decides nothing
    NOT_MEASURED = "not_measured"
    PASS = "pass"


_ORDER: Final = tuple(Outcome)  # the worst first

# For so long what was measured counts as known; then it is shown as old.
FRESH: Final[Mapping[CheckKind, timedelta]] = {
    CheckKind.LIMITS: timedelta(hours=30),
    CheckKind.INSTRUCTIONS: timedelta(hours=30),
    CheckKind.BEHAVIOR: timedelta(days=30),
    CheckKind.SERVING: timedelta(hours=12),
    CheckKind.EXPIRY: timedelta(hours=30),
    CheckKind.DRIFT: timedelta(hours=30),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that a check found. ``code`` names its sentence (``audits.checks.sentences``), ``values`` fill its
    placeholders; a value whose name ends in ``_at`` is a moment, RFC 3339."""

    code: str
    outcome: Outcome
    values: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        assert self.code in SENTENCES, f"{self.code} has no sentence"

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "outcome": self.outcome.value, "values": dict(self.values)}

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Point:
        return cls(str(raw["code"]), Outcome(raw["outcome"]), dict(raw["values"]))


@dataclass(frozen=True, slots=True)
class Result:
    """What one check says of one version in one environment, the worst point first.

    Args:
        at: when it was measured, where that was earlier than now: a run, a check of last night.
    """

    points: tuple[Point, ...]
    at: datetime | None = None

    @classmethod
    def of(cls, points: Iterable[Point], at: datetime | None = None) -> Result:
        return cls(tuple(sorted(points, key=lambda each: _ORDER.index(each.outcome))), at)

    @property
    def outcome(self) -> Outcome:
        """The worst of its points; without any nothing was measured."""
        return self.points[0].outcome if self.points else Outcome.NOT_MEASURED


def worst(outcomes: Iterable[Outcome]) -> Outcome | None:
    return min(outcomes, key=_ORDER.index, default=None)


def is_old(kind: CheckKind, measured: datetime, now: datetime) -> bool:
    return now - measured > FRESH[kind]
