"""``products/{slug}/draft``: read, and changed as a whole or not at all."""

from __future__ import annotations

import re
from datetime import datetime
from functools import partial
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from profiles.access import Scope
from profiles.actions.drafts import MAX_INSTRUCTIONS, edit_draft, locked, path_of
from profiles.api.kit import shapes
from profiles.api.kit.asking import STALE, Asked, Parameter
from profiles.api.kit.operation import Answer, Refusal, operation
from profiles.api.kit.paging import PAGES, page_of
from profiles.api.kit.shapes import enter, moment, plain, refer, text
from profiles.api.shapes import VALUE, WINDOW, Json, exact
from profiles.api.v1.management.shapes import (
    VALUES,
    WHO,
    WINDOWS,
    in_words_of_the_api,
    path_in_the_api,
    product_of,
    who,
)
from profiles.errors import DomainError, StaleDraft
from profiles.models import Draft, DraftEdit
from profiles.queries import edits_since
from profiles.resolution.document import instant

MOST_SETTINGS: Final = 500
TEXT: Final = text(MAX_INSTRUCTIONS, "The operator's own text, anew.")

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
                    "maxProperties": MOST_SETTINGS,
                    "additionalProperties": {"oneOf": [refer("Value"), {"type": "null"}]},
                },
                "user_windows": {
                    "type": "object",
                    "description": "What users may change, by behavior; null leaves them what they have by themselves.",
                    "maxProperties": MOST_SETTINGS,
                    "additionalProperties": {"oneOf": [WINDOW, {"type": "null"}]},
                },
                "instructions": TEXT,
            },
            "What is to change. What is not named stays.",
            optional=("settings", "user_windows", "instructions"),
        ),
        "minProperties": 1,
    },
)

shapes.shape(
    "DraftEdit",
    {
        "revision": plain("integer", "The draft's, which this edit made."),
        "path": plain("string", "settings.<behavior>, user_windows.<behavior> or instructions."),
        "value": {
            "oneOf": [*VALUE["oneOf"], refer("Window"), {"type": "null"}],
            "description": "What it said from then on; null where it was reset.",
        },
        "by": WHO,
        "yours": plain("boolean", "Whether it was made with the key that asks."),
        "at": moment("When."),
    },
    "One edit of one field of a draft.",
)
shapes.listing("DraftEdit")

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
_CHANGED: Final = (
    "Editor of Night Owl Press changed this draft at 2026-11-23T10:00:00Z, after you read it. "
    "Read it again, and send your change once more."
)
OVERTAKEN: Final = Refusal(
    412,
    "stale_draft",
    "Changed by somebody",
    _CHANGED,
    {"settings.tone.profanity": ["Editor of Night Owl Press changed this at 2026-11-23T10:00:00Z."]},
)
_TAG: Final = "Drafts"
_SINCE: Final = Parameter(
    "since", {"type": "integer", "minimum": 0}, "Only those that came after this revision of the draft."
)
_DRY: Final = Parameter(
    "dry_run", {"type": "boolean"}, "With true everything is looked at and answered alike, and nothing is stored."
)


_TAGGED: Final = re.compile(r'"draft-([0-9]{1,9})"')


def tag(draft: Draft) -> str:
    """What If-Match names."""
    return f'"draft-{draft.revision}"'


def overtaken(draft: Draft, read: list[str]) -> StaleDraft:
    """Who changed a draft, and when, since it was what somebody read; of the last edit alone if that is not known.

    Args:
        read: the tags that the writer read.
    """
    numbers = [int(found[1]) for each in read if (found := _TAGGED.fullmatch(each))]
    seen = max((number for number in numbers if number < draft.revision), default=None)
    edits = list(edits_since(draft, draft.revision - 1 if seen is None else seen)[:MOST_SETTINGS])
    fields: dict[str, list[str]] = {}
    for edit in edits:
        said = _("%(name)s changed this at %(at)s.") % {"name": edit.by, "at": _second(edit.at)}
        fields.setdefault(path_in_the_api(path_of(edit.field)), [said])
    if seen is None or not edits:
        return StaleDraft(str(STALE), fields=fields)
    message = _(
        "%(name)s changed this draft at %(at)s, after you read it. Read it again, and send your change once more."
    )
    return StaleDraft(message % {"name": edits[0].by, "at": _second(edits[0].at)}, fields=fields)


def _second(at: datetime) -> str:
    return instant(at.replace(microsecond=0))


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
    id="draft_edits_list",
    tag=_TAG,
    scope=Scope.READ,
    summary="Edits of a draft",
    description="Who changed what of the draft and when, the latest first.",
    answers="DraftEditList",
    example={
        "items": [
            {
                "revision": 12,
                "path": "settings.content.explicit",
                "value": "on",
                "by": {"id": "27", "name": "Editor of Night Owl Press"},
                "yours": False,
                "at": "2026-11-23T10:00:00Z",
            }
        ],
        "next": None,
    },
    parameters=(_SINCE, *PAGES),
)
def list_edits(asked: Asked, slug: str) -> Answer:
    draft = product_of(asked.actor, slug).draft

    def show(edit: DraftEdit) -> Json:
        return {
            "revision": edit.revision,
            "path": path_in_the_api(path_of(edit.field)),
            "value": edit.value,
            "by": who(edit.by_id, edit.by),
            "yours": edit.by_id == asked.actor.id,
            "at": instant(edit.at),
        }

    return Answer(page_of(asked, edits_since(draft, asked.parameters.get("since", 0)), show))


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
        OVERTAKEN,
        OUTSIDE,
        Refusal(
            422, "unknown_behavior", "Unknown behavior", _NO_BEHAVIOR, {"settings.content.unknown": [_NO_BEHAVIOR]}
        ),
    ),
)
def change_draft(asked: Asked, slug: str) -> Answer:
    draft = locked(product_of(asked.actor, slug).draft)
    asked.need_match(tag(draft), partial(overtaken, draft))
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
