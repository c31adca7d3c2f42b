"""What a model said, in pieces that a page can show: nothing hidden, and the words that decided told apart.

Replies are hostile input. Templates escape them; what would not show, or would turn the rest around, is named instead.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from audits.web.presenters.conformance import Piece

_PLAIN: Final = frozenset("\n\t")
# Control characters, those that steer (such as writing from right to left), private and unassigned ones, and lines'
# and paragraphs' own separators.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cn", "Cs", "Zl", "Zp"})
# These join emoji and letters of several scripts, and mean something there.
_JOINERS: Final = frozenset("\u200c\u200d")


def pieces(text: str, spans: Iterable[tuple[int, int]] = ()) -> tuple[Piece, ...]:
    """
    Args:
        spans: first and behind the last character of words that decided; may overlap, and may be out of range.
    """
    marked = _together(spans, len(text))
    found: list[Piece] = []
    at = 0
    for start, end in marked:
        found += _named(text[at:start], mark=False)
        found += _bounded(list(_named(text[start:end], mark=True)))
        at = end
    return (*found, *_named(text[at:], mark=False))


def _together(spans: Iterable[tuple[int, int]], length: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted((max(start, 0), min(end, length)) for start, end in spans):
        if end <= start:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _bounded(found: list[Piece]) -> list[Piece]:
    """Deciding words, of which a page marks all pieces as one."""
    found[0] = replace(found[0], opens=True)
    found[-1] = replace(found[-1], closes=True)
    return found


def _named(text: str, *, mark: bool) -> Iterator[Piece]:
    """The text in stretches; each character that does not show is a piece of its own."""
    at = 0
    for index, character in enumerate(text):
        if character in _PLAIN or character in _JOINERS or unicodedata.category(character) not in _HIDDEN:
            continue
        if index > at:
            yield Piece(text[at:index], mark)
        yield Piece(f"U+{ord(character):04X}", mark, sign=True)
        at = index + 1
    if at < len(text):
        yield Piece(text[at:], mark)


def spans_of(deciding: Iterable[Mapping[str, Any]], message: int) -> list[tuple[int, int]]:
    """Those of one message."""
    return [(each["start"], each["end"]) for each in deciding if each["message"] == message]
