"""What somebody was not let do before any action began: a page that is not theirs, or an address."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from audits.log.disclosures import personal
from audits.models import Entry
from audits.trail.kinds import Kind, Outcome
from audits.trail.record import record
from profiles.access import Actor
from profiles.errors import DomainError, Forbidden

_ONCE_EVERY: Final = timedelta(minutes=10)  # bounds what one who asks again and again can write
_LONGEST: Final = 200


def note_denial(error: DomainError, *, by: Actor | None, method: str, path: str, now: datetime) -> None:
    """Record a refusal that no action recorded: who asked for what. Of the same again within minutes there is one
    entry. A refusal that is no matter of rights leaves none."""
    if by is None or not isinstance(error, Forbidden) or error.is_recorded:
        return
    target = f"{method} {path}"[:_LONGEST]
    before = Entry.objects.filter(
        organization=by.organization_slug,
        actor_id=by.id,
        kind=Kind.ACCESS_DENIED,
        target=target,
        at__gt=now - _ONCE_EVERY,
    )
    if before.exists():
        return
    with transaction.atomic():
        record(
            Kind.ACCESS_DENIED,
            who=by,
            at=now,
            organization=by.organization_slug,
            target=target,
            outcome=Outcome.REFUSED,
            data={"code": error.code, "message": personal(error.message)},
        )
    error.is_recorded = True
