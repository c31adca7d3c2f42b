"""What could be otherwise about a product: one change each, which makes another case of the one at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from profiles.resolution.resolve import resolve
from profiles.resolution.types import Attestation, Hold, Layers, LayerSettings, Resolution
from profiles.rulebook.model import Rulebook


@dataclass(frozen=True, slots=True)
class Case:
    """All that one resolution takes. ``laws`` are all law packs that there are: facts and time decide which count."""

    rulebook: Rulebook
    laws: tuple[Rulebook, ...]
    facts: Mapping[str, Any]
    attestations: tuple[Attestation, ...]
    layers: Layers
    now: datetime

    def resolve(self) -> Resolution:
        return resolve((self.rulebook, *self.laws), self.facts, self.attestations, self.layers, self.now)

    def with_value(self, behavior: str, raw: Any) -> Case:
        """The product sets ``raw``; None takes its own setting away."""
        return self._product(_put(self.layers.product.values, behavior, raw), self.layers.product.windows)

    def with_preference(self, behavior: str, raw: Any) -> Case:
        user = replace(self.layers.user, values=_put(self.layers.user.values, behavior, raw))
        return replace(self, layers=replace(self.layers, user=user))

    def with_window(self, behavior: str, bounds: Any) -> Case:
        """The product leaves ``bounds`` to its users; None takes that back."""
        return self._product(self.layers.product.values, _put(self.layers.product.windows, behavior, bounds))

    def _product(self, values: Mapping[str, Any], windows: Mapping[str, Any]) -> Case:
        return replace(self, layers=replace(self.layers, product=LayerSettings(values, windows)))


def _put(values: Mapping[str, Any], key: str, raw: Any) -> dict[str, Any]:
    rest = {name: value for name, value in values.items() if name != key}
    return rest if raw is None else {**rest, key: raw}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would be otherwise. Two changes of one ``slot`` exclude each other; ``rank`` orders what asks
    little before what asks much."""

    rank: ClassVar[int] = 0

    @property
    def slot(self) -> tuple[str, ...]:
        raise NotImplementedError

    def applied(self, case: Case) -> Case:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class SetOther(Change):
    """The product sets another behavior otherwise; ``value`` None resets it."""

    rank: ClassVar[int] = 1
    behavior: str
    value: Any

    @property
    def slot(self) -> tuple[str, ...]:
        return ("value", self.behavior)

    def applied(self, case: Case) -> Case:
        return case.with_value(self.behavior, self.value)


@dataclass(frozen=True, slots=True)
class DropPreference(Change):
    """The user takes back another preference of their own."""

    rank: ClassVar[int] = 0
    behavior: str

    @property
    def slot(self) -> tuple[str, ...]:
        return ("preference", self.behavior)

    def applied(self, case: Case) -> Case:
        return case.with_preference(self.behavior, None)


@dataclass(frozen=True, slots=True)
class OpenToUsers(Change):
    """The product lets its users choose from ``floor`` to ``ceiling``, both raw."""

    rank: ClassVar[int] = 2
    behavior: str
    floor: Any
    ceiling: Any

    @property
    def slot(self) -> tuple[str, ...]:
        return ("window", self.behavior)

    def applied(self, case: Case) -> Case:
        return case.with_window(self.behavior, {"floor": self.floor, "ceiling": self.ceiling})


@dataclass(frozen=True, slots=True)
class Attest(Change):
    """A steward grants an attestation, from now on for ``days``."""

    rank: ClassVar[int] = 3
    kind: str
    days: int

    @property
    def slot(self) -> tuple[str, ...]:
        return ("attestation", self.kind)

    def applied(self, case: Case) -> Case:
        claim = Attestation(self.kind, case.now, case.now + timedelta(days=self.days))
        return replace(case, attestations=(*case.attestations, claim))


@dataclass(frozen=True, slots=True)
class OpenBaseline(Change):
    """The organization's baseline no longer narrows a behavior."""

    rank: ClassVar[int] = 4
    behavior: str

    @property
    def slot(self) -> tuple[str, ...]:
        return ("baseline", self.behavior)

    def applied(self, case: Case) -> Case:
        organization = case.layers.organization
        opened = replace(organization, windows=_put(organization.windows, self.behavior, None))
        return replace(case, layers=replace(case.layers, organization=opened))


@dataclass(frozen=True, slots=True)
class LiftHold(Change):
    """A hold is lifted."""

    rank: ClassVar[int] = 5
    hold: Hold

    @property
    def slot(self) -> tuple[str, ...]:
        return ("hold", self.hold.behavior, self.hold.layer, self.hold.source, repr(self.hold.ceiling))

    def applied(self, case: Case) -> Case:
        rest = tuple(hold for hold in case.layers.holds if hold != self.hold)
        return replace(case, layers=replace(case.layers, holds=rest))


@dataclass(frozen=True, slots=True)
class Elsewhere(Change):
    """The product runs on another platform."""

    rank: ClassVar[int] = 6
    rulebook: Rulebook

    @property
    def slot(self) -> tuple[str, ...]:
        return ("platform",)

    def applied(self, case: Case) -> Case:
        return replace(case, rulebook=self.rulebook)


@dataclass(frozen=True, slots=True)
class Later(Change):
    """It is later: a law pack has begun or ended by then."""

    rank: ClassVar[int] = 7
    at: datetime

    @property
    def slot(self) -> tuple[str, ...]:
        return ("time",)

    def applied(self, case: Case) -> Case:
        return replace(case, now=self.at)


@dataclass(frozen=True, slots=True)
class OtherFact(Change):
    """A fact of the product is another one."""

    rank: ClassVar[int] = 8
    name: str
    value: str

    @property
    def slot(self) -> tuple[str, ...]:
        return ("fact", self.name)

    def applied(self, case: Case) -> Case:
        return replace(case, facts={**case.facts, self.name: self.value})


@dataclass(frozen=True, slots=True)
class WithoutFact(Change):
    """A fact that is a list no longer holds ``value``."""

    rank: ClassVar[int] = 8
    name: str
    value: str

    @property
    def slot(self) -> tuple[str, ...]:
        return ("fact", self.name, self.value)

    def applied(self, case: Case) -> Case:
        stored = case.facts.get(self.name)
        rest = [item for item in stored if item != self.value] if isinstance(stored, list | tuple) else stored
        return replace(case, facts={**case.facts, self.name: rest})
