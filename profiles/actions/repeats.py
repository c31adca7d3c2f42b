"""Requests that come twice are carried out once: what the first was answered is kept with its transaction.

These are books about answers that were given; what was done stands in the trail.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils.translation import gettext as _

from profiles.errors import InvalidInput, WrongState
from profiles.models import ApiKey, StoredAnswer

KEPT: Final = timedelta(hours=24)
_AT_ONCE: Final = 5_000  # rows removed


class InProgress(WrongState):
    code = "idempotency_in_progress"


class Reused(InvalidInput):
    code = "idempotency_key_reused"


def answered_before(key: ApiKey, name: str, fingerprint: bytes, now: datetime) -> StoredAnswer | None:
    """What this very request was answered before; None if it comes for the first time. Until the caller's transaction
    ends nobody else gets past here with the same name.

    Raises:
        InProgress: the first one is still being carried out.
        Reused: it was another request that had this name.
    """
    # The lock ends with the transaction, so a process that dies leaves none behind.
    if not _lock(f"{key.pk} {name}"):
        raise InProgress(_("The first request with this Idempotency-Key is still being carried out. Try again soon."))
    found = StoredAnswer.objects.filter(api_key=key, name=name).first()
    if found is None:
        return None
    if found.at <= now - KEPT:
        found.delete()
        return None
    if bytes(found.fingerprint) != fingerprint:
        raise Reused(_("Another request was sent with this Idempotency-Key. Choose a new one."))
    return found


def keep_answer(
    key: ApiKey, name: str, fingerprint: bytes, *, status: int, headers: dict[str, str], body: bytes, now: datetime
) -> None:
    StoredAnswer.objects.create(
        api_key=key, name=name, fingerprint=fingerprint, status=status, headers=headers, body=body, at=now
    )


def forget_answers(*, now: datetime) -> int:
    """Remove those that are too old to be asked for; returns how many."""
    old = StoredAnswer.objects.filter(at__lte=now - KEPT).order_by("at").values_list("pk", flat=True)
    return StoredAnswer.objects.filter(pk__in=list(old[:_AT_ONCE])).delete()[0]


def _lock(name: str) -> bool:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s::bigint)", [number])
        return bool(cursor.fetchone()[0])
