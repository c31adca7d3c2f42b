"""Preparing a rulebook's next revision: which behaviors a changed source document touches, and their text to edit.

Pure. A rulebook is handled as its document (JSON-ready, as ``Rulebook.document`` holds it), so that what is still being
settled need not be a valid rulebook yet.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

import tomli_w

from profiles.rulebook.codec import MalformedRulebook, json_ready
from profiles.rulebook.model import Citation, Rulebook
from profiles.rulebook.table import Problem

_ORDER: Final = (
    *("id", "behavior", "when", "name", "description", "kind", "stance", "authority", "how", "see", "default"),
    *("because", "advice", "type", "strictest", "floor", "ceiling", "domain", "organization", "product", "user"),
    *("document", "section", "also", "summary", "citation", "phrasing", "setting"),
)


def citing(rulebook: Rulebook, document: str, sections: Iterable[str]) -> dict[str, list[str]]:
    """The behaviors that rest on one of ``sections``, each with those it rests on, sorted. What a rule or a conflict
    rests on counts for the behaviors that it narrows."""
    wanted = set(sections)
    found: dict[str, set[str]] = {}

    def look(key: str, citation: Citation) -> None:
        if citation.document.id == document and (hits := wanted.intersection(citation.sections)):
            found.setdefault(key, set()).update(hits)

    for behavior in rulebook.behaviors.values():
        look(behavior.key, behavior.citation)
    for rule in rulebook.rules:
        look(rule.behavior, rule.citation)
    for conflict in rulebook.conflicts:
        look(conflict.yields, conflict.citation)
    return {key: sorted(found[key]) for key in sorted(found)}


def dangling(rulebook: Rulebook, document: str, known: Iterable[str]) -> dict[str, list[str]]:
    """The behaviors that cite sections of ``document`` which are not ``known``, with those sections."""
    cited = {
        section
        for citation in _citations(rulebook)
        if citation.document.id == document
        for section in citation.sections
    }
    return citing(rulebook, document, cited.difference(known))


def _citations(rulebook: Rulebook) -> Iterable[Citation]:
    yield from (behavior.citation for behavior in rulebook.behaviors.values())
    yield from (rule.citation for rule in rulebook.rules)
    yield from (conflict.citation for conflict in rulebook.conflicts)


def successor(document: Mapping[str, Any], name: str, published: date, digest: str) -> dict[str, Any]:
    """The rulebook's document for the next revision of its source ``name``: nothing but dates and digest changed, also
    where the title says a date."""
    new = copy.deepcopy(dict(document))
    new["title"] = new["title"].replace(new["published"], published.isoformat())
    new["published"] = published.isoformat()
    new["documents"][name] |= {"date": published.isoformat(), "digest": digest}
    return new


def part_of(document: Mapping[str, Any], key: str) -> str:
    """One behavior and the rules that narrow it, as TOML to edit."""
    part: dict[str, Any] = {"behavior": _ordered(document["behaviors"][key])}
    rules = [_ordered(rule) for rule in document.get("rules", []) if rule["behavior"] == key]
    return tomli_w.dumps({**part, "rules": rules} if rules else part, multiline_strings=False)


def _ordered(value: Any) -> Any:
    """A table with its members as the library writes them: the database keeps them in no order that a person would."""
    if not isinstance(value, dict):
        return value
    known = [name for name in _ORDER if name in value]
    return {name: _ordered(value[name]) for name in [*known, *(name for name in value if name not in known)]}


def with_part(document: Mapping[str, Any], key: str, text: str) -> dict[str, Any]:
    """The document with one behavior and its rules replaced by an edited text.

    Raises:
        MalformedRulebook: the text is not TOML, or has something else in it. Whether the result is a valid rulebook is
            for ``decode`` to say.
    """
    try:
        part = json_ready(tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        raise MalformedRulebook([Problem("(text)", f"is not TOML: {error}")]) from None
    rules = part.get("rules", [])
    if set(part) - {"behavior", "rules"} or not isinstance(part.get("behavior"), dict):
        raise MalformedRulebook([Problem("(text)", "must hold the table [behavior], and [[rules]] where it has any")])
    if not isinstance(rules, list) or any(not isinstance(rule, dict) or rule.get("behavior") != key for rule in rules):
        raise MalformedRulebook([Problem("rules", f"must each narrow {key}")])
    others = [rule for rule in document.get("rules", []) if rule["behavior"] != key]
    return {
        **document,
        "behaviors": {**document["behaviors"], key: part["behavior"]},
        "rules": [*others, *rules],
    }
