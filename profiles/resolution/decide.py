"""One behavior on its way down the layers: at each the window is cut, then the value picked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from profiles.resolution.merge import WINDOWS
from profiles.resolution.types import Clamp, Decision, Hold, Layers, LayerSettings, Limit, Reason
from profiles.rulebook.domains import Domain, MalformedValue, Point, Raw, Window
from profiles.rulebook.model import Behavior, Layer

_UNSET: Final = object()
_WAIVER: Final = "Users may waive this for themselves: the right is theirs, and no product narrows it."
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
    """Walks one behavior down the layers: at each, cut the window, then pick the value. ``base`` is the window that
    the behavior's own rulebook gives, as a limit."""

    __slots__ = ("base", "behavior", "clamps", "decided_by", "domain", "layers", "limit", "reason", "value")

    def __init__(self, behavior: Behavior, base: Limit, layers: Layers) -> None:
        self.behavior, self.base, self.layers = behavior, base, layers
        self.domain: Domain = behavior.domain
        self.value: Point = behavior.default
        self.decided_by, self.reason = base.layer, Reason.DEFAULT
        self.limit: Limit | None = None
        self.clamps: list[Clamp] = []

    def run(self, limits: Sequence[Limit], user_limits: Sequence[Limit]) -> Decision:
        behavior, layers = self.behavior, self.layers
        if len(limits) > 1:
            # Among limits that bind alike the same one is named whatever the order of the rules: one that no
            # attestation opens before one that would send somebody to claim it in vain.
            limits = sorted(limits, key=_naming_order)
        organization = self.cut(behavior.organization, limits) if limits else behavior.organization
        self.settle(Layer.ORGANIZATION, layers.organization, organization, limits)
        if self.reason is Reason.SET:
            self.reason = Reason.INHERITED

        left = self.left(Layer.ORGANIZATION, layers.organization)
        if left:
            limits = [*limits, *left]
        # One window for both layers is what most behaviors have.
        shared = behavior.product is behavior.organization and not left
        product = organization if shared else self.cut(behavior.product, limits)
        self.settle(Layer.PRODUCT, layers.product, product, limits)
        if product[0] == product[1]:
            self.name_lock(product, limits)
        operator = self.value

        user = self.user_window(product, limits, user_limits)
        self.pick_for_user(user, limits, user_limits)
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
            _lowering(product, limits) if product.ceiling != behavior.product.ceiling else None,
        )

    def cut(self, window: Window, limits: Iterable[Limit]) -> Window:
        narrow, yielding = self.domain.narrow, None
        for limit in limits:
            if limit.yields:
                yielding = [*yielding, limit] if yielding else [limit]
                continue
            floor = window[0] if limit.floor is None else limit.floor
            window = narrow(window, floor, window[1] if limit.ceiling is None else limit.ceiling)
        # Those that yield come last and stop at the floor: below it, the value would rise again as soon as the conflict
        # is gone from what is stored.
        for limit in yielding or ():
            window = narrow(window, window.floor, self.domain.join(window.floor, limit.ceiling))
        return window

    def left(self, layer: Layer, settings: LayerSettings) -> Sequence[Limit]:
        """The window that a layer leaves to those below it, as a limit. Bounds that cannot be read (a level that a
        newer rulebook dropped) narrow to the strictest value: the safe reading of a limit that somebody set."""
        stored = settings.windows.get(self.behavior.key)
        if stored is None:
            return ()
        bounds = stored if isinstance(stored, Mapping) else {"ceiling": None}
        floor, ceiling = (bound(self.domain, bounds[name]) if name in bounds else None for name in ("floor", "ceiling"))
        because = f"The {layer} allows less here."
        citation = self.behavior.citation
        return [Limit(layer, Reason.LOCKED_ORGANIZATION, because, citation, "window", None, floor, ceiling)]

    def settle(self, layer: Layer, settings: LayerSettings, window: Window, limits: Sequence[Limit]) -> None:
        """``pick``, unless nothing is wished and what came from above fits."""
        value = self.value
        if self.behavior.key in settings.values or self.domain.clamp(value, window) != value:
            self.pick(layer, settings, window, limits)

    def pick(self, layer: Layer, settings: LayerSettings, window: Window, limits: Sequence[Limit]) -> None:
        """Take the layer's wish if it has one, else keep what came from above; either way stay inside the window."""
        raw = settings.values.get(self.behavior.key, _UNSET)
        wanted, is_set = self.value, False
        if raw is not _UNSET:
            try:
                wanted, is_set = self.domain.parse(raw), True
            except MalformedValue as error:
                got = self.domain.clamp(wanted, window)
                self.refuse(layer, raw, got, Reason.MALFORMED_VALUE, f"The value {error}.")
        value = self.domain.clamp(wanted, window)
        if value != wanted:
            binding = self.binding(layer, wanted, limits)
            self.decided_by, self.reason, self.limit = binding.layer, self.why(wanted, window, binding), binding
            if is_set:
                self.refuse(layer, raw, value, self.reason, binding.because, binding)
        elif is_set:
            self.decided_by, self.reason, self.limit = layer, Reason.SET, None
        self.value = value

    def why(self, wanted: Point, window: Window, binding: Limit) -> Reason:
        if binding.reason in _LOCKED and not window.is_lock:
            return Reason.BELOW_FLOOR if self.domain.leq(wanted, window.ceiling) else Reason.ABOVE_CEILING
        return binding.reason

    def binding(self, layer: Layer, wanted: Point, limits: Sequence[Limit]) -> Limit:
        """The limit to name when ``wanted`` is cut: of those that forbid it, the one that cuts deepest. The platform's
        own window for the layer goes first, since no attestation opens it."""
        base = self.base
        if layer is Layer.ORGANIZATION:
            floor, ceiling = self.behavior.organization
            base = base._replace(floor=floor, ceiling=ceiling)
        forbidding = [limit for limit in (base, *limits) if self.forbids(limit, wanted)]
        if not forbidding or forbidding[0] is base:
            return base
        deepest = forbidding[0]
        for limit in forbidding[1:]:
            if self.cuts_deeper(limit, deepest):
                deepest = limit
        return deepest

    def cuts_deeper(self, limit: Limit, other: Limit) -> bool:
        """A ceiling before a floor; of two ceilings the lower one, of two floors the higher one."""
        if limit.ceiling is None or other.ceiling is None:
            if limit.ceiling is not None or other.ceiling is not None:
                return limit.ceiling is not None
            return limit.floor != other.floor and self.domain.leq(other.floor, limit.floor)
        return bool(limit.ceiling != other.ceiling and self.domain.leq(limit.ceiling, other.ceiling))

    def forbids(self, limit: Limit, wanted: Point) -> bool:
        return (limit.ceiling is not None and not self.domain.leq(wanted, limit.ceiling)) or (
            limit.floor is not None and not self.domain.leq(limit.floor, wanted)
        )

    def name_lock(self, window: Window, limits: Sequence[Limit]) -> None:
        """A window of one value was nobody's choice below: say who locked it, whether or not anybody wished."""
        if self.behavior.product.is_lock:
            binding = self.base
        else:
            binding = _lowering(window, limits) or next((one for one in limits if one.floor == window.floor), limits[0])
        self.decided_by, self.reason, self.limit = binding.layer, binding.reason, binding

    # The user's layer

    def user_window(self, product: Window, limits: Sequence[Limit], user_limits: Sequence[Limit]) -> Window:
        given = self.behavior.user
        if given.waiver:
            # A right of the user's own: rules still bind it, the operator's choices do not.
            binding = [limit for limit in limits if limit.layer in (Layer.PLATFORM, Layer.LAW)]
            window = self.cut(given.window, [*binding, *user_limits])
            if self.layers.product.windows.get(self.behavior.key) not in (None, self.dumped(window)):
                self.refuse_window(window, Reason.LOCKED_PROTECTION, _WAIVER)
            return window
        granted = self.left(Layer.PRODUCT, self.layers.product)
        if granted:
            most = self.domain.narrow(self.cut(given.window, limits), *product)
            window = self.cut(most, [self.inside(most, limit) for limit in granted])
            self.judge_window(most, window, limits)
        elif given.grant == "none":
            window = Window(self.value, self.value)
        else:
            most = self.value if given.grant == "operator" else product.ceiling
            window = self.domain.narrow(self.cut(given.window, limits), product.floor, most)
        # Whoever wishes something stricter than the users' floor keeps the operator's value at most: a wish for less
        # must not give more.
        if window.floor != self.value and not self.domain.leq(window.floor, self.value):
            window = self.with_operator(window)
        return self.cut(window, user_limits) if user_limits else window

    def inside(self, most: Window, limit: Limit) -> Limit:
        """What a product leaves to its users is a wish: a bound beyond all that it could leave stands for the nearest
        one that it could, also where that is less strict."""
        floor, ceiling = (
            None if point is None else self.domain.clamp(point, most) for point in (limit.floor, limit.ceiling)
        )
        return limit._replace(floor=floor, ceiling=ceiling)

    def judge_window(self, most: Window, got: Window, limits: Sequence[Limit]) -> None:
        """Say what of the window that the product leaves to its users cannot be honored. ``most`` is all that it could
        leave them."""
        try:
            wanted = self.wanted_window()
        except MalformedValue as error:
            self.refuse_window(got, Reason.MALFORMED_VALUE, f"What users may choose {error}.")
            return
        outside = next((point for point in reversed(wanted) if not self.domain.contains(most, point)), None)
        if outside is None:
            return
        given = self.behavior.user.window
        binding = self.binding(Layer.USER, outside, limits)
        if self.forbids(binding, outside):
            self.refuse_window(got, self.why(outside, most, binding), binding.because, binding)
        elif given.is_lock:
            self.refuse_window(got, Reason.NOT_ADJUSTABLE_BY_USER, "The platform lets no user change this.")
        else:
            reason = Reason.BELOW_FLOOR if self.domain.leq(outside, given.ceiling) else Reason.ABOVE_CEILING
            self.refuse_window(got, reason, "The platform lets users choose less than this.")

    def wanted_window(self) -> Window:
        """What the product wants to leave to its users. A bound that is not given leaves all there is."""
        stored = self.layers.product.windows[self.behavior.key]
        if not isinstance(stored, Mapping):
            raise MalformedValue("must have a floor and a ceiling")
        floor, ceiling = (self.domain.parse(stored[name]) if name in stored else None for name in ("floor", "ceiling"))
        if floor is not None and ceiling is not None and not self.domain.leq(floor, ceiling):
            raise MalformedValue("must begin with a value that is at least as strict as the one it ends with")
        given = [point for point in (floor, ceiling) if point is not None]
        return Window(given[0], given[-1]) if given else Window(self.value, self.value)

    def refuse_window(self, got: Window, reason: Reason, because: str, binding: Limit | None = None) -> None:
        field, raw = f"{WINDOWS}{self.behavior.key}", self.layers.product.windows[self.behavior.key]
        citation = binding.citation if binding else self.behavior.citation
        self.clamps.append(Clamp(Layer.PRODUCT, field, raw, self.dumped(got), reason, because, citation))

    def dumped(self, window: Window) -> dict[str, Raw]:
        return {"floor": self.domain.dump(window.floor), "ceiling": self.domain.dump(window.ceiling)}

    def pick_for_user(self, window: Window, limits: Sequence[Limit], user_limits: Sequence[Limit]) -> None:
        preferences = self.layers.user
        raw = preferences.values.get(self.behavior.key, _UNSET)
        if raw is _UNSET:
            if user_limits:  # the user's own preferences set off a rule: it binds here even without a wish
                self.pick(Layer.USER, LayerSettings(), self.with_operator(window), [*limits, *user_limits])
            return
        operator = self.value
        if window != Window(operator, operator) or self.behavior.user.waiver:
            given = self.behavior.user.window
            self.base = self.base._replace(floor=given.floor, ceiling=given.ceiling)
            self.pick(Layer.USER, preferences, window, [*limits, *user_limits])
            return
        try:
            wanted = self.domain.parse(raw)
        except MalformedValue as error:
            self.refuse(Layer.USER, raw, operator, Reason.MALFORMED_VALUE, f"The value {error}.")
            return
        if wanted != operator:
            because = "Users of this product cannot change this."
            self.refuse(Layer.USER, raw, operator, Reason.NOT_ADJUSTABLE_BY_USER, because)

    def with_operator(self, window: Window) -> Window:
        """``window`` reaching down to the operator's value, which holds where the user wishes nothing."""
        return Window(self.domain.meet(window.floor, self.value), window.ceiling)

    def refuse(
        self, layer: Layer, raw: Any, got: Point, reason: Reason, because: str, binding: Limit | None = None
    ) -> None:
        citation = binding.citation if binding else self.behavior.citation
        self.clamps.append(Clamp(layer, self.behavior.key, raw, self.domain.dump(got), reason, because, citation))


def _lowering(window: Window, limits: Iterable[Limit]) -> Limit | None:
    """The first limit whose ceiling is the window's."""
    for limit in limits:
        if limit.ceiling == window.ceiling:
            return limit
    return None


def limit_of(hold: Hold, behavior: Behavior) -> Limit:
    """A hold as a limit on the behavior that it names."""
    reason = Reason.LOCKED_ORGANIZATION if hold.layer is Layer.ORGANIZATION else Reason.LOCKED_PLATFORM
    ceiling = bound(behavior.domain, hold.ceiling)
    return Limit(hold.layer, reason, hold.because, behavior.citation, hold.source, None, None, ceiling)


def bound(domain: Domain, raw: Any) -> Point:
    try:
        return domain.parse(raw)
    except MalformedValue:
        return domain.strictest


def _naming_order(limit: Limit) -> tuple[bool, str]:
    return limit.attestation is not None, limit.source
