"""Rulebooks prepared for resolution: merged by behavior key, once per set of rulebooks.

A product is resolved against one platform's rulebook and the law packs that apply to it. What a law pack states cuts
the platform's window; where the platform is silent, the law pack's own statement holds. Where several rulebooks of one
layer state a behavior, the windows are cut with each other and the strictest default holds, so the order of rulebooks
does not matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, NamedTuple

from profiles.resolution.types import Limit, Reason
from profiles.rulebook.domains import Point, Window
from profiles.rulebook.model import AtLeastAsStrict, Behavior, Citation, Conflict, Kind, Layer, Rule, Rulebook

# From weakest to strongest: where rulebooks disagree about a kind, the stronger promise holds.
_STRENGTH: Final = (Kind.FILTER, Kind.DEFAULT, Kind.HONESTY, Kind.PROTECTION, Kind.BRIGHT_LINE)
_LOCKS: Final = {Kind.BRIGHT_LINE: Reason.LOCKED_BRIGHT_LINE, Kind.PROTECTION: Reason.LOCKED_PROTECTION}
_LOCKED_BY: Final = {Layer.PLATFORM: Reason.LOCKED_PLATFORM, Layer.LAW: Reason.LOCKED_LAW}


class PreparedRule(NamedTuple):
    """A rule with the limit that it becomes: one while nobody claims its attestation, another once a claim lapsed."""

    behavior: str
    facts: int  # where its condition on facts stands in ``Compiled.fact_conditions``
    without: str | None
    strict: AtLeastAsStrict | None
    missing: Limit
    lapsed: Limit


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """One object for each set of rulebooks, so it may be compared, and remembered by, its identity."""

    behaviors: Mapping[str, Behavior]
    base_limits: Mapping[str, Limit]
    law_limits: Mapping[str, tuple[Limit, ...]]  # what law packs say about behaviors that the platform states
    rules: tuple[PreparedRule, ...]  # that do not look at another behavior
    chained_rules: tuple[PreparedRule, ...]  # that do
    fact_conditions: tuple[tuple[tuple[str, str], ...], ...]  # each once: many rules share one
    conflicts: tuple[tuple[Conflict, Layer], ...]
    attestations: frozenset[str]  # the kinds that some rule asks for
    lifted: frozenset[str]  # behaviors that a rule or a law may make more permissive by raising a floor


def compiled(rulebooks: Iterable[Rulebook]) -> Compiled:
    return _compiled(tuple(sorted(rulebooks, key=lambda book: (book.layer != Layer.PLATFORM, book.digest))))


@lru_cache(maxsize=256)
def _compiled(rulebooks: tuple[Rulebook, ...]) -> Compiled:
    platforms, laws = (_stated(rulebooks, layer) for layer in (Layer.PLATFORM, Layer.LAW))
    behaviors = dict(sorted({**laws, **platforms}.items()))
    law_limits = _law_limits(rulebooks, platforms)
    conditions: dict[tuple[tuple[str, str], ...], int] = {}
    rules = [
        _prepared(rule, book.layer, conditions)
        for book in rulebooks
        for rule in book.rules
        if rule.behavior in behaviors and book.behaviors[rule.behavior].domain == behaviors[rule.behavior].domain
    ]
    return Compiled(
        behaviors=behaviors,
        base_limits={
            key: _base_limit(behavior, Layer.PLATFORM if key in platforms else Layer.LAW)
            for key, behavior in behaviors.items()
        },
        law_limits=law_limits,
        rules=tuple(rule for rule in rules if rule.strict is None),
        chained_rules=tuple(rule for rule in rules if rule.strict is not None),
        fact_conditions=tuple(conditions),
        conflicts=tuple((conflict, book.layer) for book in rulebooks for conflict in book.conflicts),
        attestations=frozenset(rule.when.without for book in rulebooks for rule in book.rules if rule.when.without),
        lifted=frozenset(
            {rule.behavior for rule in rules if rule.missing.floor is not None}
            | {key for key, limits in law_limits.items() if any(limit.floor is not None for limit in limits)}
        ),
    )


def _stated(rulebooks: Iterable[Rulebook], layer: Layer) -> dict[str, Behavior]:
    behaviors: dict[str, Behavior] = {}
    for book in rulebooks:
        for key, behavior in book.behaviors.items():
            if behavior.is_stated and book.layer is layer:
                known = behaviors.get(key)
                behaviors[key] = _merged(known, behavior) if known else behavior
    return behaviors


def _law_limits(rulebooks: Iterable[Rulebook], platforms: Mapping[str, Behavior]) -> dict[str, tuple[Limit, ...]]:
    found: dict[str, tuple[Limit, ...]] = {}
    for book in rulebooks:
        for key, behavior in book.behaviors.items():
            if book.layer is Layer.LAW and behavior.is_stated and key in platforms:
                found[key] = (*found.get(key, ()), _law_limit(book, behavior, platforms[key]))
    return found


def _law_limit(book: Rulebook, behavior: Behavior, platforms: Behavior) -> Limit:
    # A law that speaks of other values than the platform leaves no common ground, so the strictest one holds.
    strictest = platforms.domain.strictest
    window = behavior.product if behavior.domain == platforms.domain else Window(strictest, strictest)
    return _limit(Layer.LAW, Reason.LOCKED_LAW, behavior.because, behavior.citation, book.platform, *window)


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


def _base_limit(behavior: Behavior, layer: Layer) -> Limit:
    """The window that the behavior's own rulebook gives, as a limit."""
    reason = _LOCKS.get(behavior.kind, _LOCKED_BY[layer])
    return _limit(layer, reason, behavior.because, behavior.citation, "window", *behavior.product)


def _prepared(rule: Rule, layer: Layer, conditions: dict[tuple[tuple[str, str], ...], int]) -> PreparedRule:
    def limit(reason: Reason) -> Limit:
        return _limit(layer, reason, rule.because, rule.citation, rule.id, rule.floor, rule.ceiling, rule.when.without)

    when = rule.when
    facts = conditions.setdefault(tuple(when.facts.items()), len(conditions))
    if when.without is None:
        missing = lapsed = limit(Reason.LOCKED_LAW if layer is Layer.LAW else Reason.RULE)
    else:
        missing, lapsed = limit(Reason.ATTESTATION_MISSING), limit(Reason.ATTESTATION_EXPIRED)
    return PreparedRule(rule.behavior, facts, when.without, when.strict, missing, lapsed)


def _limit(
    layer: Layer,
    reason: Reason,
    because: str,
    citation: Citation,
    source: str,
    floor: Point | None,
    ceiling: Point | None,
    attestation: str | None = None,
) -> Limit:
    return Limit(layer, reason, because, citation, source, attestation, floor, ceiling)
