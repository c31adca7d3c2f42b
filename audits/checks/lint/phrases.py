"""Sentences that say something: a verb that is negated or not, with certain words within reach of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from audits.checks.lint.reading import Sentence

_BEFORE: Final = 8  # words before a verb in which a "not" is looked for
_AFTER: Final = 4  # and after it, where German puts it
_SUBJECT: Final = 3
_HOW: Final = frozenset({"COVERT", "CONFIRMATION"})  # "without asking" says how something is done, not that it is not


@dataclass(frozen=True, slots=True)
class Phrase:
    """A pattern of classes of words.

    ``head`` is the verb; ``near`` must all stand within ``reach`` words of it, after it where ``after`` says so;
    ``unless`` names classes that make the whole sentence harmless.
    """

    head: str
    near: tuple[str, ...] = ()
    negated: bool = False
    reach: int = 12
    after: bool = False
    unless: tuple[str, ...] = ()
    anyone: bool = False  # also where others than the product are its subject

    def find(self, sentence: Sentence) -> Iterator[tuple[int, int]]:
        """Where it is said, as characters of the text; at most once in a sentence."""
        places = sentence.places
        if self.head not in places or any(name not in places for name in self.near):
            return
        if any(name in places for name in self.unless) or _refuses(sentence):
            return
        for head in places[self.head]:
            near = [self._nearest(places[name], head) for name in self.near]
            if None in near or is_negated(sentence, head) is not self.negated:
                continue
            if not self.anyone and _others(sentence, head):
                continue
            found = [head, *(place for place in near if place is not None)]
            yield sentence.words[min(found)].start, sentence.words[max(found)].end
            return

    def _nearest(self, places: list[int], head: int) -> int | None:
        first = head + 1 if self.after else head - self.reach
        within = [place for place in places if first <= place <= head + self.reach and place != head]
        return min(within, key=lambda place: abs(place - head), default=None)


def is_negated(sentence: Sentence, head: int) -> bool:
    """Whether the verb at ``head`` is one that must not be done."""
    words = sentence.words
    chunk = words[head].chunk
    negated = sentence.forbids
    for place in range(max(0, head - _BEFORE), head):
        classes = words[place].classes
        if words[place].chunk != chunk and not _carries_on(sentence, words[place].chunk, chunk):
            continue
        if "NOT" in classes and not classes & _HOW:
            negated = True
        elif classes & {"TURN", "STILL"}:
            negated = False
    for place in range(head + 1, min(len(words), head + 1 + _AFTER)):
        if words[place].chunk == chunk and "NOT_DE" in words[place].classes:
            negated = True
    return negated


def _carries_on(sentence: Sentence, before: int, chunk: int) -> bool:
    """Whether a "not" reaches over commas, as in "never lie, mislead, or manipulate"."""
    heads: dict[int, frozenset[str]] = {}
    for word in sentence.words:
        heads.setdefault(word.chunk, word.classes)
    return before < chunk and any("OR" in heads[each] for each in heads if each >= chunk)


def _refuses(sentence: Sentence) -> bool:
    """Whether it says to refuse something: what it names is then no order."""
    return any(not is_negated(sentence, place) for place in sentence.places.get("REFUSE", ()))


def _others(sentence: Sentence, head: int) -> bool:
    """Whether somebody else does it: "users may claim"."""
    words, chunk = sentence.words, sentence.words[head].chunk
    here: list[frozenset[str]] = []
    for place in range(head, max(0, head - _SUBJECT), -1):
        if words[place].colon or words[place - 1].chunk != chunk or words[place - 1].text in ("and", "und"):
            break
        here.append(words[place - 1].classes)
    following = words[head + 1].classes if head + 1 < len(words) else frozenset()
    return any("USER" in each for each in here) and not any("YOU" in each for each in (*here, following))
