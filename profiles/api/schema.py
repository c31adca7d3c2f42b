"""The OpenAPI 3.1 description of ``/api/v1/``: what drf-spectacular finds, with answers described to the letter.

The schemas are written out instead of derived, since the API serves stored bytes and no serializer; the values that
they list come from the enums that the program itself uses, and a test holds a real answer against them.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import etag, require_safe
from drf_spectacular.extensions import OpenApiViewExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from profiles.resolution.document import SCHEMA, document_digest
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

COMPONENTS: Final[Json] = {
    "schemas": {
        "Profile": PROFILE,
        "Behavior": BEHAVIOR,
        "Window": WINDOW,
        "Value": VALUE,
        "Citation": CITATION,
        "Error": ERROR,
    },
    "securitySchemes": {
        "clientKey": {
            "type": "http",
            "scheme": "bearer",
            "description": "A client key: it belongs to one product and one environment and reads that profile only.",
        }
    },
}

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


def refusal(status: int, name: str, code: str, message: str, fields: Json | None = None) -> OpenApiExample:
    body = {"error": {"code": code, "message": message, "fields": fields or {}}}
    return OpenApiExample(name, value=body, response_only=True, status_codes=[str(status)])


_WHICH = "This product runs on: anthropic, openai. Name one of them as ?platform=."
EXAMPLES: Final = [
    OpenApiExample("A published profile", value=PROFILE_EXAMPLE, response_only=True, status_codes=["200"]),
    refusal(
        400, "Unknown parameter", "malformed", "Unknown parameter: colour.", {"colour": ["Unknown parameter: colour."]}
    ),
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
]


def response(description: str, schema: str | None = "Error") -> OpenApiResponse:
    return OpenApiResponse({"$ref": f"#/components/schemas/{schema}"} if schema else None, description=description)


def header(name: str, description: str, *codes: int, example: str = "") -> OpenApiParameter:
    examples = [OpenApiExample(name, value=example)] if example else []
    return OpenApiParameter(
        name, str, OpenApiParameter.HEADER, description=description, response=list(codes), examples=examples
    )


PARAMETERS: Final = [
    OpenApiParameter(
        "platform",
        OpenApiTypes.STR,
        OpenApiParameter.QUERY,
        description="The platform whose rulebook is meant; without it, the first one that the product names.",
    ),
    OpenApiParameter(
        "If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The ETag of the copy that you hold."
    ),
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
]
RESPONSES: Final = {
    (200, "application/json"): response("The profile.", "Profile"),
    304: response("Your copy still holds; there is no body.", None),
    (400, "application/json"): response("The request cannot be read: it has a parameter that is not known."),
    (401, "application/json"): response("No key was sent, or the key is unknown, revoked or expired."),
    (403, "application/json"): response("The key is an organization's: it names no product."),
    (404, "application/json"): response("Nothing is active yet, or the product does not run on that platform."),
}


class ProfileView(OpenApiViewExtension):
    """``GET /api/v1/profile``."""

    target_class = "profiles.api.v1.profile.profile"

    def view_replacement(self) -> Any:
        base: Any = self.target

        class Described(base):
            @extend_schema(
                operation_id="profile",
                summary="The published profile",
                description=(
                    "The profile that is active for the product and environment of the key, byte for byte as it was "
                    "published. Keep it with its ETag and ask with If-None-Match: 304 means that yours still holds. "
                    "Never use a copy past its valid_until."
                ),
                tags=["Profiles"],
                auth=[{"clientKey": []}],  # type: ignore[list-item]  # it is written into the document as it stands
                request=None,
                parameters=PARAMETERS,
                responses=RESPONSES,
                examples=EXAMPLES,
            )
            def get(self, request: Any) -> Any:
                return super().get(request)

        return Described


# The document --------------------------------------------------------------------------------------------------------


def with_components(result: Json, **_more: Any) -> Json:
    """drf-spectacular's hook: the schemas and the kind of key that the descriptions above refer to."""
    return {**result, "components": COMPONENTS}


@lru_cache(maxsize=1)
def description() -> Json:
    """The whole document; it depends on the code alone, so it is built once."""
    return dict(SchemaGenerator().get_schema(request=None, public=True))


@require_safe
@cache_control(public=True, max_age=300)
@etag(lambda _request: f'"{document_digest(description())}"')
def schema(request: HttpRequest) -> JsonResponse:
    """``/api/schema/``: public, JSON."""
    return JsonResponse(description(), json_dumps_params={"indent": 2})
