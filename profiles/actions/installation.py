"""What configures the installation from outside of it: with which settings it was started."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from audits.models import Entry
from audits.trail.kinds import Kind, Outcome
from audits.trail.record import Recorded
from profiles.access import Actor, Permission
from profiles.actions.base import action, note


@action(Kind.SETTINGS_CHANGED)
def note_settings(installation: str, *, told: Mapping[str, Any], by: Actor, now: datetime) -> Recorded | None:
    """Put on record with which settings the program starts, unless they are those that were recorded last. Of several
    that start at once, one does it.

    Args:
        installation: any text.
        told: no value of a secret, and nothing that differs between two processes that were started the same way.

    Returns:
        The entry; None if nothing changed.
    """
    by.require(Permission.MANAGE_ORGANIZATIONS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('brightline.settings'))")
    last = _last()
    changed = sorted(name for name in {*last, *told} if last.get(name) != told.get(name))
    if last and not changed:
        return None
    before, after = ({name: each[name] for name in changed if name in each} for each in (last, told))
    data = {"changed": changed if last else [], "settings": dict(told)}
    return note(
        Kind.SETTINGS_CHANGED, installation, by=by, now=now, target="settings", before=before, after=after, data=data
    )


def _last() -> dict[str, Any]:
    """What was recorded last; empty if nothing was, or if that was pruned since."""
    rows = Entry.objects.filter(organization="", kind=Kind.SETTINGS_CHANGED.value, outcome=Outcome.DONE.value)
    newest = rows.order_by("-pk").first()
    found = newest.content()["data"].get("settings") if newest else None
    return found if isinstance(found, dict) else {}
