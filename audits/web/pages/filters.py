"""What a reader of the trail asked for: from the page's address to a search, and back to the form that shows it.

Nothing that stands in an address is an error: what cannot be read is left out, and the page says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.http import QueryDict
from django.urls import reverse
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _

from audits.queries import Search, Term
from audits.trail.kinds import Kind, Outcome
from audits.web.pages.kinds import PRESENTERS
from audits.web.presenters.trail import Applied, Choice, TrailFilter
from profiles.web.moments import day_words

FIELDS: Final = ("q", "kind", "actor", "product", "since", "until")
QUALIFIERS: Final = ("actor", "action", "product", "outcome")
EXAMPLES: Final = ("actor:jana", "action:approved", "-action:check", "outcome:refused", "safety.danger_caveats")
LONGEST: Final = 200  # characters of one field
MOST_TERMS: Final = 10
_YEARS: Final = range(1970, 9999)
_BIGGEST_ID: Final = 2**63 - 1
_WORD: Final = re.compile(
    rf'(?P<negated>-?)(?:(?P<field>{"|".join(QUALIFIERS)}):)?(?:"(?P<quoted>[^"]*)"?|(?P<word>\S+))', re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Asked:
    """``words`` are the terms of ``search`` as they were typed; ``values`` the fields of the form, cleaned;
    ``unreadable`` the names of fields that could not be read."""

    search: Search
    values: dict[str, str]
    words: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    before: int | None = None
    after: int | None = None

    def href(self, **other: str) -> str:
        """The page with these filters, some of them replaced; empty ones are left out."""
        query = QueryDict(mutable=True)
        query.update({name: value for name, value in (self.values | other).items() if value})
        return f"{reverse('trail')}?{query.urlencode()}" if query else reverse("trail")


def read(params: QueryDict) -> Asked:
    values = {name: _clean(params.get(name, "")) for name in FIELDS}
    words = tuple(found[0] for found in _WORD.finditer(values["q"]) if _says_something(found))[:MOST_TERMS]
    since, until = _day(values["since"]), _day(values["until"])
    kind = values["kind"] if values["kind"] in set(Kind) else ""
    understood = {"since": since, "until": until, "kind": kind}
    search = Search(
        tuple(map(_term, words)), kind, values["actor"], values["product"], since, until, get_current_timezone()
    )
    unreadable = tuple(name for name, value in understood.items() if values[name] and not value)
    before, after = _id(params.get("before", "")), _id(params.get("after", ""))
    return Asked(search, values, words, unreadable, before, after)


def _clean(raw: str) -> str:
    """PostgreSQL takes no NUL, nor does a name have one."""
    return raw.replace("\x00", "").strip()[:LONGEST]


def _says_something(found: re.Match[str]) -> bool:
    return any(character.isalnum() for character in found["quoted"] or found["word"] or "")


def _term(word: str) -> Term:
    found = _WORD.fullmatch(word)
    assert found is not None  # it is what the same expression found
    field = (found["field"] or "text").lower()
    text = (found["quoted"] or found["word"] or "").strip()
    values: tuple[str, ...] = ()
    if field in ("text", "action"):
        values = _kinds_called(text)
    elif field == "outcome":
        values = tuple(outcome.value for outcome in Outcome if outcome.value == text.lower())
    return Term(field, text, bool(found["negated"]), values)


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
    kinds = sorted(((str(kind), str(how.label)) for kind, how in PRESENTERS.items()), key=lambda item: item[1])
    return TrailFilter(
        query=values["q"],
        kinds=_choices(_("Any action"), kinds, search.kind),
        actors=_choices(_("Anyone"), actors, search.actor),
        products=_choices(_("Any product"), products, search.product),
        since=search.since.isoformat() if search.since else "",
        until=search.until.isoformat() if search.until else "",
        applied=tuple(_applied(asked, dict(actors), dict(products))),
        examples=EXAMPLES,
    )


def _choices(anything: str, known: list[tuple[str, str]], chosen: str) -> tuple[Choice, ...]:
    if chosen and chosen not in dict(known):
        known = [*known, (chosen, chosen)]
    return (Choice("", anything, not chosen), *(Choice(value, name, value == chosen) for value, name in known))


def _applied(asked: Asked, actors: dict[str, str], products: dict[str, str]) -> Iterable[Applied]:
    search = asked.search
    for n, term in enumerate(search.terms):
        rest = " ".join(asked.words[:n] + asked.words[n + 1 :])
        yield Applied(_told(term), asked.href(q=rest))
    labels = {
        "kind": _("Action is %(name)s") % {"name": PRESENTERS[search.kind].label} if search.kind else "",
        "actor": _("By %(name)s") % {"name": actors.get(search.actor, search.actor)} if search.actor else "",
        "product": _("Product is %(name)s") % {"name": products.get(search.product, search.product)}
        if search.product
        else "",
        "since": _("From %(day)s") % {"day": day_words(search.since)} if search.since else "",
        "until": _("Until %(day)s") % {"day": day_words(search.until)} if search.until else "",
    }
    for name in asked.unreadable:
        labels[name] = _("Not understood, and ignored: “%(value)s”") % {"value": asked.values[name]}
    for name, label in labels.items():
        if label:
            yield Applied(label, asked.href(**{name: ""}))


def _told(term: Term) -> str:
    known = {"text": term.text}
    if term.field in ("action", "outcome") and not term.values:
        sentence = {"action": _("No action is called “%(text)s”"), "outcome": _("No outcome is called “%(text)s”")}
        return sentence[term.field] % known
    told = {
        "text": (_("Contains “%(text)s”"), _("Does not contain “%(text)s”")),
        "actor": (_("Actor is “%(text)s”"), _("Actor is not “%(text)s”")),
        "action": (_("Action is “%(text)s”"), _("Action is not “%(text)s”")),
        "product": (_("Product is “%(text)s”"), _("Product is not “%(text)s”")),
        "outcome": (_("Outcome is “%(text)s”"), _("Outcome is not “%(text)s”")),
    }
    return told[term.field][term.negated] % known
