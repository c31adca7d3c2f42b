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

from audits.ledger import halts, keys, published
from audits.ledger.halts import hashes_at
from audits.ledger.published import INSTALLATION
from audits.log import notes, tiles, tree
from audits.log.tiles import Place, Tiles
from audits.models import Checkpoint, Halt, Log, Tile
from audits.search import tally

__all__ = ["BATCH", "INSTALLATION", "hashes_at", "log_for", "look", "place", "slug_of"]

BATCH: Final = 5_000
# What was signed is published, so a crash of the database must not take it back, however it is set up.
_LOCK: Final = """
SELECT pg_try_advisory_xact_lock(hashtext('brightline.sequencer')),
    CASE current_setting('synchronous_commit') WHEN 'off' THEN set_config('synchronous_commit', 'on', true) END
"""
# Entry by entry (LIMIT says so): the planner takes the few that wait for many, and would read the whole trail.
_TAKE: Final = """
WITH taken AS (
    DELETE FROM audits_unplaced WHERE entry_id IN (SELECT entry_id FROM audits_unplaced ORDER BY entry_id LIMIT %s)
    RETURNING entry_id
)
SELECT e.organization, e.id, e.leaf
FROM taken, LATERAL (SELECT organization, id, leaf FROM audits_entry WHERE id = taken.entry_id LIMIT 1) e
ORDER BY e.organization, e.id
"""
_GIVE: Final = """
INSERT INTO audits_leaf (entry_id, log_id, index)
SELECT id, %s, %s + n - 1 FROM unnest(%s::bigint[]) WITH ORDINALITY AS given(id, n) ORDER BY n
"""


class Waiting(NamedTuple):
    """An entry that has no place yet."""

    organization: str
    id: int
    leaf: bytes


def place(*, now: datetime, most: int = BATCH) -> int:
    """Give up to ``most`` waiting entries their places, and sign what came of it; returns how many. None are placed
    while another process does this, without a key, or while the database is not what was published."""
    if not keys.can_sign() or not _may_sign(now):
        return 0
    try:
        with transaction.atomic():
            waiting = _take(most)
            groups = groupby(waiting, key=itemgetter(0))
            signed = [_extend(log_for(organization), list(group), now) for organization, group in groups]
            if waiting:
                tally.count([entry.id for entry in waiting])
    except published.NotAsPublished as found:
        halts.begin(log_for(found.organization), found, now=now)
        return 0
    for checkpoint in signed:
        published.keep(checkpoint.log.organization, checkpoint.note)
    return len(waiting)


def look(*, now: datetime) -> bool:
    """Compare every log with what was published of it; whether all are as they should be."""
    return halts.look([log_for(organization) for organization in published.organizations()], now=now)


def _may_sign(now: datetime) -> bool:
    """Whether nothing stops it. What stopped it may be over by now."""
    stopped = [row.log for row in Halt.objects.select_related("log")]
    return not stopped or halts.look(stopped, now=now)


def slug_of(log: Log) -> str:
    return log.organization or INSTALLATION


def _take(most: int) -> list[Waiting]:
    # Statements after the lock see all that its last holder committed.
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        is_alone, _setting = cursor.fetchone()
        if not is_alone:
            return []
        cursor.execute(_TAKE, [most])
        return [Waiting(organization, entry, bytes(leaf)) for organization, entry, leaf in cursor.fetchall()]


def log_for(organization: str) -> Log:
    """The log of an organization, or of the installation with an empty slug; it begins here if it is the first time."""
    origin = f"{settings.BRIGHTLINE_LOG_NAME}/log/{organization or INSTALLATION}"
    Log.objects.get_or_create(organization=organization, defaults={"origin": origin})
    return Log.objects.get(organization=organization)


def _extend(log: Log, waiting: Sequence[Waiting], now: datetime) -> Checkpoint:
    """
    Raises:
        NotAsPublished: the log is not what was published of it.
    """
    log = Log.objects.select_for_update().get(pk=log.pk)
    size = log.size  # nobody else can make it grow while the row is locked
    published.check(log.organization, lambda: size, halts.root_at(log))
    kept: Tiles = {}

    def read(place: Place) -> bytes:
        if place not in kept:
            kept[place] = hashes_at(log, place)
        return kept[place]

    changed = tiles.extend(read, log.size, (tree.hash_leaf(entry.leaf) for entry in waiting))
    _give_places(log, [one.id for one in waiting])
    _write(log, changed)
    kept |= changed
    log.size += len(waiting)
    log.save(update_fields=("size",))
    root = tree.root(tiles.node_of(read), log.size)
    text = notes.Checkpoint(log.origin, log.size, root).text
    note = notes.Note(text, keys.sign(text, log.origin))
    return Checkpoint.objects.create(log=log, size=log.size, root=root, note=str(note), signed_at=now)


def _give_places(log: Log, entries: Sequence[int]) -> None:
    """To these entries the next ones. The ids are one text, which costs a tenth of a row for each of them."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE, [log.pk, log.size, "{" + ",".join(map(str, entries)) + "}"])


def _write(log: Log, changed: Tiles) -> None:
    rows = (Tile(log=log, level=place.level, number=place.number, hashes=found) for place, found in changed.items())
    Tile.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=("log", "level", "number"), update_fields=("hashes",)
    )
