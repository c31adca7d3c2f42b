"""One behavior on its way down the layers: at each the window is cut, then the value picked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from profiles.resolution.types import Clamp, Decision, Layers, LayerSettings, Limit, Reason
from profiles.rulebook.domains import Domain, MalformedValue, Point, Window
from profiles.rulebook.model import Behavior, Layer

_LOCKED: Final = frozenset(
    {
        Reason.LOCKED_BRIGHT_LINE,
        Reason.LOCKED_PROTECTION,
        Reason.LOCKED_PLATFORM,
        Reason.LOCKED_LAW,
        Reason.LOCKED_ORGANIZATION,
    }
)


class Decider:
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
            self.lowered_by(product, limits),
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

    def lowered_by(self, window: Window, limits: list[Limit]) -> Limit | None:
        if window.ceiling == self.behavior.product.ceiling:
            return None
        return next((limit for limit in limits if limit.ceiling == window.ceiling), None)

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
