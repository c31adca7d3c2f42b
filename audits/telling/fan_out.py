"""From an entry to what each person and each webhook is told of it.

One transaction an entry: it writes the rows and removes the mark that nobody was told. A worker that dies in it leaves
the mark; two that meet at one entry do it once; what is there already is not written again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from audits import dispatch
from audits.models import Entry, Untold
from audits.telling.people import concerned
from profiles.actions.deliveries import write_deliveries
from profiles.models import Letter, Notice, Organization, Webhook
from profiles.telling import events, rules
from profiles.telling.happening import Happening
from profiles.telling.topics import STEWARDS, Mail

logger = logging.getLogger(__name__)

AT_ONCE: Final = 200  # entries a task: it must end well before its limit
MOST_ATTEMPTS: Final = 5
LATE: Final = timedelta(days=1)  # what is told later than that is no news any more, and goes into the digest


def tell(*, now: datetime, most: int = AT_ONCE) -> int:
    """Tell of what nobody was told of yet; returns of how many entries. What is left is asked for again."""
    waiting = Untold.objects.filter(gave_up=False).order_by("entry_id").values_list("entry_id", flat=True)
    ids = list(waiting[: most + 1])
    count = sum(_tell(pk, now) for pk in ids[:most])
    if len(ids) > most:
        dispatch.send_tell()
    return count


def _tell(entry_id: int, now: datetime) -> bool:
    try:
        return tell_of(entry_id, now=now)
    except Exception:  # the next one must not wait for this one
        logger.exception("Nobody could be told of entry %s.", entry_id)
        _count_failure(entry_id)
        return False


def tell_of(entry_id: int, *, now: datetime) -> bool:
    """Tell of one entry; False if somebody else does, or did."""
    with transaction.atomic():
        mark = Untold.objects.select_for_update(skip_locked=True).filter(pk=entry_id).first()
        if mark is None:
            return False
        entry = Entry.objects.get(pk=entry_id)
        if it := Happening.read(entry.content()):
            _tell_people(it, entry, now)
            _tell_webhooks(it, entry, now)
        mark.delete()
    return True


def _count_failure(entry_id: int) -> None:
    with transaction.atomic():
        mark = Untold.objects.select_for_update().filter(pk=entry_id).first()
        if mark is not None:
            mark.attempts += 1
            mark.gave_up = mark.attempts >= MOST_ATTEMPTS
            mark.save()


# People


def _tell_people(it: Happening, entry: Entry, now: datetime) -> None:
    key = rules.group(it)
    organization = Organization.objects.filter(slug=it.organization).first() if it.organization else None
    notices = [
        Notice(
            user_id=told.user_id,
            organization=None if told.topic in STEWARDS else organization,
            entry=entry,
            key=key,
            topic=told.topic,
            at=it.at,
            in_inbox=told.inbox,
            mail=Mail.DIGEST if told.mail is Mail.NOW and now - it.at > LATE else told.mail,
        )
        for told in rules.told(it, concerned(it, now))
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True, batch_size=1_000)
    write_letters(key, [notice.user_id for notice in notices if notice.mail == Mail.NOW], now)


def write_letters(key: str, users: Sequence[int], now: datetime) -> None:
    if not users:
        return
    rows = Notice.objects.filter(key=key, user__in=users, mail=Mail.NOW, letter=None)
    letters = [Letter(user_id=row.user_id, notice=row, created_at=now, due_at=now, asked_at=now) for row in rows]
    Letter.objects.bulk_create(letters, ignore_conflicts=True, batch_size=1_000)
    for pk in Letter.objects.filter(notice__in=[letter.notice for letter in letters]).values_list("pk", flat=True):
        dispatch.send_letter(pk)


# Webhooks


def _tell_webhooks(it: Happening, entry: Entry, now: datetime) -> None:
    if type_ := events.event_type(it):
        listening = Webhook.objects.filter(disabled_at=None, removed_at=None, events__contains=[type_])
        if it.organization:
            listening = listening.filter(organization__slug=it.organization)
        write_deliveries(list(listening.select_related("organization")), it, entry, now)
