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
from profiles.resolution.types import (
    Attestation,
    Clamp,
    Decision,
    Layers,
    LayerSettings,
    Limit,
    Reason,
    Resolution,
)
from profiles.rulebook.domains import Domain, MalformedValue, Point, Window
from profiles.rulebook.model import Behavior, Conflict, Layer, Rule, Rulebook

_LOCKED: Final = frozenset(
    {
        Reason.LOCKED_BRIGHT_LINE,
        Reason.LOCKED_PROTECTION,
        Reason.LOCKED_PLATFORM,
        Reason.LOCKED_LAW,
        Reason.LOCKED_ORGANIZATION,
    }
)
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
        decider = _Decider(self.book.behaviors[key], self.book.base_limits[key], self.layers)
        self.decisions[key] = decider.run(self.limits.get(key, []), self.user_limits.get(key, []))
        if decider.clamps:
            self.clamps[key] = decider.clamps
        else:
            self.clamps.pop(key, None)


@lru_cache(maxsize=256)
def _untouched(book: Compiled) -> Mapping[str, Decision]:
    """What holds where nobody set anything and no rule applies: most behaviors of most products."""
    return {
        key: _Decider(behavior, book.base_limits[key], Layers()).run([], []) for key, behavior in book.behaviors.items()
    }


class _Decider:
    """Walks one behavior down the layers: at each, cut the window, then pick the value."""

    def __init__(self, behavior: Behavior, base: Limit, layers: Layers) -> None:
        self.behavior, self.base, self.layers = behavior, base, layers
        self.domain: Domain = behavior.domain
        self.value: Point = behavior.default
        self.decided_by, self.reason = Layer.PLATFORM, Reason.DEFAULT
        self.limit: Limit | None = None
        self.clamps: list[Clamp] = []

    def run(self, limits: list[Limit], user_limits: list[Limit]) -> Decision:
        behavior, layers = self.behavior, self.layers
        # Among limits that bind alike the same one is named whatever the order of the rules: one that no attestation
        # opens before one that would send somebody to claim it in vain.
        limits = sorted(limits, key=lambda limit: (limit.attestation is not None, limit.source))
        organization = self.cut(behavior.organization, limits)
        self.pick(Layer.ORGANIZATION, layers.organization, organization, limits)
        if self.reason is Reason.SET:
            self.reason = Reason.INHERITED

        limits = [*limits, *self.left(Layer.ORGANIZATION, layers.organization)]
        product = self.cut(behavior.product, limits)
        self.pick(Layer.PRODUCT, layers.product, product, limits)
        self.name_lock(product, limits)
        operator = self.value

        user = self.user_window(product, limits, user_limits)
        self.pick_for_user(user, [*limits, *user_limits], bool(user_limits))
        return Decision(
            behavior,
            self.value,
            self.decided_by,
            self.reason,
            operator,
            organization,
            product,
            user,
            self.limit,
        )

    def cut(self, window: Window, limits: Iterable[Limit]) -> Window:
        # Those that yield come last and stop at the floor: below it, the value would rise again as soon as the conflict
        # is gone from what is stored.
        for limit in sorted(limits, key=lambda limit: limit.yields):
            floor = window.floor if limit.floor is None else limit.floor
            ceiling = window.ceiling if limit.ceiling is None else limit.ceiling
            if limit.yields:
                ceiling = self.domain.join(window.floor, ceiling)
            window = self.domain.narrow(window, floor, ceiling)
        return window

    def left(self, layer: Layer, settings: LayerSettings) -> list[Limit]:
        """The window that a layer leaves to those below it, as a limit. Bounds that cannot be read (a level that a
        newer rulebook dropped) narrow to the strictest value: the safe reading of a limit that somebody set."""
        stored = settings.windows.get(self.behavior.key)
        if stored is None:
            return []
        bounds = stored if isinstance(stored, Mapping) else {"ceiling": None}
        floor, ceiling = (self.bound(bounds, name) for name in ("floor", "ceiling"))
        because = f"The {layer} allows less here."
        return [
            Limit(
                layer,
                Reason.LOCKED_ORGANIZATION,
                because,
                self.behavior.citation,
                "window",
                None,
                floor,
                ceiling,
            )
        ]

    def bound(self, bounds: Mapping[str, Any], name: str) -> Point | None:
        if name not in bounds:
            return None
        try:
            return self.domain.parse(bounds[name])
        except MalformedValue:
            return self.domain.strictest

    def pick(self, layer: Layer, settings: LayerSettings, window: Window, limits: list[Limit]) -> None:
        """Take the layer's wish if it has one, else keep what came from above; either way stay inside the window."""
        key = self.behavior.key
        wanted, is_set = self.value, False
        if key in settings.values:
            try:
                wanted, is_set = self.domain.parse(settings.values[key]), True
            except MalformedValue as error:
                got = self.domain.clamp(wanted, window)
                self.refuse(layer, settings.values[key], got, Reason.MALFORMED_VALUE, f"The value {error}.")
        value = self.domain.clamp(wanted, window)
        if value != wanted:
            binding = self.binding(wanted, limits)
            self.decided_by, self.reason, self.limit = (
                binding.layer,
                self.why(wanted, window, binding),
                binding,
            )
            if is_set:
                self.refuse(layer, settings.values[key], value, self.reason, binding.because, binding)
        elif is_set:
            self.decided_by, self.reason, self.limit = layer, Reason.SET, None
        self.value = value

    def why(self, wanted: Point, window: Window, binding: Limit) -> Reason:
        if binding.reason in _LOCKED and not window.is_lock:
            return Reason.BELOW_FLOOR if self.domain.leq(wanted, window.floor) else Reason.ABOVE_CEILING
        return binding.reason

    def binding(self, wanted: Point, limits: list[Limit]) -> Limit:
        """The limit to name when ``wanted`` is cut: of those that forbid it, the one that cuts deepest. The platform's
        own window goes first, since no attestation opens it."""
        forbidding = [limit for limit in (self.base, *limits) if self.forbids(limit, wanted)]
        if not forbidding or forbidding[0] is self.base:
            return self.base
        deepest = forbidding[0]
        for limit in forbidding[1:]:
            if limit.ceiling is not None and (
                deepest.ceiling is None
                or (limit.ceiling != deepest.ceiling and self.domain.leq(limit.ceiling, deepest.ceiling))
            ):
                deepest = limit
        return deepest

    def forbids(self, limit: Limit, wanted: Point) -> bool:
        return (limit.ceiling is not None and not self.domain.leq(wanted, limit.ceiling)) or (
            limit.floor is not None and not self.domain.leq(limit.floor, wanted)
        )

    def name_lock(self, window: Window, limits: list[Limit]) -> None:
        """A window of one value was nobody's choice below: say who locked it, whether or not anybody wished."""
        if not window.is_lock:
            return
        if self.behavior.product.is_lock:
            binding = self.base
        else:
            binding = next(
                (limit for limit in limits if limit.ceiling == window.ceiling),
                next((limit for limit in limits if limit.floor == window.floor), limits[0]),
            )
        self.decided_by, self.reason, self.limit = binding.layer, binding.reason, binding

    # The user's layer

    def user_window(self, product: Window, limits: list[Limit], user_limits: list[Limit]) -> Window:
        given = self.behavior.user
        if given.waiver:
            # A right of the user's own: rules still bind it, the operator's choices do not.
            binding = [limit for limit in limits if limit.layer in (Layer.PLATFORM, Layer.LAW)]
            return self.cut(given.window, [*binding, *user_limits])
        window = self.domain.narrow(self.cut(given.window, limits), product.floor, product.ceiling)
        granted = self.left(Layer.PRODUCT, self.layers.product)
        if granted:
            window = self.cut(window, granted)
        elif given.grant == "operator":
            window = self.domain.narrow(window, window.floor, self.value)
        elif given.grant == "none":
            window = Window(self.value, self.value)
        return self.cut(window, user_limits)

    def pick_for_user(self, window: Window, limits: list[Limit], narrowed: bool) -> None:
        key, preferences = self.behavior.key, self.layers.user
        if key not in preferences.values:
            if narrowed:  # the user's own preferences set off a rule: it binds here even without a wish
                self.pick(Layer.USER, LayerSettings(), self.with_operator(window), limits)
            return
        operator = self.value
        if window != Window(operator, operator) or self.behavior.user.waiver:
            given = self.behavior.user.window
            self.base = self.base._replace(floor=given.floor, ceiling=given.ceiling)
            self.pick(Layer.USER, preferences, window, limits)
            return
        try:
            wanted = self.domain.parse(preferences.values[key])
        except MalformedValue as error:
            raw = preferences.values[key]
            self.refuse(Layer.USER, raw, operator, Reason.MALFORMED_VALUE, f"The value {error}.")
            return
        if wanted != operator:
            because = "Users of this product cannot change this."
            self.refuse(Layer.USER, preferences.values[key], operator, Reason.NOT_ADJUSTABLE_BY_USER, because)

    def with_operator(self, window: Window) -> Window:
        """``window`` reaching down to the operator's value, which holds where the user wishes nothing."""
        return Window(self.domain.meet(window.floor, self.value), window.ceiling)

    def refuse(
        self, layer: Layer, raw: Any, got: Point, reason: Reason, because: str, binding: Limit | None = None
    ) -> None:
        citation = binding.citation if binding else self.behavior.citation
        self.clamps.append(Clamp(layer, self.behavior.key, raw, self.domain.dump(got), reason, because, citation))


def _yielding(conflict: Conflict, layer: Layer) -> Limit:
    return Limit(
        layer, Reason.RULE, conflict.because, conflict.citation, conflict.id, None, None, conflict.to, yields=True
    )


def _has_fact(stored: Any, value: str) -> bool:
    """Whether a product's fact is, or contains, ``value``."""
    return value in stored if isinstance(stored, list | tuple) else stored == value
