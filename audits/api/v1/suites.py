"""``suites``: sets of probes, those that ship with the program and the organization's own."""

from __future__ import annotations

import json
from typing import Final

from audits import queries
from audits.models import Suite
from profiles.access import Permission, Scope
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import listing, moment, plain, shape
from profiles.api.shapes import DIGEST, Json
from profiles.resolution.document import instant

TAG: Final = "Conformance"
_SUITE: Final[Json] = {
    "id": plain("integer"),
    "name": plain("string"),
    "number": plain("integer", "Grows with every change; a published number stays as it is."),
    "title": plain("string"),
    "digest": {**DIGEST, "description": "sha256 of the document, RFC 8785."},
    "probes": plain("integer", "How many it has."),
    "own": plain("boolean", "Whether it is the organization's; else it ships with the program."),
    "published_at": moment("When it was published here."),
}
shape("SuiteSummary", _SUITE, "An immutable, numbered set of probes.")
listing("SuiteSummary")
shape("Suite", {**_SUITE, "document": {"type": "object", "description": "All of it."}}, "A suite with its probes.")
_EXAMPLE: Final[Json] = {
    "id": 3,
    "name": "disclosure",
    "number": 1,
    "title": "Telling people what they talk to",
    "digest": "sha256:" + "0" * 64,
    "probes": 16,
    "own": False,
    "published_at": "2026-11-23T10:00:00Z",
}


def _summary(row: Suite) -> Json:
    return {
        "id": row.pk,
        "name": row.slug,
        "number": row.number,
        "title": row.title,
        "digest": row.digest,
        "probes": row.probes,
        "own": row.organization_id is not None,
        "published_at": instant(row.published_at),
    }


@operation(
    id="suites_list",
    tag=TAG,
    scope=Scope.READ,
    summary="Suites",
    description="Those that ship with the program, and the organization's own; the newest first.",
    answers="SuiteSummaryList",
    example={"items": [_EXAMPLE], "next": None},
    parameters=PAGES,
)
def list_suites(asked: Asked) -> Answer:
    asked.actor.require(Permission.VIEW)
    return Answer(page_of(asked, queries.suites(asked.actor).defer("document"), _summary))


@operation(
    id="suites_get",
    tag=TAG,
    scope=Scope.READ,
    summary="One suite",
    description="With all of its probes.",
    answers="Suite",
    example={**_EXAMPLE, "document": {"schema": "brightline.suite/1", "name": "disclosure"}},
)
def get_suite(asked: Asked, pk: int) -> Answer:
    asked.actor.require(Permission.VIEW)
    row = queries.suites(asked.actor).one(pk=min(pk, 2**63 - 1))
    return Answer({**_summary(row), "document": json.loads(bytes(row.document))})
