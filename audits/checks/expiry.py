"""The ``expiry`` check: what ends soon, and what changes then? Pure: endings in, what is to be said of them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from audits.checks.results import Outcome, Point, Value
from profiles.resolution.document import instant

SOON: Final = timedelta(days=30)  # within which somebody should act
AHEAD: Final = timedelta(days=90)  # within which it is listed
LATELY: Final = timedelta(days=30)  # for so long what ended is still said
DAYS: Final = (30, 7, 1)  # before an end on which it is told of


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends or begins at an instant.

    Args:
        code: its sentence, see ``audits.checks.sentences``.
        changes: the names of the behaviors that have another value for clients from then on.
        needs_somebody: whether it goes wrong if nobody does anything; what was planned does not.
    """

    code: str
    at: datetime
    values: Mapping[str, Value] = field(default_factory=dict)
    changes: tuple[str, ...] = ()
    needs_somebody: bool = True


def judge(endings: Iterable[Ending], now: datetime) -> list[Point]:
    """What is to be said of them, the first to end first."""
    listed = sorted((each for each in endings if -LATELY <= each.at - now <= AHEAD), key=lambda each: each.at)
    points = [point for each in listed for point in _points(each, now)]
    if not any(each.at - now <= SOON for each in listed):
        points.insert(0, Point("nothing_ends", Outcome.PASS, {"days": SOON.days}))
    return points


def _points(it: Ending, now: datetime) -> Iterator[Point]:
    moment = {"ends_at": instant(it.at)}
    outcome = _outcome(it, now)
    yield Point(it.code, outcome, {**it.values, **moment})
    if it.changes and it.at > now:
        yield Point("changes_then", outcome, {"behaviors": ", ".join(it.changes), **moment})


def _outcome(it: Ending, now: datetime) -> Outcome:
    if it.code == "nothing_follows" and it.at <= now:
        return Outcome.FAIL
    return Outcome.ATTENTION if it.needs_somebody and it.at - now <= SOON else Outcome.PASS


def threshold(end: datetime, since: datetime, now: datetime) -> int | None:
    """On which of ``DAYS`` before an end it is to be told of now; None if on none.

    Args:
        since: when the end was settled. Whoever settled it so late has just said so.
    """
    if end <= now:
        return None
    days = min((days for days in DAYS if end - now <= timedelta(days=days)), default=None)
    return days if days is not None and end - timedelta(days=days) > since else None
