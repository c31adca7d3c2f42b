"""``runs`` and ``findings``: checks of versions, and what they found."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from audits.models import Check
from profiles.access import Scope, Scoped
from profiles.api.kit.asking import Asked, Parameter
from profiles.api.kit.operation import Answer, operation
from profiles.api.kit.paging import PAGES, USUAL, cursor, next_page, no_such_page, page_of
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
_RUN: Final[Json] = {
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
shape("Finding", {"run": plain("integer", "The run's id."), **_FINDING}, "The outcome for one setting on one platform.")
listing("Finding")
shape("RunSummary", _RUN, "A check of one version.")
listing("RunSummary")
shape(
    "Run",
    {**_RUN, "findings": {"type": "array", "items": refer("Finding")}},
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
FINDING_EXAMPLE: Final[Json] = {
    "run": 12,
    "behavior": "content.explicit",
    "platform": "anthropic",
    "outcome": "fail",
    "wanted": "on",
    "got": "off",
    "reason": Reason.ATTESTATION_MISSING.value,
    "because": "It needs the attestation adults_only.",
}
_TAG: Final = "Runs"
_OUTCOME: Final = Parameter("outcome", choice(_OUTCOMES), "Only those that came out so.")


def summary(row: Check) -> Json:
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


def _findings(row: Check) -> list[Json]:
    return [{"run": row.pk, **finding} for finding in row.findings]


def _runs(asked: Asked) -> Scoped[Check]:
    rows = Check.objects.of(asked.actor).filter(version__product__removed_at__isnull=True)
    if slug := asked.parameters.get("product"):
        rows = rows.filter(version__product__slug=slug)
    return rows.select_related("version__product")


@operation(
    id="runs_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="Runs",
    description="Checks of versions, the newest first.",
    answers="RunSummaryList",
    example={"items": [_EXAMPLE], "next": None},
    parameters=(PRODUCT, _OUTCOME, *PAGES),
)
def list_runs(asked: Asked) -> Answer:
    rows = _runs(asked)
    if outcome := asked.parameters.get("outcome"):
        rows = rows.filter(outcome=outcome)
    return Answer(page_of(asked, rows.defer("findings"), summary))


@operation(
    id="runs_get",
    tag=_TAG,
    scope=Scope.READ,
    summary="One run",
    description="With all that it found.",
    answers="Run",
    example={**_EXAMPLE, "findings": [FINDING_EXAMPLE]},
)
def get_run(asked: Asked, pk: int) -> Answer:
    row = _runs(asked).one(pk=min(pk, 2**63 - 1))
    return Answer({**summary(row), "findings": _findings(row)})


@operation(
    id="findings_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="Findings",
    description="What finished runs found, those of the newest run first.",
    answers="FindingList",
    example={"items": [FINDING_EXAMPLE], "next": None},
    parameters=(PRODUCT, _OUTCOME, *PAGES),
)
def list_findings(asked: Asked) -> Answer:
    size, outcome = asked.parameters.get("limit", USUAL), asked.parameters.get("outcome")
    rows = _runs(asked).filter(state=Check.State.FINISHED).order_by("-pk")
    if outcome == Check.Outcome.FAIL:
        rows = rows.filter(outcome=outcome)
    place = _place(asked)
    if place:
        rows = rows.filter(pk__lte=place[0])
    found = list(islice(_after(rows, place, outcome), size + 1))
    last = found[size - 1][0] if len(found) > size else None
    page = {"items": [finding for _place, finding in found[:size]]}
    return Answer({**page, "next": next_page(asked.request, f"{last[0]}.{last[1]}" if last else None)})


def _after(
    rows: Scoped[Check], place: tuple[int, int] | None, outcome: str | None
) -> Iterator[tuple[tuple[int, int], Json]]:
    """Findings behind a place: a run's id, and where in the run."""
    for row in rows.iterator(chunk_size=50):
        for index, finding in enumerate(_findings(row)):
            is_behind = place is None or row.pk < place[0] or index > place[1]
            if is_behind and outcome in (None, finding["outcome"]):
                yield (row.pk, index), finding


def _place(asked: Asked) -> tuple[int, int] | None:
    """
    Raises:
        Malformed
    """
    raw = cursor(asked, str)
    if raw is None:
        return None
    run, _dot, index = raw.partition(".")
    if not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in (run, index)):
        raise no_such_page()
    return int(run), int(index)
