"""Rulebooks prepared for resolution: merged by behavior key, once per set of rulebooks.

A product is resolved against one platform's rulebook and any law packs. Where several rulebooks state a behavior, the
windows are cut with each other and the strictest default holds, so the order of rulebooks does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from profiles.resolution.types import Limit, Reason
from profiles.rulebook.domains import Window
from profiles.rulebook.model import Behavior, Conflict, Kind, Layer, Rule, Rulebook

# From weakest to strongest: where rulebooks disagree about a kind, the stronger promise holds.
_STRENGTH: Final = (Kind.FILTER, Kind.DEFAULT, Kind.HONESTY, Kind.PROTECTION, Kind.BRIGHT_LINE)
_LOCKS: Final = {Kind.BRIGHT_LINE: Reason.LOCKED_BRIGHT_LINE, Kind.PROTECTION: Reason.LOCKED_PROTECTION}


@dataclass(frozen=True, slots=True)
class SourcedRule:
    rule: Rule
    layer: Layer


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """One object for each set of rulebooks, so it may be compared, and remembered by, its identity."""

    behaviors: dict[str, Behavior]
    base_limits: dict[str, Limit]
    rules: tuple[SourcedRule, ...]  # that do not look at another behavior
    chained_rules: tuple[SourcedRule, ...]  # that do
    conflicts: tuple[tuple[Conflict, Layer], ...]
    attestations: frozenset[str]  # the kinds that some rule asks for


def compiled(rulebooks: Iterable[Rulebook]) -> Compiled:
    return _compiled(tuple(sorted(rulebooks, key=lambda book: (book.layer != Layer.PLATFORM, book.digest))))


@lru_cache(maxsize=256)
def _compiled(rulebooks: tuple[Rulebook, ...]) -> Compiled:
    behaviors: dict[str, Behavior] = {}
    for book in rulebooks:
        for key, behavior in book.behaviors.items():
            if behavior.is_stated:
                known = behaviors.get(key)
                behaviors[key] = _merged(known, behavior) if known else behavior
    rules = [
        SourcedRule(rule, book.layer)
        for book in rulebooks
        for rule in book.rules
        if rule.behavior in behaviors and _same_domain(rule.behavior, book, behaviors)
    ]
    return Compiled(
        behaviors=dict(sorted(behaviors.items())),
        base_limits={key: _base_limit(behavior) for key, behavior in behaviors.items()},
        rules=tuple(item for item in rules if item.rule.when.strict is None),
        chained_rules=tuple(item for item in rules if item.rule.when.strict is not None),
        conflicts=tuple((conflict, book.layer) for book in rulebooks for conflict in book.conflicts),
        attestations=frozenset(rule.when.without for book in rulebooks for rule in book.rules if rule.when.without),
    )


def _same_domain(key: str, book: Rulebook, behaviors: dict[str, Behavior]) -> bool:
    return book.behaviors[key].domain == behaviors[key].domain


def _merged(a: Behavior, b: Behavior) -> Behavior:
    """Both statements at once. Two rulebooks that disagree about the very values leave no common ground to choose
    on, so the first one's strictest value holds."""
    if a.domain != b.domain:
        lock = Window(a.domain.strictest, a.domain.strictest)
        return replace(
            a,
            default=lock.floor,
            organization=lock,
            product=lock,
            user=replace(a.user, window=lock, grant="none"),
        )
    domain = a.domain

    def cut(first: Window, second: Window) -> Window:
        return domain.narrow(first, second.floor, second.ceiling)

    both = a.user.grant == b.user.grant
    return replace(
        a,
        kind=max(a.kind, b.kind, key=_STRENGTH.index),
        default=domain.meet(a.default, b.default),
        organization=cut(a.organization, b.organization),
        product=cut(a.product, b.product),
        user=replace(
            a.user,
            window=cut(a.user.window, b.user.window),
            grant=a.user.grant if both else "operator",
            waiver=a.user.waiver and b.user.waiver,
        ),
    )


def _base_limit(behavior: Behavior) -> Limit:
    """The platform's own window as a limit, for behaviors that it locks."""
    reason = _LOCKS.get(behavior.kind, Reason.LOCKED_PLATFORM)
    window = behavior.product
    return Limit(
        Layer.PLATFORM,
        reason,
        behavior.because,
        behavior.citation,
        "window",
        None,
        window.floor,
        window.ceiling,
    )
