"""What an organization's runs may take, what they took, and what would be too much. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal

from audits.checks.prices import NOTHING, told

Unit = Literal["trials", "tokens", "money"]


@dataclass(frozen=True, slots=True)
class Cost:
    """Trials, tokens in and out of their conversations and of what a judge is asked, and money.

    Args:
        tokens: as far as endpoints report them.
        currency: of the money; empty where nothing has prices, which claims nothing.
    """

    trials: int = 0
    tokens: int = 0
    money: Decimal = NOTHING
    currency: str = ""

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.trials + other.trials,
            self.tokens + other.tokens,
            self.money + other.money,
            self.currency or other.currency,
        )


@dataclass(frozen=True, slots=True)
class Caps:
    """The most of a month, and the most requests of a minute; None is without a limit."""

    trials: int | None = None
    tokens: int | None = None
    requests: int | None = None
    money: Decimal | None = None
    currency: str = ""  # of the money

    @property
    def are_set(self) -> bool:
        return self.limit_months or self.requests is not None

    @property
    def limit_months(self) -> bool:
        return any(each is not None for each in (self.trials, self.tokens, self.money))


@dataclass(frozen=True, slots=True)
class Excess:
    """One limit that something does not fit into."""

    unit: Unit
    most: int | Decimal
    taken: int | Decimal  # this month, and what runs that are going on may still take
    wanted: int | Decimal
    currency: str = ""

    @property
    def left(self) -> int | Decimal:
        return max(self.most - self.taken, 0)


def excess(caps: Caps, taken: Cost, wanted: Cost) -> Excess | None:
    """The first limit that ``wanted`` goes over beside what is taken; None where it fits."""
    if caps.trials is not None and taken.trials + wanted.trials > caps.trials:
        return Excess("trials", caps.trials, taken.trials, wanted.trials)
    if caps.tokens is not None and taken.tokens + wanted.tokens > caps.tokens:
        return Excess("tokens", caps.tokens, taken.tokens, wanted.tokens)
    if caps.money is not None and wanted.currency == caps.currency and taken.money + wanted.money > caps.money:
        return Excess("money", caps.money, told(taken.money), told(wanted.money), caps.currency)
    return None


def used_up(caps: Caps, taken: Cost) -> Excess | None:
    """The limit that leaves nothing more to ask; ``taken`` is only what really was."""
    if caps.trials is not None and taken.trials >= caps.trials:
        return Excess("trials", caps.trials, taken.trials, 0)
    if caps.tokens is not None and taken.tokens >= caps.tokens:
        return Excess("tokens", caps.tokens, taken.tokens, 0)
    if caps.money is not None and taken.currency == caps.currency and taken.money >= caps.money:
        return Excess("money", caps.money, told(taken.money), 0, caps.currency)
    return None


def month_of(now: datetime) -> datetime:
    """The instant at which the month of ``now`` began, in UTC."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def part_of(whole: Cost, rest: int) -> Cost:
    """Of what a whole run may take, the share of the trials that are still to come; rounded up."""
    if not whole.trials:
        return Cost(0, 0, NOTHING, whole.currency)
    money = told(whole.money * rest / whole.trials)
    return Cost(rest, -(-whole.tokens * rest // whole.trials), money, whole.currency)
