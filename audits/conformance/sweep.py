"""Looking after what waits: a message that was lost is sent again, and what fails time and again is given up with an
entry, so that it cannot go round for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import F, QuerySet

from audits import dispatch
from audits.conformance import execute, recheck
from audits.models import Check, RecheckChunk

SWEEP_AFTER: Final = timedelta(seconds=30)
MOST_ATTEMPTS: Final = 5
_AT_ONCE: Final = 500


def sweep(*, now: datetime) -> int:
    """Send again what waits too long: its message was lost, or its worker died. Returns how many were sent."""
    checks = Check.objects.select_related("version__product__organization")
    chunks = RecheckChunk.objects.select_related("recheck")
    return _look_after(checks, dispatch.send, execute.give_up, now) + _look_after(
        chunks, dispatch.send_chunk, recheck.give_up, now
    )


def _look_after(
    rows: QuerySet[Any], send: Callable[[int], None], give_up: Callable[[Any, datetime], None], now: datetime
) -> int:
    late = rows.filter(state="waiting", sent_at__lt=now - SWEEP_AFTER)
    sent = 0
    for pk in late.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]:
        with transaction.atomic():
            # A locked row is being worked on.
            row = late.filter(pk=pk).select_for_update(of=("self",), skip_locked=True).first()
            if row is None:
                continue
            if row.attempts >= MOST_ATTEMPTS:
                give_up(row, now)
                continue
            rows.model._default_manager.filter(pk=pk).update(sent_at=now, attempts=F("attempts") + 1)
            send(pk)
            sent += 1
    return sent
