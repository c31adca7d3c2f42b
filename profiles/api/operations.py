"""What each operation of ``/api/v1/`` asks for and answers, for the OpenAPI document: parameters, answers, examples."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from profiles.api.shapes import Json
from profiles.resolution.document import SCHEMA, document_digest
from profiles.resolution.fragments import FORMATS, fragment
from profiles.resolution.types import Reason
from profiles.rulebook.model import Kind, Layer
from profiles.serving import answers

# Examples ------------------------------------------------------------------------------------------------------------

_HELD: Final[Json] = {
    "schema": SCHEMA,
    "organization": "night-owl-press",
    "product": "after-dark",
    "environment": "production",
    "version": 7,
    "activated_at": "2026-11-23T10:00:00Z",
    "valid_until": "2027-03-01T00:00:00Z",
    "platform": "anthropic",
    "rulebook": {"platform": "anthropic", "revision": "2026-01-21", "digest": "sha256:" + "0" * 64},
    "law_packs": [],
    "behaviors": {
        "content.explicit": {
            "value": "on",
            "default": "off",
            "kind": Kind.DEFAULT.value,
            "decided_by": Layer.PRODUCT.value,
            "reason": Reason.SET.value,
            "window": {"floor": "off", "ceiling": "on"},
            "user_window": {"floor": "off", "ceiling": "on"},
            "citation": {
                "document": "Claude's constitution",
                "date": "2026-01-21",
                "section": "Instructable behaviors",
                "also": [],
                "summary": "Off by default, and adjustable.",
                "summary_is_ours": True,
            },
        }
    },
    "instructions": {"text": "You write fiction for adults.\n", "digest": "sha256:" + "0" * 64},
    "vendor_settings": {},
}
PROFILE_EXAMPLE: Final[Json] = {**_HELD, "digest": document_digest(_HELD)}


def example(name: str, value: Any, status: int = 200, media: str = "application/json") -> OpenApiExample:
    return OpenApiExample(name, value=value, response_only=True, status_codes=[str(status)], media_type=media)


def refusal(status: int, name: str, code: str, message: str, fields: Json | None = None) -> OpenApiExample:
    return example(name, {"error": {"code": code, "message": message, "fields": fields or {}}}, status)


_WHICH: Final = "This product runs on: anthropic, openai. Name one of them as ?platform=."
_FORMATS: Final = "Formats are: openai, anthropic, gemini. Without one you get plain text."
UNKNOWN: Final = refusal(
    400, "Unknown parameter", "malformed", "Unknown parameter: colour.", {"colour": ["Unknown parameter: colour."]}
)
NO_FORMAT: Final = refusal(400, "Unknown format", "malformed", _FORMATS, {"format": [_FORMATS]})
NOT_SIGNED: Final = refusal(
    404, "Not signed", "not_signed", "This profile is not signed: this installation has no signing key."
)
REFUSALS: Final = [
    refusal(401, "No key", "not_authenticated", "Send your key as: Authorization: Bearer <key>."),
    refusal(401, "Revoked key", "invalid_key", "This key was revoked."),
    refusal(
        403,
        "Organization key",
        "forbidden",
        "This key belongs to an organization. A profile is read with a product's client key.",
    ),
    refusal(404, "Nothing active", "no_active_profile", "No version of after-dark is active in production yet."),
    refusal(404, "Platform", "not_found", _WHICH, {"platform": [_WHICH]}),
    refusal(429, "Too often", "too_many_requests", "This key asks too often. Wait for 1 second."),
    refusal(503, "No database", "unavailable", "The database does not answer. Try again in a moment."),
]

# Parameters and answers ----------------------------------------------------------------------------------------------


def response(description: str, schema: str | None = "Error") -> OpenApiResponse:
    return OpenApiResponse({"$ref": f"#/components/schemas/{schema}"} if schema else None, description=description)


def header(name: str, description: str, *codes: int, example: str = "") -> OpenApiParameter:
    examples = [OpenApiExample(name, value=example)] if example else []
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, description=description, response=list(codes), examples=examples
    )


PLATFORM: Final = OpenApiParameter(
    "platform",
    OpenApiTypes.STR,
    OpenApiParameter.QUERY,
    description="The platform whose rulebook is meant; without it, the first one that the product names.",
)
FORMAT: Final = OpenApiParameter(
    "format",
    OpenApiTypes.STR,
    OpenApiParameter.QUERY,
    enum=list(FORMATS),
    description="The vendor into whose request the answer is to be merged; without it you get plain text. Without a "
    "platform, the vendor's own one is meant if the product runs on it.",
)
VALIDATOR: Final = OpenApiParameter(
    "If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The ETag of the copy that you hold."
)
ENCODING: Final = OpenApiParameter(
    "Accept-Encoding", OpenApiTypes.STR, OpenApiParameter.HEADER, description="br and gzip are at hand."
)
HEADERS: Final = [
    header(
        "ETag", "Strong: it changes exactly when the bytes do.", 200, 304, example='"9f0e6a2f4d1b83c75e60aa41c2d97b18"'
    ),
    header(
        "Cache-Control",
        "Private, with a max-age of at most 60 seconds, and never past valid_until.",
        200,
        304,
        example="private, max-age=60",
    ),
    header("Vary", "Always Authorization: the key decides what is answered.", 200, 304, example="Authorization"),
    header("WWW-Authenticate", "Which scheme is asked for.", 401, example='Bearer realm="brightline"'),
    header("Retry-After", "Seconds to wait.", 429, 503, example="1"),
]
FLAGS_ETAG: Final = header(
    "ETag", "Of configuration, context and key.", 200, 304, example='"9f0e6a2f4d1b83c75e60aa41c2d97b18"'
)
STALE: Final = header(
    answers.STALE_HEADER,
    "Only while the database cannot be reached: for how many seconds nobody saw it. What is answered still holds.",
    200,
    304,
    example="12",
)
REFUSED: Final = {
    (400, "application/json"): response("The request cannot be read: it has a parameter that is not known."),
    (401, "application/json"): response("No key was sent, or the key is unknown, revoked or expired."),
    (403, "application/json"): response("The key is an organization's: it names no product."),
    (404, "application/json"): response("Nothing is active yet, or the product does not run on that platform."),
    (429, "application/json"): response("The key asks more often than this installation allows."),
    (503, "application/json"): response("The database does not answer, and nothing that still holds is at hand."),
}
UNCHANGED: Final = response("Your copy still holds; there is no body.", None)

# Operations ----------------------------------------------------------------------------------------------------------


class Described(OpenApiViewExtension):
    """A view with its description; ``method`` is the one that is described, ``about`` what ``extend_schema`` takes."""

    method = "get"
    about: Json = {}

    def view_replacement(self) -> Any:
        base, method = self.target, self.method

        def stand_in(view: Any, request: Any) -> Any:
            return getattr(base, method)(view, request)

        stand_in.__name__ = method
        stand_in.schema = AutoSchema  # type: ignore[attr-defined] # what extend_schema is to extend
        told = extend_schema(**{"auth": [{"clientKey": []}], "tags": ["Profiles"], **self.about})(stand_in)
        return type("Described", (base,), {method: told, "schema": AutoSchema()})


class ProfileView(Described):
    """``GET /api/v1/profile``."""

    target_class = "profiles.api.v1.profile.profile"
    about = {
        "operation_id": "profile",
        "summary": "The published profile",
        "description": (
            "The profile that is active for the product and environment of the key, byte for byte as it was "
            "published. Keep it with its ETag and ask with If-None-Match: 304 means that yours still holds. "
            "Never use a copy past its valid_until."
        ),
        "request": None,
        "parameters": [PLATFORM, VALIDATOR, ENCODING, *HEADERS, STALE],
        "responses": {(200, "application/json"): response("The profile.", "Profile"), 304: UNCHANGED, **REFUSED},
        "examples": [example("A published profile", PROFILE_EXAMPLE), UNKNOWN, *REFUSALS],
    }


class SignedView(Described):
    """``GET /api/v1/profile.jws``."""

    target_class = "profiles.api.v1.profile.signed"
    about = {
        "operation_id": "profile_signed",
        "summary": "The published profile, signed",
        "description": (
            "The same document as a JWS in compact form (RFC 7515, EdDSA with Ed25519). The payload is the document's "
            "bytes as the profile's address gives them; the header's kid names one of the keys at "
            "/.well-known/jwks.json. Refuse what does not verify, and what is past its valid_until."
        ),
        "request": None,
        "parameters": [PLATFORM, VALIDATOR, *HEADERS, STALE],
        "responses": {
            (200, "application/jose"): OpenApiResponse(
                {"type": "string", "pattern": r"^[\w-]+\.[\w-]+\.[\w-]+$"}, description="Header, payload, signature."
            ),
            304: UNCHANGED,
            **REFUSED,
        },
        "examples": [
            example(
                "A signed profile",
                "eyJhbGciOiJFZERTQSJ9.eyJzY2hlbWEiOiJicmlnaHQifQ.c2lnbmF0dXJl",
                200,
                "application/jose",
            ),
            UNKNOWN,
            *REFUSALS,
            NOT_SIGNED,
        ],
    }


class InstructionsView(Described):
    """``GET /api/v1/profile/instructions``."""

    target_class = "profiles.api.v1.profile.instructions"
    about = {
        "operation_id": "profile_instructions",
        "summary": "The compiled instructions",
        "description": (
            "The operator's own text and the phrasing of every behavior as plain text, or with ?format= as the part of "
            "a vendor's request that carries them: merge it into yours. They instruct a model; they are no proof that "
            "it obeys. The profile holds their digest."
        ),
        "request": None,
        "parameters": [PLATFORM, FORMAT, VALIDATOR, *HEADERS, STALE],
        "responses": {
            (200, "text/plain"): OpenApiResponse({"type": "string"}, description="The text, or a request fragment."),
            (200, "application/json"): OpenApiResponse(
                {
                    "oneOf": [
                        {"$ref": f"#/components/schemas/{name}Fragment"} for name in ("OpenAI", "Anthropic", "Gemini")
                    ]
                }
            ),
            304: UNCHANGED,
            **REFUSED,
        },
        "examples": [
            example("Plain text", _HELD["instructions"]["text"], 200, "text/plain"),
            *(example(f"For {name}", fragment(_HELD, name)) for name in FORMATS),
            UNKNOWN,
            NO_FORMAT,
            *REFUSALS,
        ],
    }


_WISHES: Final[Json] = {"preferences": {"content.explicit": "off", "agents.permissions": "everything"}}
_CLAMP: Final[Json] = {
    "behavior": "agents.permissions",
    "wanted": "everything",
    "got": None,
    "reason": Reason.UNKNOWN_BEHAVIOR.value,
}
_WISHED: Final[Json] = {
    **_HELD["behaviors"]["content.explicit"],
    "value": "off",
    "decided_by": Layer.USER.value,
}
_PERSONAL: Final[Json] = {**_HELD, "behaviors": {"content.explicit": _WISHED}, "clamped": [_CLAMP]}


class ResolveView(Described):
    """``POST /api/v1/profile/resolve``."""

    target_class = "profiles.api.v1.profile.resolve"
    method = "post"
    about = {
        "operation_id": "profile_resolve",
        "summary": "The profile for one user",
        "description": (
            "What holds for a user with these preferences, inside what the operator leaves to users. What is not "
            "honored is listed with its reason. The digest is of this document, and nothing of it is stored. The body "
            "may come in chunks, without a Content-Length."
        ),
        "request": {"application/json": {"$ref": "#/components/schemas/Preferences"}},
        "parameters": [PLATFORM, *HEADERS[3:]],
        "responses": {
            (200, "application/json"): response("The user's profile.", "PersonalProfile"),
            **REFUSED,
            (400, "application/json"): response("The body is no JSON object of the strict kind, or has other members."),
            (413, "application/json"): response("The body is too large."),
            (415, "application/json"): response("The body is not said to be JSON."),
        },
        "examples": [
            OpenApiExample("Wishes", value=_WISHES, request_only=True),
            example("A user's profile", {**_PERSONAL, "digest": document_digest(_PERSONAL)}),
            refusal(400, "Not JSON", "malformed", "The body is not JSON."),
            refusal(413, "Too large", "too_large", "The body may have 65536 bytes at most."),
            refusal(
                415, "Other type", "unsupported_media_type", "Send JSON in UTF-8, with Content-Type: application/json."
            ),
            *REFUSALS,
        ],
    }


_EVENT: Final = (
    'retry: 2000\n\nid: 1795428000000-41\nevent: profile\ndata: {"type":"profile","version":7,"etag":"\\"9f0e\\"",'
    '"digest":"sha256:…","platform":"anthropic","activated_at":"2026-11-23T10:00:00Z","valid_until":null,'
    '"cause":"activation"}\n\n: \n\n'
)


class EventsView(Described):
    """``GET /api/v1/profile/events``."""

    target_class = "profiles.api.v1.profile.events"
    about = {
        "operation_id": "profile_events",
        "summary": "What changes, as it changes",
        "description": (
            "Server-Sent Events. The first one says what holds now, save to whoever says with Last-Event-ID that it is "
            "known; then one comes for each activation, expiry and republication. An event of the kind end says that "
            "the key was revoked or is over. Lines that begin with a colon say that the stream lives. Events tell; "
            "fetch the profile itself, which every process has by then. Where a key has too many streams, or opens "
            "them too often, the answer is 429; where a process has too many, 503. A web process carries few streams; "
            "with 307 it names the process that carries thousands, at an address that opens for ten minutes."
        ),
        "request": None,
        "parameters": [
            PLATFORM,
            OpenApiParameter(
                "Last-Event-ID", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The id of the last event."
            ),
            header("Location", "The same stream elsewhere.", 307, example="https://events.example.com/…"),
            *HEADERS[3:],
        ],
        "responses": {
            (200, "text/event-stream"): OpenApiResponse({"type": "string"}, description="It does not end by itself."),
            307: response("There is no room here: the stream is at Location.", None),
            **REFUSED,
            (503, "application/json"): response("There is no room, or the database does not answer."),
        },
        "examples": [
            example("An activation", _EVENT, 200, "text/event-stream"),
            UNKNOWN,
            *REFUSALS,
            refusal(503, "No room", "unavailable", "There are too many streams. Try again in a moment."),
        ],
    }


_FLAG: Final[Json] = {
    "key": "content.explicit",
    "value": True,
    "variant": "on",
    "reason": "STATIC",
    "metadata": {
        "decided_by": Layer.PRODUCT.value,
        "reason": Reason.SET.value,
        "kind": Kind.DEFAULT.value,
        "document": "Claude's constitution",
        "section": "Instructable behaviors",
        "version": 7,
        "digest": PROFILE_EXAMPLE["digest"],
        "expiresAt": "2027-03-01T00:00:00Z",
    },
}
_SET: Final[Json] = {
    "flags": [_FLAG],
    "metadata": {
        **{name: _HELD[name] for name in ("organization", "product", "environment", "platform", "version")},
        "digest": PROFILE_EXAMPLE["digest"],
        "expiresAt": _HELD["valid_until"],
        "clamped": 0,
    },
}
_CONTEXT: Final[Json] = {"context": {"targetingKey": "user-1", "preferences": {"content.explicit": False}}}
_PREFLIGHT: Final = "Pages of every origin may ask; the key stands in a header, and cookies play no part."
_FLAG_REFUSALS: Final = [
    item for item in REFUSALS if {"401", "403", "429", "503"} & {*map(str, item.status_codes or ())}
]
_FLAG_REFUSED: Final = {status: told for status, told in REFUSED.items() if status[0] in {401, 403, 429, 503}}
ANNOUNCED: Final = [
    OpenApiParameter(
        "flagConfigEtag",
        OpenApiTypes.STR,
        OpenApiParameter.QUERY,
        description="What an event announced. If it is not what holds, the answer is whole and never 304.",
    ),
    OpenApiParameter(
        "flagConfigLastModified", OpenApiTypes.STR, OpenApiParameter.QUERY, description="Is not looked at."
    ),
]


def _flag_refusal(status: int, name: str, code: str, details: str, **key: str) -> OpenApiExample:
    return example(name, {**key, "errorCode": code, "errorDetails": details}, status)


class FlagsView(Described):
    """``POST /ofrep/v1/evaluate/flags``."""

    target_class = "profiles.api.ofrep.views.flags"
    method = "post"
    about = {
        "operation_id": "ofrep_flags",
        "summary": "Every behavior as an OpenFeature flag",
        "description": (
            "The bulk evaluation of OFREP 0.3.0: a switch is a boolean, a level a text, a number a number, topics an "
            "object. The context's preferences are the user layer, as an object or as members preferences.<behavior>; "
            f"the rest of the context is not looked at. {_PREFLIGHT}"
        ),
        "tags": ["OpenFeature"],
        "auth": [{"clientKey": []}, {"clientKeyHeader": []}],
        "request": {"application/json": {"$ref": "#/components/schemas/FlagContext"}},
        "parameters": [PLATFORM, *ANNOUNCED, VALIDATOR, FLAGS_ETAG, *HEADERS[3:], STALE],
        "responses": {
            (200, "application/json"): response("The flags.", "FlagSet"),
            304: UNCHANGED,
            (400, "application/json"): response("The request cannot be read, or nothing is active.", "FlagSetError"),
            **_FLAG_REFUSED,
        },
        "examples": [
            OpenApiExample("A context", value=_CONTEXT, request_only=True),
            example("A set of flags", _SET),
            _flag_refusal(400, "Not JSON", "PARSE_ERROR", "The body is not JSON."),
            _flag_refusal(400, "No context", "INVALID_CONTEXT", "context must be an object."),
            _flag_refusal(400, "Nothing active", "GENERAL", "No version of after-dark is active in production yet."),
            *_FLAG_REFUSALS,
        ],
    }


class FlagView(Described):
    """``POST /ofrep/v1/evaluate/flags/{key}``."""

    target_class = "profiles.api.ofrep.views.flag"
    method = "post"
    about = {
        **FlagsView.about,
        "operation_id": "ofrep_flag",
        "summary": "One behavior as an OpenFeature flag",
        "description": f"The single evaluation of OFREP 0.3.0; see the one of all flags. {_PREFLIGHT}",
        "parameters": [PLATFORM, *ANNOUNCED, *HEADERS[3:], STALE],
        "responses": {
            (200, "application/json"): response("The flag.", "Flag"),
            (400, "application/json"): response("The request cannot be read.", "FlagError"),
            (404, "application/json"): response("The rulebook states no such behavior.", "FlagError"),
            **_FLAG_REFUSED,
        },
        "examples": [
            OpenApiExample("A context", value=_CONTEXT, request_only=True),
            example("A flag", _FLAG),
            _flag_refusal(400, "Not JSON", "PARSE_ERROR", "The body is not JSON.", key="content.explicit"),
            _flag_refusal(
                404, "No flag", "FLAG_NOT_FOUND", "The rulebook states no behavior of this name.", key="no.such"
            ),
            *_FLAG_REFUSALS,
        ],
    }
