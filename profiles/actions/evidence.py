"""Taking evidence away: what was exported is itself on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.models import Organization


@action(Kind.EVIDENCE_EXPORTED)
def export_evidence(
    organization: Organization, *, sha256: str, entries: int, about: Mapping[str, Any], by: Actor, now: datetime
) -> None:
    """Somebody takes a bundle of so many entries with them; ``sha256`` is that of its bytes.

    Args:
        about: what was asked for, and from which place on and under which size of the log the entries are.
    """
    by.require(Permission.VIEW_TRAIL)
    data = {"sha256": sha256, "entries": entries, **about}
    note(Kind.EVIDENCE_EXPORTED, organization, by=by, now=now, data=data)
