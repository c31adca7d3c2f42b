"""``products/{slug}/activations`` and ``…/schedules``: what clients got and get, and what is to come."""

from __future__ import annotations

from typing import Final

from profiles.access import Scope
from profiles.actions.activations import activate_version
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, Refusal, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import choice, listing, moment, plain, shape
from profiles.api.shapes import Json
from profiles.api.v1.management.draft import OUTSIDE
from profiles.api.v1.management.shapes import (
    ENVIRONMENT,
    NUMBER,
    OR_NUMBER,
    REASON,
    SLUG,
    WHO,
    environment_of,
    product_of,
    who,
)
from profiles.api.v1.management.versions import version_of
from profiles.models import Activation, Schedule
from profiles.resolution.document import instant

shape(
    "Activation",
    {
        "id": plain("integer"),
        "version": NUMBER,
        "environment": plain("string", "Its slug."),
        "previous": {**OR_NUMBER, "description": "What was active there before."},
        "basis": choice([each.value for each in Activation.Basis], "What allowed it."),
        "reason": plain("string"),
        "by": WHO,
        "at": moment("When."),
    },
    "The act that made a version the active one of an environment.",
)
listing("Activation")
shape("NewActivation", {"version": NUMBER, "environment": SLUG, "reason": REASON}, "A version to become active.")
shape(
    "Schedule",
    {
        "id": plain("integer"),
        "version": NUMBER,
        "environment": plain("string", "Its slug."),
        "due_at": moment("When it is to become active."),
        "reason": plain("string"),
        "by": WHO,
        "state": choice([each.value for each in Schedule.State], "What became of it."),
        "outcome": plain("string", "Why it was refused or canceled; else empty."),
        "ended_at": {**moment("When it ended."), "type": ["string", "null"]},
    },
    "An activation that is to happen later. It is judged when it is due.",
)
listing("Schedule")

EXAMPLE: Final[Json] = {
    "id": 31,
    "version": 8,
    "environment": "production",
    "previous": 7,
    "basis": "approved",
    "reason": "Agreed on Monday.",
    "by": {"id": "key:bl_0a1b2c3d4", "name": "Repository"},
    "at": "2026-11-23T12:00:00Z",
}
_SCHEDULE: Final[Json] = {
    "id": 4,
    "version": 9,
    "environment": "production",
    "due_at": "2026-12-01T06:00:00Z",
    "reason": "In the quiet hours.",
    "by": {"id": "user:7", "name": "Ada Approver"},
    "state": "waiting",
    "outcome": "",
    "ended_at": None,
}
_TAG: Final = "Activations"
_FEW: Final = "Production needs 1 approval by somebody else than the author; there are 0."
_NO_RUN: Final = (
    "Production asks for a passing run that is not older than 30 days. For openai no run is complete. "
    "Start one under Conformance."
)


def shown(row: Activation) -> Json:
    return {
        "id": row.pk,
        "version": row.version.number,
        "environment": row.environment.slug,
        "previous": row.previous.number if row.previous else None,
        "basis": row.basis,
        "reason": row.reason,
        "by": who(row.by_id, row.by_name),
        "at": instant(row.at),
    }


def _schedule_shown(row: Schedule) -> Json:
    return {
        "id": row.pk,
        "version": row.version.number,
        "environment": row.environment.slug,
        "due_at": instant(row.due_at),
        "reason": row.reason,
        "by": who(f"user:{row.by_id}", row.by.name),
        "state": row.state,
        "outcome": row.outcome,
        "ended_at": instant(row.ended_at) if row.ended_at else None,
    }


@operation(
    id="activations_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="Activations of a product",
    description="The newest first: of each environment the first one is what clients get.",
    answers="ActivationList",
    example={"items": [EXAMPLE], "next": None},
    parameters=(ENVIRONMENT, *PAGES),
)
def list_activations(asked: Asked, slug: str) -> Answer:
    rows = Activation.objects.of(asked.actor).filter(product=product_of(asked.actor, slug))
    if place := asked.parameters.get("environment"):
        rows = rows.filter(environment__slug=place)
    return Answer(page_of(asked, rows.select_related("version", "previous", "environment"), shown))


@operation(
    id="activations_create",
    method="POST",
    tag=_TAG,
    scope=Scope.ACTIVATE,
    status=201,
    summary="Activate a version",
    description=(
        "It needs what the environment asks for: approvals by others, or that it only becomes stricter; and a passing "
        "run that is fresh enough, where it asks for one."
    ),
    answers="Activation",
    example=EXAMPLE,
    takes="NewActivation",
    given={"version": 8, "environment": "production", "reason": "Agreed on Monday."},
    refusals=(
        Refusal(409, "not_approved", "Not approved", _FEW),
        Refusal(409, "stale_version", "Active already", "Version 8 is active there already."),
        Refusal(409, "not_tested", "Not tested", _NO_RUN),
        OUTSIDE,
    ),
)
def create(asked: Asked, slug: str) -> Answer:
    body = asked.body
    made = activate_version(
        version_of(asked, slug, body["version"]),
        environment=environment_of(asked.actor, body["environment"]),
        reason=body["reason"],
        by=asked.actor,
        now=asked.now,
    )
    return Answer(shown(made), 201, location=f"/api/v1/products/{slug}/activations")


@operation(
    id="schedules_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="Scheduled activations",
    description=(
        "The one asked for last first. People schedule, on the pages: it is judged by what they may do when it is due."
    ),
    answers="ScheduleList",
    example={"items": [_SCHEDULE], "next": None},
    parameters=(ENVIRONMENT, *PAGES),
)
def list_schedules(asked: Asked, slug: str) -> Answer:
    rows = Schedule.objects.of(asked.actor).filter(product=product_of(asked.actor, slug))
    if place := asked.parameters.get("environment"):
        rows = rows.filter(environment__slug=place)
    return Answer(page_of(asked, rows.select_related("version", "environment", "by"), _schedule_shown))
