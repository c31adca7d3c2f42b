"""``products/{slug}/versions``: what was submitted, and submitting."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Final

from profiles.access import Scope
from profiles.actions.drafts import locked
from profiles.actions.versions import submit_version
from profiles.api.kit.asking import Asked, Parameter
from profiles.api.kit.operation import Answer, Refusal, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import choice, listing, moment, plain, shape, text
from profiles.api.shapes import DIGEST, Json, exact
from profiles.api.v1.management.draft import OUTSIDE, OVERTAKEN, overtaken, tag
from profiles.api.v1.management.shapes import (
    FACTS,
    NUMBER,
    OR_NUMBER,
    REVISIONS,
    RULEBOOK,
    VALUES,
    WHO,
    WINDOWS,
    in_words_of_the_api,
    product_of,
    who,
)
from profiles.errors import DomainError
from profiles.models import Version
from profiles.queries import State, active, least_approvals, state_of, versions_in
from profiles.resolution.document import instant
from profiles.rulebook.domains import Direction

_STATES: Final = [
    state.value for state in (State.ACTIVE, State.WAS_ACTIVE, State.DECLINED, State.APPROVED, State.WAITING)
]
_SUMMARY: Final[Json] = {
    "product": plain("string", "Its slug."),
    "number": NUMBER,
    "digest": {**DIGEST, "description": "sha256 of everything that an approval is about."},
    "state": choice(_STATES, "The first of these that fits."),
    "active_in": {"type": "array", "items": {"type": "string"}, "description": "The environments where it is active."},
    "reason": plain("string", "Why it was submitted."),
    "direction": choice([each.value for each in Direction], "What it does to limits, beside what it is a change of."),
    "author": WHO,
    "created_at": moment("When it was submitted."),
    "base": {**OR_NUMBER, "description": "The version that it is a change of."},
    "restored_from": {**OR_NUMBER, "description": "The earlier version whose settings it takes back."},
    "rebased_from": {**OR_NUMBER, "description": "The stale version that it brings up to date."},
    "platforms": {"type": "array", "items": {"type": "string"}},
    "rulebooks": REVISIONS,
}
_REST: Final[Json] = {
    "settings": VALUES,
    "user_windows": WINDOWS,
    "instructions": plain("string", "The operator's own text."),
    "facts": FACTS,
    "baseline": {
        **exact({"settings": VALUES, "user_windows": WINDOWS}),
        "description": "What the organization set and left to all of its products then.",
    },
}
shape("VersionSummary", _SUMMARY, "A version without what it says.")
shape("Version", {**_SUMMARY, **_REST}, "An immutable, numbered snapshot of a product's profile.")
listing("VersionSummary")
shape("Submission", {"reason": text(4_000, "Why; approvers and the trail show it.", least=1)}, "A draft to be frozen.")

_EXAMPLE: Final[Json] = {
    "product": "after-dark",
    "number": 8,
    "digest": "sha256:" + "0" * 64,
    "state": "waiting",
    "active_in": [],
    "reason": "Writers asked for it.",
    "direction": Direction.LOOSENING.value,
    "author": {"id": "key:bl_0a1b2c3d4", "name": "Repository"},
    "created_at": "2026-11-23T10:00:00Z",
    "base": 7,
    "restored_from": None,
    "rebased_from": None,
    "platforms": ["anthropic"],
    "rulebooks": [RULEBOOK],
}
EXAMPLE: Final[Json] = {
    **_EXAMPLE,
    "settings": {"content.explicit": "on"},
    "user_windows": {},
    "instructions": "You write fiction for adults.",
    "facts": {"audience": "adults"},
    "baseline": {"settings": {}, "user_windows": {}},
}
_TAG: Final = "Versions"
_ONLY: Final = Parameter("state", choice([state.value for state in State]), "Only those that stand there.")


def summary(version: Version, places: Collection[str], least: int) -> Json:
    """
    Args:
        places: the slugs of the environments where it is active.
        least: the approvals that the easiest environment asks for.
    """
    return {
        "product": version.product.slug,
        "number": version.number,
        "digest": version.digest,
        "state": state_of(version, is_active=bool(places), least=least).value,
        "active_in": sorted(places),
        "reason": version.note,
        "direction": version.direction,
        "author": who(version.author_id, version.author_name),
        "created_at": instant(version.created_at),
        "base": version.base.number if version.base else None,
        "restored_from": version.restored_from.number if version.restored_from else None,
        "rebased_from": version.rebased_from.number if version.rebased_from else None,
        "platforms": version.platforms,
        "rulebooks": version.rulebooks,
    }


def _places(version: Version) -> list[str]:
    return [row.environment.slug for row in active(version.product).values() if row.version_id == version.pk]


def shown(version: Version) -> Json:
    baseline = version.baseline
    return {
        **summary(version, _places(version), least_approvals(version.product)),
        "settings": version.settings,
        "user_windows": version.windows,
        "instructions": version.instructions,
        "facts": version.facts,
        "baseline": {"settings": baseline["settings"], "user_windows": baseline["windows"]},
    }


def version_of(asked: Asked, slug: str, number: int) -> Version:
    """
    Raises:
        NotFound
    """
    product = product_of(asked.actor, slug)
    rows = Version.objects.of(asked.actor).select_related("base", "restored_from", "rebased_from")
    found = rows.one(product=product, number=min(number, 2**31 - 1))
    found.product = product
    return found


_DENIAL: Final = "“Deny being an AI”: This seems to make the product deny that it is an AI. Take it out."


@operation(
    id="versions_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="Versions of a product",
    description="The newest first, without what they say.",
    answers="VersionSummaryList",
    example={"items": [_EXAMPLE], "next": None},
    parameters=(_ONLY, *PAGES),
)
def list_versions(asked: Asked, slug: str) -> Answer:
    product = product_of(asked.actor, slug)
    places: dict[int, list[str]] = {}
    for row in active(product).values():
        places.setdefault(row.version_id, []).append(row.environment.slug)
    state = asked.parameters.get("state")
    rows = versions_in(asked.actor, product, State(state) if state else None)
    least = least_approvals(product)

    def show(row: Version) -> Json:
        row.product = product
        return summary(row, places.get(row.pk, []), least)

    return Answer(page_of(asked, rows, show, by="number"))


@operation(
    id="versions_submit",
    method="POST",
    tag=_TAG,
    scope=Scope.WRITE,
    status=201,
    summary="Submit the draft",
    description=(
        "Freezes the draft as the product's next version, for somebody else to review. Whoever made the key does not "
        "review what it submits."
    ),
    answers="Version",
    example=EXAMPLE,
    takes="Submission",
    given={"reason": "Writers asked for it."},
    guarded=True,
    refusals=(
        Refusal(409, "wrong_state", "Nothing differs", "Nothing differs from version 7, which is live."),
        OVERTAKEN,
        OUTSIDE,
        Refusal(
            422,
            "instructions_refused",
            "Instructions to fix",
            "1 place in the instructions must be fixed first.",
            {"instructions": [_DENIAL]},
        ),
    ),
)
def submit(asked: Asked, slug: str) -> Answer:
    draft = locked(product_of(asked.actor, slug).draft)
    asked.need_match(tag(draft), partial(overtaken, draft))
    try:
        made = submit_version(draft, note_text=asked.body["reason"], seen=draft.revision, by=asked.actor, now=asked.now)
    except DomainError as error:
        raise in_words_of_the_api(error) from None
    return Answer(shown(made), 201, location=f"/api/v1/products/{slug}/versions/{made.number}")


@operation(
    id="versions_get",
    tag=_TAG,
    scope=Scope.READ,
    summary="One version",
    description="All that it says, where it stands, and where it is active.",
    answers="Version",
    example=EXAMPLE,
)
def get_version(asked: Asked, slug: str, number: int) -> Answer:
    return Answer(shown(version_of(asked, slug, number)))
