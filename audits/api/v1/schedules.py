"""``run-schedules`` and ``budget``: which runs start themselves, what came of it, and what is left of the month. What
sets them stands in ``schedule_changes`` and ``budget_limits``."""

from __future__ import annotations

from functools import partial
from typing import Final

from audits import queries
from audits.api.v1.suites import TAG
from audits.checks.prices import told, written
from audits.models import Occasion, RunSchedule
from profiles.access import Actor, Permission, Scope, Scoped
from profiles.actions import budgets
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import choice, listing, moment, or_null, plain, shape
from profiles.api.shapes import Json
from profiles.resolution.document import instant

STATES: Final = ("standing", "ended")
shape(
    "RunSchedule",
    {
        "id": plain("integer"),
        "product": plain("string", "Its slug."),
        "environment": plain("string", "Its slug."),
        "state": choice(STATES, "Once ended it stays so; the place is free for another one."),
        "platform": plain("string"),
        "suites": {"type": "array", "items": plain("string"), "description": "Names; each in its newest number."},
        "endpoint": plain("integer", "Its id."),
        "judge": or_null(plain("integer", "Its id.")),
        "every_days": plain("integer", "0: time alone starts nothing."),
        "at_hour": plain("integer", "UTC."),
        "on_submission": plain("boolean", "Whether a submitted version is run."),
        "on_drift": plain("boolean", "Whether the active version is run again when something drifted."),
        "due_at": or_null(moment("When time starts the next one.")),
        "last": or_null(choice(Occasion.State.values, "What came of the last time at which it asked for a run.")),
        "because": plain("string", "Why that one did not start, or what it waits for; else empty."),
        "run": or_null(plain("integer", "The run that it started.")),
    },
    "Runs that start themselves, for one product in one environment.",
)
listing("RunSchedule")
_LIMIT: Final[Json] = or_null(plain("integer"))
shape(
    "Budget",
    {
        "trials_a_month": _LIMIT,
        "tokens_a_month": _LIMIT,
        "requests_a_minute": _LIMIT,
        "trials_used": plain("integer", "This month, UTC."),
        "tokens_used": plain("integer", "In and out, of conversations and of judges, as far as endpoints report them."),
        "trials_planned": plain("integer", "By runs that are going on."),
        "tokens_planned": plain("integer", "At most about."),
        "answers_not_reported": plain("integer", "Answers of this month of which no endpoint reported the tokens."),
        "currency": or_null(plain("string", "Of the money, ISO 4217. null where no limit of money is set.")),
        "money_a_month": or_null(plain("string", "A decimal number.")),
        "money_used": or_null(plain("string", "By the prices of endpoints in this currency.")),
        "money_planned": or_null(plain("string", "By runs that are going on, at most about.")),
    },
    "What runs may take, and what they took. null is without a limit.",
)
SCHEDULE: Final[Json] = {
    "id": 3,
    "product": "after-dark",
    "environment": "production",
    "state": "standing",
    "platform": "anthropic",
    "suites": ["disclosure"],
    "endpoint": 2,
    "judge": None,
    "every_days": 7,
    "at_hour": 3,
    "on_submission": True,
    "on_drift": True,
    "due_at": "2026-11-30T03:00:00Z",
    "last": "lapsed",
    "because": "The endpoint Claude in production was removed.",
    "run": None,
}
_BUDGET: Final[Json] = {
    "trials_a_month": 5_000,
    "tokens_a_month": None,
    "requests_a_minute": 60,
    "trials_used": 656,
    "tokens_used": 182_340,
    "trials_planned": 328,
    "tokens_planned": 310_000,
    "answers_not_reported": 0,
    "currency": "USD",
    "money_a_month": "250",
    "money_used": "3.071205",
    "money_planned": "4.65",
}


def rows_of(actor: Actor) -> Scoped[RunSchedule]:
    """Those that stand and those that ended."""
    return RunSchedule.objects.of(actor).select_related("product__organization", "environment", "endpoint", "judge")


def shown(actor: Actor, row: RunSchedule) -> Json:
    last = row.occasions.order_by("-pk").first()
    names = queries.suites(actor).filter(pk__in=row.suites).order_by("slug").values_list("slug", flat=True)
    return {
        "id": row.pk,
        "product": row.product.slug,
        "environment": row.environment.slug,
        "state": STATES[row.removed_at is not None],
        "platform": row.platform,
        "suites": list(names),
        "endpoint": row.endpoint_id,
        "judge": row.judge_id,
        "every_days": row.every_days,
        "at_hour": row.at_hour,
        "on_submission": row.on_submission,
        "on_drift": row.on_drift,
        "due_at": instant(row.due_at) if row.due_at else None,
        "last": last.state if last else None,
        "because": last.because if last else "",
        "run": last.run_id if last else None,
    }


@operation(
    id="run_schedules_list",
    tag=TAG,
    scope=Scope.READ,
    summary="Schedules of runs",
    description="Which runs start themselves: those that stand, the newest first.",
    answers="RunScheduleList",
    example={"items": [SCHEDULE], "next": None},
    parameters=PAGES,
)
def list_schedules(asked: Asked) -> Answer:
    asked.actor.require(Permission.VIEW)
    rows = rows_of(asked.actor).filter(removed_at=None)
    return Answer(page_of(asked, rows, partial(shown, asked.actor)))


@operation(
    id="budget_get",
    tag=TAG,
    scope=Scope.READ,
    summary="The budget of runs",
    description="What an organization's runs may take in a month and a minute, and what they took this month.",
    answers="Budget",
    example=_BUDGET,
)
def get_budget(asked: Asked) -> Answer:
    asked.actor.require(Permission.VIEW)
    organization = asked.actor.organization_id
    assert organization is not None  # a key always has one
    caps = budgets.caps_of(organization)
    spent = budgets.spent(organization, asked.now, caps.currency)
    planned = budgets.committed(organization, caps.currency)
    limited = caps.money is not None
    return Answer(
        {
            "trials_a_month": caps.trials,
            "tokens_a_month": caps.tokens,
            "requests_a_minute": caps.requests,
            "trials_used": spent.trials,
            "tokens_used": spent.tokens,
            "trials_planned": planned.trials,
            "tokens_planned": planned.tokens,
            "answers_not_reported": budgets.unmetered(organization, asked.now),
            "currency": caps.currency or None,
            "money_a_month": written(caps.money) if caps.money is not None else None,
            "money_used": written(told(spent.money)) if limited else None,
            "money_planned": written(told(planned.money)) if limited else None,
        }
    )
