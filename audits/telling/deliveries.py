"""Sending to webhooks: count the try, send, write what came of it.

The attempt is a row before the request goes out, in a transaction of its own. A worker that dies in it leaves an
attempt whose end nobody knows, and a delivery that is still waiting; so it may arrive twice, always under one id.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Max

from audits.telling import outgoing, waiting
from audits.telling.outgoing import Answer
from profiles.access import system
from profiles.actions.webhooks import disable_failing
from profiles.models import Attempt, Delivery, Webhook
from profiles.sealing import Unreadable, unseal
from profiles.telling import signing
from profiles.telling.retries import MOST_TRIES, next_delay

WORKER: Final = system("worker")
GIVE_UP_AFTER: Final = timedelta(days=3)  # of failures without a success between them: then the webhook is disabled
_SPARE: Final = timedelta(minutes=1)  # what else waits for a receiver that does not answer
_GONE: Final = 410


def deliver(delivery_id: int, *, now: datetime) -> bool:
    """Make one attempt; returns whether there was something to do."""
    attempt = _begin(delivery_id, now)
    if attempt is None:
        return False
    with transaction.atomic():
        # The lock is held while we send: nobody else makes the next attempt meanwhile.
        delivery = waiting.locked(Delivery.objects.select_related("webhook"), delivery_id)
        if delivery is None:
            return False
        answer = _send(delivery, now)
        _write(attempt, answer)
        _finish(delivery, answer, _after(now, answer))
    return True


def _begin(delivery_id: int, now: datetime) -> Attempt | None:
    with transaction.atomic():
        delivery = waiting.begin(Delivery.objects.select_related("webhook"), delivery_id, now)
        if delivery is None:
            return None
        if not delivery.webhook.listens:
            _end(delivery, Delivery.State.STOPPED, now)
            return None
        if delivery.tries > MOST_TRIES:  # workers died in all of them
            _end(delivery, Delivery.State.FAILED, now)
            return None
        last = delivery.attempts.aggregate(last=Max("number"))["last"] or 0
        return Attempt.objects.create(delivery=delivery, number=last + 1, began_at=now)


def _send(delivery: Delivery, now: datetime) -> Answer:
    body = delivery.body.encode()
    try:
        keys = _keys(delivery.webhook, now)
    except Unreadable:
        return Answer(None, "The secret cannot be read any more, since SECRET_KEY changed. Make a new one.")
    signed = signing.headers(delivery.event_id, int(now.timestamp()), body, keys)
    headers = {**signed, "Content-Type": "application/json", "User-Agent": "Brightline-Webhooks/1"}
    return outgoing.post(delivery.webhook.url, headers, body, local=settings.EMBEDDED)


def _keys(webhook: Webhook, now: datetime) -> list[str]:
    keys = [unseal(webhook.sealed)]
    if webhook.both_until and now < webhook.both_until:
        keys.append(unseal(webhook.sealed_before))
    return keys


def _after(now: datetime, answer: Answer) -> datetime:
    return now + timedelta(milliseconds=answer.milliseconds)


def _write(attempt: Attempt, answer: Answer) -> None:
    attempt.milliseconds, attempt.address = answer.milliseconds, answer.address
    attempt.status, attempt.failure, attempt.answer = answer.status, answer.failure[:300], answer.text
    attempt.save()


def _finish(delivery: Delivery, answer: Answer, now: datetime) -> None:
    if answer.arrived:
        _end(delivery, Delivery.State.DELIVERED, now)
        Webhook.objects.filter(pk=delivery.webhook_id).exclude(failing_since=None).update(failing_since=None)
        return
    delay = next_delay(delivery.tries, chance=random.random(), asked_for=_asked_for(answer))  # noqa: S311 - no secret
    if delay is None:
        _end(delivery, Delivery.State.FAILED, now)
    else:
        delivery.due_at = now + delay
        delivery.save()
    _blame(delivery, answer, now)


def _end(delivery: Delivery, state: Delivery.State, now: datetime) -> None:
    delivery.state, delivery.ended_at = state, now
    delivery.save()


def _asked_for(answer: Answer) -> timedelta | None:
    seconds = answer.retry_after.strip()
    return timedelta(seconds=int(seconds)) if seconds.isdecimal() and len(seconds) < 8 else None


def _blame(delivery: Delivery, answer: Answer, now: datetime) -> None:
    """Remember since when the webhook fails; disable it after days of that, or when it says that it is gone."""
    webhook = Webhook.objects.select_for_update(of=("self",)).select_related("organization").get(pk=delivery.webhook_id)
    if not webhook.listens:
        return
    if webhook.failing_since is None:
        webhook.failing_since = now
        webhook.save(update_fields=["failing_since"])
    if answer.status == _GONE:
        disable_failing(webhook, because="gone", by=WORKER, now=now)
    elif now - webhook.failing_since >= GIVE_UP_AFTER:
        disable_failing(webhook, because="failing", by=WORKER, now=now)
    elif answer.status is None:
        _spare(delivery, now + _SPARE)


def _spare(delivery: Delivery, until: datetime) -> None:
    """A receiver that does not answer costs a worker many seconds: ask it once a minute, not once for each event."""
    others = Delivery.objects.filter(webhook=delivery.webhook_id, state=Delivery.State.WAITING, due_at__lt=until)
    free = others.exclude(pk=delivery.pk).select_for_update(skip_locked=True).values_list("pk", flat=True)
    Delivery.objects.filter(pk__in=list(free)).update(due_at=until)
