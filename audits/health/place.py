"""Where a check looks: one product in one environment, with the version that is active there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from profiles.access import Actor, system
from profiles.models import Activation, Environment, Product, Version
from profiles.queries import Stored, active
from profiles.resolution.types import Resolution

WORKER = "worker"


@dataclass(frozen=True)
class Place:
    """Read once for all checks."""

    product: Product
    activation: Activation
    now: datetime

    @property
    def environment(self) -> Environment:
        return self.activation.environment

    @property
    def version(self) -> Version:
        return self.activation.version

    @property
    def platforms(self) -> list[str]:
        """Those that are served: of the version, whatever the product names since then."""
        return list(self.version.platforms or self.product.platforms)

    @property
    def actor(self) -> Actor:
        """The program, acting for the organization."""
        return system(WORKER, self.product.organization_id, self.product.organization.slug)

    @cached_property
    def stored(self) -> Stored:
        return Stored.version(self.version)

    @cached_property
    def resolutions(self) -> Mapping[str, Resolution]:
        """As they hold now, by platform."""
        return self.stored.resolve(self.now)

    def name(self, behavior: str) -> str:
        """What a behavior is called; its key where no rulebook of the version knows it."""
        found = self.stored.behaviors.get(behavior.removeprefix("windows."))
        return found.name if found else behavior


def places_of(product: Product, now: datetime) -> list[Place]:
    """Every environment in which something is active, the furthest along first."""
    found = []
    for activation in active(product).values():
        activation.product = activation.version.product = product
        found.append(Place(product, activation, now))
    return sorted(found, key=lambda each: -each.environment.position)
