"""Attestations that end: told of some days before and at the end, each once for each attestation.

Nothing is written when time passes, so this writes the entry; from there on it is told like everything else.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from audits.trail.kinds import Kind
from audits.trail.record import record
from profiles.access import system
from profiles.models import Attestation, Reminder

DAYS: Final = (30, 7, 1)  # before the end
ENDED: Final = 0
SCHEDULER: Final = system("scheduler")
_STILL_NEWS: Final = timedelta(days=7)  # an end that nobody was told of while everything was down


def remind(*, now: datetime) -> int:
    """Write what is due; returns how many entries. Of several thresholds that passed unnoticed only the last counts."""
    ending = Attestation.objects.filter(
        state=Attestation.State.GRANTED,
        product__removed_at=None,
        expires_at__gt=now - _STILL_NEWS,
        expires_at__lte=now + timedelta(days=max(DAYS)),
    )
    return sum(_remind(row, now) for row in ending.select_related("product", "organization").order_by("pk"))


def _remind(row: Attestation, now: datetime) -> bool:
    assert row.expires_at is not None
    days = threshold(row.expires_at, now)
    if days and row.decided_at and row.expires_at - timedelta(days=days) <= row.decided_at:
        return False  # whoever granted it for so short a time has just said so
    if Reminder.objects.filter(attestation=row, days__lte=days).exists() or _is_followed(row):
        return False
    with transaction.atomic():
        # Of two schedulers the second finds the row that the first wrote.
        _reminder, is_new = Reminder.objects.get_or_create(attestation=row, days=days, defaults={"at": now})
        if is_new:
            _record(row, days, now)
    return is_new


def threshold(end: datetime, now: datetime) -> int:
    """The nearest one that has come: 30 from 30 days before, 0 at the end."""
    if end <= now:
        return ENDED
    return min((days for days in DAYS if end - now <= timedelta(days=days)), default=max(DAYS))


def _is_followed(row: Attestation) -> bool:
    """Whether another one that lasts longer took its place, so that nothing ends."""
    later = Attestation.objects.filter(
        product=row.product_id, kind=row.kind, state=Attestation.State.GRANTED, expires_at__gt=row.expires_at
    )
    return later.exists()


def _record(row: Attestation, days: int, now: datetime) -> None:
    assert row.expires_at is not None
    record(
        Kind.ATTESTATION_REMINDED if days else Kind.ATTESTATION_EXPIRED,
        who=SCHEDULER,
        at=now,
        organization=row.organization.slug,
        product=row.product.slug,
        target=f"attestation {row.kind}",
        after={"expires_at": row.expires_at.isoformat()},
        data={"attestation": row.pk, **({"days": days} if days else {})},
    )
