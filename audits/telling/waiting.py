"""What letters and deliveries have in common: rows that are due at a time, for as many tries as they get."""

from __future__ import annotations

import logging
import random
import smtplib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q, QuerySet

from profiles.telling.retries import MOST_TRIES, next_delay

logger = logging.getLogger(__name__)

ASK_AGAIN: Final = timedelta(seconds=30)  # after a message that nobody seems to have got
_AT_ONCE: Final = 100


def begin(rows: QuerySet[Any], pk: int, now: datetime) -> Any | None:
    """Lock a row that is due and count the try; None if there is nothing to do, or somebody is at it. Runs in the
    caller's transaction, which must be committed before the work begins: a worker that dies in it has tried, too."""
    due = rows.select_for_update(of=("self",), skip_locked=True)
    row = due.filter(pk=pk, state="waiting", due_at__lte=now).first()
    if row is not None:
        row.tries += 1
        row.save(update_fields=["tries"])
    return row


def locked(rows: QuerySet[Any], pk: int) -> Any | None:
    """The row of a try that began, for its end; None if somebody else has it."""
    return rows.select_for_update(of=("self",), skip_locked=True).filter(pk=pk, state="waiting").first()


def end(row: Any, state: str, now: datetime) -> None:
    row.state, row.ended_at, row.failure = state, now, ""
    row.save()


def send_mail(row: Any, message: Callable[[], EmailMessage], now: datetime) -> None:
    """Send the mail of a row whose try began, and end the row; what fails is tried again later, or given up."""
    try:
        message().send()
    except (OSError, smtplib.SMTPException) as error:
        _try_later(row, error, now)
    else:
        end(row, "sent", now)


def _try_later(row: Any, error: Exception, now: datetime) -> None:
    row.failure = f"{type(error).__name__}: {error}"[:300]
    delay = next_delay(row.tries, chance=random.random()) if row.tries < MOST_TRIES else None  # noqa: S311
    if delay is None:
        row.state, row.ended_at = "failed", now
        logger.error("%s %s could not be sent: %s", type(row).__name__, row.pk, row.failure)
    else:
        row.due_at = now + delay
    row.save()


def ask_for_due(rows: QuerySet[Any], send: Callable[[int], None], now: datetime) -> int:
    """Send messages for what is due and was not asked for since, or whose message seems lost; returns how many."""
    unasked = Q(asked_at__lt=F("due_at")) | Q(asked_at__lt=now - ASK_AGAIN)
    due = rows.filter(unasked, state="waiting", due_at__lte=now)
    with transaction.atomic():
        # A locked row is being worked on.
        ids = list(
            due.select_for_update(skip_locked=True).order_by("due_at", "pk").values_list("pk", flat=True)[:_AT_ONCE]
        )
        rows.filter(pk__in=ids).update(asked_at=now)
        for pk in ids:
            send(pk)
    return len(ids)
