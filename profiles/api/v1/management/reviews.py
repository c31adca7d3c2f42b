"""``…/versions/{n}/reviews``: read by keys, written by people."""

from __future__ import annotations

from typing import Final

from profiles.access import Scope
from profiles.actions.reviews import approve_version, decline_version, request_changes
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, Refusal, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import choice, listing, moment, plain, shape, text
from profiles.api.shapes import DIGEST, Json
from profiles.api.v1.management.shapes import WHO, who
from profiles.api.v1.management.versions import version_of
from profiles.models import Review
from profiles.resolution.document import instant

_DECISIONS: Final = {
    Review.Decision.APPROVED: approve_version,
    Review.Decision.CHANGES_REQUESTED: request_changes,
    Review.Decision.DECLINED: decline_version,
}
_DIGEST: Final = {**DIGEST, "description": "Of the version that was seen. A review counts for that alone."}
_SAID: Final[Json] = {"decision": choice([each.value for each in _DECISIONS]), "digest": _DIGEST}
shape(
    "Review",
    {**_SAID, "comment": plain("string"), "reviewer": WHO, "at": moment("When.")},
    "What somebody other than the author said of a version. Of each reviewer the latest counts; a decline is for good.",
)
listing("Review")
shape("NewReview", {**_SAID, "comment": text(4_000)}, "A word on exactly one version.", optional=("comment",))

EXAMPLE: Final[Json] = {
    "decision": "approved",
    "digest": "sha256:" + "0" * 64,
    "comment": "As agreed.",
    "reviewer": {"id": "user:7", "name": "Ada Approver"},
    "at": "2026-11-23T11:00:00Z",
}
_TAG: Final = "Versions"
_NO_KEYS: Final = "A key reviews nothing: a review is a person's word. Somebody does it on the pages."


def shown(review: Review) -> Json:
    return {
        "decision": review.decision,
        "digest": review.digest,
        "comment": review.comment,
        "reviewer": who(review.reviewer_id, review.reviewer_name),
        "at": instant(review.at),
    }


@operation(
    id="reviews_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="Reviews of a version",
    description="The newest first.",
    answers="ReviewList",
    example={"items": [EXAMPLE], "next": None},
    parameters=PAGES,
)
def list_reviews(asked: Asked, slug: str, number: int) -> Answer:
    rows = Review.objects.of(asked.actor).filter(version=version_of(asked, slug, number))
    return Answer(page_of(asked, rows, shown))


@operation(
    id="reviews_create",
    method="POST",
    tag=_TAG,
    scope=None,
    summary="Review a version",
    description="A key is answered 403: a review is a person's word, which nobody gives by program.",
    takes="NewReview",
    given={"decision": "approved", "digest": "sha256:" + "0" * 64},
    refusals=(
        Refusal(403, "forbidden", "A key", _NO_KEYS),
        Refusal(422, "invalid", "No comment", "Please fill this in.", {"comment": ["Please fill this in."]}),
    ),
)
def create(asked: Asked, slug: str, number: int) -> Answer:
    body = asked.body
    review = _DECISIONS[Review.Decision(body["decision"])](
        version_of(asked, slug, number),
        digest=body["digest"],
        comment=body.get("comment", ""),
        by=asked.actor,
        now=asked.now,
    )
    return Answer(shown(review), 201)
