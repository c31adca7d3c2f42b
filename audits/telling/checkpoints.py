"""Checkpoints for auditors: by mail to whom an organization named, and by webhook. Whoever keeps one can prove later
that a history was rewritten, which is why it goes out, and does not wait to be fetched.

It goes out once in each hour or day, and only if the log has grown since what was sent last.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from audits import dispatch
from audits.ledger import cosignatures, keys, read
from audits.ledger.sequence import slug_of
from audits.models import Auditor, Checkpoint, CheckpointLetter
from audits.telling import waiting, words
from profiles.actions.deliveries import new_delivery
from profiles.models import Delivery, Webhook
from profiles.telling import events

logger = logging.getLogger(__name__)

_EVENTS: Final = uuid.UUID("5c1de5a9-7d0f-4b3b-9d3c-3f0f5a3f6a01")  # one event for one checkpoint, whoever gets it


def write(*, now: datetime) -> int:
    """Write the letters and deliveries that are due; returns how many."""
    letters = sum(_write_letter(auditor, now) for auditor in _by_mail())
    return letters + sum(_write_delivery(webhook, now) for webhook in _listening())


def slot_of(rhythm: str, now: datetime) -> datetime:
    """The beginning of the hour or day, in UTC, for which at most one letter is written."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    return hour if rhythm == Auditor.Rhythm.HOURLY else hour.replace(hour=0)


def _by_mail() -> Iterator[Auditor]:
    rows = Auditor.objects.filter(removed_at=None).exclude(rhythm=Auditor.Rhythm.NEVER).exclude(email="")
    yield from rows.select_related("organization").order_by("pk")


def _write_letter(auditor: Auditor, now: datetime) -> bool:
    checkpoint, slot = read.signed(_owner(auditor)), slot_of(auditor.rhythm, now)
    last = auditor.letters.order_by("-slot").select_related("checkpoint").first()
    if checkpoint is None or (last and (last.slot >= slot or last.checkpoint.size >= checkpoint.size)):
        return False
    told = {"checkpoint": checkpoint, "due_at": now, "asked_at": now}
    with transaction.atomic():
        letter, made = CheckpointLetter.objects.get_or_create(auditor=auditor, slot=slot, defaults=told)
        if made:
            dispatch.send_checkpoint(letter.pk)
    return made


def _owner(auditor: Auditor) -> str:
    return auditor.organization.slug if auditor.organization else ""


# Sending


def send(letter_id: int, *, now: datetime) -> bool:
    """Make one attempt to send a letter; returns whether there was something to do."""
    with transaction.atomic():
        if waiting.begin(CheckpointLetter.objects.all(), letter_id, now) is None:
            return False
    with transaction.atomic():
        rows = CheckpointLetter.objects.select_related("auditor__organization", "checkpoint__log")
        letter = waiting.locked(rows, letter_id)
        if letter is None:
            return False
        if letter.auditor.removed_at is not None or not letter.auditor.email:
            waiting.end(letter, CheckpointLetter.State.DROPPED, now)
            return True
        waiting.send_mail(letter, lambda: _message(letter.auditor, letter.checkpoint), now)
    return True


def _message(auditor: Auditor, checkpoint: Checkpoint) -> EmailMessage:
    log = checkpoint.log
    note = cosignatures.note_of(checkpoint)
    with translation.override(settings.LANGUAGE_CODE):
        size = number_format(checkpoint.size, force_grouping=True)
        told = {"origin": log.origin, "size": size}
        context = {
            **told,
            "name": auditor.name,
            "when": words.moment(checkpoint.signed_at.isoformat()),
            "note": note,
            "keys": [str(verifier) for verifier in keys.verifiers(log.origin)],
            "verify_href": settings.BRIGHTLINE_BASE_URL + reverse("verify"),
            "cosigns": bool(auditor.key),
            "cosign_href": settings.BRIGHTLINE_BASE_URL + reverse("log_cosignature", args=[slug_of(log)]),
        }
        message = EmailMessage(
            _("Please keep: checkpoint of %(origin)s, %(size)s entries") % told,
            render_to_string("mail/checkpoint.txt", context),
            to=[auditor.email],
            headers={"Auto-Submitted": "auto-generated"},
        )
    # Byte for byte: mail programs may change the ends of lines of a text.
    message.attach(f"{slug_of(log)}-{checkpoint.size}.checkpoint", note.encode(), "application/octet-stream")
    return message


# Webhooks


def _listening() -> Iterator[Webhook]:
    rows = Webhook.objects.filter(disabled_at=None, removed_at=None, events__contains=[events.CHECKPOINT])
    yield from rows.select_related("organization").order_by("pk")


def _write_delivery(webhook: Webhook, now: datetime) -> bool:
    """The newest checkpoint, at most once in an hour."""
    checkpoint = read.signed(webhook.organization.slug)
    if checkpoint is None:
        return False
    event = str(uuid.uuid5(_EVENTS, f"{checkpoint.log.origin} {checkpoint.size}"))
    slot = slot_of(Auditor.Rhythm.HOURLY, now)
    sent = webhook.deliveries.filter(type=events.CHECKPOINT)
    if sent.filter(created_at__gte=slot).exists() or sent.filter(event_id=event).exists():
        return False
    said = events.checkpoint(
        cosignatures.note_of(checkpoint),
        organization=webhook.organization.slug,
        origin=checkpoint.log.origin,
        size=checkpoint.size,
        base_url=settings.BRIGHTLINE_BASE_URL,
    )
    body = events.body(events.CHECKPOINT, now.isoformat().replace("+00:00", "Z"), {"id": event, **said})
    with transaction.atomic():
        Delivery.objects.bulk_create([new_delivery(webhook, event, body, now)], ignore_conflicts=True)
        for pk in sent.filter(event_id=event).values_list("pk", flat=True):
            dispatch.send_delivery(pk)
    return True
