"""``checks``: what ran in the background against a version's settings, and what it found."""

from __future__ import annotations

from typing import Final

from audits.models import Check
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
