"""The inputs and results of ``resolve``: plain immutable data, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from profiles.rulebook.domains import Point, Raw, Window
from profiles.rulebook.model import Behavior, Citation, Layer


class Reason(StrEnum):
    """Why a value is what it is, or why a wanted value was not given."""

    DEFAULT = "default"
    SET = "set"
    INHERITED = "inherited"
    LOCKED_BRIGHT_LINE = "locked_bright_line"
    LOCKED_PROTECTION = "locked_protection"
    LOCKED_PLATFORM = "locked_platform"
    LOCKED_LAW = "locked_law"
    LOCKED_ORGANIZATION = "locked_organization"
    ABOVE_CEILING = "above_ceiling"
    BELOW_FLOOR = "below_floor"
    ATTESTATION_MISSING = "attestation_missing"
    ATTESTATION_EXPIRED = "attestation_expired"
    RULE = "rule"
    NOT_ADJUSTABLE_BY_USER = "not_adjustable_by_user"
    UNKNOWN_BEHAVIOR = "unknown_behavior"
    MALFORMED_VALUE = "malformed_value"


@dataclass(frozen=True, slots=True)
class Attestation:
    """A granted claim. It counts from ``granted_at`` until, and not at, ``expires_at`` or ``revoked_at``."""

    kind: str
    granted_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        return self.expires_at if self.revoked_at is None else min(self.expires_at, self.revoked_at)

    def counts(self, now: datetime) -> bool:
        return self.granted_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class LayerSettings:
    """What one layer chose: ``values`` by behavior key, and ``windows`` (``{"floor": raw, "ceiling": raw}``, either
    may be missing) that it leaves to the layer below. Raw, as stored: nothing here is trusted."""

    values: Mapping[str, Any] = field(default_factory=dict)
    windows: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hold:
    """A behavior narrowed by hand, at once: by a steward for everybody (``Layer.PLATFORM``), or for one organization
    (``Layer.ORGANIZATION``). ``ceiling`` is raw; one that cannot be read narrows to the strictest value."""

    behavior: str
    ceiling: Any
    layer: Layer
    because: str
    source: str = "hold"


@dataclass(frozen=True, slots=True)
class Layers:
    """An organization's baseline, a product's profile and, where one asks, a user's preferences; ``holds`` bind all
    of them."""

    organization: LayerSettings = LayerSettings()
    product: LayerSettings = LayerSettings()
    user: LayerSettings = LayerSettings()
    holds: tuple[Hold, ...] = ()


class Limit(NamedTuple):
    """Something that narrowed a window, with what a person needs to know about it."""

    layer: Layer
    reason: Reason
    because: str
    citation: Citation | None
    source: str  # the rule's or conflict's id, the law pack's name, "hold", or "window"
    attestation: str | None
    floor: Point | None
    ceiling: Point | None
    yields: bool = False  # a lost conflict: lowers the ceiling, but not below the floor


class Decision(NamedTuple):
    """What holds for one behavior. ``operator`` is the value without any user's preference, ``value`` the one with."""

    behavior: Behavior
    value: Point
    decided_by: Layer
    reason: Reason
    operator: Point
    organization: Window
    product: Window
    user: Window
    limit: Limit | None  # the one that binds: why the window is a lock, or why the value was clamped
    lowered_by: Limit | None  # what keeps the product's ceiling below the one that the platform gives

    @property
    def raw(self) -> Raw:
        return self.behavior.domain.dump(self.value)

    @property
    def operator_raw(self) -> Raw:
        return self.behavior.domain.dump(self.operator)

    @property
    def citation(self) -> Citation:
        """Where the deciding limit, or else the behavior itself, is written."""
        return self.limit.citation if self.limit and self.limit.citation else self.behavior.citation


class Clamp(NamedTuple):
    """A wish that could not be honored as it was. Of a window that a product leaves to its users, ``behavior`` is its
    field, ``windows.<key>``, and both sides are windows."""

    layer: Layer
    behavior: str
    wanted: Any  # raw, as it came
    got: Raw | Mapping[str, Raw] | None  # None for a behavior that no rulebook states
    reason: Reason
    because: str
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class Resolution:
    """``decisions`` holds every stated behavior by key, sorted; ``clamped`` every wish that was not honored."""

    decisions: Mapping[str, Decision]
    clamped: tuple[Clamp, ...]
    now: datetime
    valid_until: datetime | None  # the next instant at which an attestation ends, or a law pack begins or ends

    def clamp_of(self, behavior: str, layer: Layer = Layer.PRODUCT) -> Clamp | None:
        """Why a layer's own setting (or, by its field, a window) is not honored; None if it is, or if there is none."""
        return next((clamp for clamp in self.clamped if clamp.behavior == behavior and clamp.layer is layer), None)

    def values(self) -> dict[str, Raw]:
        """Raw values by key: what clients see."""
        return {key: decision.raw for key, decision in self.decisions.items()}
