"""What is published of a log: checkpoints, tiles, and the proof of one entry. All of it is read as of a checkpoint."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from audits.ledger import cosignatures
from audits.ledger.sequence import INSTALLATION, hashes_at
from audits.log import proofs, tiles, tree
from audits.log.tiles import HEIGHT, WIDTH, Asked, Place
from audits.models import Checkpoint, Entry, Leaf, Log, Timestamp

_LENGTH_BYTES: Final = 2
BIGGEST: Final = 2**63  # no log is as large


def log_of(slug: str) -> Log | None:
    """By what stands in an address."""
    return log_of_organization("" if slug == INSTALLATION else slug)


def log_of_organization(organization: str) -> Log | None:
    """By the slug of its organization, which is empty for the installation's."""
    return Log.objects.filter(organization=organization).first()


def signed(organization: str) -> Checkpoint | None:
    """The newest checkpoint of an organization's log, or of the installation's with an empty slug."""
    return Checkpoint.objects.filter(log__organization=organization).order_by("-size").first()


def checkpoint_of(log: Log, size: int) -> Checkpoint | None:
    """The one that was signed at a size."""
    return log.checkpoints.filter(size=size).first()


def timestamp_of(checkpoint: Checkpoint) -> Timestamp | None:
    """What a time-stamping authority said of it."""
    return Timestamp.objects.filter(checkpoint=checkpoint).first()


def checkpoints(organization: str) -> QuerySet[Checkpoint]:
    return Checkpoint.objects.filter(log__organization=organization)


def latest(log: Log) -> Checkpoint | None:
    return log.checkpoints.first()


def is_pruned(log: Log, asked: Asked) -> bool:
    """Whether these entries were pruned: hashes never are, and bundles always as a whole."""
    return asked.level is None and asked.number * WIDTH < log.minimum


def tile(log: Log, asked: Asked) -> bytes | None:
    """The hashes of a tile, or its entries, each after its length (big-endian, two bytes); None if the log does not
    hold so much yet, or no more (``is_pruned``)."""
    return _entries(log, asked) if asked.level is None else _hashes(log, asked.level, asked)


def node(log: Log) -> tree.Node:
    """Hashes of the log's tree, for proofs."""
    return tiles.node_of(partial(hashes_at, log))


def proof_of(entry: Entry) -> str | None:
    """The file that proves the entry under the newest checkpoint of its log; None while it waits for its place."""
    return _proof(entry.pk)


def proof_at(leaf: Leaf) -> str | None:
    """The same for a place: it takes hashes only, so it can be made of an entry that was pruned too."""
    return _proof(leaf.pk)


def _proof(entry_id: int) -> str | None:
    found = _rows(_PLACE, [entry_id])
    if not found:
        return None
    index, log, checkpoint, size, note = found[0]
    near = tiles.node_of(_together(Log(pk=log), tiles.around(index, size)))
    signed = Checkpoint(pk=checkpoint, log_id=log, size=size, note=note)
    return str(proofs.of(near, index, size, cosignatures.note_of(signed)))


# A proof is asked for by whoever looks at an entry: the ORM would take longer to word these than PostgreSQL to answer.
_PLACE: Final = """
SELECT placed.index, placed.log_id, signed.id, signed.size, signed.note
FROM audits_leaf placed, LATERAL (
    SELECT id, size, note FROM audits_checkpoint WHERE log_id = placed.log_id ORDER BY size DESC LIMIT 1
) signed
WHERE placed.entry_id = %s
"""
_TILES: Final = """
SELECT level, number, hashes FROM audits_tile
WHERE log_id = %s AND (level, number) IN (SELECT * FROM unnest(%s::smallint[], %s::bigint[]))
"""


def _rows(statement: str, given: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchall()


def _together(log: Log, places: Collection[Place]) -> tiles.Read:
    """These tiles in one query, and any other by itself."""
    rows = _rows(_TILES, [log.pk, [place.level for place in places], [place.number for place in places]])
    found = {Place(level, number): bytes(hashes) for level, number, hashes in rows}
    return lambda place: found[place] if place in found else hashes_at(log, place)


def leaves(log: Log, start: int, end: int) -> Iterator[bytes]:
    """The entries from one place up to before another, in constant memory."""
    rows = Entry.objects.filter(placed__log=log, placed__index__gte=start, placed__index__lt=end)
    for leaf in rows.order_by("placed__index").values_list("leaf", flat=True).iterator(chunk_size=WIDTH):
        yield bytes(leaf)


def _hashes(log: Log, level: int, asked: Asked) -> bytes | None:
    if (log.size >> (HEIGHT * level)) < asked.number * WIDTH + asked.width:
        return None
    return hashes_at(log, Place(level, asked.number))[: asked.width * tree.HASH_BYTES]


def _entries(log: Log, asked: Asked) -> bytes | None:
    start = asked.number * WIDTH
    if log.size < start + asked.width or start < log.minimum:
        return None
    found = leaves(log, start, start + asked.width)
    return b"".join(len(leaf).to_bytes(_LENGTH_BYTES) + leaf for leaf in found)
