"""Checkpoints of before that somebody may have kept: with each of them goes the proof that the log only grew since."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC
from typing import Final

from django.db.models import Max
from django.db.models.functions import TruncDate

from audits.log import notes
from audits.log.notes import Verifier
from audits.models import Checkpoint, Entry, Log
from audits.trail.kinds import Kind

_DAYS: Final = 60
_BUNDLES: Final = 60


def checkpoints(log: Log, size: int, signed_by: Sequence[Verifier], kept: Sequence[int]) -> Iterator[Checkpoint]:
    """Those that were handed out in bundles, the last one of each day, and those that are asked for; as far as a key
    signed them that signed the newest one too, for others cannot be checked with it."""
    sizes = {*kept, *_of_days(log), *_of_bundles(log)}
    for row in log.checkpoints.filter(size__in=sizes, size__lt=size).order_by("size"):
        if notes.verified(notes.parse_note(row.note), signed_by):
            yield row


def _of_days(log: Log) -> list[int]:
    days = log.checkpoints.order_by().annotate(day=TruncDate("signed_at", tzinfo=UTC)).values("day")
    return [row["last"] for row in days.annotate(last=Max("size")).order_by("-day")[:_DAYS]]


def _of_bundles(log: Log) -> list[int]:
    rows = Entry.objects.filter(organization=log.organization, kind=Kind.EVIDENCE_EXPORTED.value).order_by("-pk")
    told = [entry.content()["data"] for entry in rows[:_BUNDLES]]
    return [size for data in told if isinstance(size := data.get("size", data.get("entries")), int)]
