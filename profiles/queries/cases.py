"""What is stored as a case that can be looked at layer by layer, and changed in thought."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from profiles.models import Draft, Product, RulebookRevision, Version
from profiles.queries.live import active
from profiles.queries.rulebooks import every_law_pack
from profiles.queries.stored import Stored
from profiles.resolution.changes import Case
from profiles.resolution.types import Attestation, Layers, LayerSettings


def case_of(
    stored: Stored,
    revision: RulebookRevision,
    now: datetime,
    claims: Iterable[Attestation],
    preferences: Mapping[str, Any] | None = None,
) -> Case:
    """Exactly what ``Stored.resolve`` resolves for one of its platforms."""
    layers = Layers(
        organization=stored.baseline,
        product=LayerSettings(stored.settings, stored.windows),
        user=LayerSettings(preferences or {}),
        holds=stored.holds,
    )
    rulebook, *laws = stored.rulebooks(revision)
    return Case(rulebook, tuple(laws), stored.facts, tuple(claims), layers, now)


def next_case(stored: Stored, revision: RulebookRevision, now: datetime, claims: Iterable[Attestation]) -> Case:
    """The same for a version that is still to be made: with every law pack there is, since its facts may differ."""
    laws = tuple(law.rulebook() for law in every_law_pack())
    return replace(case_of(stored, revision, now, claims), laws=laws)


def as_draft(product: Product, version: Version, now: datetime) -> Stored:
    """What an earlier version says, under the limits, facts and platforms of today, as it would be if it came back."""
    draft = Draft(
        product=product,
        settings=version.settings,
        windows=version.windows,
        instructions=version.instructions,
        updated_at=now,
    )
    return Stored.draft(draft)


def active_stored(product: Product) -> dict[int, Stored]:
    """What is active in each environment, by its id."""
    rows = active(product)
    for row in rows.values():
        row.version.product = product
    stored = Stored.versions([row.version for row in rows.values()])
    return {place: stored[row.version_id] for place, row in rows.items()}
