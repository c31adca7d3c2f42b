"""What background work has in common: rows that wait for a worker. An attempt is counted before it begins, in a
transaction of its own, so that a worker which dies in it has counted too; how often a message was sent says nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

SWEEP_AFTER: Final = timedelta(seconds=30)
MOST_ATTEMPTS: Final = 5
# The queue is first in, first out: the rows that wait longest are those whose message may be lost, and the others are
# behind them. So a long queue is not filled with second messages.
_AT_ONCE: Final = 20


def begin(rows: QuerySet[Any], pk: int) -> bool:
    """Count an attempt; False if there is nothing to do, or somebody is at it."""
    with transaction.atomic():
        # Another worker that holds the row does the work; waiting for it would only find it done.
        row = rows.select_for_update(of=("self",), skip_locked=True).filter(pk=pk, state="waiting").first()
        if row is None:
            return False
        row.attempts += 1
        row.save(update_fields=["attempts"])
    return True


def look_after(
    rows: QuerySet[Any], send: Callable[[int], None], give_up: Callable[[Any, datetime], None], now: datetime
) -> int:
    """Send again what waits too long: its message was lost, or its worker died. What failed time and again is given
    up, so that it cannot go round for ever. Returns how many were sent.

    Args:
        rows: those that wait for a worker.
    """
    late = rows.filter(sent_at__lt=now - SWEEP_AFTER)
    sent = 0
    for pk in late.order_by("sent_at", "pk").values_list("pk", flat=True)[:_AT_ONCE]:
        with transaction.atomic():
            # A locked row is being worked on.
            row = late.filter(pk=pk).select_for_update(of=("self",), skip_locked=True).first()
            if row is None:
                continue
            if row.attempts >= MOST_ATTEMPTS:
                give_up(row, now)
                continue
            row.sent_at = now
            row.save(update_fields=["sent_at"])
            send(pk)
            sent += 1
    return sent
