"""Budgets: what an organization's runs may take in a month and a minute, and what they took."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from audits.checks import budgets
from audits.checks.budgets import Caps, Cost, Excess
from audits.models import Budget, Run, Trial
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import Subject, action, note, subject
from profiles.errors import InvalidInput, WrongState
from profiles.models import Organization

BOUNDS: Final = {"trials": (1, 10_000_000), "tokens": (1, 10**12), "requests": (10, 100_000)}
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
    row, _is_new = Budget.objects.update_or_create(organization=organization, defaults={**shown(caps), "set_at": now})
    note(Kind.BUDGET_CHANGED, row, by=by, now=now, before=shown(before), after=shown(caps))
    return row


def _need_possible(caps: Caps) -> None:
    wrong = {}
    for name, value in shown(caps).items():
        least, most = BOUNDS[name]
        if value is not None and not least <= value <= most:
            wrong[name] = [_("Give a number from %(least)d to %(most)d, or nothing.") % {"least": least, "most": most}]
    if wrong:
        raise InvalidInput(next(iter(wrong.values()))[0], fields=wrong)


def shown(caps: Caps) -> dict[str, int | None]:
    return {"trials": caps.trials, "tokens": caps.tokens, "requests": caps.requests}


def caps_of(organization_id: int) -> Caps:
    row = Budget.objects.filter(organization_id=organization_id).first()
    return Caps(row.trials, row.tokens, row.requests) if row else Caps()


# What is taken


def spent(organization_id: int, now: datetime) -> Cost:
    """What was asked since the month began, UTC, whoever asked for it."""
    month = budgets.month_of(now)
    recent = _runs(organization_id).filter(Q(finished_at=None) | Q(finished_at__gte=month))
    rows = Trial.objects.filter(_ASKED, run__in=recent.order_by().values("pk"), ended_at__gte=month)
    found = rows.aggregate(trials=Count("pk"), sent=Sum("tokens_in"), got=Sum("tokens_out"))
    return Cost(found["trials"], (found["sent"] or 0) + (found["got"] or 0))


def committed(organization_id: int) -> Cost:
    """What runs that are going on may still take."""
    cost = Cost()
    for run in _runs(organization_id).filter(state=Run.State.OPEN).select_related("protocol"):
        cost += rest_of(run)
    return cost


def rest_of(run: Run) -> Cost:
    """What the trials without an outcome may take, at most about."""
    rest = run.trials.filter(outcome=Trial.Outcome.PLANNED).count()
    whole = cost_of(json.loads(bytes(run.protocol.document)))
    return Cost(rest, budgets.part_of(whole.tokens, whole.trials, rest))


def cost_of(document: Mapping[str, Any]) -> Cost:
    """What a run of a protocol takes, at most about."""
    estimate = document["estimate"]
    return Cost(document["trials"], estimate["tokens_in"] + estimate["tokens_out"])


def _runs(organization_id: int) -> Any:
    return Run.objects.filter(protocol__version__product__organization=organization_id)


# What is too much


def need_budget(organization: Organization, wanted: Cost, *, now: datetime) -> None:
    """
    Raises:
        OverBudget: with the numbers: it does not fit into what is left of the month.
    """
    caps = caps_of(organization.pk)
    if caps.trials is None and caps.tokens is None:
        return
    taken = spent(organization.pk, now) + committed(organization.pk)
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
    return (
        _(
            "This needs up to about %(wanted)d tokens. Of the %(most)d tokens of a month %(taken)d are used or "
            "planned, so %(left)d are left."
        )
        % numbers
    )


def used_up(over: Excess) -> str:
    """For the failure of a run that was under way: English, as all of them."""
    return f"The budget of the month is used up: {over.taken} of at most {over.most} {over.unit}."
