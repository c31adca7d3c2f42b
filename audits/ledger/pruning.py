"""Entries that were kept long enough go, from the beginning of their log, in whole bundles of 256.

What goes is what they say: their bytes, what was disclosed of them, the words that a search finds. Their hashes and the
checkpoints stay, and so do their places, so every proof of them holds and a new one can be made. Each transaction takes
a bounded number of bundles with the entry that tells of it: a worker that dies leaves all of one or nothing of it.

Whether they may go is decided in PostgreSQL once more (migration 0020), by its own clock; what is read here must agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from audits.ledger import cosignatures
from audits.log.tiles import WIDTH
from audits.models import Checkpoint, Destination, Entry, Leaf, Log, Pruning, Untold
from audits.models.retention import MOST_AT_ONCE
from audits.search import names, tally
from audits.trail.kinds import Kind
from audits.trail.record import record
from profiles.access import system
from profiles.actions.retention import WAIT, lock, retention_of, standing_in
from profiles.models import Letter, Notice

NIGHT_HOUR: Final = 3  # in UTC, after the nightly verification
# Bundles from a place on: how many entries each has, and whether all of them are old enough.
_BUNDLES: Final = """
SELECT l.index / 256, count(*), bool_and(e.at < clock_timestamp() - make_interval(months => %s))
FROM audits_leaf l JOIN audits_entry e ON e.id = l.entry_id
WHERE l.log_id = %s AND l.index >= %s AND l.index < %s GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Pruned:
    """That an entry went: its place and hash are known, and when and why it went."""

    leaf: Leaf
    pruning: Pruning
    hash: bytes


def prune_nightly(*, now: datetime) -> int:
    """Prune every log that has something to prune and was not pruned this night; returns how many entries went."""
    gone = 0
    for log in due(now=now):
        while count := prune(log, now=timezone.now()):
            gone += count
    return gone


def due(*, now: datetime) -> list[Log]:
    """Logs in which something may go. One whose last pruning took as much as one may was cut short, and goes on."""
    return [log for log in Log.objects.order_by("pk") if _is_tonight(log, _night(now)) and next_end(log) > log.minimum]


def prune(log: Log, *, now: datetime) -> int:
    """One pruning: as much as one transaction takes; returns how many entries went."""
    with transaction.atomic():
        lock(log.organization)
        log = Log.objects.get(pk=log.pk)
        rule, end = retention_of(log.organization), next_end(log)
        if rule is None or end <= log.minimum:
            return 0
        told = record(
            Kind.LOG_PRUNED,
            who=system("scheduler", on_behalf_of=rule.set_by_id),
            at=now,
            organization=log.organization,
            target=f"log {log.origin}",
            data={"start": log.minimum, "end": end, "count": end - log.minimum, "months": rule.months},
        )
        _forget(log, end)
        with connection.cursor() as cursor:
            cursor.execute("SELECT prune_log(%s, %s, %s)", [log.pk, end, told.pk])
            (count,) = cursor.fetchone()
        names.forget(log.organization)
        return int(count)


def next_end(log: Log) -> int:
    """Up to before which place one pruning would go; the log's minimum index if nothing may go now."""
    rule = retention_of(log.organization)
    if rule is None or not rule.months or timezone.now() < rule.set_at + WAIT or standing_in(log.organization).exists():
        return log.minimum
    most = min(log.minimum + MOST_AT_ONCE, _covered(log), _sent_on(log)) // WIDTH * WIDTH
    if most <= log.minimum:
        return log.minimum
    with connection.cursor() as cursor:
        cursor.execute(_BUNDLES, [rule.months, log.pk, log.minimum, most])
        bundles = cursor.fetchall()
    whole = takewhile(lambda bundle: bundle[1] == WIDTH and bundle[2], bundles)
    return log.minimum + WIDTH * sum(1 for _bundle in whole)


def pruning_of(log: Log) -> Pruning | None:
    """The newest one."""
    return log.prunings.first() if log.minimum else None


def pruned(organization: str, number: int) -> Pruned | None:
    """The entry of this number, if it is of this organization (the installation with an empty slug) and went."""
    leaf = Leaf.objects.select_related("log").filter(pk=number, log__organization=organization).first()
    if leaf is None or leaf.index >= leaf.log.minimum or Entry.objects.filter(pk=number).exists():
        return None
    went = leaf.log.prunings.filter(start__lte=leaf.index, end__gt=leaf.index).first()
    hashes = leaf.log.tiles.filter(level=0, number=leaf.index // WIDTH).values_list("hashes", flat=True).first()
    if went is None or hashes is None:
        return None
    at = leaf.index % WIDTH * 32
    return Pruned(leaf, went, bytes(hashes)[at : at + 32])


def _covered(log: Log) -> int:
    """Up to where a checkpoint was signed, and cosigned by those whom the policy asks for, if it asks for any."""
    signed = Checkpoint.objects.filter(log=log).order_by("-size").values_list("size", flat=True).first() or 0
    if not cosignatures.asks_for_a_quorum(log):
        return signed
    sizes = {row.cosigned for row in cosignatures.progress(log).values() if row.cosigned <= signed}
    met = (size for size in sizes if cosignatures.is_quorum(log, cosignatures.witnessed_by(log, size)))
    return max(met, default=0)


def _sent_on(log: Log) -> int:
    """Up to where every destination that listens has got everything: those that fail are stopped within days."""
    rows = Destination.objects.filter(organization__slug=log.organization, stopped_at=None, removed_at=None)
    return min(rows.values_list("position", flat=True), default=log.size)


def _forget(log: Log, end: int) -> None:
    """What others keep of entries that go: what people were told of them long ago, and counts."""
    going = Leaf.objects.filter(log=log, index__gte=log.minimum, index__lt=end).values("entry_id")
    Untold.objects.filter(entry__in=going).delete()
    Letter.objects.filter(notice__entry__in=going).delete()
    Notice.objects.filter(entry__in=going).delete()
    tally.take_off(log.organization, log.pk, log.minimum, end)


def _is_tonight(log: Log, night: date) -> bool:
    last = pruning_of(log)
    return last is None or last.end - last.start == MOST_AT_ONCE or _night(last.at) < night


def _night(now: datetime) -> date:
    return date.fromordinal(now.date().toordinal() - (now.hour < NIGHT_HOUR))
