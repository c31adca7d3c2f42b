"""Sending entries on as they get their places, batch by batch: cut the batch, send it, remember that it arrived.

What is sent is a row before the request goes out. A worker that dies in it leaves the destination where it was; the
same batch goes out again under the same name, so nothing is skipped, and whoever gets it twice can tell.
"""

from __future__ import annotations

import gzip
import random
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from audits import dispatch
from audits.exporting import buckets
from audits.exporting.export import contents, source_of
from audits.exporting.formats import Format, lines
from audits.models import Batch, Destination, Entry, Log
from audits.telling import outgoing
from audits.telling.outgoing import Answer
from profiles.access import system
from profiles.actions.destinations import skip_pruned, stop_failing
from profiles.sealing import Unreadable, unseal
from profiles.telling import signing
from profiles.telling.retries import DELAYS, next_delay

WORKER: Final = system("worker")
MOST: Final = 500  # entries of a batch; at 64 kB each that is the most that memory ever holds
IN_ONE_GO: Final = timedelta(seconds=60)  # before others get their turn
GIVE_UP_AFTER: Final = timedelta(days=3)  # of failures without a success between them
_ASK_AGAIN: Final = timedelta(seconds=10)  # a message may be lost with its worker
_AT_ONCE: Final = 100
_TYPE: Final = "application/jsonl"
_NO_SECRET: Final = "The secret cannot be read any more, since SECRET_KEY changed. Give it anew."


def sweep(*, now: datetime) -> int:
    """Ask for every destination that entries wait for; returns how many."""
    unasked = Q(asked_at__lte=F("due_at")) | Q(asked_at__lt=now - _ASK_AGAIN) | Q(asked_at__lt=F("sent_at"))
    rows = Destination.objects.filter(unasked, stopped_at=None, removed_at=None, due_at__lte=now)
    sizes = dict(Log.objects.values_list("organization", "size"))
    with transaction.atomic():
        free = rows.select_for_update(of=("self",), skip_locked=True).select_related("organization").order_by("due_at")
        waiting = [row.pk for row in free[:_AT_ONCE] if row.position < sizes.get(row.organization.slug, 0)]
        Destination.objects.filter(pk__in=waiting).update(asked_at=now)
        for pk in waiting:
            dispatch.send_batches(pk)
    return len(waiting)


def push(destination_id: int, *, now: datetime) -> int:
    """Send what waits, until it is all sent, one fails, or it is others' turn; returns how many batches arrived."""
    ends, sent = now + IN_ONE_GO, 0
    while now < ends and _push_one(destination_id, now):
        sent, now = sent + 1, max(now, timezone.now())
    return sent


def _push_one(destination_id: int, now: datetime) -> bool:
    batch = _cut(destination_id, now)
    if batch is None:
        return False
    with transaction.atomic():
        # The lock is held while we send: nobody else sends to this destination meanwhile.
        row = _locked(destination_id)
        if row is None or not row.listens or row.position != batch.start:
            return False
        answer = _send(row, batch, now)
        _finish(row, batch, answer, now + timedelta(milliseconds=answer.milliseconds))
    return answer.arrived


def _cut(destination_id: int, now: datetime) -> Batch | None:
    """The batch that is next, for good, and its try counted; None if nothing waits or somebody is at it."""
    with transaction.atomic():
        row = _locked(destination_id)
        if row is None or not row.listens or row.due_at > now:
            return None
        log = Log.objects.filter(organization=row.organization.slug).first()
        size = log.size if log else 0
        if log and row.position < log.minimum:
            skip_pruned(row, log.minimum, by=WORKER, now=now)
        if row.position >= size:
            return None
        batch = _batch_at(row, size)
        row.tries = min(row.tries + 1, len(DELAYS))
        row.save(update_fields=["tries"])
    return batch


def _batch_at(row: Destination, size: int) -> Batch:
    """The one that was cut there before; or a new one, up to where the next one begins."""
    found = row.batches.filter(start=row.position).first()
    if found is not None:
        return found
    later = row.batches.filter(start__gt=row.position).values_list("start", flat=True).first()
    end = min(row.position + MOST, size, later if later is not None else size)
    return Batch.objects.create(destination=row, start=row.position, end=end)


def _locked(destination_id: int) -> Destination | None:
    rows = Destination.objects.select_for_update(of=("self",), skip_locked=True).select_related("organization")
    return rows.filter(pk=destination_id).first()


def _send(row: Destination, batch: Batch, now: datetime) -> Answer:
    try:
        secret = unseal(row.sealed)
    except Unreadable:
        return Answer(None, _NO_SECRET)
    body = body_of(row, batch)
    if row.kind == Destination.Kind.BUCKET:
        return _put(row, batch, body, secret)
    signed = signing.headers(name_of(row, batch), int(now.timestamp()), body, [secret])
    headers = {**signed, "Content-Type": _TYPE, "User-Agent": "Brightline-Trail/1"}
    return outgoing.post(row.url, headers, body, local=settings.EMBEDDED)


def _put(row: Destination, batch: Batch, body: bytes, secret: str) -> Answer:
    packed = gzip.compress(body, mtime=0)  # the same bytes each time
    url = buckets.address(row.url, row.bucket, object_name(row, batch))
    more = {"Content-Type": _TYPE, "Content-Encoding": "gzip", "User-Agent": "Brightline-Trail/1"}
    headers = buckets.headers(url, packed, region=row.region, access_key=row.access_key, secret_key=secret, more=more)
    return outgoing.post(url, headers, packed, local=settings.EMBEDDED, method="PUT")


def body_of(row: Destination, batch: Batch) -> bytes:
    slug = row.organization.slug
    found = Entry.objects.filter(
        placed__log__organization=slug, placed__index__gte=batch.start, placed__index__lt=batch.end
    )
    return lines(Format(row.form), contents(found.order_by("placed__index")), source_of(slug))


def name_of(row: Destination, batch: Batch) -> str:
    """Of a batch: the same whenever it is sent."""
    return f"{row.organization.slug}-{row.pk}-{batch}"


def object_name(row: Destination, batch: Batch) -> str:
    """Names sort as the entries do."""
    folder = f"{row.prefix.strip('/')}/" if row.prefix.strip("/") else ""
    return f"{folder}{row.organization.slug}/{batch}.{row.form}.jsonl.gz"


def _finish(row: Destination, batch: Batch, answer: Answer, now: datetime) -> None:
    row.answered_at, row.status, row.answer = now, answer.status, answer.failure[:300]
    if answer.arrived:
        row.position, row.tries, row.failing_since, row.sent_at = batch.end, 0, None, now
        row.save()
        return
    delay = next_delay(max(row.tries, 1), chance=random.random())  # noqa: S311 - no secret
    row.due_at = now + (delay or timedelta(seconds=DELAYS[-1]))
    row.failing_since = row.failing_since or now
    row.save()
    if now - row.failing_since >= GIVE_UP_AFTER:
        stop_failing(row, by=WORKER, now=now)
