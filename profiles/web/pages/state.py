"""A draft with everything that its pages say about it, read and resolved once for an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from audits.checks.lint import Finding
from profiles import queries
from profiles.actions.drafts import fields_of
from profiles.errors import DomainError
from profiles.models import Draft, Product, RulebookRevision, Version
from profiles.queries import Difference, Hand, Shown, Stored, Workbench
from profiles.resolution.diff import Change
from profiles.resolution.types import Attestation, Decision
from profiles.rulebook.domains import Domain
from profiles.rulebook.model import Behavior, Kind, Stance


class Refused(Struct, frozen=True):
    """A write that was not taken: what was wanted (raw), as which fields of a form it was typed, and why not."""

    field: str
    wanted: Any
    fields: tuple[tuple[str, str], ...]
    error: DomainError

    @property
    def typed(self) -> tuple[str, ...]:
        return tuple(value for _name, value in self.fields)


@dataclass(frozen=True)
class State:
    """A draft beside what is live."""

    product: Product
    draft: Draft
    bench: Workbench
    base: Stored | None  # what is live
    stored: Stored  # the draft
    found: Difference
    now: datetime

    @property
    def live(self) -> Version | None:
        return self.bench.live

    @property
    def claims(self) -> tuple[Attestation, ...]:
        return self.bench.claims

    def with_draft(self, draft: Draft) -> State:
        """The same with another draft: nothing else is read again."""
        draft.product = self.product
        stored = Stored.draft(draft, self.bench.sources)
        found = queries.difference(self.base, stored, self.now, self.claims)
        return replace(self, draft=draft, stored=stored, found=found)

    @cached_property
    def shown(self) -> Shown | None:
        """What runs say of what is live; None where nothing is."""
        return queries.shown_now(self.product, self.found.before, self.live.instructions) if self.live else None

    @cached_property
    def hands(self) -> tuple[Hand, ...]:
        """Who edited the draft."""
        return queries.hands(self.draft)

    @cached_property
    def revisions(self) -> dict[str, RulebookRevision]:
        return {revision.platform: revision for revision in self.stored.revisions}

    @cached_property
    def leading(self) -> dict[str, tuple[str, Decision]]:
        return queries.leading_decisions(self.found.after)

    @cached_property
    def platforms(self) -> dict[str, str]:
        """Whose decision stands for each behavior."""
        return {key: platform for key, (platform, _decision) in self.leading.items()}

    @cached_property
    def decisions(self) -> dict[str, Decision]:
        return {key: decision for key, (_platform, decision) in self.leading.items()}

    @cached_property
    def unattested(self) -> dict[str, Decision]:
        """What would hold if no attestation counted; empty where there is none."""
        if not self.claims:
            return {}
        bare = self.stored.resolve(self.now, claims=())
        return {key: bare[platform].decisions[key] for key, platform in self.platforms.items()}

    @cached_property
    def undecided(self) -> dict[str, Behavior]:
        """What every platform is silent about or leaves to the model's judgement. A vendor's filter that no platform of
        this product has does not concern it at all."""
        found: dict[str, Behavior] = {}
        for revision in self.revisions.values():
            for key, item in revision.rulebook().behaviors.items():
                if key not in self.decisions and item.kind is not Kind.FILTER:
                    known = found.setdefault(key, item)
                    found[key] = item if known.stance is not Stance.JUDGEMENT else known
        return found

    def behavior(self, key: str) -> Behavior:
        return self.decisions[key].behavior if key in self.decisions else self.undecided[key]

    @cached_property
    def domains(self) -> dict[str, Domain]:
        return {key: decision.behavior.domain for key, decision in self.decisions.items()}

    def domain(self, key: str) -> Domain | None:
        return self.domains.get(key)

    def raw(self, key: str) -> Any:
        return self.decisions[key].operator_raw

    def open_keys(self) -> list[str]:
        return [key for key, decision in self.decisions.items() if not decision.product.is_lock]

    @cached_property
    def changed(self) -> dict[str, Change]:
        return {change.behavior: change for change in self.found.changes} if self.live else {}

    @cached_property
    def fields(self) -> dict[str, Any]:
        """What the draft says, and beside it what the live version says."""
        return fields_of(self.draft)

    @cached_property
    def live_fields(self) -> dict[str, Any]:
        return fields_of(self.live) if self.live else {}

    def differs(self, field: str) -> bool:
        """Whether the draft itself says something else than what is live, so that undoing it here takes it back."""
        return (self.fields.get(field) or None) != (self.live_fields.get(field) or None)

    @property
    def is_changed(self) -> bool:
        """Whether it says something else than what is live, in whatever is written."""
        return any(map(self.differs, {**self.fields, **self.live_fields})) or self.found.facts_changed

    @cached_property
    def lint(self) -> tuple[Finding, ...]:
        return queries.lint_of(self.draft.instructions, self.found.after)

    def touched(self, before: State) -> set[str]:
        """The behaviors of which something else is to be said than before: their own decisions, or what an attestation
        does for them."""
        found = {
            key
            for platform, resolution in self.found.after.items()
            for key, decision in resolution.decisions.items()
            if decision != before.found.after[platform].decisions.get(key)
        }
        bare: Mapping[str, Decision] = before.unattested
        return found | {key for key, decision in self.unattested.items() if decision != bare.get(key)}


def read_state(product: Product, draft: Draft, now: datetime) -> State:
    bench = queries.read_workbench(product)
    draft.product = product
    base = Stored.version(bench.live, bench.sources) if bench.live else None
    stored = Stored.draft(draft, bench.sources)
    return State(product, draft, bench, base, stored, queries.difference(base, stored, now, bench.claims), now)
