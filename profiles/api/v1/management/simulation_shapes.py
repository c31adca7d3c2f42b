"""What a simulation takes and answers, and an example of it."""

from __future__ import annotations

from typing import Final

from profiles.api.kit.shapes import choice, enter, moment, plain, refer, shape
from profiles.api.shapes import BEHAVIOR, DIGEST, INSTANT, PROFILE, REVISION, VALUE, WINDOW, Json, exact, listed
from profiles.api.v1.management.draft import MOST_SETTINGS, TEXT
from profiles.api.v1.management.shapes import NUMBER, RULEBOOK
from profiles.resolution.types import Reason
from profiles.rulebook.domains import Direction
from profiles.rulebook.model import Layer

LIVE: Final = "live"
DRAFT: Final = "draft"
CONTENT: Final = "content"

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
            "of": {
                "description": "What is simulated: “draft”, or a version's number. Without it the draft, or `content`.",
                "oneOf": [{"type": "string", "const": DRAFT}, NUMBER],
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
                "A whole profile, in the place of what the draft says.",
            ),
            "preferences": {
                "type": "object",
                "description": "What a user wishes, by behavior. They are not stored.",
                "maxProperties": MOST_SETTINGS,
                "additionalProperties": True,
            },
            "platform": plain("string", "The one that is asked about. Without it all of them.", maxLength=40),
            "at": moment("When. Without it now. What is known by now counts: claims and laws begin and end."),
            "only_changes": plain("boolean", "With true only the behaviors that differ are answered."),
        },
        "What is to be simulated, and beside what.",
        optional=("of", "content", "preferences", "platform", "at", "only_changes"),
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
        "of": {
            "oneOf": [{"type": "string", "enum": [DRAFT, CONTENT]}, NUMBER],
            "description": "What was simulated: “draft”, “content”, or a version's number.",
        },
        "at": moment("The instant that was asked about."),
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
EXAMPLE: Final[Json] = {
    "product": "after-dark",
    "revision": 12,
    "of": CONTENT,
    "at": "2026-11-23T10:00:00Z",
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
GIVEN: Final[Json] = {
    "beside": LIVE,
    "content": {"settings": {_EXPLICIT: "on"}, "user_windows": {}, "instructions": "You write fiction for adults."},
}
