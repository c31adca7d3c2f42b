"""From the table of operations to their part of the OpenAPI document."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, Final

from profiles.api.kit.operation import DESCRIBED, REPLAYED, Operation, Refusal
from profiles.api.kit.refusals import refusals_of
from profiles.api.kit.shapes import refer
from profiles.api.shapes import Json

_WORDS: Final = {
    400: "The request cannot be read: something in it is unknown, missing or of another kind.",
    401: "No key was sent, or the key is unknown, revoked or expired.",
    403: "The key may not do this: it lacks a scope, or is a client key.",
    404: "There is no such thing in the key's organization.",
    409: "Something stands in the way, or the same request is still being carried out.",
    412: "What you would change is not what you read, or you do not say what you read.",
    413: "The body is too large.",
    415: "The body is not said to be JSON.",
    422: "It can be read, and is not acceptable.",
    429: "The key asks more often than this installation allows.",
    503: "The database does not answer.",
}
GROUPS: Final = (
    *("Organizations", "Products", "Drafts", "Versions", "Activations"),
    *("Rulebooks", "Attestations", "Checks", "Conformance", "Trail"),
)
_ETAG: Final = "Strong: it changes exactly when the answer does."
_IF_MATCH: Final = (
    "The ETag of what you read. Required: without it, or if it changed since, nothing is written. * is any."
)
_REPEAT: Final = (
    "A name of your choice, 1 to 255 printable ASCII characters. The same request with the same name is carried out "
    "once and answered alike for 24 hours."
)


def paths() -> Json:
    """Every path with its operations, by group."""
    by_group = sorted(DESCRIBED.items(), key=lambda item: GROUPS.index(item[1][0].tag))
    return {path: {each.method.lower(): _described(each, path) for each in found} for path, found in by_group}


def _described(operation: Operation, path: str) -> Json:
    names = re.findall(r"{(\w+)}", path)
    found: Json = {
        "operationId": operation.id,
        "summary": operation.summary,
        "description": _about(operation),
        "tags": [operation.tag],
        "security": [{"organizationKey": []}],
        "parameters": [*map(_part, names), *_parameters(operation)],
        "responses": _responses(operation, named=bool(names)),
    }
    if operation.takes:
        example = {"Example": {"value": operation.given}}
        content = {"schema": refer(operation.takes), "examples": example}
        found["requestBody"] = {"required": True, "content": {"application/json": content}}
    return found


def _about(operation: Operation) -> str:
    needs = f" Needs the scope {operation.scope.value}." if operation.scope else ""
    return f"{operation.description}{needs}"


def _part(name: str) -> Json:
    words = {"slug": "As addresses name it.", "platform": "The platform's or law pack's name.", "revision": "Its day."}
    numbers = {"number": "The version's number.", "pk": "Its id."}
    schema = {"type": "integer", "minimum": 0} if name in numbers else {"type": "string"}
    about: Json = {"required": True, "description": {**words, **numbers}[name]}
    return about | {"name": name, "in": "path", "schema": schema}


def _parameters(operation: Operation) -> list[Json]:
    found: list[Json] = [
        {"name": item.name, "in": "query", "description": item.description, "schema": item.schema}
        for item in operation.parameters
    ]
    if operation.method == "GET" and not operation.gives:
        found.append(_header("If-None-Match", "The ETag of the copy that you hold."))
    if operation.guarded:
        found.append({**_header("If-Match", _IF_MATCH), "required": True})
    if operation.is_repeatable:
        found.append(_header("Idempotency-Key", _REPEAT))
    return found


def _header(name: str, description: str) -> Json:
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}}


def _responses(operation: Operation, *, named: bool) -> Json:
    found: Json = {}
    if operation.answers:
        words = "It was made." if operation.status == HTTPStatus.CREATED else "As asked for."
        examples = {"Example": {"value": operation.example}}
        content = {"application/json": {"schema": refer(operation.answers), "examples": examples}}
        found[str(operation.status)] = {"description": words, "headers": _headers(operation), "content": content}
    if operation.gives:
        content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in operation.gives}
        found[str(operation.status)] = {"description": "The file.", "content": content}
    if operation.method == "GET" and not operation.gives:
        headers = {"ETag": _told(_ETAG, '"9f0e6a2f4d1b83c75e60aa41c2d97b18"')}
        found["304"] = {"description": "Your copy still holds; there is no body.", "headers": headers}
    refused: dict[int, list[Refusal]] = {}
    for each in refusals_of(operation, named=named):
        refused.setdefault(each.status, []).append(each)
    return found | {str(status): _refused(status, refused[status]) for status in sorted(refused)}


def _headers(operation: Operation) -> Json:
    found = {}
    if operation.status == HTTPStatus.OK:
        found["ETag"] = _told(_ETAG, '"9f0e6a2f4d1b83c75e60aa41c2d97b18"')
    if operation.status == HTTPStatus.CREATED:
        found["Location"] = _told("Where it is.", "/api/v1/products/after-dark/versions/8")
    if operation.is_repeatable:
        found[REPLAYED] = _told("Only where this is the answer that the first request got.", "true")
    return found


def _refused(status: int, refusals: list[Refusal]) -> Json:
    headers = {}
    if status in (429, 503):
        headers["Retry-After"] = _told("Seconds to wait.", "1")
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = _told("Which scheme is asked for.", 'Bearer realm="brightline"')
    examples = {
        "".join(word.capitalize() for word in re.findall(r"\w+", each.name)): {
            "summary": each.name,
            "value": {"error": {"code": each.code, "message": each.message, "fields": each.fields}},
        }
        for each in refusals
    }
    content = {"application/json": {"schema": refer("Error"), "examples": examples}}
    return {"description": _WORDS[status], **({"headers": headers} if headers else {}), "content": content}


def _told(description: str, example: Any) -> Json:
    return {"description": description, "schema": {"type": "string"}, "examples": {"Example": {"value": example}}}
