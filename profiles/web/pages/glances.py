"""Each behavior of a draft at a glance: which group, who decided, locked or changed. Counts and filters need no more,
so a write need not build every row of the page to say what became of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from profiles.resolution.types import Attestation, Decision
from profiles.rulebook.model import Behavior, Layer
from profiles.web.pages import words
from profiles.web.pages.state import State

PROVENANCE: Final = {Layer.PLATFORM: "default", Layer.LAW: "default", Layer.ORGANIZATION: "organization"}
SHOWS: Final = ("default", "organization", "set", "attested")
NAMES: Final = ("editable", "locked", "changed", *SHOWS)


class Glance(Struct, frozen=True):
    """``kind`` is who decided: default, organization, set, attested, or clamped where a setting does not hold."""

    behavior: Behavior
    group: str
    locked: bool
    changed: bool
    kind: str
    silent: bool = False  # no platform decides it

    def matches(self, query: str, show: str) -> bool:
        if show in NAMES and show not in self.shows:
            return False
        text = f"{self.behavior.key} {self.behavior.name} {self.behavior.description}".lower()
        return all(word in text for word in query.lower().split())

    @property
    def shows(self) -> tuple[str, ...]:
        """The filters that it passes; the empty one lets everything pass."""
        return ("", "locked" if self.locked else "editable", *(("changed",) if self.changed else ()), *self._kinds)

    @property
    def _kinds(self) -> tuple[str, ...]:
        return (self.kind,) if not self.locked and self.kind in SHOWS else ()


def glances(state: State) -> dict[str, Glance]:
    """All of them, by key: what is decided first."""
    found = {key: _glance(state, decision) for key, decision in state.decisions.items()}
    silent = {
        key: Glance(behavior, words.group_of(behavior), True, False, "default", silent=True)
        for key, behavior in state.undecided.items()
    }
    return {**found, **silent}


def _glance(state: State, decision: Decision) -> Glance:
    key = decision.behavior.key
    locked = is_locked(state, decision)
    changed = not locked and key in state.changed
    return Glance(decision.behavior, words.group_of(decision.behavior), locked, changed, kind_of(state, decision))


def is_locked(state: State, decision: Decision) -> bool:
    """Whether there is nothing to choose. A setting that is stored but locked now stays a row: it must be possible to
    take it back."""
    key = decision.behavior.key
    stored = key in state.draft.settings or key in state.draft.windows
    return decision.product.is_lock and not stored


def kind_of(state: State, decision: Decision) -> str:
    if opened_by(state, decision):
        return "attested"
    if decision.behavior.key in state.found.refused:
        return "clamped"
    return PROVENANCE.get(decision.decided_by, "set")


def opened_by(state: State, decision: Decision) -> Attestation | None:
    """The attestation without which this value would not hold."""
    bare = state.unattested.get(decision.behavior.key)
    if bare is None or bare.operator == decision.operator or bare.limit is None:
        return None
    wanted = bare.limit.attestation
    return next((claim for claim in state.claims if claim.kind == wanted and claim.counts(state.now)), None)


def tally(found: Mapping[str, Glance]) -> Counter[str]:
    """How many pass each filter."""
    return Counter(show for glance in found.values() for show in glance.shows)


def by_group(found: Mapping[str, Glance]) -> dict[str, dict[str, Glance]]:
    """In the order in which pages show groups."""
    return {
        group: members
        for group in words.groups()
        if (members := {key: glance for key, glance in found.items() if glance.group == group})
    }
