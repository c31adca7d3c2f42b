"""``products/{slug}/draft``: read, and changed as a whole or not at all."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from profiles.access import Scope
from profiles.actions.drafts import MAX_INSTRUCTIONS, edit_draft, locked
from profiles.api.kit import shapes
from profiles.api.kit.asking import Asked, Parameter
from profiles.api.kit.operation import Answer, Refusal, operation
from profiles.api.kit.shapes import enter, moment, plain, refer, text
from profiles.api.shapes import WINDOW, Json, exact
from profiles.api.v1.management.shapes import VALUES, WINDOWS, in_words_of_the_api, product_of
from profiles.errors import DomainError
from profiles.models import Draft
from profiles.resolution.document import instant

shapes.shape(
    "Draft",
    {
        "product": plain("string", "Its slug."),
        "revision": plain("integer", "Grows with every edit."),
        "settings": VALUES,
        "user_windows": WINDOWS,
        "instructions": plain("string", "The operator's own text; may be empty."),
        "updated_at": moment("The last edit."),
    },
    "The one working copy of a product's settings. Nothing of it is live.",
)
enter(
    "DraftChange",
    {
        **exact(
            {
                "settings": {
                    "type": "object",
                    "description": "Values by behavior; null resets one to what the layers above give.",
                    "maxProperties": 500,
                    "additionalProperties": {"oneOf": [refer("Value"), {"type": "null"}]},
                },
                "user_windows": {
                    "type": "object",
                    "description": "What users may change, by behavior; null leaves them what they have by themselves.",
                    "maxProperties": 500,
                    "additionalProperties": {"oneOf": [WINDOW, {"type": "null"}]},
                },
                "instructions": text(MAX_INSTRUCTIONS, "The operator's own text, anew."),
            },
            "What is to change. What is not named stays.",
            optional=("settings", "user_windows", "instructions"),
        ),
        "minProperties": 1,
    },
)

EXAMPLE: Final[Json] = {
    "product": "after-dark",
    "revision": 12,
    "settings": {"content.explicit": "on"},
    "user_windows": {"tone.profanity": {"floor": "off", "ceiling": "on"}},
    "instructions": "You write fiction for adults.",
    "updated_at": "2026-11-23T10:00:00Z",
}
_WHY: Final = "It needs the attestation adults_only. Reason: attestation_missing. Source: The constitution, Defaults."
_NO_BEHAVIOR: Final = "No rulebook of this product states content.unknown."
OUTSIDE: Final = Refusal(422, "outside_limits", "Outside its window", _WHY, {"settings.content.explicit": [_WHY]})
_TAG: Final = "Drafts"
_DRY: Final = Parameter(
    "dry_run", {"type": "boolean"}, "With true everything is looked at and answered alike, and nothing is stored."
)


def tag(draft: Draft) -> str:
    """What If-Match names."""
    return f'"draft-{draft.revision}"'


def shown(draft: Draft) -> Json:
    return {
        "product": draft.product.slug,
        "revision": draft.revision,
        "settings": draft.settings,
        "user_windows": draft.windows,
        "instructions": draft.instructions,
        "updated_at": instant(draft.updated_at),
    }


@operation(
    id="draft_get",
    tag=_TAG,
    scope=Scope.READ,
    summary="The draft of a product",
    description="What the product sets, leaves to its users, and says in its own words. Keep its ETag to change it.",
    answers="Draft",
    example=EXAMPLE,
)
def get_draft(asked: Asked, slug: str) -> Answer:
    draft = product_of(asked.actor, slug).draft
    return Answer(shown(draft), etag=tag(draft))


@operation(
    id="draft_change",
    method="PATCH",
    tag=_TAG,
    scope=Scope.WRITE,
    summary="Change a draft",
    description=(
        "All of it or nothing. A value outside of its window is refused with the reason and where it is written; "
        "nothing is stored then but the refusal, in the trail."
    ),
    answers="Draft",
    example={**EXAMPLE, "revision": 13},
    takes="DraftChange",
    given={"settings": {"content.explicit": "on", "tone.profanity": None}},
    guarded=True,
    parameters=(_DRY,),
    refusals=(
        OUTSIDE,
        Refusal(
            422, "unknown_behavior", "Unknown behavior", _NO_BEHAVIOR, {"settings.content.unknown": [_NO_BEHAVIOR]}
        ),
    ),
)
def change_draft(asked: Asked, slug: str) -> Answer:
    draft = locked(product_of(asked.actor, slug).draft)
    asked.need_match(tag(draft))
    if not asked.parameters.get("dry_run"):
        return _changed(asked, draft)
    with transaction.atomic():
        try:
            return _changed(asked, draft)
        finally:
            transaction.set_rollback(True)


def _changed(asked: Asked, draft: Draft) -> Answer:
    body = asked.body
    try:
        draft = edit_draft(
            draft,
            by=asked.actor,
            now=asked.now,
            seen=draft.revision,
            settings=body.get("settings"),
            windows=body.get("user_windows"),
            instructions=body.get("instructions"),
        )
    except DomainError as error:
        raise in_words_of_the_api(error) from None
    return Answer(shown(draft), etag=tag(draft))
