"""``checks``: what ran in the background against a version's settings, and what it found; and how products are by all
checks that there are."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from audits.checks.results import CheckKind, Outcome, is_old
from audits.health import reads, words
from audits.models import Check, CheckResult
from profiles.access import Scope, Scoped
from profiles.api.kit.asking import Asked, Parameter
from profiles.api.kit.operation import Answer, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import choice, listing, moment, or_null, plain, refer, shape
from profiles.api.shapes import Json
from profiles.api.v1.management.shapes import NUMBER, PRODUCT
from profiles.resolution.document import instant
from profiles.resolution.types import Reason

_OUTCOMES: Final = [each.value for each in Check.Outcome]
_FINDING: Final[Json] = {
    "behavior": plain("string", "Its key, or windows.<key> for what is left to users of it."),
    "platform": plain("string"),
    "outcome": choice(_OUTCOMES),
    "wanted": {"description": "What the version says."},
    "got": {"description": "What holds instead, or the same."},
    "reason": choice([each.value for each in Reason], "Why."),
    "because": plain("string", "The same as a sentence; empty for what passed."),
}
_CHECK: Final[Json] = {
    "id": plain("integer"),
    "kind": choice([each.value for each in Check.Kind], "limits: is every setting still inside its window?"),
    "trigger": choice([each.value for each in Check.Trigger], "What asked for it."),
    "product": plain("string", "Its slug."),
    "version": NUMBER,
    "state": choice([each.value for each in Check.State], "failed: it could not be carried out and says nothing."),
    "outcome": {"type": ["string", "null"], "enum": [*_OUTCOMES, None], "description": "null until it is finished."},
    "passed": plain("integer", "How many settings passed."),
    "total": plain("integer", "How many there were."),
    "failure": plain("string", "Why it could not be carried out; else empty."),
    "requested_by": plain("string"),
    "requested_at": moment("When it was asked for."),
    "finished_at": or_null(moment("When it ended.")),
}
shape("SettingFinding", _FINDING, "The outcome for one setting on one platform.")
shape("CheckSummary", _CHECK, "A check of one version.")
listing("CheckSummary")
shape(
    "Check",
    {**_CHECK, "findings": {"type": "array", "items": refer("SettingFinding")}},
    "A check of one version, with all that it found.",
)

_POINT: Final[Json] = {
    "code": plain("string", "Names the sentence, for programs."),
    "outcome": choice([each.value for each in Outcome]),
    "values": {"type": "object", "description": "What the sentence is filled with; moments are RFC 3339."},
    "text": plain("string", "The sentence."),
}
shape("CheckPoint", _POINT, "One thing that a check found.")
shape(
    "CheckResult",
    {
        "product": plain("string", "Its slug."),
        "environment": plain("string", "Its slug."),
        "kind": choice([each.value for each in CheckKind], "Which check."),
        "version": {**NUMBER, "description": "The version that was active when it was measured."},
        "outcome": choice([each.value for each in Outcome], "pass only where it was measured."),
        "is_old": plain("boolean", "Measured so long ago that it does not count as known any more."),
        "points": {"type": "array", "items": refer("CheckPoint"), "description": "The worst one first."},
        "measured_at": moment("What it says is about this moment."),
        "since": moment("Since when it comes out so."),
    },
    "The newest result of one check in one environment.",
)
listing("CheckResult")
_RESULT_EXAMPLE: Final[Json] = {
    "product": "after-dark",
    "environment": "production",
    "kind": "serving",
    "version": 7,
    "outcome": "pass",
    "is_old": False,
    "points": [
        {
            "code": "as_approved",
            "outcome": "pass",
            "values": {"platform": "anthropic", "version": 7},
            "text": "On anthropic clients get version 7, byte for byte as it was published.",
        }
    ],
    "measured_at": "2026-11-24T02:00:00Z",
    "since": "2026-11-23T10:00:00Z",
}
_EXAMPLE: Final[Json] = {
    "id": 12,
    "kind": "limits",
    "trigger": "nightly",
    "product": "after-dark",
    "version": 7,
    "state": "finished",
    "outcome": "fail",
    "passed": 5,
    "total": 6,
    "failure": "",
    "requested_by": "scheduler",
    "requested_at": "2026-11-24T02:00:00Z",
    "finished_at": "2026-11-24T02:00:01Z",
}
_FINDING_EXAMPLE: Final[Json] = {
    "behavior": "content.explicit",
    "platform": "anthropic",
    "outcome": "fail",
    "wanted": "on",
    "got": "off",
    "reason": Reason.ATTESTATION_MISSING.value,
    "because": "It needs the attestation adults_only.",
}
_TAG: Final = "Checks"
_OUTCOME: Final = Parameter("outcome", choice(_OUTCOMES), "Only those that came out so.")
_RESULT: Final = Parameter("outcome", choice([each.value for each in Outcome]), "Only those that came out so.")
_KIND: Final = Parameter("kind", choice([each.value for each in CheckKind]), "Only this check.")


def _summary(row: Check) -> Json:
    return {
        "id": row.pk,
        "kind": row.kind,
        "trigger": row.trigger,
        "product": row.version.product.slug,
        "version": row.version.number,
        "state": row.state,
        "outcome": row.outcome or None,
        "passed": row.passed,
        "total": row.total,
        "failure": row.failure,
        "requested_by": row.requested_by,
        "requested_at": instant(row.requested_at),
        "finished_at": instant(row.finished_at) if row.finished_at else None,
    }


def _checks(asked: Asked) -> Scoped[Check]:
    rows = Check.objects.of(asked.actor).filter(version__product__removed_at__isnull=True)
    if slug := asked.parameters.get("product"):
        rows = rows.filter(version__product__slug=slug)
    return rows.select_related("version__product")


@operation(
    id="checks_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="Checks",
    description="Checks of versions, the newest first.",
    answers="CheckSummaryList",
    example={"items": [_EXAMPLE], "next": None},
    parameters=(PRODUCT, _OUTCOME, *PAGES),
)
def list_checks(asked: Asked) -> Answer:
    rows = _checks(asked)
    if outcome := asked.parameters.get("outcome"):
        rows = rows.filter(outcome=outcome)
    return Answer(page_of(asked, rows.defer("findings"), _summary))


@operation(
    id="checks_get",
    tag=_TAG,
    scope=Scope.READ,
    summary="One check",
    description="With all that it found.",
    answers="Check",
    example={**_EXAMPLE, "findings": [_FINDING_EXAMPLE]},
)
def get_check(asked: Asked, pk: int) -> Answer:
    row = _checks(asked).one(pk=min(pk, 2**63 - 1))
    return Answer({**_summary(row), "findings": row.findings})


def _result(row: CheckResult, now: datetime) -> Json:
    points = [{**each, "text": words.sentence(each)} for each in row.points]
    return {
        "product": row.product.slug,
        "environment": row.environment.slug,
        "kind": row.kind,
        "version": row.version,
        "outcome": row.outcome,
        "is_old": is_old(CheckKind(row.kind), row.measured_at, now),
        "points": points,
        "measured_at": instant(row.measured_at),
        "since": instant(row.since),
    }


@operation(
    id="checks_current",
    tag=_TAG,
    scope=Scope.READ,
    summary="How products are",
    description="The newest result of every check of each product and environment: limits, instructions, behavior, "
    "serving, expiry and drift. What was never measured has none.",
    answers="CheckResultList",
    example={"items": [_RESULT_EXAMPLE], "next": None},
    parameters=(PRODUCT, _KIND, _RESULT, *PAGES),
)
def list_current(asked: Asked) -> Answer:
    rows = reads.results(asked.actor)
    named = {"product": "product__slug", "kind": "kind", "outcome": "outcome"}
    rows = rows.filter(**{named[name]: value for name, value in asked.parameters.items() if name in named})
    return Answer(page_of(asked, rows, lambda row: _result(row, asked.now)))
