"""A text as sentences of words, each word with the classes of the vocabulary that it belongs to.

Everything here looks at each character a fixed number of times: a hostile text costs no more than a long one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import Final

from audits.checks.lint.vocabulary import WORDS

_WORD: Final = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")
_ENDS: Final = re.compile(r"[.!?;\n]+(?=\s|$)|\n")
_BULLET: Final = re.compile(r"\s*(?:[-*•–]|\d{1,3}[.)])\s")
_LONGEST: Final = 30  # letters of a word that are looked at
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "’": "'"})
_LONG: Final = (
    200  # words of a sentence: words are compared with each other, so one without an end would cost its square
)
_PHRASE: Final = 3  # words of the longest phrase


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(_UMLAUTS)


def _vocabulary() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    whole: dict[str, set[str]] = {}
    starts: dict[str, set[str]] = {}
    for name, listed in WORDS.items():
        for word in listed.split():
            (starts if word.endswith("*") else whole).setdefault(word.rstrip("*"), set()).add(name)
    return ({word: frozenset(found) for word, found in each.items()} for each in (whole, starts))  # type: ignore[return-value]


_WHOLE, _STARTS = _vocabulary()
_FIRST_OF_PHRASE: Final = frozenset(word.partition("_")[0] for word in (*_WHOLE, *_STARTS) if "_" in word)


@lru_cache(maxsize=8192)
def _classes(word: str) -> frozenset[str]:
    found = set(_WHOLE.get(word, ()))
    for length in range(2, min(len(word), _LONGEST) + 1):
        found |= _STARTS.get(word[:length], frozenset())
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Word:
    text: str  # folded
    start: int
    end: int
    chunk: int  # which part of its sentence, between commas
    colon: bool  # whether it comes after one
    classes: frozenset[str]


@dataclass(frozen=True)
class Sentence:
    words: tuple[Word, ...]
    forbids: bool = False  # an item of a list that begins with "Never:" or the like

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Where the words of each class stand."""
        found: dict[str, list[int]] = {}
        for place, word in enumerate(self.words):
            for name in word.classes:
                found.setdefault(name, []).append(place)
        return found

    def has(self, name: str, first: int, last: int) -> bool:
        """Whether a word of a class stands between two places, both included."""
        return any(first <= place <= last for place in self.places.get(name, ()))


@dataclass
class _Lists:
    """Whether the lines that are read belong to a list of what is forbidden."""

    forbids: bool = field(default=False)

    def reads(self, line: str, sentence: Sentence) -> bool:
        is_item = bool(_BULLET.match(line))
        forbids = self.forbids and is_item
        if line.rstrip().endswith(":"):
            self.forbids = bool(sentence.places.get("NOT"))
        elif line.strip() and not is_item:
            self.forbids = False
        return forbids


def sentences(text: str) -> Iterator[Sentence]:
    lists, start = _Lists(), 0
    for line in text.splitlines(keepends=True):
        whole = Sentence(_words(text, start, start + len(line)))
        forbids = lists.reads(line, whole)
        for first, last in _spans(line):
            words = _words(text, start + first, start + last)
            for piece in range(0, len(words), _LONG):
                yield Sentence(words[piece : piece + _LONG], forbids)
        start += len(line)


def _spans(line: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _ENDS.finditer(line):
        yield start, end.start()
        start = end.end()
    yield start, len(line)


def _words(text: str, start: int, end: int) -> tuple[Word, ...]:
    found: list[Word] = []
    chunk, last = 0, start
    for match in _WORD.finditer(text, start, end):
        between = text[last : match.start()]
        chunk += "," in between
        last = match.end()
        word = folded(match[0][: _LONGEST * 2])
        found.append(Word(word, match.start(), match.end(), chunk, ":" in between, _classes(word)))
    return tuple(_with_phrases(found))


def _with_phrases(words: list[Word]) -> Iterator[Word]:
    for place, word in enumerate(words):
        classes = word.classes
        if word.text in _FIRST_OF_PHRASE:
            following = [each.text for each in words[place : place + _PHRASE]]
            for length in range(2, len(following) + 1):
                classes |= _classes("_".join(following[:length]))
        yield word if classes is word.classes else replace(word, classes=classes)
