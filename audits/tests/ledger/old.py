"""Entries of long ago, and a retention that was set long ago, which nobody but the owner of the tables can say."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from audits.models import Retention
from audits.tests.ledger.test_sequence import execute
from audits.trail.kinds import Kind
from audits.trail.record import entry_of, record_all
from profiles.access import Actor
from profiles.actions.retention import INSTALLATION, set_retention
from profiles.models import Organization
from profiles.tests.cast import SYSTEM


def happened(organization: str, times: int, *, days: int, who: Actor = SYSTEM) -> list[int]:
    """So many entries of so many days ago; returns their numbers."""
    told: dict[str, Any] = {"who": who, "at": timezone.now() - timedelta(days=days), "organization": organization}
    written = [entry_of(Kind.CHECK_REQUESTED, **told, target=os.urandom(4).hex()) for _n in range(times)]
    return [entry.pk for entry in record_all(Kind.CHECK_REQUESTED, written)]


def keep_for(organization: str, months: int | None, *, by: Actor = SYSTEM, days: int = 8) -> Retention:
    """A retention that was set so many days ago."""
    owner = Organization.objects.get(slug=organization) if organization else INSTALLATION
    row = set_retention(owner, months=months, by=by, now=timezone.now())
    set_back(row, timezone.now() - timedelta(days=days))
    return row


@transaction.atomic
def set_back(row: Retention, at: datetime) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE audits_retention DISABLE TRIGGER USER")
    Retention.objects.filter(pk=row.pk).update(set_at=at)
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    for trigger in ("retention_set_now", "kept_rows", "kept_table", "need_entry"):
        execute(f"ALTER TABLE audits_retention ENABLE ALWAYS TRIGGER {trigger}")
