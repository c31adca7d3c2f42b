"""Bringing a draft along when what it stands on changes under it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from audits.trail.kinds import Kind
from profiles.access import Actor
from profiles.actions.base import note
from profiles.models import Draft, DraftEdit, Product, Version
from profiles.resolution.merge import carried, flat, unflat


def carry_draft(product: Product, *, before: Version, after: Version, by: Actor, now: datetime) -> list[str]:
    """Give a draft what ``after`` has instead of ``before`` in every field that the draft has as ``before`` has it;
    what somebody edited stays. Returns the fields."""
    draft = Draft.objects.select_for_update().get(product=product)
    draft.product = product
    mine = flat(draft.settings, draft.windows, draft.instructions)
    taken = carried(mine, fields_of(before), fields_of(after))
    if taken:
        draft.settings, draft.windows, draft.instructions = unflat({**mine, **taken})
        _keep(draft, mine, taken, by, now)
        note(
            Kind.DRAFT_EDITED,
            draft,
            by=by,
            now=now,
            before={field: mine.get(field) for field in taken},
            after=taken,
            data={"revision": draft.revision, "carried": after.number},
        )
    return sorted(taken)


def fields_of(version: Version) -> dict[str, Any]:
    return flat(version.settings, version.windows, version.instructions)


def _keep(draft: Draft, mine: Mapping[str, Any], taken: Mapping[str, Any], by: Actor, now: datetime) -> None:
    draft.revision += 1
    draft.updated_at = now
    draft.save(update_fields=["settings", "windows", "instructions", "revision", "updated_at"])
    DraftEdit.objects.bulk_create(
        DraftEdit(
            draft=draft,
            revision=draft.revision,
            field=field,
            before=mine.get(field),
            value=value,
            by=by.name,
            by_id=by.id,
            at=now,
        )
        for field, value in taken.items()
    )
