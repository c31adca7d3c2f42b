"""What models cost: prices of a million tokens, what a run may cost at most, and whether a next request still fits.
Pure. Money is decimal, never a float, and of one currency."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final, Self

from audits.checks.tokens import Tokens

_MILLION: Final = 6  # digits
_STEP: Final = Decimal("0.000001")  # the smallest amount that is told
_AMOUNT: Final = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
CURRENCY: Final = re.compile(r"[A-Z]{3}")
NOTHING: Final = Decimal(0)


def amount(text: str) -> Decimal | None:
    """An amount or price as it is written, such as ``2.50``; None where it is none. At most six decimals."""
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def written(value: Decimal) -> str:
    """Without an exponent and without zeros that say nothing: ``2.5``."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def told(value: Decimal) -> Decimal:
    """Rounded up to what is told of an amount."""
    return value.quantize(_STEP, rounding=ROUND_CEILING)


@dataclass(frozen=True, slots=True)
class Prices:
    """For a million tokens that go in, and for a million that come out."""

    input: Decimal
    output: Decimal
    currency: str  # three letters, ISO 4217

    def cost(self, sent: int, got: int) -> Decimal:
        """Exactly; twelve decimals at most."""
        return (sent * self.input + got * self.output).scaleb(-_MILLION)

    def as_dict(self) -> dict[str, str]:
        return {"input": written(self.input), "output": written(self.output)}


@dataclass(frozen=True, slots=True)
class Money:
    """What a protocol fixes of money.

    Args:
        target, judge: prices; None where they are not known, and nothing is said of what it costs.
        cap: the most that one run may cost; None without one.
    """

    currency: str
    target: Prices | None
    judge: Prices | None
    cap: Decimal | None = None
    estimate: Decimal = NOTHING

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self | None:
        """Out of a protocol; None where it says nothing of money."""
        found = document.get("money")
        if found is None:
            return None
        currency = found["currency"]
        cap = None if found["cap"] is None else Decimal(found["cap"])
        target, judge = (_prices(found[side], currency) for side in ("target", "judge"))
        return cls(currency, target, judge, cap, Decimal(found["estimate"]))

    def as_dict(self) -> dict[str, Any]:
        """As a protocol keeps it: amounts are texts, so that every reader takes them alike."""
        return {
            "currency": self.currency,
            "target": self.target.as_dict() if self.target else None,
            "judge": self.judge.as_dict() if self.judge else None,
            "estimate": written(self.estimate),
            "cap": None if self.cap is None else written(self.cap),
        }

    def cost(self, target: Tokens, judge: Tokens) -> Decimal:
        """Of what has prices."""
        found = self.target.cost(target.sent, target.got) if self.target else NOTHING
        return found + (self.judge.cost(judge.sent, judge.got) if self.judge else NOTHING)


def _prices(found: Mapping[str, str] | None, currency: str) -> Prices | None:
    return None if found is None else Prices(Decimal(found["input"]), Decimal(found["output"]), currency)


def fitting(most: Sequence[Decimal], left: Decimal) -> int:
    """How many of these, in their order, can be begun without any chance to cost more than what is left.

    Args:
        most: what each may cost at most.
    """
    for count, each in enumerate(most):
        left -= each
        if left < 0:
            return count
    return len(most)
