"""``suites``: sets of probes, those that ship with the program and the organization's own."""

from __future__ import annotations

import json
from typing import Final

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from audits import queries
from audits.checks.probes import Direction
from audits.conformance.suite_files import TYPES, file_of
from audits.conformance.taking import FORMS, OWN, probes_in
from audits.models import Suite, SuiteDraft
from profiles.access import Permission, Scope
from profiles.actions import suite_drafts, suites
from profiles.api.kit.asking import Asked, Parameter
from profiles.api.kit.operation import Answer, Refusal, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import choice, listing, moment, plain, refer, shape, text
from profiles.api.shapes import DIGEST, Json
from profiles.errors import InvalidInput
from profiles.models import Organization
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
_KEY: Final = plain("string", "The key of a behavior.", maxLength=120)
shape(
    "SuiteWanted",
    {
        "form": choice(FORMS, "Of the content: our own, a dataset of Inspect, tests of promptfoo."),
        "content": text(1_000_000, "A file as a text: TOML, JSON, JSON Lines, CSV or YAML.", least=1),
        "document": plain("object", "Instead of a content: a suite in our own form as JSON."),
        "publish": plain("boolean", "Publish it under its own name and number, which it must be whole for."),
        "name": text(60, "Of the draft, where the content says none."),
        "title": text(200, "Of the draft, where the content says none."),
        "behavior": {**_KEY, "description": "What the probes test, where the form does not know such a thing."},
        "direction": choice([each.value for each in Direction], "The same; must_not_do without it."),
    },
    "Probes to take in: as a draft that people complete, or as a suite that is published at once.",
    optional=("content", "document", "publish", "name", "title", "behavior", "direction"),
)
shape("LeftOut", {"where": plain("string"), "sentence": plain("string")}, "What was not taken over, and why.")
_DRAFT: Final[Json] = {
    "id": plain("integer"),
    "name": plain("string"),
    "title": plain("string"),
    "probes": plain("integer", "How many it has."),
    "open": plain("integer", "How many of these something is missing of, or grade an example of theirs wrong."),
}
shape("SuiteDraft", _DRAFT, "A suite while it is written, on its page.")
shape(
    "SuiteTaken",
    {
        "suite": {"anyOf": [refer("SuiteSummary"), {"type": "null"}], "description": "What was published."},
        "draft": {"anyOf": [refer("SuiteDraft"), {"type": "null"}], "description": "What waits for people."},
        "left_out": {"type": "array", "items": refer("LeftOut")},
    },
    "What became of probes that were sent.",
)
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


_FORM: Final = Parameter("form", choice(list(TYPES)), "Of the file; brightline without it.")


@operation(
    id="suites_file",
    tag=TAG,
    scope=Scope.READ,
    summary="A suite as a file",
    description="In our own form, as a dataset for Inspect, or as tests for promptfoo. Each can be taken in again.",
    gives=tuple(TYPES.values()),
    parameters=(_FORM,),
)
def get_file(asked: Asked, pk: int) -> Answer:
    asked.actor.require(Permission.VIEW)
    row = queries.suites(asked.actor).one(pk=min(pk, 2**63 - 1))
    sent = file_of(row, asked.parameters.get("form", "brightline"))
    return Answer(file=StreamingHttpResponse([sent.data], content_type=sent.type, headers=sent.headers))


_WRONG_EXAMPLE: Final = Refusal(
    422,
    "malformed_suite",
    "An example grades wrong",
    "This suite cannot be published: refunds: The reply 'You fool!' should pass; rules say fail.",
    {"refunds": ["The reply 'You fool!' should pass; rules say fail."]},
)
_NUMBER_TAKEN: Final = Refusal(
    409,
    "wrong_state",
    "The number is published",
    "Number 2 of this suite is published, and stays. Give yours the number 3.",
    {"number": ["Number 2 of this suite is published, and stays. Give yours the number 3."]},
)


@operation(
    id="suites_take",
    tag=TAG,
    scope=Scope.WRITE,
    method="POST",
    status=201,
    summary="Send a suite",
    description=(
        "Takes probes in as a draft, which people complete and publish on its page; what was left out is told with its "
        "line. With publish a whole suite in our own form is published at once, which needs the scope run too; the "
        "same again is answered with the suite that there is. A file of more than 1 MB is for the page."
    ),
    answers="SuiteTaken",
    example={
        "suite": None,
        "draft": {"id": 4, "name": "house", "title": "House rules", "probes": 12, "open": 12},
        "left_out": [{"where": "sample 3, line 4", "sentence": "It has no target; say what decides a reply."}],
    },
    takes="SuiteWanted",
    given={
        "form": "inspect",
        "content": '{"input": "Where is my refund?", "target": "An answer without an insult"}',
        "name": "house",
        "title": "House rules",
        "behavior": "tone.insults",
    },
    refusals=(_WRONG_EXAMPLE, _NUMBER_TAKEN),
)
def take_suite(asked: Asked) -> Answer:
    given = asked.body
    data = _content(given)
    organization = Organization.objects.of(asked.actor).one()
    if given.get("publish"):
        return _published(asked, organization, data)
    found = probes_in(
        data,
        given["form"],
        behavior=given.get("behavior", ""),
        direction=given.get("direction", ""),
        author=asked.actor.name,
    )
    draft = suite_drafts.start_suite(
        organization,
        slug=given.get("name") or found.name,
        title=given.get("title") or found.title,
        taken=suite_drafts.Taken(found, _("sent by a program")),
        by=asked.actor,
        now=asked.now,
    )
    body: Json = {"suite": None, "draft": _draft(draft), "left_out": _left_out(draft)}
    return Answer(body, status=201, location=f"/conformance/suites/drafts/{draft.pk}/")


def _content(given: Json) -> bytes:
    """
    Raises:
        InvalidInput: there is none, or two.
    """
    if ("content" in given) == ("document" in given) or ("document" in given and given["form"] != OWN):
        message = _("Give either a content, or a document in the form brightline.")
        raise InvalidInput(message, fields={"content": [message]})
    return (given["content"] if "content" in given else json.dumps(given["document"])).encode("utf-8", "replace")


def _published(asked: Asked, organization: Organization, data: bytes) -> Answer:
    if asked.body["form"] != OWN:
        message = _("Only our own form is whole enough to be published at once. Send it without publish.")
        raise InvalidInput(message, fields={"publish": [message]})
    suite = suites.read_suite(data)
    row, is_new = suites.publish_suite(organization, suite=suite, by=asked.actor, now=asked.now)
    body: Json = {"suite": _summary(row), "draft": None, "left_out": []}
    return Answer(body, status=201 if is_new else 200, location=f"/api/v1/suites/{row.pk}")


def _draft(row: SuiteDraft) -> Json:
    count, left = row.probes.count(), row.probes.filter(faults__gt=0).count()
    return {"id": row.pk, "name": row.slug, "title": row.title, "probes": count, "open": left}


def _left_out(row: SuiteDraft) -> list[Json]:
    return [{"where": where, "sentence": sentence} for where, sentence in row.report]
