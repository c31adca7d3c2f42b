"""From the OpenAPI document to a page that people read. Nothing is said here that the document does not say."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.settings import spectacular_settings

from profiles.web.presenters.api_docs import (
    ApiDocsPage,
    Example,
    Group,
    Header,
    Member,
    Operation,
    Parameter,
    Response,
    Shape,
)

Json = Mapping[str, Any]
KEY: Final = "$BRIGHTLINE_KEY"


@lru_cache(maxsize=1)
def document() -> Json:
    """What ``/api/schema/`` serves; it depends on the code alone."""
    generator = spectacular_settings.DEFAULT_GENERATOR_CLASS()
    return dict(generator.get_schema(request=None, public=True))


def build_api_docs() -> ApiDocsPage:
    found = document()
    info = found["info"]
    schemes = found["components"]["securitySchemes"].values()
    return ApiDocsPage(
        title=_("API of Brightline"),
        lead=info["description"],
        version=info["version"],
        schema_href=reverse("api_schema"),
        key=" ".join(scheme["description"] for scheme in schemes),
        groups=tuple(_groups(found["paths"])),
        shapes=tuple(_shape(name, schema) for name, schema in found["components"]["schemas"].items()),
    )


def _groups(paths: Json) -> Iterator[Group]:
    """Operations by their group, in the order of the document."""
    found: dict[str, list[Operation]] = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            found.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    for name, operations in found.items():
        yield Group(f"group-{name.lower()}", name, tuple(operations))


def _operation(method: str, path: str, operation: Json) -> Operation:
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        text=operation["description"],
        command=_command(method, path, operation),
        parameters=tuple(_parameter(item) for item in operation.get("parameters", ())),
        responses=tuple(_response(status, item) for status, item in operation["responses"].items()),
    )


def _command(method: str, path: str, operation: Json) -> str:
    """For a shell, with the first example of a body where there is one to send, and of what it must say."""
    sent: Json = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    bodies = [json.dumps(example["value"]) for example in sent.get("examples", {}).values()]
    body = f" -H 'Content-Type: application/json' -d '{bodies[0]}'" if bodies else ""
    verb = f"-X {method.upper()} " if method not in ("get", "post") else ""
    names = {item["name"] for item in operation.get("parameters", ()) if item.get("required")}
    guard = " -H 'If-Match: \"draft-12\"'" if "If-Match" in names else ""
    key = f'-H "Authorization: Bearer {KEY}"' if operation.get("security", True) else ""
    sent_with = f"{verb}{key}{guard}{body}".strip()
    return " ".join(filter(None, ["curl", sent_with, f'"{settings.BRIGHTLINE_BASE_URL}{_filled(path)}"']))


def _filled(path: str) -> str:
    """With values as the examples have them."""
    slug = "night-owl-press" if "/organizations/" in path else "after-dark"
    values = {"platform": "anthropic", "revision": "2026-01-21", "key": "content.explicit"}
    values |= {"organization": "night-owl-press", "product": "after-dark"}
    return path.format(slug=slug, number=8, pk=5, **values)


def _parameter(item: Json) -> Parameter:
    places = {"query": _("Query"), "header": _("Header"), "path": _("Path")}
    return Parameter(item["name"], places[item["in"]], item.get("description", ""), bool(item.get("required")))


def _response(status: str, item: Json) -> Response:
    medias: list[Json] = list(item.get("content", {}).values())
    tone = {"2": "ok", "3": "neutral"}.get(status[0], "bad")
    return Response(
        status=status,
        tone=tone,
        text=item["description"],
        schema=next((name for media in medias if (name := _named(media.get("schema", {})))), ""),
        headers=tuple(_header(name, header) for name, header in item.get("headers", {}).items()),
        examples=tuple(
            _example(status, name, value) for media in medias for name, value in media.get("examples", {}).items()
        ),
    )


def _header(name: str, header: Json) -> Header:
    example: Json = next(iter(header.get("examples", {}).values()), {})
    return Header(name, header.get("description", ""), str(example.get("value", "")))


def _example(status: str, name: str, example: Json) -> Example:
    value = example["value"]
    body = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return Example(f"example-{status}-{name.lower()}", example.get("summary") or name, body)


# Shapes


def _shape(name: str, schema: Json) -> Shape:
    return Shape(f"shape-{name}", name, schema.get("description", _type(schema)), tuple(_members(schema)))


def _members(schema: Json, prefix: str = "") -> Iterable[Member]:
    """The members of an object, with those of objects inside it by their path."""
    for name, member in schema.get("properties", {}).items():
        refers = _named(member) or _named(_inside(member))
        yield Member(
            name=f"{prefix}{name}",
            type=_type(member),
            text=member.get("description", ""),
            values=tuple(member.get("enum", ())),
            href=f"#shape-{refers}" if refers else "",
        )
        yield from _members(member, f"{prefix}{name}.")


def _inside(member: Json) -> Json:
    inside = member.get("additionalProperties")
    return inside if isinstance(inside, dict) else {}


def _named(schema: Json) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _type(schema: Json) -> str:
    """The type of a schema in words: "text", "moment or nothing", "list of text", "Window"."""
    if name := _named(schema):
        return name
    if "const" in schema:
        return f"“{schema['const']}”"
    if options := schema.get("oneOf"):
        return _(" or ").join(_type(option) for option in options)
    types = schema.get("type", "object")
    return _(" or ").join(_one_type(each, schema) for each in (types if isinstance(types, list) else [types]))


def _one_type(name: str, schema: Json) -> str:
    if name == "array":
        return _("list of %(type)s") % {"type": _type(schema["items"])}
    if name == "object" and (inside := _inside(schema)):
        return _("object of %(type)s") % {"type": _type(inside)}
    words = {"string": _("text"), "integer": _("whole number"), "boolean": _("true or false"), "null": _("null")}
    formats = {"date-time": _("moment"), "date": _("date")}
    if name == "string" and schema.get("format") in formats:
        return formats[schema["format"]]
    return words.get(name, _("object"))
