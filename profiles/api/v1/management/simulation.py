"""``products/{slug}/draft/simulate``: what the draft, or other content in its place, would be. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from profiles.access import Scope
from profiles.actions.drafts import INSTRUCTIONS, clean_instructions, refusals
from profiles.actions.versions import finding_words, to_fix
from profiles.api.kit.asking import Asked
from profiles.api.kit.operation import Answer, operation
from profiles.api.kit.shapes import choice, enter, plain, refer, shape
from profiles.api.shapes import BEHAVIOR, DIGEST, INSTANT, PROFILE, REVISION, VALUE, WINDOW, Json, exact, listed
from profiles.api.v1.management.draft import MOST_SETTINGS, TEXT
from profiles.api.v1.management.shapes import NUMBER, RULEBOOK, path_in_the_api, product_of
from profiles.api.v1.management.versions import version_of
from profiles.errors import InvalidInput
from profiles.models import Draft, Product
from profiles.queries import Simulation, Stored, live_version, simulate
from profiles.resolution.diff import Change
from profiles.resolution.document import behavior_document, citation_document, instant, vendor_settings
from profiles.resolution.instructions import compile_instructions, text_digest
from profiles.resolution.types import Clamp, Reason
from profiles.rulebook.domains import Direction
from profiles.rulebook.model import Layer, Rulebook

LIVE: Final = "live"
DRAFT: Final = "draft"

# Shapes

_OR_VALUE: Final[Json] = {"oneOf": [*VALUE["oneOf"], {"type": "null"}]}
_OR_WINDOW: Final[Json] = {"oneOf": [refer("Window"), {"type": "null"}]}
_OR_ANY: Final[Json] = {"oneOf": [*_OR_VALUE["oneOf"], refer("Window")]}
_DIRECTION: Final = choice([each.value for each in Direction], "What it does to limits.")


def _about(schema: Json, description: str) -> Json:
    return {**schema, "description": description}


enter(
    "SimulationQuestion",
    exact(
        {
            "beside": {
                "description": "What it is laid beside: “live” (what is active furthest along), “draft”, or a "
                "version's number.",
                "oneOf": [{"type": "string", "enum": [LIVE, DRAFT]}, NUMBER],
            },
            "content": exact(
                {
                    "settings": {
                        "type": "object",
                        "maxProperties": MOST_SETTINGS,
                        "additionalProperties": refer("Value"),
                    },
                    "user_windows": {"type": "object", "maxProperties": MOST_SETTINGS, "additionalProperties": WINDOW},
                    "instructions": TEXT,
                },
                "A whole profile, in the place of what the draft says. Without it the draft is simulated.",
            ),
            "preferences": {
                "type": "object",
                "description": "What a user wishes, by behavior. They are not stored.",
                "maxProperties": MOST_SETTINGS,
                "additionalProperties": True,
            },
            "only_changes": plain("boolean", "With true only the behaviors that differ are answered."),
        },
        "What is to be simulated, and beside what.",
        optional=("content", "preferences", "only_changes"),
    ),
)
shape(
    "SimulatedBehavior",
    {
        **BEHAVIOR["properties"],
        "before": _about(_OR_VALUE, "The value beside; null where none is stated."),
        "differs": plain("boolean", "Whether the value, or what may be chosen, is another one than beside."),
        "direction": _about(_DIRECTION, "Of the change on this platform, whatever a user prefers."),
    },
    "What would hold for one behavior.",
)
shape(
    "SimulatedChange",
    {
        "behavior": plain("string"),
        "before": _about(_OR_VALUE, "The value without anybody's preferences."),
        "after": _OR_VALUE,
        "user_before": _OR_WINDOW,
        "user_after": _OR_WINDOW,
        "direction": _about(_DIRECTION, "Of the value and what users may change, on all platforms together."),
    },
    "A behavior that changes, as the first platform has it on which it does.",
)
shape(
    "NotHonored",
    {
        "layer": listed(Layer, "Whose wish it is."),
        "path": plain("string", "The behavior after settings, user_windows, baseline or preferences."),
        "wanted": {"description": "As it came."},
        "got": _about(_OR_ANY, "What holds instead; null for a behavior that is not stated."),
        "reason": listed(Reason, "Why."),
        "because": plain("string", "Why, in words."),
        "citation": {"oneOf": [refer("Citation"), {"type": "null"}]},
    },
    "A wish that is not honored as it is.",
)
shape(
    "SimulatedRefusal",
    {
        "path": plain("string", "Such as settings.content.explicit."),
        "sentence": plain("string", "Why, with the reason's name and where it is written."),
        "by": choice(["draft_change", "versions_submit"], "The operation that would refuse it."),
    },
    "What would not be taken.",
)
shape(
    "SimulatedPlatform",
    {
        "platform": plain("string"),
        "rulebook": REVISION,
        "law_packs": {"type": "array", "items": REVISION},
        "valid_until": {**INSTANT, "type": ["string", "null"], "description": "When something ends by itself."},
        "behaviors": {
            "type": "object",
            "description": "By key: all, or those that differ.",
            "additionalProperties": refer("SimulatedBehavior"),
        },
        "gone": {"type": "array", "items": {"type": "string"}, "description": "What is stated beside and not here."},
        "clamped": {"type": "array", "items": refer("NotHonored")},
        "instructions": exact({"text": {"type": "string"}, "digest": DIGEST}, "As the model would get them."),
        "vendor_settings": PROFILE["properties"]["vendor_settings"],
    },
    "What clients would get on one platform.",
)
shape(
    "Simulation",
    {
        "product": plain("string", "Its slug."),
        "revision": plain("integer", "The draft's, when it was looked at."),
        "beside": {
            "oneOf": [{"type": "string", "const": DRAFT}, NUMBER, {"type": "null"}],
            "description": "“draft”, or a version's number; null where nothing is live: then the platforms' defaults.",
        },
        "direction": _about(_DIRECTION, "Of all of it; changed instructions are never a pure tightening."),
        "changes": {"type": "array", "items": refer("SimulatedChange")},
        "instructions_changed": plain("boolean"),
        "facts_changed": plain("boolean", "The product's facts or platforms are others than beside."),
        "limits_changed": plain("boolean", "A rulebook, law pack or baseline is another one than beside."),
        "refused": {"type": "array", "items": refer("SimulatedRefusal")},
        "platforms": {"type": "array", "items": refer("SimulatedPlatform")},
    },
    "What would be, and how it differs from what is. Nothing of it is stored.",
)

_EXPLICIT: Final = "content.explicit"
_BEHAVIOR: Final[Json] = {
    "value": "off",
    "default": "off",
    "kind": "default",
    "decided_by": Layer.PLATFORM.value,
    "reason": Reason.ATTESTATION_MISSING.value,
    "window": {"floor": "off", "ceiling": "off"},
    "user_window": {"floor": "off", "ceiling": "off"},
    "citation": {
        "document": "Claude's constitution",
        "date": "2026-01-21",
        "section": "Instructable behaviors",
        "also": [],
        "summary": "Off by default, and adjustable.",
        "summary_is_ours": True,
    },
    "before": "off",
    "differs": False,
    "direction": Direction.SAME.value,
}
_WHY: Final = "It needs the attestation adults_only."
_EXAMPLE: Final[Json] = {
    "product": "after-dark",
    "revision": 12,
    "beside": 7,
    "direction": Direction.MIXED.value,
    "changes": [],
    "instructions_changed": True,
    "facts_changed": False,
    "limits_changed": False,
    "refused": [
        {
            "path": f"settings.{_EXPLICIT}",
            "sentence": f"{_WHY} Reason: attestation_missing. Source: Claude's constitution, Instructable behaviors.",
            "by": "draft_change",
        }
    ],
    "platforms": [
        {
            "platform": "anthropic",
            "rulebook": RULEBOOK,
            "law_packs": [],
            "valid_until": None,
            "behaviors": {_EXPLICIT: _BEHAVIOR},
            "gone": [],
            "clamped": [
                {
                    "layer": Layer.PRODUCT.value,
                    "path": f"settings.{_EXPLICIT}",
                    "wanted": "on",
                    "got": "off",
                    "reason": Reason.ATTESTATION_MISSING.value,
                    "because": _WHY,
                    "citation": _BEHAVIOR["citation"],
                }
            ],
            "instructions": {"text": "You write fiction for adults.\n", "digest": "sha256:" + "0" * 64},
            "vendor_settings": {},
        }
    ],
}


@operation(
    id="draft_simulate",
    method="POST",
    tag="Drafts",
    scope=Scope.READ,
    only_reads=True,
    summary="Simulate a draft",
    description=(
        "What every behavior would be on each platform if the draft, or the content that is sent in its place, were "
        "live; who decides it, what is not honored or would be refused and why, and how it differs from what is. "
        "Nothing is stored, and nothing is entered in the trail."
    ),
    answers="Simulation",
    example=_EXAMPLE,
    takes="SimulationQuestion",
    given={
        "beside": LIVE,
        "content": {
            "settings": {_EXPLICIT: "on"},
            "user_windows": {},
            "instructions": "You write fiction for adults.",
        },
    },
)
def simulate_draft(asked: Asked, slug: str) -> Answer:
    product = product_of(asked.actor, slug)
    draft = product.draft
    number, base = _beside(asked, product)
    content = asked.body.get("content")
    stored = Stored.draft(_said(draft, content) if content else draft)
    made = simulate(base, stored, asked.now, asked.body.get("preferences", {}))
    only = asked.body.get("only_changes", False)
    return Answer(
        {
            "product": slug,
            "revision": draft.revision,
            "beside": number,
            "direction": made.found.direction.value,
            "changes": [_change(change) for change in made.found.changes],
            "instructions_changed": made.found.text_changed,
            "facts_changed": made.found.facts_changed,
            "limits_changed": made.found.limits_changed,
            "refused": list(_refused(made)),
            "platforms": [_platform(made, name, only_changes=only) for name in stored.platforms],
        }
    )


def _beside(asked: Asked, product: Product) -> tuple[int | str | None, Stored | None]:
    """
    Raises:
        NotFound: the product has no such version.
    """
    wanted = asked.body["beside"]
    if wanted == DRAFT:
        return DRAFT, Stored.draft(product.draft)
    version = live_version(product) if wanted == LIVE else version_of(asked, product.slug, wanted)
    if version is None:
        return None, None
    version.product = product
    return version.number, Stored.version(version)


def _said(draft: Draft, content: Json) -> Draft:
    """A draft in memory that says something else."""
    return Draft(
        product=draft.product,
        settings=content["settings"],
        windows=content["user_windows"],
        instructions=content["instructions"],
        updated_at=draft.updated_at,
    )


def _change(change: Change) -> Json:
    return {
        "behavior": change.behavior,
        "before": change.before,
        "after": change.after,
        "user_before": change.user_before,
        "user_after": change.user_after,
        "direction": change.direction.value,
    }


def _refused(made: Simulation) -> Iterator[Json]:
    """What changing the draft would refuse, and after it what submitting would."""
    fields = refusals(made.found.refused)
    try:
        clean_instructions(made.stored.instructions)
    except InvalidInput as error:
        fields |= error.fields
    for path, sentences in fields.items():
        for sentence in sentences:
            yield {"path": path_in_the_api(path), "sentence": sentence, "by": "draft_change"}
    for finding in to_fix(made.stored.instructions, made.found):
        yield {"path": INSTRUCTIONS, "sentence": finding_words(finding), "by": "versions_submit"}


def _platform(made: Simulation, name: str, *, only_changes: bool) -> Json:
    resolution = made.after[name]
    text = compile_instructions(resolution, made.stored.instructions)
    revision = next(each for each in made.stored.revisions if each.platform == name)
    rulebook, *laws = made.stored.rulebooks(revision)
    return {
        "platform": name,
        "rulebook": _named(rulebook),
        "law_packs": [_named(law) for law in laws],
        "valid_until": instant(resolution.valid_until) if resolution.valid_until else None,
        "behaviors": _behaviors(made, name, only_changes=only_changes),
        "gone": made.gone(name),
        "clamped": [_clamped(clamp) for clamp in resolution.clamped],
        "instructions": {"text": text, "digest": text_digest(text)},
        "vendor_settings": vendor_settings(resolution),
    }


def _named(rulebook: Rulebook) -> Json:
    return {"platform": rulebook.platform, "revision": rulebook.revision, "digest": rulebook.digest}


def _behaviors(made: Simulation, name: str, *, only_changes: bool) -> Json:
    directions = {change.behavior: change.direction for change in made.found.changes_on[name]}
    found: Json = {}
    for key, decision in made.after[name].decisions.items():
        differs = made.differs(name, key)
        if only_changes and not differs:
            continue
        found[key] = {
            **behavior_document(decision),
            "before": made.value_before(name, key),
            "differs": differs,
            "direction": directions.get(key, Direction.SAME).value,
        }
    return found


_NAMES: Final = {Layer.USER: "preferences.", Layer.ORGANIZATION: "baseline."}


def _clamped(clamp: Clamp) -> Json:
    if clamp.layer in _NAMES:
        path = f"{_NAMES[clamp.layer]}{clamp.behavior}"
    else:
        path = path_in_the_api(next(iter(refusals({clamp.behavior: clamp}))))
    return {
        "layer": clamp.layer.value,
        "path": path,
        "wanted": clamp.wanted,
        "got": clamp.got,
        "reason": clamp.reason.value,
        "because": clamp.because,
        "citation": citation_document(clamp.citation) if clamp.citation else None,
    }
