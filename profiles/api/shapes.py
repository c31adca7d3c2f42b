"""The shapes of ``/api/v1/`` as JSON Schema.

They are written out instead of derived, since the API serves stored bytes and no serializer; the values that they list
come from the enums that the program itself uses, and a test holds real answers against them.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from profiles.resolution.document import SCHEMA
from profiles.resolution.types import Reason
from profiles.rulebook.model import Kind, Layer

Json = dict[str, Any]

DIGEST: Final[Json] = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
INSTANT: Final[Json] = {
    "type": "string",
    "format": "date-time",
    "pattern": "Z$",
    "description": "RFC 3339 in UTC, with Z.",
}


def exact(properties: Json, description: str = "", optional: Collection[str] = ()) -> Json:
    """An object with exactly these members, of which ``optional`` may be missing."""
    about: Json = {"description": description} if description else {}
    return {
        "type": "object",
        **about,
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def listed(values: Any, description: str) -> Json:
    return {"type": "string", "enum": [item.value for item in values], "description": description}


VALUE: Final[Json] = {
    "description": "A behavior's value: the name of a switch's state or level, a number, or topics (“any” or a list).",
    "oneOf": [{"type": "string"}, {"type": "integer"}, {"type": "array", "items": {"type": "string"}}],
}
WINDOW: Final[Json] = exact(
    {"floor": {"$ref": "#/components/schemas/Value"}, "ceiling": {"$ref": "#/components/schemas/Value"}},
    "The part of a domain that a layer may use, from the strictest value to the most permissive one.",
)
CITATION: Final[Json] = exact(
    {
        "document": {"type": "string", "description": "The title of the platform's document."},
        "date": {"type": "string", "format": "date"},
        "section": {"type": "string"},
        "also": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Further sections of the document. Not in what was published before 2026-11-24.",
        },
        "summary": {"type": "string", "description": "What the section says."},
        "summary_is_ours": {"type": "boolean", "description": "Whether the summary is in our words."},
    },
    "Where the deciding limit, or else the behavior itself, is written.",
    optional=("also",),
)
REVISION: Final[Json] = exact(
    {
        "platform": {"type": "string", "description": "The platform's name, or the law pack's."},
        "revision": {"type": "string", "format": "date"},
        "digest": DIGEST,
    },
    "A rulebook revision that it was resolved against.",
)
BEHAVIOR: Final[Json] = exact(
    {
        "value": {"$ref": "#/components/schemas/Value"},
        "default": {"$ref": "#/components/schemas/Value"},
        "kind": listed(Kind, "What kind of behavior it is; a bright line is changed by nobody."),
        "decided_by": listed(Layer, "The layer whose choice or limit the value is."),
        "reason": listed(Reason, "Why the value is what it is."),
        "window": {"$ref": "#/components/schemas/Window"},
        "user_window": {"$ref": "#/components/schemas/Window"},
        "citation": {"$ref": "#/components/schemas/Citation"},
    },
    "What holds for one behavior. It instructs the model; it is no proof that the model obeys.",
)
PROFILE: Final[Json] = exact(
    {
        "schema": {"type": "string", "const": SCHEMA},
        "organization": {"type": "string"},
        "product": {"type": "string"},
        "environment": {"type": "string"},
        "version": {"type": "integer", "minimum": 1},
        "activated_at": INSTANT,
        "valid_until": {
            **INSTANT,
            "type": ["string", "null"],
            "description": "The instant at which another document takes this one's place by itself, if one is known.",
        },
        "platform": {"type": "string"},
        "rulebook": REVISION,
        "law_packs": {
            "type": "array",
            "items": REVISION,
            "description": "The law packs within whose reach the product is. Not in what was published before "
            "2026-11-24.",
        },
        "behaviors": {
            "type": "object",
            "description": "Every behavior that the rulebook states, by its key.",
            "propertyNames": {"pattern": "^[a-z0-9_]+(\\.[a-z0-9_]+)+$"},
            "additionalProperties": {"$ref": "#/components/schemas/Behavior"},
        },
        "instructions": exact(
            {"text": {"type": "string"}, "digest": DIGEST},
            "The operator's own text and the phrasing of every behavior, as one message for the model.",
        ),
        "vendor_settings": {
            "type": "object",
            "description": "Settings of the vendor's own output filters, to send along with each request; empty where "
            "the vendor has none. A filter works on what comes out and does not change how the model behaves.",
            "properties": {
                "safety_settings": {
                    "type": "array",
                    "items": exact(
                        {"category": {"type": "string"}, "threshold": {"type": "string"}},
                        "One filter, in the vendor's own words.",
                    ),
                }
            },
            "additionalProperties": False,
        },
        "digest": {**DIGEST, "description": "sha256 of the RFC 8785 form of this document without this member."},
    },
    "The published profile of one product, environment and platform.",
)
PREFERENCES: Final[Json] = exact(
    {
        "preferences": {
            "type": "object",
            "description": "What the user wishes, by behavior. What is no value of the behavior is clamped, too.",
            "additionalProperties": True,
        }
    },
    "One user's wishes. They are not stored.",
)
CLAMP: Final[Json] = exact(
    {
        "behavior": {"type": "string"},
        "wanted": {"description": "As it came."},
        "got": {
            "description": "What holds instead; null for a behavior that no rulebook of the product states.",
            "oneOf": [*VALUE["oneOf"], {"type": "null"}],
        },
        "reason": listed(Reason, "Why."),
    },
    "A wish that was not honored as it was.",
)
PERSONAL: Final[Json] = {
    **PROFILE,
    "description": "The profile for one user: values inside the user's windows, instructions and digest of its own.",
    "properties": {
        **PROFILE["properties"],
        "clamped": {"type": "array", "items": {"$ref": "#/components/schemas/Clamp"}},
    },
    "required": [*PROFILE["required"], "clamped"],
}
FRAGMENTS: Final[Json] = {
    "openai": exact(
        {
            "messages": {
                "type": "array",
                "items": exact({"role": {"type": "string", "const": "developer"}, "content": {"type": "string"}}),
                "description": "Put them before the messages of the conversation. Empty where there is nothing to say.",
            }
        },
        "For OpenAI's Chat Completions.",
    ),
    "anthropic": exact(
        {"system": {"type": "string", "description": "Missing where there is nothing to say."}},
        "For Anthropic's Messages.",
        optional=("system",),
    ),
    "gemini": exact(
        {
            "systemInstruction": exact(
                {"parts": {"type": "array", "items": exact({"text": {"type": "string"}})}},
                "Missing where there is nothing to say.",
            ),
            "safetySettings": {
                "type": "array",
                "items": exact({"category": {"type": "string"}, "threshold": {"type": "string"}}),
                "description": "Every category that can be set, always: what a request leaves out gets the vendor's "
                "own default. Where nobody decided on a category, its strictest threshold.",
            },
        },
        "For Gemini's generateContent.",
        optional=("systemInstruction",),
    ),
}
KEY_SET: Final[Json] = exact(
    {
        "keys": {
            "type": "array",
            "items": exact(
                {
                    "kty": {"type": "string", "const": "OKP"},
                    "crv": {"type": "string", "const": "Ed25519"},
                    "x": {"type": "string", "description": "The public key, base64url."},
                    "alg": {"type": "string", "const": "EdDSA"},
                    "use": {"type": "string", "const": "sig"},
                    "kid": {"type": "string", "description": "The key's thumbprint (RFC 7638)."},
                }
            ),
        }
    },
    "The keys that profiles are signed with (RFC 7517). The first one signs; the others did.",
)
ERROR: Final[Json] = exact(
    {
        "error": exact(
            {
                "code": {
                    "type": "string",
                    "pattern": "^[a-z0-9_]+$",
                    "description": "For programs; it does not change.",
                },
                "message": {"type": "string", "description": "A sentence for a person."},
                "fields": {
                    "type": "object",
                    "description": "Sentences by the path of what was wrong.",
                    "additionalProperties": {"type": "array", "items": {"type": "string"}},
                },
            }
        )
    },
    "Every error of the API has this shape.",
)

_METADATA: Final[Json] = {
    "type": "object",
    "description": "Flat. Of a flag: who decided (decided_by) and why (reason), what kind of behavior it is, where the "
    "rule is written, the version and digest of the published profile, until when it holds if that is known "
    "(expiresAt), and whether a preference was clamped and why. Of the set: whose it is, and how many were clamped.",
    "additionalProperties": {"type": ["string", "boolean", "number"]},
}
FLAG: Final[Json] = exact(
    {
        "key": {"type": "string", "description": "The behavior's key."},
        "value": {
            "description": "A switch's state, a level's name, a number, or topics as {any, topics}.",
            "type": ["boolean", "string", "number", "object"],
        },
        "variant": {"type": "string", "description": "on or off, the level, the number; of topics: any, listed, none."},
        "reason": {
            "type": "string",
            "enum": ["STATIC", "TARGETING_MATCH"],
            "description": "TARGETING_MATCH where a preference made a difference.",
        },
        "metadata": _METADATA,
    },
    "One behavior as a flag.",
)
_ERROR_CODE: Final[Json] = {"type": "string", "enum": ["PARSE_ERROR", "INVALID_CONTEXT", "FLAG_NOT_FOUND", "GENERAL"]}
_FLAG_SET_ERROR: Final[Json] = {
    "errorCode": _ERROR_CODE,
    "errorDetails": {"type": "string", "description": "A sentence for a person."},
}
FLAGS: Final[Json] = {
    "Flag": FLAG,
    "FlagSet": exact(
        {
            "flags": {"type": "array", "items": {"$ref": "#/components/schemas/Flag"}},
            "metadata": _METADATA,
            "eventStreams": {
                "type": "array",
                "items": exact(
                    {
                        "type": {"type": "string", "const": "sse"},
                        "url": {"type": "string", "description": "With a token that is good for some minutes."},
                        "inactivityDelaySec": {"type": "integer"},
                    }
                ),
                "description": "Where a browser hears that something changed.",
            },
        },
        "Every behavior as a flag.",
        optional=("eventStreams",),
    ),
    "FlagContext": {
        "type": "object",
        "description": "All of it may be missing.",
        "properties": {
            "context": {
                "type": ["object", "null"],
                "properties": {
                    "targetingKey": {"description": "Is not looked at."},
                    "preferences": {
                        "type": ["object", "null"],
                        "description": "What the user wishes, by behavior, in the types of flags or of the profile.",
                    },
                },
                "additionalProperties": True,
            }
        },
        "additionalProperties": True,
    },
    "FlagSetError": exact(_FLAG_SET_ERROR, "The protocol's error."),
    "FlagError": exact({"key": {"type": "string"}, **_FLAG_SET_ERROR}, "The protocol's error about one flag."),
}

COMPONENTS: Final[Json] = {
    "schemas": {
        "Profile": PROFILE,
        "Preferences": PREFERENCES,
        "PersonalProfile": PERSONAL,
        "Clamp": CLAMP,
        "OpenAIFragment": FRAGMENTS["openai"],
        "AnthropicFragment": FRAGMENTS["anthropic"],
        "GeminiFragment": FRAGMENTS["gemini"],
        "KeySet": KEY_SET,
        "Behavior": BEHAVIOR,
        "Window": WINDOW,
        "Value": VALUE,
        "Citation": CITATION,
        "Error": ERROR,
        **FLAGS,
    },
    "securitySchemes": {
        "clientKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "A client key: it belongs to one product and one environment and reads that profile only.",
        },
        "clientKeyHeader": {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": "The same key, for clients of OpenFeature.",
        },
        "organizationKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "An organization key: it manages what its scopes allow. read: everything of the "
            "organization. write: edit drafts, submit versions, say where products run, request attestations. "
            "activate: activate versions that have what their environment asks for. products: create and rename "
            "products. run: fix protocols, start and schedule runs. budget: set what runs may take. No key reviews.",
        },
    },
}
