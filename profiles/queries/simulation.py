"""What would hold if a draft were live, for one user and beside something else, without writing anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from profiles.queries.live import Difference, difference
from profiles.queries.stored import Stored, claims_of
from profiles.resolution.types import Decision, Resolution
from profiles.rulebook.domains import Raw


@dataclass(frozen=True, slots=True)
class Simulation:
    """``before`` and ``after`` are for one user; ``found`` knows nobody's preferences, as reviews do. Where nothing is
    live, the platforms' defaults are what was before."""

    stored: Stored
    found: Difference
    before: Mapping[str, Resolution]
    after: Mapping[str, Resolution]
    is_first: bool  # there is nothing that it stands beside

    def value_before(self, platform: str, key: str) -> Raw | None:
        """None where it was not stated."""
        if self.is_first:
            behavior = self.after[platform].decisions[key].behavior
            return behavior.domain.dump(behavior.default)
        decision = self._before(platform).get(key)
        return decision.raw if decision else None

    def differs(self, platform: str, key: str) -> bool:
        """Whether a behavior's value, or what may be chosen of it, is another one than before."""
        now = self.after[platform].decisions[key]
        if self.is_first:
            changed = any(change.behavior == key for change in self.found.changes_on[platform])
            return changed or now.value != now.behavior.default
        was = self._before(platform).get(key)
        return was is None or _said(was) != _said(now)

    def gone(self, platform: str) -> list[str]:
        """The behaviors that were stated before and are not any more."""
        return sorted(self._before(platform).keys() - self.after[platform].decisions.keys())

    def _before(self, platform: str) -> Mapping[str, Decision]:
        return self.before[platform].decisions if platform in self.before else {}


def _said(decision: Decision) -> tuple[Any, ...]:
    return decision.behavior.domain, decision.value, decision.product, decision.user


def simulate(base: Stored | None, new: Stored, now: datetime, preferences: Mapping[str, Any]) -> Simulation:
    """``new`` beside ``base``, by the functions that submitting and publishing use."""
    claims = claims_of(new.product)
    found = difference(base, new, now, claims)
    if not preferences:
        return Simulation(new, found, found.before, found.after, base is None)
    before = base.resolve(now, preferences, claims) if base else {}
    return Simulation(new, found, before, new.resolve(now, preferences, claims), base is None)
