"""Asking for a check: the row first, in the caller's transaction; the message once that is committed."""

from __future__ import annotations

import logging
from datetime import date, datetime
from typing import TYPE_CHECKING

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

from audits.models import Check
from audits.trail.kinds import Kind
from audits.trail.record import record

if TYPE_CHECKING:
    from profiles.access import Actor
    from profiles.models import Version

logger = logging.getLogger(__name__)


def request_check(
    version: Version, *, trigger: Check.Trigger, by: Actor, now: datetime, night: date | None = None
) -> Check:
    """Write the row and its entry, and send the message when the transaction commits."""
    check = Check.objects.create(
        kind=Check.Kind.LIMITS,
        trigger=trigger,
        version=version,
        requested_by=by.name,
        requested_at=now,
        sent_at=now,
        night=night,
    )
    product = version.product
    record(
        Kind.CHECK_REQUESTED,
        who=by,
        at=now,
        organization=product.organization.slug,
        product=product.slug,
        target=f"check {check.pk}",
        version=version.number,
        data={"check": check.pk, "kind": check.kind, "trigger": str(trigger)},
    )
    send(check.pk)
    return check


def send(check_id: int) -> None:
    """Send the message once the current transaction commits. A broker that is down loses nothing: the row stands, and
    the sweep sends again."""

    def deliver() -> None:
        try:
            current_app.send_task("audits.tasks.run_check", args=[check_id])
        except OperationalError:
            logger.warning("The broker did not take check %s; the sweep will send it again.", check_id)

    transaction.on_commit(deliver, robust=True)
