"""Resolution: which value of every behavior holds, who decided it, and why.

A pure function without a clock. Everything is a window on an ordered domain and every rule only narrows windows, so
the order in which rules are looked at cannot matter and adding one cannot loosen anything. The laws are property
tests in ``profiles/tests/resolution/test_laws.py``.

How it goes: decide each behavior by itself under the rules that look at facts and attestations; then let the rules
that look at other behaviors fire, each at most once, until none does (values only get stricter, so this ends); then
the same for the user's layer, where what the user's preferences set off narrows the user's windows only. Where two
values conflict, a second pass runs with the loser's windows narrowed from the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from profiles.resolution.compiled import Compiled, SourcedRule, compiled
from profiles.resolution.decide import Decider
from profiles.resolution.types import (
    Attestation,
    Clamp,
    Decision,
    Layers,
    Limit,
    Reason,
    Resolution,
)
from profiles.rulebook.model import Conflict, Layer, Rule, Rulebook

_UNKNOWN: Final = "No rulebook that this product runs under states this behavior."


def resolve(
    rulebooks: Iterable[Rulebook],
    facts: Mapping[str, Any],
    attestations: Iterable[Attestation],
    layers: Layers,
    now: datetime,
) -> Resolution:
    """Resolve one product on one platform.

    Args:
        rulebooks: the platform's rulebook and the law packs that apply.
        facts: of the product: a text, or a list of texts, by name.
        attestations: all of the organization's and product's, whatever their state.
        layers: raw, untrusted settings of organization, product and user.
        now: an aware instant.

    Returns:
        A decision for every stated behavior. It never raises for any settings, facts or attestations: what cannot be
        honored is clamped to the nearest permitted value and listed with its reason.
    """
    book, claims = compiled(rulebooks), tuple(attestations)
    counting = frozenset(claim.kind for claim in claims if claim.counts(now))
    losers = _Losers()
    if book.conflicts:
        # Conflicts are judged as if every attestation counted: else one that ends would end a conflict, and so
        # loosen the behavior that had to yield.
        judged = _Pass(book, facts, claims, layers, book.attestations, losers)
        judged.run()
        losers = judged.losers()
    done = _Pass(book, facts, claims, layers, counting, losers)
    done.run()
    return Resolution(
        decisions=done.decisions,
        clamped=(
            *(clamp for key in sorted(done.clamps) for clamp in done.clamps[key]),
            *_unknown(book, layers),
        ),
        now=now,
        valid_until=min(
            (claim.ends_at for claim in claims if claim.counts(now) and claim.kind in book.attestations),
            default=None,
        ),
    )


def _unknown(book: Compiled, layers: Layers) -> tuple[Clamp, ...]:
    named = (
        (Layer.ORGANIZATION, layers.organization),
        (Layer.PRODUCT, layers.product),
        (Layer.USER, layers.user),
    )
    return tuple(
        Clamp(layer, key, settings.values[key], None, Reason.UNKNOWN_BEHAVIOR, _UNKNOWN, None)
        for layer, settings in named
        for key in sorted(settings.values.keys() - book.behaviors.keys(), key=str)
    )


@dataclass(frozen=True, slots=True)
class _Losers:
    """The limits of those that yield: to everybody, and (by the user's own preferences) to the user."""

    operator: tuple[tuple[str, Limit], ...] = ()
    user: tuple[tuple[str, Limit], ...] = ()


class _Pass:
    """One walk over all behaviors. ``limits`` bind everybody, ``user_limits`` only the user's layer."""

    def __init__(
        self,
        book: Compiled,
        facts: Mapping[str, Any],
        claims: tuple[Attestation, ...],
        layers: Layers,
        counting: frozenset[str],
        losers: _Losers,
    ) -> None:
        self.book, self.facts, self.claims, self.layers, self.counting = book, facts, claims, layers, counting
        self.limits: dict[str, list[Limit]] = {}
        self.user_limits: dict[str, list[Limit]] = {}
        self.lost = losers
        self.untouched = _untouched(book)
        named = (layers.organization, layers.product, layers.user)
        self.touched = {key for layer in named for chosen in (layer.values, layer.windows) for key in chosen}
        self.decisions: dict[str, Decision] = {}
        self.clamps: dict[str, list[Clamp]] = {}

    def run(self) -> None:
        for sourced in self.book.rules:
            if self.applies(sourced.rule):
                self.limits.setdefault(sourced.rule.behavior, []).append(self.limit_of(sourced))
        for key, limit in self.lost.operator:
            self.limits.setdefault(key, []).append(limit)
        for key in self.book.behaviors:
            self.decide(key)
        waiting = self.fire(self.limits, list(self.book.chained_rules), "operator")
        for key, limit in self.lost.user:
            self.user_limits.setdefault(key, []).append(limit)
            self.decide(key)
        if self.layers.user.values:
            self.fire(self.user_limits, waiting, "value")

    def losers(self) -> _Losers:
        """The conflicts that exist between the operator's values, and those that the user's preferences add."""
        everybody = [item for item in self.book.conflicts if self.clashes(item[0], "operator")]
        users = [item for item in self.book.conflicts if item not in everybody and self.clashes(item[0], "value")]
        return _Losers(*(tuple((c.yields, _yielding(c, layer)) for c, layer in found) for found in (everybody, users)))

    def clashes(self, conflict: Conflict, layer: str) -> bool:
        return all(
            (decision := self.decisions.get(key)) is not None
            and decision.behavior.domain.leq(point, getattr(decision, layer))
            for key, point in (conflict.first, conflict.second)
        )

    def applies(self, rule: Rule) -> bool:
        """Whether the parts of the condition that do not look at other behaviors hold."""
        when = rule.when
        if when.without is not None and when.without in self.counting:
            return False
        return all(_has_fact(self.facts.get(name), value) for name, value in when.facts.items())

    def fire(self, limits: dict[str, list[Limit]], waiting: list[SourcedRule], layer: str) -> list[SourcedRule]:
        """Let chained rules act on the values of ``layer`` until none does; returns those that did not."""
        while True:
            fired = [item for item in waiting if self.applies(item.rule) and self.is_strict(item.rule, layer)]
            if not fired:
                return waiting
            for item in fired:
                limits.setdefault(item.rule.behavior, []).append(self.limit_of(item))
            for key in {item.rule.behavior for item in fired}:
                self.decide(key)
            waiting = [item for item in waiting if item not in fired]

    def is_strict(self, rule: Rule, layer: str) -> bool:
        strict = rule.when.strict
        assert strict is not None
        decision = self.decisions.get(strict.behavior)
        return decision is not None and decision.behavior.domain.leq(getattr(decision, layer), strict.value)

    def limit_of(self, sourced: SourcedRule) -> Limit:
        rule, layer = sourced.rule, sourced.layer
        reason = Reason.LOCKED_LAW if layer is Layer.LAW else Reason.RULE
        if rule.when.without is not None:
            lapsed = any(claim.kind == rule.when.without for claim in self.claims)
            reason = Reason.ATTESTATION_EXPIRED if lapsed else Reason.ATTESTATION_MISSING
        return Limit(layer, reason, rule.because, rule.citation, rule.id, rule.when.without, rule.floor, rule.ceiling)

    # One behavior

    def decide(self, key: str) -> None:
        if key not in self.touched and key not in self.limits and key not in self.user_limits:
            self.decisions[key] = self.untouched[key]
            return
        decider = Decider(self.book.behaviors[key], self.book.base_limits[key], self.layers)
        self.decisions[key] = decider.run(self.limits.get(key, []), self.user_limits.get(key, []))
        if decider.clamps:
            self.clamps[key] = decider.clamps
        else:
            self.clamps.pop(key, None)


@lru_cache(maxsize=256)
def _untouched(book: Compiled) -> Mapping[str, Decision]:
    """What holds where nobody set anything and no rule applies: most behaviors of most products."""
    return {
        key: Decider(behavior, book.base_limits[key], Layers()).run([], []) for key, behavior in book.behaviors.items()
    }


def _yielding(conflict: Conflict, layer: Layer) -> Limit:
    return Limit(
        layer, Reason.RULE, conflict.because, conflict.citation, conflict.id, None, None, conflict.to, yields=True
    )


def _has_fact(stored: Any, value: str) -> bool:
    """Whether a product's fact is, or contains, ``value``."""
    return value in stored if isinstance(stored, list | tuple) else stored == value
