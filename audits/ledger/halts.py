"""Stopping to sign, because the database is not what was published, and going on when it is again."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import transaction

from audits.ledger import cosignatures, published
from audits.ledger.published import NotAsPublished, RootAt
from audits.log import tiles, tree
from audits.log.notes import BadNote
from audits.models import Halt, Log, Tile
from audits.trail.kinds import Kind
from audits.trail.record import record
from profiles.access import system

logger = logging.getLogger(__name__)

SEQUENCER: Final = system("sequencer")


def root_at(log: Log) -> RootAt:
    """Computed from the hashes in the database."""
    return partial(tree.root, tiles.node_of(partial(hashes_at, log)))


def hashes_at(log: Log, place: tiles.Place) -> bytes:
    """What a tile holds by now, one hash after the other; empty without any."""
    found = Tile.objects.filter(log=log, level=place.level, number=place.number).values_list("hashes", flat=True)
    return bytes(next(iter(found), b""))


def look(logs: Iterable[Log], *, now: datetime) -> bool:
    """Compare logs with what was published of them; whether all are as they should be."""
    right = True
    for log in logs:
        try:
            published.check(log.organization, partial(_size, log), root_at(log))
        except (NotAsPublished, ValueError) as found:
            begin(log, found, now=now)
            right = False
        else:
            end(log, now=now)
    return right


def begin(log: Log, found: NotAsPublished | ValueError, *, now: datetime) -> None:
    """Note that nothing may be signed. The first time this is an entry, and somebody is told."""
    if not isinstance(found, NotAsPublished):  # a tile is not there
        found = NotAsPublished(log.organization, published.Because.DIFFERS, published=log.size, size=log.size)
    told = {"because": found.because.value, "published": found.published, "size": found.size}
    with transaction.atomic():
        _row, made = Halt.objects.get_or_create(log=log, defaults={**told, "since": now})
        if not made:
            return
        _note(Kind.LOG_STOPPED, log, now, told)
    logger.error(
        "Nothing is signed: the database is not what was published of the log %s (%s). It holds %d entries, and %d"
        " were published. See docs/log.md.",
        *(log.origin, found.because, found.size, found.published),
    )


def end(log: Log, *, now: datetime) -> None:
    """Note that a log may be signed again, if it could not be."""
    with transaction.atomic():
        gone, _by_model = Halt.objects.filter(log=log).delete()
        if gone:
            _note(Kind.LOG_CONTINUED, log, now, {"size": log.size})
            logger.warning("The log %s is signed again.", log.origin)


def confront(log: Log, note: str, *, now: datetime) -> bool:
    """Hold a checkpoint that somebody outside has against the database. If this log signed it, and the database does
    not hold it, that is what was published, and nothing is signed any more; True then."""
    try:
        theirs = cosignatures.opened(log, note)
        if published.holds(theirs, _size(log), root_at(log)):
            return False
    except (BadNote, ValueError):
        return False
    published.put(log.organization, note)
    return not look([log], now=now)


def _size(log: Log) -> int:
    return Log.objects.values_list("size", flat=True).get(pk=log.pk)


def _note(kind: Kind, log: Log, now: datetime, data: dict[str, Any]) -> None:
    record(kind, who=SEQUENCER, at=now, organization=log.organization, target=f"log {log.origin}", data=data)
