"""Texts as rules compare them: without case, accents, typographic variants and markup, and with the way back.

Every character is looked at once, so a hostile reply costs no more than a long one.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

MAX_READ: Final = 50_000  # characters of a reply; what follows decides nothing
_MOST_LETTERS: Final = 2 * MAX_READ  # some characters fold to a whole sentence
_MARKUP: Final = frozenset("*_`~")
_SAME: Final = {
    **dict.fromkeys("‘’‚‛′ʼ´", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ı": "i",
}
_ENDS: Final = frozenset(".!?。！？؟।\n")
_LEFT_OUT: Final = frozenset({"Mn", "Me", "Cf", "Cc", "Cs"})


@lru_cache(maxsize=4096)
def _folded(character: str) -> str:
    if character in _MARKUP:
        return ""
    if character.isspace():
        return "\n" if character == "\n" else " "
    plain = unicodedata.normalize("NFKD", _SAME.get(character, character)).casefold()
    kept = (letter for letter in plain if unicodedata.category(letter) not in _LEFT_OUT)
    return "".join(_SAME.get(letter, letter) for letter in kept)


@dataclass(frozen=True, eq=False)  # compared as an object, so that what was found in it can be kept
class Folded:
    """A folded text. ``origins[i]`` is the place in the original of its character ``i``."""

    text: str
    origins: tuple[int, ...]
    length: int  # characters of the original that were read

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The place in the original of a piece that is not empty."""
        return self.origins[start], self.origins[end - 1] + 1

    @cached_property
    def flat(self) -> str:
        """The text on one line, so that a line break inside a phrase hides nothing."""
        return self.text.replace("\n", " ")

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Where its sentences stand."""
        found, start = [], 0
        for at, character in enumerate(self.text):
            if character in _ENDS and (at + 1 == len(self.text) or not self.text[at + 1].isalnum()):
                if self.text[start : at + 1].strip():
                    found.append((start, at + 1))
                start = at + 1
        if self.text[start:].strip():
            found.append((start, len(self.text)))
        return tuple(found)


@lru_cache(maxsize=16)
def folded(text: str) -> Folded:
    """The text as rules compare it: runs of blanks are one blank, of line breaks one line break."""
    pieces: list[str] = []
    origins: list[int] = []
    last = ""
    read = text[:MAX_READ]
    for at, character in enumerate(read):
        if len(pieces) > _MOST_LETTERS:
            return Folded("".join(pieces), tuple(origins), at)
        for letter in _folded(character):
            if letter == " " and last in (" ", "\n", ""):
                continue
            if letter == "\n" and last == "\n":
                continue
            pieces.append(letter)
            origins.append(at)
            last = letter
    return Folded("".join(pieces), tuple(origins), len(read))


@lru_cache(maxsize=4096)
def folded_phrase(text: str) -> str:
    """A phrase of a rule, folded the same way."""
    return folded(text).text.strip()
