"""Characters that nobody who reviews a text can see, or that look like others."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Final

_JOINERS: Final = "\u200c\u200d"
_SELECTORS: Final = range(0xFE00, 0xFE10)  # one chooses how the character before it is drawn
_MORE_SELECTORS: Final = range(0xE0100, 0xE01F0)  # these can carry a text of their own
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def hidden(text: str) -> Iterator[tuple[int, int]]:
    """Runs of characters that are not shown. A single joiner or selector, as emoji and some scripts need, is fine."""
    start, weight = None, 0
    for place, character in enumerate([*text, "x"]):
        cost = _cost(character)
        if cost and start is None:
            start, weight = place, 0
        weight += cost
        if not cost and start is not None:
            if weight > 1:
                yield start, place
            start = None


def _cost(character: str) -> int:
    if character.isascii() and (character.isprintable() or character in "\n\t"):
        return 0
    if character in _JOINERS or ord(character) in _SELECTORS:
        return 1
    return 2 if ord(character) in _MORE_SELECTORS or unicodedata.category(character) in _HIDDEN else 0


def mixed(word: str) -> bool:
    """Whether a word takes letters from scripts that look alike, as in "pаssword" with a Cyrillic a."""
    return not word.isascii() and len({_script(letter) for letter in word if letter.isalpha()} - {""}) > 1


def _script(letter: str) -> str:
    point = ord(letter)
    if letter.isascii() or 0xC0 <= point <= 0x24F:
        return "latin"
    if 0x370 <= point <= 0x3FF:
        return "greek"
    return "cyrillic" if 0x400 <= point <= 0x52F else ""
