"""``run-schedules``: setting, changing and ending one."""

from __future__ import annotations

from typing import Any, Final

from django.utils.translation import gettext as _

from audits import queries
from audits.api.v1.schedules import SCHEDULE, rows_of, shown
from audits.api.v1.suites import TAG
from audits.conformance import reads
from audits.models import Endpoint, RunSchedule, Suite
from profiles.access import Permission, Scope
from profiles.actions import run_schedules as actions
from profiles.actions.run_schedules import LONGEST, MOST_SUITES, Wish
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, Refusal, etag_of, operation
from profiles.api.kit.shapes import choice, enter, or_null, plain, shape, text
from profiles.api.shapes import Json, exact
from profiles.api.v1.management.shapes import SLUG, environment_of
from profiles.errors import InvalidInput, WrongState
from profiles.models import Product

_BIGGEST: Final = 2**63 - 1
_ID: Final[Json] = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
_WISH: Final[Json] = {
    "platform": text(60, "One that the product runs on.", least=1),
    "suites": {
        "type": "array",
        "items": text(60, least=1),
        "minItems": 1,
        "maxItems": MOST_SUITES,
        "uniqueItems": True,
        "description": "Names; of two of the same name the organization's own.",
    },
    "endpoint": {**_ID, "description": "Its id."},
    "judge": {**or_null(_ID), "description": "The id of an endpoint; null where rules alone decide."},
    "every_days": plain("integer", "0: time alone starts nothing.", minimum=0, maximum=LONGEST),
    "at_hour": plain("integer", "UTC.", minimum=0, maximum=23),
    "on_submission": plain("boolean", "Whether a submitted version is run."),
    "on_drift": plain("boolean", "Whether the active version is run again when something drifted."),
}
_OPTIONAL: Final = ("judge", "every_days", "at_hour", "on_submission", "on_drift")
shape(
    "RunScheduleWanted",
    {"product": SLUG, "environment": SLUG, **_WISH},
    "Runs that are to start themselves, on at least one occasion.",
    optional=_OPTIONAL,
)
_CHANGE: Final[Json] = {**_WISH, "state": choice(["ended"], "To end it, with nothing beside.")}
_SAID: Final = "What is to change of a schedule. What is not named stays."
enter("RunScheduleChange", {**exact(_CHANGE, _SAID, optional=tuple(_CHANGE)), "minProperties": 1})
_NO_SUITE: Final = "There is no suite of this name: disclosures."
_NO_OCCASION: Final = "Choose when runs start: every so many days, on submission, or on drift."
_TAKEN: Final = "There is a schedule for this product and environment already, number 3. Change that one."
_NOBODY: Final = (
    "Ada of Night Owl Press made this key and may not start runs any more. Somebody else makes another one."
)
_REFUSALS: Final = (
    Refusal(403, "forbidden", "Nobody to start them", _NOBODY),
    Refusal(409, "wrong_state", "Endpoint removed", "The endpoint Claude in production was removed."),
    Refusal(422, "invalid", "No such suite", _NO_SUITE, {"suites": [_NO_SUITE]}),
    Refusal(422, "invalid", "No occasion", _NO_OCCASION, {"every_days": [_NO_OCCASION]}),
)


@operation(
    id="run_schedules_get",
    tag=TAG,
    scope=Scope.READ,
    summary="One schedule of runs",
    description="With what came of it the last time. Keep its ETag to change it.",
    answers="RunSchedule",
    example=SCHEDULE,
)
def get_schedule(asked: Asked, pk: int) -> Answer:
    asked.actor.require(Permission.VIEW)
    return Answer(shown(asked.actor, rows_of(asked.actor).one(pk=min(pk, _BIGGEST))))


@operation(
    id="run_schedules_create",
    tag=TAG,
    scope=Scope.RUN,
    method="POST",
    status=201,
    summary="Schedule runs",
    description=(
        "Has runs of what is active in an environment start by themselves, in the name of the person who made the key "
        "and by what they may do by then. A product has one schedule in each environment."
    ),
    answers="RunSchedule",
    example={**SCHEDULE, "last": None, "because": ""},
    takes="RunScheduleWanted",
    given={
        "product": "after-dark",
        "environment": "production",
        "platform": "anthropic",
        "suites": ["disclosure"],
        "endpoint": 2,
        "every_days": 7,
        "at_hour": 3,
        "on_drift": True,
    },
    refusals=(
        Refusal(404, "not_found", "No such product", "There is nothing here, or it is not yours to see."),
        Refusal(409, "wrong_state", "There is one", _TAKEN),
        *_REFUSALS,
    ),
)
def create_schedule(asked: Asked) -> Answer:
    asked.actor.require(Permission.RUN_CHECK)
    given = asked.body
    product = Product.objects.of(asked.actor).select_for_update(of=("self",)).one(slug=given["product"])
    environment = environment_of(asked.actor, given["environment"])
    if known := rows_of(asked.actor).filter(product=product, environment=environment, removed_at=None).first():
        message = _("There is a schedule for this product and environment already, number %(number)d. Change that one.")
        raise WrongState(message % {"number": known.pk})
    row = actions.schedule_runs(
        product, environment=environment, wish=_wish(asked, None), by=asked.actor, now=asked.now
    )
    return Answer(shown(asked.actor, row), status=201, location=f"/api/v1/run-schedules/{row.pk}")


@operation(
    id="run_schedules_change",
    tag=TAG,
    scope=Scope.RUN,
    method="PATCH",
    summary="Change or end a schedule of runs",
    description=(
        "From then on runs start in the name of the person who made this key. The state ended ends it: what it started "
        "stays, and nothing starts by itself any more."
    ),
    answers="RunSchedule",
    example={**SCHEDULE, "every_days": 1},
    takes="RunScheduleChange",
    given={"every_days": 1},
    guarded=True,
    refusals=(Refusal(409, "wrong_state", "It has ended", "This schedule was ended already."), *_REFUSALS),
)
def change_schedule(asked: Asked, pk: int) -> Answer:
    asked.actor.require(Permission.RUN_CHECK)
    row = rows_of(asked.actor).select_for_update(of=("self",)).one(pk=min(pk, _BIGGEST))
    asked.need_match(etag_of(shown(asked.actor, row)))
    if asked.body.get("state"):
        if len(asked.body) > 1:
            message = _("Ending a schedule changes nothing else of it. Send the state alone.")
            raise InvalidInput(message, fields={"state": [message]})
        actions.unschedule_runs(row, by=asked.actor, now=asked.now)
    elif row.removed_at is not None:
        raise WrongState(_("This schedule was ended already."))
    else:
        wish = _wish(asked, row)
        actions.schedule_runs(row.product, environment=row.environment, wish=wish, by=asked.actor, now=asked.now)
    return Answer(shown(asked.actor, rows_of(asked.actor).one(pk=row.pk)))


def _wish(asked: Asked, row: RunSchedule | None) -> Wish:
    """What a schedule is to be: what was sent, and of the rest what it is."""
    given = asked.body
    names = [name for name in _WISH if name not in ("suites", "endpoint", "judge")]
    plainly: dict[str, Any] = {name: given[name] for name in names if name in given}
    if row is not None:
        plainly = {name: getattr(row, name) for name in names} | plainly
    judge = _endpoint(asked, given["judge"]) if given.get("judge") else None
    return Wish(
        suites=tuple(_suites(asked, row)),
        endpoint=row.endpoint if row and "endpoint" not in given else _endpoint(asked, given["endpoint"]),
        judge=row.judge if row and "judge" not in given else judge,
        **plainly,
    )


def _suites(asked: Asked, row: RunSchedule | None) -> list[Suite]:
    if row is not None and "suites" not in asked.body:
        return list(queries.suites(asked.actor).filter(pk__in=row.suites))
    newest = sorted(reads.suites(asked.actor), key=lambda each: each.organization_id is not None)
    by_name = {each.slug: each for each in newest}
    wanted = asked.body["suites"]
    if unknown := [name for name in wanted if name not in by_name]:
        message = _("There is no suite of this name: %(name)s.") % {"name": unknown[0]}
        raise InvalidInput(message, fields={"suites": [message]})
    return [by_name[name] for name in wanted]


def _endpoint(asked: Asked, pk: int) -> Endpoint:
    return Endpoint.objects.of(asked.actor).select_related("organization").one(pk=pk)
