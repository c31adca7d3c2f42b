"""What an organization's runs may take, what they took, and what would be too much. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Unit = Literal["trials", "tokens"]


@dataclass(frozen=True, slots=True)
class Cost:
    """Trials, and tokens in and out of their conversations. What a judge is asked is counted in neither, since only a
    reply shows whether it is asked."""

    trials: int = 0
    tokens: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.trials + other.trials, self.tokens + other.tokens)


@dataclass(frozen=True, slots=True)
class Caps:
    """The most of a month, and the most requests of a minute; None is without a limit."""

    trials: int | None = None
    tokens: int | None = None
    requests: int | None = None

    @property
    def are_set(self) -> bool:
        return any(each is not None for each in (self.trials, self.tokens, self.requests))


@dataclass(frozen=True, slots=True)
class Excess:
    """One limit that something does not fit into."""

    unit: Unit
    most: int
    taken: int  # this month, and what runs that are going on may still take
    wanted: int

    @property
    def left(self) -> int:
        return max(self.most - self.taken, 0)


def excess(caps: Caps, taken: Cost, wanted: Cost) -> Excess | None:
    """The first limit that ``wanted`` goes over beside what is taken; None where it fits."""
    if caps.trials is not None and taken.trials + wanted.trials > caps.trials:
        return Excess("trials", caps.trials, taken.trials, wanted.trials)
    if caps.tokens is not None and taken.tokens + wanted.tokens > caps.tokens:
        return Excess("tokens", caps.tokens, taken.tokens, wanted.tokens)
    return None


def used_up(caps: Caps, taken: Cost) -> Excess | None:
    """The limit that leaves nothing more to ask; ``taken`` is only what really was."""
    if caps.trials is not None and taken.trials >= caps.trials:
        return Excess("trials", caps.trials, taken.trials, 0)
    if caps.tokens is not None and taken.tokens >= caps.tokens:
        return Excess("tokens", caps.tokens, taken.tokens, 0)
    return None


def month_of(now: datetime) -> datetime:
    """The instant at which the month of ``now`` began, in UTC."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def part_of(estimate: int, planned: int, rest: int) -> int:
    """Of what a whole run may take, the share of the trials that are still to come; rounded up."""
    return -(-estimate * rest // planned) if planned else 0
