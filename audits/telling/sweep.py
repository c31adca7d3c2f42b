"""What the timetable does for telling: messages for what waits, what only time brings, and an end for old rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from audits import dispatch
from audits.models import CheckpointLetter
from audits.telling import checkpoints, fan_out, letters, reminders, waiting
from profiles.models import Delivery, Letter, Notice

KEEP_DELIVERIES: Final = timedelta(days=60)
KEEP_NOTICES: Final = timedelta(days=365)
_AT_ONCE: Final = 1_000  # rows removed


def sweep(*, now: datetime) -> int:
    """Tell of what was left, and ask again for letters and deliveries that are due; returns how many things it did."""
    told = fan_out.tell(now=now)
    asked = waiting.ask_for_due(Letter.objects.all(), dispatch.send_letter, now)
    asked += waiting.ask_for_due(CheckpointLetter.objects.all(), dispatch.send_checkpoint, now)
    return told + asked + waiting.ask_for_due(Delivery.objects.all(), dispatch.send_delivery, now)


def pass_time(*, now: datetime) -> None:
    """What happens because it is late enough: reminders, digests, and the end of rows that nobody needs any more."""
    reminders.remind(now=now)
    letters.write_digests(now=now)
    checkpoints.write(now=now)
    forget(now=now)


def forget(*, now: datetime) -> None:
    """Remove old deliveries and notices; the trail keeps what they were about."""
    old = Delivery.objects.exclude(state=Delivery.State.WAITING).filter(created_at__lt=now - KEEP_DELIVERIES)
    Delivery.objects.filter(pk__in=list(old.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])).delete()
    read = Notice.objects.filter(at__lt=now - KEEP_NOTICES)
    Notice.objects.filter(pk__in=list(read.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])).delete()
    sent = CheckpointLetter.objects.exclude(state=CheckpointLetter.State.WAITING).filter(slot__lt=now - KEEP_NOTICES)
    CheckpointLetter.objects.filter(pk__in=list(sent.order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])).delete()
