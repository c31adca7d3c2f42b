"""``budget/limits``: what runs may take. It stands apart from what they took, which changes with every trial, so that
its ETag says whether somebody changed the limits."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Final

from audits.api.v1.runs import AMOUNT
from audits.api.v1.suites import TAG
from audits.checks.prices import amount, written
from profiles.access import Permission, Scope
from profiles.actions import budgets
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, Refusal, etag_of, operation
from profiles.api.kit.shapes import enter, or_null, plain, shape
from profiles.api.shapes import Json, exact
from profiles.errors import DomainError
from profiles.models import Organization

# What the API calls a limit, and what the action calls it.
_NAMES: Final = {"trials_a_month": "trials", "tokens_a_month": "tokens", "requests_a_minute": "requests"}


def _limit(name: str) -> Json:
    least, most = budgets.BOUNDS[name]
    return or_null(plain("integer", f"From {least} to {most}, or null: without a limit."))


_LIMITS: Final[Json] = {
    **{name: _limit(limit) for name, limit in _NAMES.items()},
    "money_a_month": or_null(
        plain("string", "By the prices of endpoints, a decimal number; or null: without a limit.", pattern=AMOUNT)
    ),
    "currency": or_null(plain("string", "Of the money, ISO 4217; null without a limit of it.", pattern="^[A-Z]{3}$")),
}
shape("BudgetLimits", _LIMITS, "What an organization's runs may take. Months and minutes are of UTC.")
_SAID: Final = "What is to change. What is not named stays."
enter("BudgetLimitsChange", {**exact(_LIMITS, _SAID, optional=tuple(_LIMITS)), "minProperties": 1})
_EXAMPLE: Final[Json] = {
    "trials_a_month": 5_000,
    "tokens_a_month": None,
    "requests_a_minute": 60,
    "money_a_month": "250",
    "currency": "USD",
}
_OUT: Final = "Give a number from 10 to 100000, or nothing."


@operation(
    id="budget_limits_get",
    tag=TAG,
    scope=Scope.READ,
    summary="The limits of the budget",
    description="What runs may take. Keep its ETag to change it.",
    answers="BudgetLimits",
    example=_EXAMPLE,
)
def get_limits(asked: Asked) -> Answer:
    asked.actor.require(Permission.VIEW)
    return Answer(_shown(Organization.objects.of(asked.actor).one()))


@operation(
    id="budget_limits_change",
    tag=TAG,
    scope=Scope.BUDGET,
    method="PATCH",
    summary="Set the budget of runs",
    description="It holds at once, also for runs that are going on.",
    answers="BudgetLimits",
    example=_EXAMPLE,
    takes="BudgetLimitsChange",
    given={"trials_a_month": 5_000, "requests_a_minute": 60, "money_a_month": "250", "currency": "USD"},
    guarded=True,
    refusals=(
        Refusal(409, "wrong_state", "As it is", "These are the limits already."),
        Refusal(422, "invalid", "No such limit", _OUT, {"requests_a_minute": [_OUT]}),
    ),
)
def change_limits(asked: Asked) -> Answer:
    asked.actor.require(Permission.SET_BUDGET)
    organization = Organization.objects.of(asked.actor).select_for_update().one()
    asked.need_match(etag_of(_shown(organization)))
    changed = {limit: asked.body[name] for name, limit in _NAMES.items() if name in asked.body}
    if "money_a_month" in asked.body:
        changed["money"] = amount(asked.body["money_a_month"] or "")
    if "currency" in asked.body:
        changed["currency"] = asked.body["currency"] or ""
    caps = replace(budgets.caps_of(organization.pk), **changed)
    try:
        budgets.set_budget(organization, caps=caps, by=asked.actor, now=asked.now)
    except DomainError as error:
        names = {**_NAMES, "money_a_month": "money", "currency": "currency"}
        error.fields = {name: error.fields[limit] for name, limit in names.items() if limit in error.fields}
        raise
    return Answer(_shown(organization))


def _shown(organization: Organization) -> Json:
    caps = budgets.caps_of(organization.pk)
    found = asdict(caps)
    return {
        **{name: found[limit] for name, limit in _NAMES.items()},
        "money_a_month": written(caps.money) if caps.money is not None else None,
        "currency": caps.currency or None,
    }
