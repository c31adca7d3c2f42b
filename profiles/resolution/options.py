"""Which changes could bear on a behavior at all: what the rules, conflicts and windows around it look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from profiles.resolution.changes import (
    Attest,
    Case,
    Change,
    DropPreference,
    Later,
    LiftHold,
    OpenBaseline,
    OpenToUsers,
    OtherFact,
    SetOther,
    WithoutFact,
)
from profiles.rulebook.domains import ANY, Domain, Level, MalformedValue, Number, Point
from profiles.rulebook.model import Layer, Rule, Rulebook


def options(case: Case, behavior: str, value: Any, layer: Layer) -> list[Change]:
    """Every change that could bear on whether ``behavior`` may be ``value`` at ``layer``, on this platform."""
    books = (case.rulebook, *case.laws)
    related = _related(books, behavior)
    rules = [rule for book in books for rule in book.rules if rule.behavior in related]
    found: list[Change] = [
        Later(instant) for instant in sorted({turn for law in case.laws for turn in law.turns(case.now)})
    ]
    found += _attestations(case, books, rules)
    found += _facts(case, books, rules, related)
    found += [OpenBaseline(key) for key in sorted(related & case.layers.organization.windows.keys())]
    found += [LiftHold(hold) for hold in case.layers.holds if hold.behavior in related]
    for key in sorted(related - {behavior}):
        found += _values(case, key, books)
    if layer is Layer.USER:
        found += _for_users(case, behavior, value, related)
    return found


def _related(books: Iterable[Rulebook], behavior: str) -> set[str]:
    """The behaviors that may bear on it: those at which rules about it look, and those with which it conflicts."""
    looks: dict[str, set[str]] = {}
    for book in books:
        for rule in book.rules:
            if rule.when.strict:
                looks.setdefault(rule.behavior, set()).add(rule.when.strict.behavior)
        for conflict in book.conflicts:
            looks.setdefault(conflict.yields, set()).update((conflict.first[0], conflict.second[0]))
    found, fresh = set(), {behavior}
    while fresh:
        found |= fresh
        fresh = {other for key in fresh for other in looks.get(key, ())} - found
    return found


def _attestations(case: Case, books: Iterable[Rulebook], rules: Iterable[Rule]) -> Iterator[Attest]:
    counting = {claim.kind for claim in case.attestations if claim.counts(case.now)}
    days = {key: kind.longest_days for book in books for key, kind in book.attestations.items()}
    asked = {rule.when.without for rule in rules if rule.when.without}
    return (Attest(kind, days[kind]) for kind in sorted(asked - counting) if kind in days)


def _facts(case: Case, books: Iterable[Rulebook], rules: Iterable[Rule], related: set[str]) -> Iterator[Change]:
    """Other values of the facts that conditions name; of a fact that is a list, each of these that it could lack."""
    named: dict[str, set[str]] = {}
    for rule in rules:
        for name, value in rule.when.facts.items():
            named.setdefault(name, set()).add(value)
    for book in books:
        if book.applies and related & (book.behaviors.keys() | {rule.behavior for rule in book.rules}):
            for name, values in book.applies.items():
                named.setdefault(name, set()).update(values)
    known = {name: values for book in books for name, values in book.facts.items()}
    for name in sorted(named):
        stored = case.facts.get(name)
        if isinstance(stored, list | tuple):
            yield from (WithoutFact(name, value) for value in sorted(named[name]) if value in stored)
        else:
            yield from (OtherFact(name, value) for value in known.get(name, ()) if value != stored)


def _values(case: Case, key: str, books: Iterable[Rulebook]) -> Iterator[SetOther]:
    """Other settings of a behavior at which a rule or conflict looks: every level, and what stands around the values
    that they name."""
    stated = next(
        (book.behaviors[key] for book in books if key in book.behaviors and book.behaviors[key].is_stated), None
    )
    if stated is None:
        return
    own = case.layers.product.values
    if key in own:
        yield SetOther(key, None)
    for point in _points(stated.domain, _thresholds(books, key)):
        raw = stated.domain.dump(point)
        if own.get(key) != raw:
            yield SetOther(key, raw)


def _thresholds(books: Iterable[Rulebook], key: str) -> list[Point]:
    found = [rule.when.strict.value for book in books for rule in book.rules if _looks_at(rule, key)]  # type: ignore[union-attr]
    sides = (side for book in books for conflict in book.conflicts for side in (conflict.first, conflict.second))
    return [*found, *(point for name, point in sides if name == key)]


def _looks_at(rule: Rule, key: str) -> bool:
    return rule.when.strict is not None and rule.when.strict.behavior == key


def _points(domain: Domain, thresholds: Iterable[Point]) -> list[Point]:
    if isinstance(domain, Level):
        return list(range(len(domain.names)))
    if isinstance(domain, Number):
        around = {point + step for point in thresholds for step in (-1, 0, 1)}
        return sorted(
            point
            for point in around | {domain.strictest, domain.loosest}
            if domain.strictest <= point <= domain.loosest
        )
    return [*dict.fromkeys([frozenset(), *(point for point in thresholds if point is not ANY)]), ANY]


def _for_users(case: Case, behavior: str, value: Any, related: set[str]) -> Iterator[Change]:
    """What only a user's wish can need: another value of the product's own, a wider window, fewer other wishes."""
    yield from (DropPreference(key) for key in sorted(related - {behavior}) if key in case.layers.user.values)
    if case.layers.product.values.get(behavior) != value:
        yield SetOther(behavior, value)
    decision = case.resolve().decisions.get(behavior)
    if decision is None:
        return
    domain = decision.behavior.domain
    try:
        wanted = domain.parse(value)
    except MalformedValue:
        return
    floor, ceiling = domain.meet(decision.user.floor, wanted), domain.join(decision.user.ceiling, wanted)
    yield OpenToUsers(behavior, domain.dump(floor), domain.dump(ceiling))
