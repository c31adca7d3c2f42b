"""What a reader of the trail asked for: from the page's address to a search, and back to the form that shows it.

Nothing that stands in an address is an error: what cannot be read is left out, and the page says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from django.http import QueryDict
from django.urls import reverse
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from msgspec import Struct

from audits.queries import Search, Term
from audits.trail.kinds import Kind, Outcome
from audits.web.pages.kinds import PRESENTERS
from audits.web.presenters.trail import Applied, Choice, TrailFilter
from profiles.web.moments import day_words

FIELDS: Final = ("q", "kind", "actor", "product", "since", "until")
DAYS: Final = ("after", "before")
QUALIFIERS: Final = ("actor", "action", "product", "behavior", "outcome", *DAYS)
EXAMPLES: Final = (
    "actor:jana",
    "-action:check",
    "outcome:refused",
    "behavior:caveats",
    '"version 3"',
    "after:2026-05-01",
)
LONGEST: Final = 200  # characters of one field
_MOST_QUERY: Final = 16_000
MOST_TERMS: Final = 10
_YEARS: Final = range(1970, 9999)
_BIGGEST_ID: Final = 2**63 - 1
_KEY: Final = re.compile(r"[a-z_]+\.[a-z_.]+")  # as behaviors are named
_WORD: Final = re.compile(
    rf'(?P<negated>-?)(?:(?P<field>{"|".join(QUALIFIERS)}):)?(?:"(?P<quoted>[^"]*)"?|(?P<word>\S+))', re.IGNORECASE
)
_UNKNOWN: Final = re.compile(r"-?([a-z_]+):.+", re.IGNORECASE)


class Asked(Struct, frozen=True):
    """``words`` are the terms of the search field, each as it was typed and as it was understood; ``values`` the fields
    of the form, cleaned; ``unreadable`` the names of fields that could not be read."""

    search: Search
    values: dict[str, str]
    words: tuple[tuple[str, Term], ...] = ()
    unreadable: tuple[str, ...] = ()
    before: int | None = None
    after: int | None = None

    def href(self, **other: str) -> str:
        """The page with these filters, some of them replaced; empty ones are left out."""
        query = _encoded(self.values | other)
        return f"{reverse('trail')}?{query}" if query else reverse("trail")

    @property
    def query(self) -> str:
        """The filters alone, as they stand in an address."""
        return _encoded(self.values)


def _encoded(values: Mapping[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in values.items() if value})
    return query.urlencode()


def read_query(text: str) -> Asked:
    """Of what stands in an address after the question mark, without the place in the list."""
    return read(QueryDict(text[:_MOST_QUERY]))


def read(params: QueryDict, behaviors: Mapping[str, str] = MappingProxyType({})) -> Asked:
    """
    Args:
        behaviors: what they are called, by key.
    """
    values = {name: _clean(params.get(name, "")) for name in FIELDS}
    words = tuple(found[0] for found in _WORD.finditer(values["q"]) if _says_something(found))[:MOST_TERMS]
    terms = tuple(_term(word, behaviors) for word in words)
    since, until = _days(terms, _day(values["since"]), _day(values["until"]))
    kind = values["kind"] if values["kind"] in set(Kind) else ""
    understood = {"since": _day(values["since"]), "until": _day(values["until"]), "kind": kind}
    conditions = tuple(term for term in terms if term.field not in DAYS)
    search = Search(conditions, kind, values["actor"], values["product"], since, until, get_current_timezone())
    unreadable = tuple(name for name, value in understood.items() if values[name] and not value)
    before, after = _id(params.get("before", "")), _id(params.get("after", ""))
    return Asked(search, values, tuple(zip(words, terms, strict=True)), unreadable, before, after)


def _clean(raw: str) -> str:
    """PostgreSQL takes no NUL, nor does a name have one."""
    return raw.replace("\x00", "").strip()[:LONGEST]


def _says_something(found: re.Match[str]) -> bool:
    return any(character.isalnum() for character in found["quoted"] or found["word"] or "")


def _term(word: str, behaviors: Mapping[str, str]) -> Term:
    found = _WORD.fullmatch(word)
    assert found is not None  # it is what the same expression found
    field = (found["field"] or "text").lower()
    text = (found["quoted"] or found["word"] or "").strip()
    called = behaviors_called(text, behaviors) if field in ("text", "behavior") else ()
    if field == "text":
        return Term(field, text, bool(found["negated"]), _kinds_called(text), called)
    values = {"action": _kinds_called(text), "behavior": called, "outcome": _outcomes_called(text)}
    return Term(field, text, bool(found["negated"]), values.get(field, ()))


def _outcomes_called(text: str) -> tuple[str, ...]:
    return tuple(outcome.value for outcome in Outcome if outcome.value == text.lower())


def behaviors_called(text: str, behaviors: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of behaviors, by key or name. A key that no rulebook knows may still stand in an entry."""
    wanted = text.casefold()
    found = [key for key, name in behaviors.items() if wanted in key or wanted in name.casefold()]
    return tuple(found) or ((wanted,) if _KEY.fullmatch(wanted) else ())


def _days(terms: Iterable[Term], since: date | None, until: date | None) -> tuple[date | None, date | None]:
    """The days that the form and the terms leave together. "after:" a day includes it, as "before:" does not."""
    for term in terms:
        day = _day(term.text)
        if term.field not in DAYS or day is None:
            continue
        if (term.field == "after") != term.negated:
            since = max(since or day, day)
        else:
            last = day - timedelta(days=1)
            until = min(until or last, last)
    return since, until


def _kinds_called(text: str) -> tuple[str, ...]:
    """Kinds by their dotted name or by the word that the page has for them."""
    wanted = text.casefold()
    return tuple(str(kind) for kind, how in PRESENTERS.items() if wanted in kind or wanted in str(how.label).casefold())


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def _id(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal() and len(text) < 20):
        return None
    return int(text) if 0 < int(text) <= _BIGGEST_ID else None


# The form


def build_filter(asked: Asked, actors: list[tuple[str, str]], products: list[tuple[str, str]]) -> TrailFilter:
    """
    Args:
        actors, products: who and what there is to choose from: value and name.
    """
    values, search = asked.values, asked.search
    since, until = _day(values["since"]), _day(values["until"])
    kinds = sorted(((str(kind), str(how.label)) for kind, how in PRESENTERS.items()), key=lambda item: item[1])
    return TrailFilter(
        query=values["q"],
        kinds=_choices(_("Any action"), kinds, search.kind),
        actors=_choices(_("Anyone"), actors, search.actor),
        products=_choices(_("Any product"), products, search.product),
        since=since.isoformat() if since else "",
        until=until.isoformat() if until else "",
        applied=tuple(_applied(asked, dict(actors), dict(products))),
        examples=EXAMPLES,
    )


def _choices(anything: str, known: list[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    if chosen and chosen not in dict(known):
        known = [*known, (chosen, chosen)]
    return (Choice("", anything, not chosen), *(Choice(value, name, value == chosen) for value, name in known))


def _applied(asked: Asked, actors: dict[str, str], products: dict[str, str]) -> Iterable[Applied]:
    search = asked.search
    for n, (word, term) in enumerate(asked.words):
        rest = " ".join(other for other, _term in asked.words[:n] + asked.words[n + 1 :])
        yield Applied(_told(word, term), asked.href(q=rest))
    labels = {
        "kind": _("Action is %(name)s") % {"name": PRESENTERS[search.kind].label} if search.kind else "",
        "actor": _("By %(name)s") % {"name": actors.get(search.actor, search.actor)} if search.actor else "",
        "product": _("Product is %(name)s") % {"name": products.get(search.product, search.product)}
        if search.product
        else "",
        "since": _("From %(day)s") % {"day": day_words(since)} if (since := _day(asked.values["since"])) else "",
        "until": _("Until %(day)s") % {"day": day_words(until)} if (until := _day(asked.values["until"])) else "",
    }
    for name in asked.unreadable:
        labels[name] = _("Not understood, and ignored: “%(value)s”") % {"value": asked.values[name]}
    for name, label in labels.items():
        if label:
            yield Applied(label, asked.href(**{name: ""}))


def _told(word: str, term: Term) -> str:
    known = {"text": term.text}
    if term.field in DAYS:
        return _told_day(word, term)
    if term.field in ("action", "outcome", "behavior") and not term.values:
        sentence = {
            "action": _("No action is called “%(text)s”"),
            "outcome": _("No outcome is called “%(text)s”"),
            "behavior": _("No behavior is called “%(text)s”"),
        }
        return sentence[term.field] % known
    unknown = _UNKNOWN.fullmatch(word) if term.field == "text" else None
    if unknown:
        said = _("“%(name)s:” is no qualifier: looked for “%(text)s” as a text")
        return said % (known | {"name": unknown[1]})
    told = {
        "text": (_("Contains “%(text)s”"), _("Does not contain “%(text)s”")),
        "actor": (_("Actor is “%(text)s”"), _("Actor is not “%(text)s”")),
        "action": (_("Action is “%(text)s”"), _("Action is not “%(text)s”")),
        "product": (_("Product is “%(text)s”"), _("Product is not “%(text)s”")),
        "behavior": (_("Behavior is “%(text)s”"), _("Behavior is not “%(text)s”")),
        "outcome": (_("Outcome is “%(text)s”"), _("Outcome is not “%(text)s”")),
    }
    return told[term.field][term.negated] % known


def _told_day(word: str, term: Term) -> str:
    day = _day(term.text)
    if day is None:
        return _("Not understood, and ignored: “%(value)s”") % {"value": word}
    said = _("From %(day)s") if (term.field == "after") != term.negated else _("Before %(day)s")
    return said % {"day": day_words(day)}
