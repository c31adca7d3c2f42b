"""Giving entries their places: one process at a time, and a batch is one transaction with its tiles and checkpoint.

Entries wait in a table that the transaction of each of them filled (``Unplaced``), not behind a number: a sequence is
no order of commits, and a watermark over transactions stands still while any is open, and is void after a restore.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Final, NamedTuple

from django.conf import settings
from django.db import connection, transaction

from audits.ledger import keys
from audits.log import notes, tiles, tree
from audits.log.tiles import Place, Tiles
from audits.models import Checkpoint, Leaf, Log, Tile
from audits.search import tally

BATCH: Final = 5_000
INSTALLATION: Final = "_installation"  # what stands in an address where an organization's slug stands otherwise
_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtext('brightline.sequencer'))"
_TAKE: Final = """
WITH taken AS (
    DELETE FROM audits_unplaced WHERE entry_id IN (SELECT entry_id FROM audits_unplaced ORDER BY entry_id LIMIT %s)
    RETURNING entry_id
)
SELECT e.organization, e.id, e.leaf FROM taken JOIN audits_entry e ON e.id = taken.entry_id
ORDER BY e.organization, e.id
"""


class Waiting(NamedTuple):
    """An entry that has no place yet."""

    organization: str
    id: int
    leaf: bytes


def place(*, now: datetime, most: int = BATCH) -> int:
    """Give up to ``most`` waiting entries their places, and sign what came of it; returns how many. None are placed
    while another process does this, or without a key."""
    if not keys.can_sign():
        return 0
    with transaction.atomic():
        waiting = _take(most)
        for organization, group in groupby(waiting, key=itemgetter(0)):
            _extend(_log(organization), list(group), now)
        if waiting:
            tally.count([entry.id for entry in waiting])
    return len(waiting)


def slug_of(log: Log) -> str:
    return log.organization or INSTALLATION


def _take(most: int) -> list[Waiting]:
    # Statements after the lock see all that its last holder committed.
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if cursor.fetchone() == (False,):
            return []
        cursor.execute(_TAKE, [most])
        return [Waiting(organization, entry, bytes(leaf)) for organization, entry, leaf in cursor.fetchall()]


def _log(organization: str) -> Log:
    origin = f"{settings.BRIGHTLINE_LOG_NAME}/log/{organization or INSTALLATION}"
    Log.objects.get_or_create(organization=organization, defaults={"origin": origin})
    return Log.objects.select_for_update().get(organization=organization)


def _extend(log: Log, waiting: Sequence[Waiting], now: datetime) -> None:
    kept: Tiles = {}

    def read(place: Place) -> bytes:
        if place not in kept:
            kept[place] = hashes_at(log, place)
        return kept[place]

    changed = tiles.extend(read, log.size, (tree.hash_leaf(entry.leaf) for entry in waiting))
    Leaf.objects.bulk_create(Leaf(entry_id=one.id, log=log, index=at) for at, one in enumerate(waiting, log.size))
    _write(log, changed)
    kept |= changed
    log.size += len(waiting)
    log.save(update_fields=("size",))
    root = tree.root(tiles.node_of(read), log.size)
    text = notes.Checkpoint(log.origin, log.size, root).text
    note = notes.Note(text, keys.sign(text, log.origin))
    Checkpoint.objects.create(log=log, size=log.size, root=root, note=str(note), signed_at=now)


def _write(log: Log, changed: Tiles) -> None:
    rows = (Tile(log=log, level=place.level, number=place.number, hashes=found) for place, found in changed.items())
    Tile.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=("log", "level", "number"), update_fields=("hashes",)
    )


def hashes_at(log: Log, place: Place) -> bytes:
    """What a tile holds by now, one hash after the other; empty without any."""
    found = Tile.objects.filter(log=log, level=place.level, number=place.number).values_list("hashes", flat=True)
    return bytes(next(iter(found), b""))
