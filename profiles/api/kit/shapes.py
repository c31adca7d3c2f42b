"""The book of shapes, and checking what came against them: the very schemas that the document shows."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Any, Final

from django.utils.translation import gettext as _

from profiles.api.shapes import COMPONENTS, INSTANT, Json, exact
from profiles.errors import Malformed

_SHOWN: Final = 60  # characters of a name that an answer repeats
_MOST: Final = 20  # complaints


def shape(name: str, properties: Json, description: str, optional: Collection[str] = ()) -> Json:
    """Enter an object of exactly these members into the document; returns the reference to it."""
    return enter(name, exact(properties, description, optional))


def enter(name: str, schema: Json) -> Json:
    COMPONENTS["schemas"][name] = schema
    return refer(name)


def refer(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def listing(item: str) -> Json:
    """Enter a page of a list of ``item``s."""
    members = {
        "items": {"type": "array", "items": refer(item)},
        "next": {"type": ["string", "null"], "description": "The address of the next page; null on the last one."},
    }
    return shape(f"{item}List", members, f"One page of a list of {item}.")


def text(most: int, description: str = "", least: int = 0) -> Json:
    return {"type": "string", "maxLength": most, **({"minLength": least} if least else {}), **_about(description)}


def choice(values: Collection[str], description: str = "") -> Json:
    return {"type": "string", "enum": list(values), **_about(description)}


def or_null(schema: Json) -> Json:
    if "$ref" in schema:
        return {"oneOf": [schema, {"type": "null"}]}
    values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, **values, "type": [schema["type"], "null"]}


def plain(kind: str, description: str = "", **more: Any) -> Json:
    return {"type": kind, **_about(description), **more}


def moment(description: str) -> Json:
    return {**INSTANT, "description": f"{description} RFC 3339 in UTC, with Z."}


def _about(description: str) -> Json:
    return {"description": description} if description else {}


# Checking


def check(value: Any, schema: Json, name: str = "") -> None:
    """
    Raises:
        Malformed: ``fields`` has a sentence for each member that is missing, unknown or of another kind.
    """
    fields: dict[str, list[str]] = {}
    for path, sentence in _complaints(value, schema, name):
        if len(fields) < _MOST:
            fields.setdefault(path, []).append(sentence)
    if fields:
        path, sentences = next(iter(fields.items()))
        raise Malformed(f"{path}: {sentences[0]}" if path else sentences[0], fields=fields)


def _complaints(value: Any, schema: Json, name: str) -> Iterator[tuple[str, str]]:
    for error in _validator(str(schema.get("$ref", "")), schema).iter_errors(value):
        path = ".".join([*([name] if name else []), *(str(step)[:_SHOWN] for step in error.absolute_path)])
        if error.validator == "additionalProperties":
            unknown = sorted(set(error.instance) - set(error.schema.get("properties", {})))
            for each in unknown:
                yield _below(path, each), _("Unknown field: %(name)s.") % {"name": each[:_SHOWN]}
        elif error.validator == "required":
            for each in error.validator_value:
                if each not in error.instance:
                    yield _below(path, each), _("Please give this.")
        else:
            yield path, _sentence(error)


def _below(path: str, name: str) -> str:
    return f"{path}.{name[:_SHOWN]}" if path else name[:_SHOWN]


def _sentence(error: Any) -> str:
    wanted = error.validator_value
    if error.validator == "type":
        kinds = wanted if isinstance(wanted, list) else [wanted]
        return _("This must be of the type %(type)s.") % {"type": " / ".join(kinds)}
    if error.validator == "enum":
        return _("This must be one of: %(names)s.") % {"names": ", ".join(map(str, wanted))}
    if error.validator in ("maxLength", "maxItems", "maximum"):
        return _("At most %(most)s.") % {"most": wanted}
    if error.validator in ("minLength", "minItems", "minProperties", "minimum"):
        return _("At least %(least)s.") % {"least": wanted}
    about = str(error.schema.get("description", ""))
    return " ".join(filter(None, (_("This has another form than it must have."), about)))


@lru_cache(maxsize=256)
def _named(reference: str) -> Any:
    return _checking({"$ref": reference, "components": COMPONENTS})


def _validator(reference: str, schema: Json) -> Any:
    """Of a shape in the book, made once; or of a small schema without references."""
    return _named(reference) if reference else _checking(schema)


def _checking(schema: Json) -> Any:
    from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # 3 MB, for who writes by API

    return Draft202012Validator(schema)
