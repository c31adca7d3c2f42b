"""Budgets: what an organization's runs may take in a month and a minute, and what they took."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from audits.checks import budgets
from audits.checks.budgets import Caps, Cost, Excess
from audits.checks.prices import CURRENCY, NOTHING, Money, written
from audits.models import Budget, Run, Trial
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import Subject, action, note, subject
from profiles.errors import InvalidInput, WrongState
from profiles.models import Organization

BOUNDS: Final = {"trials": (1, 10_000_000), "tokens": (1, 10**12), "requests": (10, 100_000), "money": (1, 10**9)}
_ASKED: Final = ~Q(outcome__in=(Trial.Outcome.PLANNED, Trial.Outcome.SKIPPED))


class OverBudget(WrongState):
    code = "over_budget"


@subject.register
def _about(thing: Budget) -> Subject:
    return Subject(thing.organization.slug, target="budget")


@action(Kind.BUDGET_CHANGED)
def set_budget(organization: Organization, *, caps: Caps, by: Actor, now: datetime) -> Budget:
    """Set what runs may take. It binds at once, also runs that are going on.

    Raises:
        InvalidInput: a number that no limit can have.
        WrongState: nothing would change.
    """
    by.require(Permission.SET_BUDGET)
    organization = Organization.objects.select_for_update().get(pk=organization.pk)
    _need_possible(caps)
    before = caps_of(organization.pk)
    if caps == before:
        raise WrongState(_("These are the limits already."))
    fields = {**shown(caps), "money": caps.money, "currency": caps.currency, "set_at": now}
    row, _is_new = Budget.objects.update_or_create(organization=organization, defaults=fields)
    note(Kind.BUDGET_CHANGED, row, by=by, now=now, before=_told(before), after=_told(caps))
    return row


def _need_possible(caps: Caps) -> None:
    wrong = {}
    for name, value in {**shown(caps), "money": caps.money}.items():
        least, most = BOUNDS[name]
        if value is not None and not least <= value <= most:
            wrong[name] = [_("Give a number from %(least)d to %(most)d, or nothing.") % {"least": least, "most": most}]
    if (caps.money is not None or caps.currency) and not CURRENCY.fullmatch(caps.currency):
        wrong["currency"] = [_("Give the three capital letters of a currency, such as USD or EUR.")]
    elif caps.money is None and caps.currency:
        wrong["money"] = [_("Give an amount, or no currency.")]
    if wrong:
        raise InvalidInput(next(iter(wrong.values()))[0], fields=wrong)


def shown(caps: Caps) -> dict[str, int | None]:
    return {"trials": caps.trials, "tokens": caps.tokens, "requests": caps.requests}


def _told(caps: Caps) -> dict[str, int | str | None]:
    """What the trail keeps: amounts as texts, since readers of numbers differ."""
    if caps.money is None:
        return {**shown(caps)}
    return {**shown(caps), "money": f"{written(caps.money)} {caps.currency}"}


def caps_of(organization_id: int) -> Caps:
    row = Budget.objects.filter(organization_id=organization_id).first()
    return Caps(row.trials, row.tokens, row.requests, row.money, row.currency) if row else Caps()


# What is taken


def spent(organization_id: int, now: datetime, currency: str = "") -> Cost:
    """What was asked since the month began, UTC, whoever asked for it. What trying a judge took counts in the month in
    which its run began.

    Args:
        currency: of the money that is counted; without one, none is.
    """
    month = budgets.month_of(now)
    recent = _runs(organization_id).filter(Q(finished_at=None) | Q(finished_at__gte=month)).order_by()
    rows = Trial.objects.filter(_ASKED, run__in=recent.values("pk"), ended_at__gte=month)
    tried = recent.filter(started_at__gte=month)
    tokens = _sums(rows, "tokens_in", "tokens_out", *_JUDGED) + _sums(tried, *_JUDGED)
    money = NOTHING
    if currency:
        money = _money(rows.filter(run__protocol__currency=currency), "cost")
        money += _money(tried.filter(protocol__currency=currency), "judge_cost")
    return Cost(rows.count(), tokens, money, currency)


_JUDGED: Final = ("judge_tokens_in", "judge_tokens_out")


def _sums(rows: Any, *names: str) -> int:
    found: dict[str, int | None] = rows.aggregate(**{f"sum_{name}": Sum(name) for name in names})
    return sum(each or 0 for each in found.values())


def _money(rows: Any, name: str) -> Decimal:
    found: Decimal | None = rows.aggregate(sum=Sum(name))["sum"]
    return found or NOTHING


def unmetered(organization_id: int, now: datetime) -> int:
    """Answers of this month of which no endpoint reported the tokens, so that they are not counted."""
    month = budgets.month_of(now)
    recent = _runs(organization_id).filter(Q(finished_at=None) | Q(finished_at__gte=month)).order_by()
    rows = Trial.objects.filter(_ASKED, run__in=recent.values("pk"), ended_at__gte=month)
    return _sums(rows, "unmetered", "judge_unmetered") + _sums(recent.filter(started_at__gte=month), "judge_unmetered")


def committed(organization_id: int, currency: str = "") -> Cost:
    """What runs that are going on may still take."""
    cost = Cost(currency=currency)
    for run in _runs(organization_id).filter(state=Run.State.OPEN).select_related("protocol"):
        rest = rest_of(run)
        cost += rest if rest.currency == currency else replace(rest, money=NOTHING, currency="")
    return cost


def rest_of(run: Run) -> Cost:
    """What the trials without an outcome may take, at most about."""
    rest = run.trials.filter(outcome=Trial.Outcome.PLANNED).count()
    return budgets.part_of(cost_of(json.loads(bytes(run.protocol.document))), rest)


def cost_of(document: Mapping[str, Any]) -> Cost:
    """What a run of a protocol takes, at most about; a protocol from before judges were counted says nothing of its."""
    tokens = sum(
        each["tokens_in"] + each["tokens_out"]
        for each in (document["estimate"], document["estimate"].get("judge"))
        if each
    )
    money = Money.of(document)
    if money is None:
        return Cost(document["trials"], tokens)
    most = money.estimate if money.cap is None else min(money.estimate, money.cap)
    return Cost(document["trials"], tokens, most, money.currency)


def _runs(organization_id: int) -> Any:
    return Run.objects.filter(protocol__version__product__organization=organization_id)


# What is too much


def need_budget(organization: Organization, wanted: Cost, *, now: datetime) -> None:
    """
    Raises:
        OverBudget: with the numbers: it does not fit into what is left of the month.
    """
    caps = caps_of(organization.pk)
    if not caps.limit_months:
        return
    if caps.money is not None and wanted.currency not in ("", caps.currency):
        message = _(
            "This run is priced in %(priced)s, and the budget of the month is in %(currency)s. Set both in one."
        )
        raise OverBudget(message % {"priced": wanted.currency, "currency": caps.currency})
    taken = spent(organization.pk, now, caps.currency) + committed(organization.pk, caps.currency)
    if over := budgets.excess(caps, taken, wanted):
        raise OverBudget(too_much(over))


def too_much(over: Excess) -> str:
    numbers = {"wanted": over.wanted, "most": over.most, "taken": over.taken, "left": over.left}
    if over.unit == "trials":
        return (
            _(
                "This needs %(wanted)d trials. Of the %(most)d trials of a month %(taken)d are used or planned, so "
                "%(left)d are left."
            )
            % numbers
        )
    if over.unit == "money":
        told = {name: f"{written(Decimal(value))} {over.currency}" for name, value in numbers.items()}
        return (
            _(
                "This costs up to about %(wanted)s. Of the %(most)s of a month %(taken)s are used or planned, so "
                "%(left)s are left."
            )
            % told
        )
    return (
        _(
            "This needs up to about %(wanted)d tokens. Of the %(most)d tokens of a month %(taken)d are used or "
            "planned, so %(left)d are left."
        )
        % numbers
    )


def used_up(over: Excess) -> str:
    """For the failure of a run that was under way: English, as all of them."""
    taken, most = (written(Decimal(value)) for value in (over.taken, over.most))
    return f"The budget of the month is used up: {taken} of at most {most} {over.currency or over.unit}."
