"""The text of a heading: ``Title {#some_id authority=root tags=under_18}``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from profiles.rulebook.sources.remarks import shown

MAX_ID: Final = 100  # characters
MAX_TITLE: Final = 500
_ID: Final = re.compile(r"[a-z0-9_]+")
_PIECE: Final = re.compile(r"""[ \t]*(?:#([^\s#={}]*)|([\w.:-]+)=(?:"([^"]*)"|'([^']*)'|([^\s"'{}]+)))(?=[ \t]|\Z)""")


class NoId(ValueError):
    """A heading that names no id; ``str(error)`` is a sentence."""


class MalformedHeading(ValueError):
    """A heading whose attribute list cannot be read; ``str(error)`` is a sentence."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a heading says."""

    title: str
    id: str
    attributes: dict[str, str]  # all but the id


def label(text: str) -> Label:
    """The label of a heading's text, which comes without its '#'.

    Raises:
        NoId: for a heading that does not try to name one.
        MalformedHeading: for one that tries and fails.
    """
    title, inner = _split(text)
    ids, attributes = _pieces(inner)
    if not ids:
        raise NoId("This heading has no id; every heading needs one, such as {#some_id}.")
    if len(ids) > 1:
        raise MalformedHeading(f"This heading has two ids, {shown(ids[0])} and {shown(ids[1])}; one is allowed.")
    if not _ID.fullmatch(ids[0]):
        raise MalformedHeading(
            f"The id {shown(ids[0])} may only have lower-case letters a to z, digits and underscores."
        )
    if not title:
        raise MalformedHeading("This heading has an id, but no title.")
    for name, piece, most in (("id", ids[0], MAX_ID), ("title", title, MAX_TITLE)):
        if len(piece) > most:
            raise MalformedHeading(f"The {name} of this heading has {len(piece)} characters; at most {most} are read.")
    return Label(title, ids[0], attributes)


def _split(text: str) -> tuple[str, str]:
    """Title and inside of the attribute list."""
    start = text.rfind("{")
    title = text[: max(start, 0)].strip()
    if text.endswith("}") and start >= 0 and "{#" not in title and "}" not in text[start:-1]:
        return title, text[start + 1 : -1]
    if "{#" in text:
        raise MalformedHeading("One attribute list, closed with '}', must end the heading.")
    raise NoId("This heading has no id; every heading needs one, such as {#some_id}.")


def _pieces(inner: str) -> tuple[list[str], dict[str, str]]:
    ids: list[str] = []
    attributes: dict[str, str] = {}
    inner = inner.strip()
    at = 0
    while at < len(inner):
        piece = _PIECE.match(inner, at)
        if piece is None:
            if "#" not in inner:  # braces in a title
                return [], {}
            raise MalformedHeading(f"In the attribute list, {shown(inner[at:].strip())} is neither #id nor key=value.")
        at = piece.end()
        if piece[1] is not None:
            ids.append(piece[1])
            continue
        key, value = piece[2], next(group for group in piece.groups()[2:] if group is not None)
        if key in attributes:
            raise MalformedHeading(f"The attribute {shown(key)} is given twice; one of the two must go.")
        attributes[key] = value
    return ids, attributes
