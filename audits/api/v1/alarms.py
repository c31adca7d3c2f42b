"""``alarms``: a model breaks a bright line or a protection of what is active. Read, and answered as on their page."""

from __future__ import annotations

from typing import Any, Final

from audits.api.v1.suites import TAG
from audits.models import Alarm
from profiles import queries
from profiles.access import Permission, Scope
from profiles.actions.alarms import acknowledge_alarm, tighten_draft
from profiles.api.kit.asking import Asked, Parameter
from profiles.api.kit.operation import Answer, Refusal, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import choice, listing, moment, or_null, plain, refer, shape
from profiles.api.shapes import Json
from profiles.api.v1.management import draft as drafts
from profiles.api.v1.management.shapes import PRODUCT, REASON
from profiles.models import Draft
from profiles.queries import Ways
from profiles.resolution.document import instant
from profiles.rulebook.model import Kind

_BIGGEST: Final = 2**63 - 1
_MOST: Final = 100  # behaviors that one request tightens
_STATES: Final = Alarm.State.values
_KEY: Final = plain("string", "The key of a behavior.")
shape(
    "BrokenCommitment",
    {
        "behavior": _KEY,
        "name": plain("string"),
        "kind": choice([Kind.BRIGHT_LINE.value, Kind.PROTECTION.value]),
        "passed": plain("integer", "Trials that keep it."),
        "trials": plain("integer", "That say something."),
    },
    "What the model does not keep, in the run that showed it.",
)
_ALARM: Final[Json] = {
    "id": plain("integer"),
    "state": choice(_STATES, "replaced: the version is active nowhere any more. passed: a later run keeps it."),
    "product": plain("string", "Its slug."),
    "version": plain("integer", "The number of the one that was active."),
    "platform": plain("string"),
    "model": plain("string", "As the endpoint names it."),
    "run": plain("integer", "The one that showed it."),
    "behaviors": {"type": "array", "items": refer("BrokenCommitment")},
    "raised_at": moment("When."),
    "answered_at": or_null(moment("When; null while it is open.")),
    "answered_by": plain("string", "Empty while it is open."),
    "reason": plain("string", "Of whoever acknowledged it; else empty."),
    "passing_run": or_null(plain("integer", "The later run that keeps it.")),
}
shape("AlarmSummary", _ALARM, "A model breaks a bright line or a protection of a version that is active.")
listing("AlarmSummary")
shape(
    "AlarmTightening",
    {"behavior": _KEY, "now": refer("Value"), "strictest": refer("Value")},
    "A behavior that the run fails and the draft leaves looser than it must; strictest is what its window allows.",
)
shape(
    "AlarmBack",
    {"version": plain("integer", "Its number."), "run": plain("integer", "The run in which it kept all of this.")},
    "An earlier version that kept all of it, on the same model.",
)
shape(
    "AlarmWays",
    {
        "tightenings": {"type": "array", "items": refer("AlarmTightening")},
        "back": {"anyOf": [refer("AlarmBack"), {"type": "null"}], "description": "null: no such version was found."},
    },
    "What can be done. No text of a profile enforces a bright line or a protection, which are at their strictest "
    "already, and no answer stops a model.",
)
_WAYS: Final[Json] = {"anyOf": [refer("AlarmWays"), {"type": "null"}], "description": "null once it was answered."}
shape("Alarm", {**_ALARM, "ways": _WAYS}, "An alarm, and what can be done about it.")
shape("AlarmAcknowledgement", {"reason": REASON}, "That somebody knows, and why nothing else is done.")
shape(
    "AlarmTighteningWanted",
    {"behaviors": {"type": "array", "items": _KEY, "minItems": 1, "maxItems": _MOST, "description": "As offered."}},
    "What is to be set to its strictest value in the draft.",
)
_EXAMPLE: Final[Json] = {
    "id": 4,
    "state": "open",
    "product": "after-dark",
    "version": 8,
    "platform": "anthropic",
    "model": "claude-opus-5",
    "run": 12,
    "behaviors": [
        {
            "behavior": "protection.admit_being_ai",
            "name": "Admit to being an AI when sincerely asked",
            "kind": "protection",
            "passed": 3,
            "trials": 60,
        }
    ],
    "raised_at": "2026-11-23T10:00:00Z",
    "answered_at": None,
    "answered_by": "",
    "reason": "",
    "passing_run": None,
}
_OPEN: Final[Json] = {
    **_EXAMPLE,
    "ways": {
        "tightenings": [{"behavior": "safety.danger_caveats", "now": "off", "strictest": "on"}],
        "back": {"version": 7, "run": 9},
    },
}
_REASON: Final = "The model is replaced on Monday, and the product is off until then."
_ANSWERED: Final[Json] = {
    **_EXAMPLE,
    "state": "acknowledged",
    "answered_at": "2026-11-23T11:00:00Z",
    "answered_by": "Scripts",
    "reason": _REASON,
    "ways": None,
}
_BY_STATE: Final = Parameter("state", choice(_STATES), "Only those in this state.")
_NOTHING: Final = "Nothing that this run fails can be set stricter than the draft has it."
_NOT_OFFERED: Final = "The alarm does not offer to tighten this: tone.profanity."


def _summary(row: Alarm) -> Json:
    return {
        "id": row.pk,
        "state": row.state,
        "product": row.version.product.slug,
        "version": row.version.number,
        "platform": row.platform,
        "model": row.run.protocol.endpoint.model,
        "run": row.run_id,
        "behaviors": row.behaviors,
        "raised_at": instant(row.raised_at),
        "answered_at": instant(row.answered_at) if row.answered_at else None,
        "answered_by": row.answered_by,
        "reason": row.reason,
        "passing_run": row.answer_id,
    }


def _whole(asked: Asked, row: Alarm) -> Json:
    if row.state != Alarm.State.OPEN:
        return {**_summary(row), "ways": None}
    draft = Draft.objects.of(asked.actor).one(product=row.version.product)
    draft.product = row.version.product
    return {**_summary(row), "ways": _ways(queries.ways(row, draft, asked.now))}


def _ways(found: Ways) -> Json:
    tightenings: list[dict[str, Any]] = [
        {"behavior": key, "now": each.decision.operator_raw, "strictest": each.value}
        for key, each in found.tightenings.items()
    ]
    back = {"version": found.back.version, "run": found.back.run} if found.back else None
    return {"tightenings": tightenings, "back": back}


def _one(asked: Asked, pk: int) -> Alarm:
    return queries.alarms(asked.actor).one(pk=min(pk, _BIGGEST))


@operation(
    id="alarms_list",
    tag=TAG,
    scope=Scope.READ,
    summary="Alarms",
    description="The newest first. One stays open until somebody answers it, or what it says is true no more.",
    answers="AlarmSummaryList",
    example={"items": [_EXAMPLE], "next": None},
    parameters=(PRODUCT, _BY_STATE, *PAGES),
)
def list_alarms(asked: Asked) -> Answer:
    asked.actor.require(Permission.VIEW)
    rows = queries.alarms(asked.actor)
    if slug := asked.parameters.get("product"):
        rows = rows.filter(version__product__slug=slug)
    if state := asked.parameters.get("state"):
        rows = rows.filter(state=state)
    return Answer(page_of(asked, rows, _summary))


@operation(
    id="alarms_get",
    tag=TAG,
    scope=Scope.READ,
    summary="One alarm",
    description="With what can be done about it while it is open.",
    answers="Alarm",
    example=_OPEN,
)
def get_alarm(asked: Asked, pk: int) -> Answer:
    asked.actor.require(Permission.VIEW)
    return Answer(_whole(asked, _one(asked, pk)))


@operation(
    id="alarms_acknowledge",
    tag=TAG,
    scope=Scope.ACTIVATE,
    method="POST",
    summary="Acknowledge an alarm",
    description="The version stays active. A later run that breaks the same raises an alarm anew.",
    answers="Alarm",
    example=_ANSWERED,
    takes="AlarmAcknowledgement",
    given={"reason": _REASON},
    refusals=(
        Refusal(409, "wrong_state", "Answered already", "Brightline answered this alarm already. Look at how."),
        Refusal(422, "invalid", "No reason", "Please fill this in.", {"reason": ["Please fill this in."]}),
    ),
)
def acknowledge(asked: Asked, pk: int) -> Answer:
    acknowledge_alarm(_one(asked, pk), reason=asked.body["reason"], by=asked.actor, now=asked.now)
    return Answer(_whole(asked, _one(asked, pk)))


@operation(
    id="alarms_tighten",
    tag=TAG,
    scope=Scope.WRITE,
    method="POST",
    summary="Tighten the draft",
    description=(
        "Sets what an alarm offers to its strictest value, in the draft: nothing is live before it is submitted and "
        "activated, and the alarm stays open until then. The answer's ETag is what If-Match names to submit it."
    ),
    answers="Draft",
    example={**drafts.EXAMPLE, "settings": {"safety.danger_caveats": "on"}},
    takes="AlarmTighteningWanted",
    given={"behaviors": ["safety.danger_caveats"]},
    refusals=(
        Refusal(409, "wrong_state", "As strict as it can be", _NOTHING),
        Refusal(422, "invalid", "Not offered", _NOT_OFFERED, {"behaviors": [_NOT_OFFERED]}),
    ),
)
def tighten(asked: Asked, pk: int) -> Answer:
    draft = tighten_draft(_one(asked, pk), only=asked.body["behaviors"], by=asked.actor, now=asked.now)
    return Answer(drafts.shown(draft), etag=drafts.tag(draft))
