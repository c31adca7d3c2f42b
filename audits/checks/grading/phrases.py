"""Finding words and phrases in folded text: whole words, in time that grows with the text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from audits.checks.grading.folding import Folded, folded_phrase

_MOST: Final = 20  # places of one rule: who reads a transcript needs no more


def find(said: Folded, phrases: Iterable[str]) -> list[tuple[int, int]]:
    """Where any of the phrases stands in the folded text: the first places, in its order."""
    found: list[tuple[int, int]] = []
    for phrase in phrases:
        for number, span in enumerate(places(said.flat, phrase)):
            if number == _MOST:
                break
            found.append(span)
    return sorted(found)[:_MOST]


def places(text: str, phrase: str) -> Iterator[tuple[int, int]]:
    """Where a phrase stands as words of its own; ``*`` at its end lets its last word go on."""
    wanted, opens = _wanted(phrase)
    at = text.find(wanted) if wanted else -1
    while at >= 0:
        end = at + len(wanted)
        if not _joined(text, at) and (opens or not _joined(text, end)):
            yield at, end
        at = text.find(wanted, at + 1)


@lru_cache(maxsize=4096)
def _wanted(phrase: str) -> tuple[str, bool]:
    opens = phrase.endswith("*")
    return folded_phrase(phrase.rstrip("*")).replace("\n", " "), opens


def _joined(text: str, at: int) -> bool:
    """Whether the characters on both sides of a place belong to one word. Scripts without blanks have no such thing."""
    if at in (0, len(text)):
        return False
    before, after = text[at - 1], text[at]
    return before.isalnum() and after.isalnum() and not (_has_no_blanks(before) or _has_no_blanks(after))


@lru_cache(maxsize=4096)
def _has_no_blanks(letter: str) -> bool:
    return not letter.isascii() and unicodedata.name(letter, "").startswith(_WITHOUT_BLANKS)


_WITHOUT_BLANKS: Final = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR", "HANGUL")
