"""From a search to the query that PostgreSQL's index of words answers: marks and words as migration 0031 draws them.

Everything that is no date and no number becomes one tsquery, so that one index finds any combination of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db import connection

from audits.search import names
from audits.search.asked import Search, Term
from audits.trail.kinds import Outcome

_EVENT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NUMBER: Final = re.compile(r"#([0-9]{1,18})")
_LONGEST: Final = 200  # characters of a word or mark
_SPLIT: Final = "SELECT trail_split(said) FROM unnest(%s::text[]) WITH ORDINALITY AS t(said, n) ORDER BY n"
_MOST: Final = 200  # values of a column that are read along at once
_MOST_DAYS: Final = 16  # named one by one
_TALLIED: Final = frozenset("kapr")
_NEVER: Final = "'='"  # what no entry has


@dataclass(frozen=True, slots=True)
class Query:
    """A search, ready: ``column`` and ``values`` are the index along which entries stand newest first, for each value
    (an empty column for all of a trail); ``rest`` is what they leave open, ``whole`` all of it. ``is_all_but`` says
    that it only tells what is not wanted, which no index finds. ``number`` is the only entry that can be meant, if the
    search names one; ``not_numbers`` cannot be."""

    owner: str
    column: str
    values: tuple[str, ...]
    rest: str
    whole: str
    is_all_but: bool = False
    number: int | None = None
    not_numbers: tuple[int, ...] = ()
    counted: Counted | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What the tallies count (``audits.models.Tally``): entries that have one of these values."""

    facet: str = ""
    values: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class _Condition:
    """``column`` is empty unless it is these values of a column with an index."""

    query: str
    column: str = ""
    values: tuple[str, ...] = ()
    counted: Counted | None = None


def query_of(search: Search, owner: str) -> Query:
    """The search in the trail of an organization, or of the installation with an empty ``owner``."""
    words = Words(owner)
    conditions = [
        _Condition(words.mark(letter, value), column, (value,), Counted(letter, (value,)))
        for column, letter, value in (
            ("actor_id", "a", search.actor),
            ("product", "p", search.product),
            ("kind", "k", search.kind),
        )
        if value
    ]
    numbers: dict[bool, list[int]] = {True: [], False: []}
    for term, said in zip(search.terms, _split([term.text for term in search.terms]), strict=True):
        numbered = _NUMBER.fullmatch(term.text) if term.field == "text" else None
        if numbered:
            numbers[term.negated].append(int(numbered[1]))
        else:
            conditions.append(_condition(words, term, owner, said))
    along = _along(conditions)
    rest = _all(condition.query for condition in conditions if condition is not along)
    whole = _all(condition.query for condition in conditions) or words.any
    is_all_but = all(condition.query.startswith("!") for condition in conditions)
    if is_all_but:
        whole = _all([words.any, *(condition.query for condition in conditions)])
    number = None if not numbers[False] else numbers[False][0] if len(set(numbers[False])) == 1 else 0
    counted = None if numbers[False] or numbers[True] else _counted(conditions)
    return Query(owner, along.column, along.values, rest, whole, is_all_but, number, tuple(numbers[True]), counted)


def _along(conditions: Sequence[_Condition]) -> _Condition:
    """One value of a column, if any condition is that; several, if that is all there is."""
    for condition in conditions:
        if condition.column and (
            len(condition.values) == 1 or (len(conditions) == 1 and len(condition.values) <= _MOST)
        ):
            return condition
    return _Condition("")


def _counted(conditions: Sequence[_Condition]) -> Counted | None:
    """One condition can be counted beforehand, and none; how often two meet cannot."""
    if not conditions:
        return Counted()
    return conditions[0].counted if len(conditions) == 1 else None


class Words:
    """The words of one trail, as parts of a tsquery."""

    def __init__(self, owner: str) -> None:
        self._begin = hashlib.md5(owner.encode(), usedforsecurity=False).hexdigest()[:4]
        self.any = self.mark("o", "")

    def mark(self, letter: str, value: str) -> str:
        return self.word(f"{letter}={value[:_LONGEST]}")

    def word(self, word: str) -> str:
        return "'" + (self._begin + word).replace("\\", "\\\\").replace("'", "''") + "'"

    def marks(self, letter: str, values: Iterable[str]) -> list[str]:
        return [self.mark(letter, value) for value in values]


def days(words: Words, first: date, last: date) -> str:
    """Any of these days, in UTC; of many, all of their months, since each mark costs the index a way of its own."""
    number = (last - first).days + 1
    if number <= _MOST_DAYS:
        return _any(words.mark("d", (first + timedelta(days=n)).isoformat()) for n in range(number))
    return _any(dict.fromkeys(words.mark("m", f"{first + timedelta(days=n):%Y-%m}") for n in range(number)))


def _any(found: Iterable[str]) -> str:
    return "(" + (" | ".join(found) or _NEVER) + ")"


def _all(found: Iterable[str]) -> str:
    return " & ".join(found)


def _split(texts: Sequence[str]) -> list[list[str]]:
    """The words and pairs of words of each text. PostgreSQL divides what is looked for as it divided the entries."""
    if not texts:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SPLIT, [list(texts)])
        return [row[0] for row in cursor.fetchall()]


# Terms


def _condition(words: Words, term: Term, owner: str, said: Sequence[str]) -> _Condition:
    if term.field == "text":
        found = _any(_of_text(words, term, owner, said))
        return _Condition(f"!{found}" if term.negated else found)
    column, letter, values = _named(term, owner)
    if term.negated and letter in _ALL:
        # What is left, said in so many words: an index finds what is there, and not what is missing.
        values = sorted(set(_ALL[letter](owner)) - set(values))
    elif term.negated:
        return _Condition("!" + _any(words.marks(letter, values)))
    query = _any(words.marks(letter, values))
    counted = Counted(letter, tuple(values)) if letter in _TALLIED else None
    return _Condition(query, column if values else "", tuple(values), counted)


def _named(term: Term, owner: str) -> tuple[str, str, Sequence[str]]:
    """Column (if an index leads along it), letter and values of a term that names something."""
    if term.field == "actor":
        return "actor_id", "a", names.actors_called(owner, term.text)
    if term.field == "product":
        return "product", "p", names.products_called(owner, term.text)
    column, letter = {"action": ("kind", "k"), "outcome": ("", "r"), "behavior": ("", "b")}[term.field]
    return column, letter, term.values


_ALL: Final[dict[str, Callable[[str], Iterable[str]]]] = {
    "k": lambda owner: names.values(owner, "kind"),
    "r": lambda _owner: (outcome.value for outcome in Outcome),
}


def _of_text(words: Words, term: Term, owner: str, said: Sequence[str]) -> Iterable[str]:
    """A text is meant as words that stand next to each other, or as (a part of) what something is called."""
    text = term.text
    if said:
        pairs = [each for each in said if " " in each] or said
        yield "(" + _all(map(words.word, pairs)) + ")"
    yield from words.marks("k", term.values)
    yield from words.marks("b", term.behaviors)
    yield from words.marks("a", names.actors_called(owner, text))
    yield from words.marks("p", names.products_named(owner, text))  # slugs are words
    yield words.mark("q", text)
    if _EVENT.fullmatch(text.lower()):
        yield words.mark("i", text.lower())
