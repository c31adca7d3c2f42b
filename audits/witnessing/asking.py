"""Asking a witness for its cosignature of the newest checkpoint, and keeping what it says.

It happens after checkpoints are signed and served, by nobody who signs: a witness that is slow, dead or wrong delays
nothing. Whatever is cut off here is asked again.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from audits.ledger import cosignatures, halts, published, read
from audits.ledger.cosignatures import Known
from audits.log import notes, tree, witness
from audits.log.witness import Answer, Said
from audits.models import Checkpoint, Cosigner, Log
from audits.telling import outgoing
from audits.telling.outgoing import Unreachable
from audits.trail.kinds import Kind
from audits.trail.record import record

logger = logging.getLogger(__name__)

PACE: Final = timedelta(seconds=5)  # a log that grows all the time is shown to a witness so often
SLOWEST: Final = timedelta(minutes=10)  # for a witness that does not do as it should
DEADLINE: Final = 10.0  # seconds for one answer
_AT_ONCE: Final = 50  # logs
_HEADERS: Final = {"User-Agent": "Brightline-Log/1", "Content-Type": "text/plain; charset=utf-8"}
_DISPUTES: Final = frozenset({Said.OTHER_ROOT, Said.INCONSISTENT, Said.AHEAD})


class Heard(NamedTuple):
    """What a witness answered, and in which words, where it did not cosign."""

    answer: Answer
    detail: str = ""


def ask_due(*, now: datetime) -> int:
    """Ask every witness about every log that it is due for; returns how many answered with a cosignature."""
    return sum(ask_about(log, one, now=now) for one in asked() for log in due(one, now))


def asked() -> list[Known]:
    """The witnesses of the policy that have an address, whatever logs it is for."""
    found = cosignatures.agreed().witnesses.values()
    return [Known(one.name, one.key, one.url, is_witness=True) for one in found if one.url]


def due(one: Known, now: datetime) -> Iterable[Log]:
    """The logs that have grown since this witness cosigned, and that it may be asked about again."""
    row = Cosigner.objects.filter(log=OuterRef("pk"), name=one.id[0], key_id=one.id[1])
    settled = row.filter(Q(cosigned__gte=OuterRef("size")) | Q(due_at__gt=now))
    grown = Log.objects.filter(~Exists(settled), size__gt=0, halt=None).order_by("pk")
    return [log for log in grown[:_AT_ONCE] if cosignatures.agreed().covers(log.origin)]


def ask_about(log: Log, one: Known, *, now: datetime) -> bool:
    """Show a witness the newest checkpoint, going on from what it holds; whether it cosigned."""
    checkpoint = read.latest(log)
    if checkpoint is None:
        return False
    row, _made = Cosigner.objects.get_or_create(log=log, name=one.id[0], key_id=one.id[1])
    before = Said(row.said) if row.said else None
    heard = _ask(log, one, checkpoint, min(row.size, checkpoint.size), now)
    if heard.answer.said is Said.CONFLICT and heard.answer.size is not None:
        heard = _ask(log, one, checkpoint, heard.answer.size, now)
    _keep(row, one, checkpoint, heard, now)
    if heard.answer.said in _DISPUTES:
        _dispute(log, one, checkpoint, heard, now, is_new=before is not heard.answer.said)
    return heard.answer.said is Said.COSIGNED


def _ask(log: Log, one: Known, checkpoint: Checkpoint, old: int, now: datetime) -> Heard:
    """
    Args:
        old: the size that the witness is taken to hold, at most that of the checkpoint.
    """
    shown = notes.Checkpoint(log.origin, checkpoint.size, bytes(checkpoint.root))
    proof = tree.consistency_proof(read.node(log), old, checkpoint.size)
    body = witness.request(old, proof, checkpoint.note)
    try:
        status, said = outgoing.ask(one.url + witness.PATH, _HEADERS, body, deadline=DEADLINE, most=witness.MOST_ANSWER)
    except Unreachable as error:
        return Heard(Answer(Said.UNREACHABLE), str(error))
    answer = witness.read(status, said, shown=shown, old=old, key=one.key)
    if answer.cosignature and not cosignatures.is_timely(answer.cosignature, now):
        return Heard(Answer(Said.NONSENSE), f"{status} The time of its cosignature has yet to come.")
    return Heard(answer, "" if answer.said is Said.COSIGNED else f"{status} {_words(said)}".strip())


def _words(said: bytes) -> str:
    text = said[:200].decode("utf-8", "replace")
    return "".join(character if character.isprintable() else " " for character in text).strip()


def _keep(row: Cosigner, one: Known, checkpoint: Checkpoint, heard: Heard, now: datetime) -> None:
    answer = heard.answer
    row.said, row.detail, row.asked_at = answer.said.value, heard.detail[:300], now
    row.failures = 0 if answer.said is Said.COSIGNED else row.failures + 1
    row.due_at = now + _pause(answer.said, row.failures)
    if answer.size is not None:
        row.size = answer.size
    with transaction.atomic():
        row.save()
        if answer.cosignature:
            cosignatures.keep(checkpoint, one.key, answer.cosignature, now=now)


def _pause(said: Said, failures: int) -> timedelta:
    if said in (Said.COSIGNED, Said.CONFLICT):
        return PACE
    return SLOWEST if said in _DISPUTES else min(PACE * 2 ** min(failures, 10), SLOWEST)


# What it holds against us


def _dispute(log: Log, one: Known, checkpoint: Checkpoint, heard: Heard, now: datetime, *, is_new: bool) -> None:
    """Somebody is told, once for as long as the witness says the same. If the witness shows a checkpoint that this log
    signed and the database does not hold, nothing more is signed; its word alone stops nothing."""
    told = {"by": one.name, "because": heard.answer.said.value, "size": checkpoint.size}
    if is_new:
        logger.error("The witness %s disputes the log %s: %s.", one.name, log.origin, heard.answer.said)
        record(
            Kind.LOG_DISPUTED,
            who=halts.SEQUENCER,
            at=now,
            organization=log.organization,
            target=f"log {log.origin}",
            data=told | ({"their_size": heard.answer.size} if heard.answer.size is not None else {}),
        )
    with suppress(Unreachable):
        halts.confront(log, shown_by(one, log), now=now)


def shown_by(one: Known, log: Log) -> str:
    """The checkpoint of a log that a witness shows to everybody; empty where it shows none.

    Raises:
        Unreachable: it does not answer.
    """
    address = f"{one.url}/{hashlib.sha256(log.origin.encode()).hexdigest()}/checkpoint"
    status, found = outgoing.ask(address, _HEADERS, None, deadline=DEADLINE, most=witness.MOST_ANSWER)
    return found.decode("utf-8", "replace") if status == 200 else ""


def compare_with_witnesses(*, now: datetime) -> None:
    """Before anything is signed: what do witnesses hold of logs of which nothing was kept on this machine?"""
    known = set(published.organizations())
    logs = [log for log in Log.objects.exclude(organization__in=known) if cosignatures.agreed().covers(log.origin)]
    for one in asked():
        with suppress(Unreachable):  # it is not waited for again
            for log in logs:
                halts.confront(log, shown_by(one, log), now=now)
