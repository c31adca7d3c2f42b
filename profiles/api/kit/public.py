"""What programs may read without a key: addresses beside the API, described in its document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from profiles.api.kit.asking import Parameter
from profiles.api.shapes import Json

TAG: Final = "Public"
_WORDS: Final = {"organization": "The organization's slug.", "product": "The product's slug."}
_HEADERS: Final = {
    "ETag": ("Strong: it changes exactly when the answer does.", '"9f0e6a2f4d1b83c75e60aa41c2d97b18"'),
    "Cache-Control": (
        "For how long it may be kept: a minute at most, and never past an instant at which it changes by itself.",
        "public, max-age=60",
    ),
    "Access-Control-Allow-Origin": ("Pages of every origin may read it.", "*"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """One address that everybody may GET; ``media`` is what it answers with, ``schema`` what that is."""

    path: str  # as OpenAPI writes it
    id: str
    summary: str
    description: str
    media: str
    schema: Json
    example: Any
    missing: str  # when the answer is 404
    parameters: tuple[Parameter, ...] = ()


_PAGES: Final[list[Public]] = []


def describe(*pages: Public) -> None:
    """Enter them into the document."""
    _PAGES.extend(pages)


def paths() -> Json:
    return {each.path: {"get": _described(each)} for each in _PAGES}


def _described(page: Public) -> Json:
    headers = {name: _header(*about) for name, about in _HEADERS.items()}
    content = {page.media: {"schema": page.schema, "examples": {"Example": {"value": page.example}}}}
    validator = {"name": "If-None-Match", "in": "header", "description": "The ETag of the copy that you hold."}
    return {
        "operationId": page.id,
        "summary": page.summary,
        "description": page.description,
        "tags": [TAG],
        "security": [],
        "parameters": [
            *map(_part, re.findall(r"{(\w+)}", page.path)),
            *({"name": each.name, "in": "query", **_about(each)} for each in page.parameters),
            {**validator, "schema": {"type": "string"}},
        ],
        "responses": {
            "200": {"description": "As it is now.", "headers": headers, "content": content},
            "304": {"description": "Your copy still holds; there is no body.", "headers": headers},
            "404": {"description": page.missing, "content": {"text/html": {"schema": {"type": "string"}}}},
        },
    }


def _about(parameter: Parameter) -> Json:
    return {"description": parameter.description, "schema": parameter.schema}


def _part(name: str) -> Json:
    about: Json = {"required": True, "description": _WORDS[name], "schema": {"type": "string"}}
    return {"name": name, "in": "path", **about}


def _header(description: str, example: str) -> Json:
    return {"description": description, "schema": {"type": "string"}, "examples": {"Example": {"value": example}}}
