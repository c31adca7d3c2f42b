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

from profiles.resolution.compiled import Compiled, PreparedRule, compiled
from profiles.resolution.decide import Decider, limit_of
from profiles.resolution.merge import WINDOWS
from profiles.resolution.types import Attestation, Clamp, Decision, Layers, Limit, Reason, Resolution
from profiles.rulebook.model import Conflict, Layer, Rulebook, has_fact

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
        rulebooks: the platform's rulebook, and law packs, which count where ``facts`` and ``now`` put them in force.
        facts: of the product: a text, or a list of texts, by name.
        attestations: all of the organization's and product's, whatever their state.
        layers: raw, untrusted settings of organization, product and user.
        now: an aware instant.

    Returns:
        A decision for every stated behavior. It never raises for any settings, facts or attestations: what cannot be
        honored is clamped to the nearest permitted value and listed with its reason.
    """
    reaching = [item for item in rulebooks if not item.applies or item.applies_to(facts)]
    book, claims = compiled([item for item in reaching if item.is_in_force(now)]), tuple(attestations)
    counting = frozenset(claim.kind for claim in claims if claim.counts(now))
    losers, touched = _Losers(), _touched(book, layers)
    if any(_may_clash(conflict, book, touched) for conflict, _layer in book.conflicts):
        # Conflicts are judged as if every attestation counted: else one that ends would end a conflict, and so
        # loosen the behavior that had to yield.
        judged = _Pass(book, facts, claims, layers, touched, book.attestations, losers)
        judged.run()
        losers = judged.losers()
    done = _Pass(book, facts, claims, layers, touched, counting, losers)
    done.run()
    return Resolution(
        decisions=done.decisions,
        clamped=(
            *(clamp for key in sorted(done.clamps) for clamp in done.clamps[key]),
            *_unknown(book, layers),
        ),
        now=now,
        valid_until=min(_turns(book, reaching, claims, now), default=None),
    )


def _turns(
    book: Compiled, reaching: Iterable[Rulebook], claims: Iterable[Attestation], now: datetime
) -> list[datetime]:
    """The known instants after which something else may hold: an attestation ends, a law pack begins or ends."""
    ends = [claim.ends_at for claim in claims if claim.counts(now) and claim.kind in book.attestations]
    return [*ends, *(instant for item in reaching for instant in item.turns(now))]


def _unknown(book: Compiled, layers: Layers) -> tuple[Clamp, ...]:
    named = (
        (Layer.ORGANIZATION, layers.organization),
        (Layer.PRODUCT, layers.product),
        (Layer.USER, layers.user),
    )
    windows = layers.product.windows
    return (
        *(
            Clamp(layer, key, settings.values[key], None, Reason.UNKNOWN_BEHAVIOR, _UNKNOWN, None)
            for layer, settings in named
            for key in sorted(settings.values.keys() - book.behaviors.keys(), key=str)
        ),
        *(
            Clamp(Layer.PRODUCT, f"{WINDOWS}{key}", windows[key], None, Reason.UNKNOWN_BEHAVIOR, _UNKNOWN, None)
            for key in sorted(windows.keys() - book.behaviors.keys(), key=str)
        ),
    )


@dataclass(frozen=True, slots=True)
class _Losers:
    """The limits of those that yield: to everybody, and (by the user's own preferences) to the user."""

    operator: tuple[tuple[str, Limit], ...] = ()
    user: tuple[tuple[str, Limit], ...] = ()


def _touched(book: Compiled, layers: Layers) -> frozenset[str]:
    """The behaviors about which some layer says something."""
    named = (layers.organization, layers.product, layers.user)
    said = {key for layer in named for chosen in (layer.values, layer.windows) for key in chosen}
    return frozenset(said.union(hold.behavior for hold in layers.holds).intersection(book.behaviors))


def _may_clash(conflict: Conflict, book: Compiled, touched: frozenset[str]) -> bool:
    """Whether anything but this product's defaults, which rules only make stricter, could bring the two together."""
    untouched = _untouched(book)
    return all(
        key in touched
        or key in book.lifted
        or (key in untouched and untouched[key].behavior.domain.leq(point, untouched[key].operator))
        for key, point in (conflict.first, conflict.second)
    )


class _Pass:
    """One walk over all behaviors. ``limits`` bind everybody, ``user_limits`` only the user's layer."""

    def __init__(
        self,
        book: Compiled,
        facts: Mapping[str, Any],
        claims: tuple[Attestation, ...],
        layers: Layers,
        touched: frozenset[str],
        counting: frozenset[str],
        losers: _Losers,
    ) -> None:
        self.book, self.layers, self.counting = book, layers, counting
        self.fact_holds = [
            all(has_fact(facts.get(name), value) for name, value in condition) for condition in book.fact_conditions
        ]
        self.claimed = frozenset(claim.kind for claim in claims)
        self.limits: dict[str, list[Limit]] = {key: list(limits) for key, limits in book.law_limits.items()}
        self.user_limits: dict[str, list[Limit]] = {}
        self.touched, self.lost = touched, losers
        # What nobody speaks of and no rule reaches keeps what was decided once for all products.
        self.decisions: dict[str, Decision] = dict(_untouched(book))
        self.clamps: dict[str, list[Clamp]] = {}

    def run(self) -> None:
        self.gather()
        for key in self.touched.union(self.limits):
            self.decide(key)
        waiting = self.fire(self.limits, self.book.chained_rules, "operator") if self.book.chained_rules else []
        for key, limit in self.lost.user:
            self.user_limits.setdefault(key, []).append(limit)
            self.decide(key)
        if waiting and self.layers.user.values:
            self.fire(self.user_limits, waiting, "value")

    def gather(self) -> None:
        """The limits that are known before anything is decided."""
        for rule in self.book.rules:
            if self.applies(rule):
                self.limits.setdefault(rule.behavior, []).append(self.limit_of(rule))
        for hold in self.layers.holds:
            if hold.behavior in self.book.behaviors:
                limit = limit_of(hold, self.book.behaviors[hold.behavior])
                self.limits.setdefault(hold.behavior, []).append(limit)
        for key, limit in self.lost.operator:
            self.limits.setdefault(key, []).append(limit)

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

    def applies(self, rule: PreparedRule) -> bool:
        """Whether the parts of the condition that do not look at other behaviors hold."""
        return self.fact_holds[rule.facts] and rule.without not in self.counting

    def fire(self, limits: dict[str, list[Limit]], rules: Iterable[PreparedRule], layer: str) -> list[PreparedRule]:
        """Let chained rules act on the values of ``layer`` until none does; returns those that did not."""
        waiting = look = [rule for rule in rules if self.applies(rule)]
        while fired := [rule for rule in look if self.is_strict(rule, layer)]:
            for rule in fired:
                limits.setdefault(rule.behavior, []).append(self.limit_of(rule))
            decided = {rule.behavior for rule in fired}
            for key in decided:
                self.decide(key)
            done = {id(rule) for rule in fired}  # by identity: comparing rules compares all their words
            waiting = [rule for rule in waiting if id(rule) not in done]
            look = [rule for rule in waiting if rule.strict and rule.strict.behavior in decided]
        return waiting

    def is_strict(self, rule: PreparedRule, layer: str) -> bool:
        strict = rule.strict
        assert strict is not None
        decision = self.decisions.get(strict.behavior)
        return decision is not None and decision.behavior.domain.leq(getattr(decision, layer), strict.value)

    def limit_of(self, rule: PreparedRule) -> Limit:
        return rule.lapsed if rule.without in self.claimed else rule.missing

    # One behavior

    def decide(self, key: str) -> None:
        decider = Decider(self.book.behaviors[key], self.book.base_limits[key], self.layers)
        self.decisions[key] = decider.run(self.limits.get(key, ()), self.user_limits.get(key, ()))
        if decider.clamps:
            self.clamps[key] = decider.clamps
        else:
            self.clamps.pop(key, None)


@lru_cache(maxsize=256)
def _untouched(book: Compiled) -> Mapping[str, Decision]:
    """What holds where nobody set anything and no rule applies: most behaviors of most products."""
    return {
        key: Decider(behavior, book.base_limits[key], Layers()).run((), ()) for key, behavior in book.behaviors.items()
    }


def _yielding(conflict: Conflict, layer: Layer) -> Limit:
    return Limit(
        layer, Reason.RULE, conflict.because, conflict.citation, conflict.id, None, None, conflict.to, yields=True
    )
