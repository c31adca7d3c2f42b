"""What a run may still cost: by the prices and the cap of its protocol, and by what was paid so far.

A trial begins only if all of its requests together still fit at their most, beside everything else that is under way.
Most answers cost less than they may, so what is left is counted anew with each slice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum, Value
from django.db.models.functions import Coalesce

from audits.checks import prices, protocols
from audits.checks.prices import NOTHING, Money, written
from audits.checks.probes import Probe, Suite
from audits.checks.tokens import Tokens
from audits.conformance.engine.shapes import Usage
from audits.conformance.trials import paid
from audits.models import Run, Trial


class CapReached(Exception):
    """What is left to ask could cost more than the run may; the message says so."""


@dataclass(frozen=True, slots=True)
class Spending:
    """
    Args:
        document: the protocol.
    """

    run: Run
    document: Mapping[str, Any]

    @property
    def money(self) -> Money | None:
        return Money.of(self.document)

    def most(self, trial: Trial, probe: Probe) -> tuple[Tokens, Tokens]:
        """What a trial can take at most, of the model and of the judge."""
        return protocols.most_of_trial(probe, trial.variant, self.document)

    def affordable(self, trials: Sequence[Trial], by_id: Mapping[str, Probe]) -> Sequence[Trial]:
        """As many of them, in their order, as certainly fit.

        Raises:
            CapReached: there are some, and not even the first one does.
        """
        money = self.money
        if money is None or money.cap is None or not trials:
            return trials
        left = self._left(money.cap)
        found = trials[: prices.fitting([money.cost(*self.most(row, by_id[row.probe])) for row in trials], left)]
        if not found:
            raise self._reached(money.cap, left, money.currency)
        return found

    def need_room_to_try(self, suite: Suite) -> None:
        """
        Raises:
            CapReached: to try the judge could cost more than there is.
        """
        money = self.money
        if money is None or money.cap is None:
            return
        left = self._left(money.cap)
        if money.cost(Tokens(), protocols.most_of_trying(suite)) > left:
            raise self._reached(money.cap, left, money.currency)

    def count_try(self, usage: Usage, most: Tokens) -> None:
        """Keep what one answer of the judge to a labelled reply took, at once: what comes after it may fail."""
        fields: dict[str, int | Decimal] = {
            "judge_requests": usage.requests,
            "judge_tokens_in": usage.tokens_in,
            "judge_tokens_out": usage.tokens_out,
            "judge_unmetered": usage.unmetered,
        }
        if self.money and self.money.judge:
            fields["judge_cost"] = self.money.cost(Tokens(), paid(usage, most))
        rows = Run.objects.filter(pk=self.run.pk)
        rows.update(**{name: Coalesce(F(name), Value(0)) + value for name, value in fields.items()})

    def _left(self, cap: Decimal) -> Decimal:
        return cap - spent(self.run)

    def _reached(self, cap: Decimal, left: Decimal, currency: str) -> CapReached:
        taken = f"{written(prices.told(cap - left))} of at most {written(cap)} {currency}"
        return CapReached(f"The next request could pass the cap of the run: {taken} are spent.")


def spent(run: Run) -> Decimal:
    """What a run cost so far, by the prices of its protocol."""
    tried = Run.objects.filter(pk=run.pk).values_list("judge_cost", flat=True).get()
    trials: Decimal | None = run.trials.aggregate(sum=Sum("cost"))["sum"]
    return (tried or NOTHING) + (trials or NOTHING)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a run took so far.

    Args:
        model: what it was asked; of its requests nothing is known.
        judge: None where there is none, or where nobody counted yet when it was asked.
        money: what was fixed of it; None where nothing is said of money.
        cost: by the prices of the protocol.
        at_most: whether some of it is what it can cost at most, since tokens were not reported.
    """

    model: Usage
    judge: Usage | None
    money: Money | None
    cost: Decimal
    at_most: bool


_SUMS = (
    "tokens_in",
    "tokens_out",
    "unmetered",
    "judge_requests",
    "judge_tokens_in",
    "judge_tokens_out",
    "judge_unmetered",
)


def taken_by_run(run: Run, document: Mapping[str, Any]) -> Taken:
    found: dict[str, Any] = run.trials.aggregate(**{f"sum_{name}": Sum(name) for name in (*_SUMS, "cost")})
    sums = {name: found[f"sum_{name}"] or 0 for name in (*_SUMS, "cost")}
    model = Usage(0, sums["tokens_in"], sums["tokens_out"], sums["unmetered"])
    counted = run.agreement is None or run.judge_requests is not None
    judge = Usage(
        sums["judge_requests"] + (run.judge_requests or 0),
        sums["judge_tokens_in"] + (run.judge_tokens_in or 0),
        sums["judge_tokens_out"] + (run.judge_tokens_out or 0),
        sums["judge_unmetered"] + (run.judge_unmetered or 0),
    )
    money = Money.of(document)
    guessed = (model.unmetered and money and money.target) or (judge.unmetered and money and money.judge)
    return Taken(
        model,
        judge if document["judge"] and counted else None,
        money,
        sums["cost"] + (run.judge_cost or NOTHING),
        bool(guessed),
    )
