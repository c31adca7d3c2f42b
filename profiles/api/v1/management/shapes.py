"""Shapes and parameters that several resources share."""

from __future__ import annotations

from typing import Final

from profiles.access import Actor
from profiles.api.kit.asking import Parameter
from profiles.api.kit.shapes import enter, refer, shape, text
from profiles.api.shapes import REVISION, WINDOW, Json
from profiles.errors import DomainError
from profiles.models import Environment, Product

RULEBOOK: Final = {"platform": "anthropic", "revision": "2026-01-21", "digest": "sha256:" + "0" * 64}
SLUG: Final[Json] = {"type": "string", "pattern": "^[a-z0-9_-]{1,60}$"}
NUMBER: Final[Json] = {"type": "integer", "minimum": 1}
OR_NUMBER: Final[Json] = {"type": ["integer", "null"], "minimum": 1}
REASON: Final = text(1_000, "Why; the trail and everybody after you will ask.", least=1)

WHO: Final = shape(
    "Who",
    {
        "id": {"type": "string", "description": "Of a person, a key (“key:bl_…”) or the program itself."},
        "name": {"type": "string"},
    },
    "Whoever did something.",
)
VALUES: Final = enter(
    "Settings",
    {
        "type": "object",
        "description": "Values by behavior: only what is set here. Everything else is as the layers above give it.",
        "additionalProperties": refer("Value"),
    },
)
WINDOWS: Final = enter(
    "UserWindows",
    {
        "type": "object",
        "description": "What users may change, by behavior: only what is said here.",
        "additionalProperties": WINDOW,
    },
)
FACTS: Final = enter(
    "Facts",
    {
        "type": "object",
        "description": "What rules look at, such as the audience: the rulebooks say which there are.",
        "additionalProperties": {
            "oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "boolean"}]
        },
    },
)
REVISIONS: Final[Json] = {"type": "array", "items": REVISION, "description": "The rulebooks that it was made under."}

PRODUCT: Final = Parameter("product", {**SLUG}, "Only those of this product.")
ENVIRONMENT: Final = Parameter("environment", {**SLUG}, "Only those of this environment.")


def who(actor_id: str, name: str) -> Json:
    return {"id": actor_id, "name": name}


def product_of(actor: Actor, slug: str) -> Product:
    """
    Raises:
        NotFound: there is none in the key's organization.
    """
    return Product.objects.of(actor).select_related("organization").one(slug=slug)


def environment_of(actor: Actor, slug: str) -> Environment:
    """
    Raises:
        NotFound
    """
    return Environment.objects.of(actor).one(slug=slug)


def in_words_of_the_api(error: DomainError) -> DomainError:
    """A refusal of an action with its fields called what the API calls them."""
    names = {"note": "reason", "note_text": "reason"}
    error.fields = {path_in_the_api(names.get(path, path)): said for path, said in error.fields.items()}
    return error


def path_in_the_api(path: str) -> str:
    """Where a field of a draft stands in the API, of its path in an action's refusal."""
    return f"user_{path}" if path.startswith("windows.") else path
