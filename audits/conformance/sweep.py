"""The sweep over everything that waits."""

from __future__ import annotations

from datetime import datetime

from audits import dispatch
from audits.conformance import execute, looking, recheck, running
from audits.conformance.waiting import look_after
from audits.models import Check, Look, RecheckChunk


def sweep(*, now: datetime) -> int:
    """Look after all waiting rows; returns for how many a message was sent again."""
    checks = Check.objects.filter(state=Check.State.WAITING).select_related("version__product__organization")
    chunks = RecheckChunk.objects.filter(state=RecheckChunk.State.WAITING).select_related("recheck")
    sent = look_after(checks, dispatch.send, execute.give_up, now)
    sent += look_after(chunks, dispatch.send_chunk, recheck.give_up, now)
    sent += look_after(Look.objects.filter(state=Look.State.WAITING), dispatch.send_look, looking.give_up, now)
    return sent + running.sweep(now=now)
