"""Reading what web processes hold out of the database: plain SQL over a connection of its own."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from psycopg import Connection

from profiles.serving.answers import Held
from profiles.serving.memory import LiveKey, Place, Slot

_CHUNK = 500  # products that are read at once

# Of each place the platforms of the version that is active; of each platform the rows that were published last, which
# together hold from then on. Those of before count no more.
_SLOTS = """
WITH latest AS (
    SELECT DISTINCT ON (a.product_id, a.environment_id) a.product_id, a.environment_id, v.platforms
    FROM profiles_activation a
        JOIN profiles_version v ON v.id = a.version_id
        JOIN profiles_product p ON p.id = a.product_id AND p.removed_at IS NULL
    WHERE a.product_id = ANY(%s)
    ORDER BY a.product_id, a.environment_id, a.id DESC
)
SELECT l.product_id, l.environment_id, l.platforms, r.id, r.platform, r.valid_from, r.valid_until, r.etag, r.jws,
    v.number, r.digest, a.at, r.published_at
FROM latest l
    CROSS JOIN LATERAL jsonb_array_elements_text(l.platforms) AS named (platform)
    CROSS JOIN LATERAL (
        SELECT n.platform, n.activation_id, n.published_at FROM profiles_publishedprofile n
        WHERE n.product_id = l.product_id AND n.environment_id = l.environment_id AND n.platform = named.platform
        ORDER BY n.id DESC LIMIT 1
    ) newest
    JOIN profiles_publishedprofile r
        ON r.product_id = l.product_id AND r.environment_id = l.environment_id AND r.platform = newest.platform
        AND r.activation_id = newest.activation_id AND r.published_at = newest.published_at
    JOIN profiles_activation a ON a.id = r.activation_id
    JOIN profiles_version v ON v.id = a.version_id
WHERE r.gzip <> ''
ORDER BY l.product_id, l.environment_id, r.id DESC
"""
_BYTES = "SELECT id, gzip, br FROM profiles_publishedprofile WHERE id = ANY(%s)"
_KEYS = """
SELECT id, digest, product_id, environment_id, expires_at, revoked_at FROM profiles_apikey
WHERE CASE WHEN %(keys)s::bigint[] IS NULL THEN revoked_at IS NULL ELSE id = ANY(%(keys)s) END
"""
# What became visible since the horizon: everything of transactions that were not all over then. One statement sees one
# snapshot, so nothing falls between the rows and the next horizon.
_CHANGES = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, c.id, c.product, c.key
FROM (SELECT 1) one LEFT JOIN profiles_servingchange c ON c.xid >= %s
"""
_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


class Changes(NamedTuple):
    horizon: int
    ids: frozenset[int]
    products: list[int]
    keys: list[int]
    everything: bool


def horizon(connection: Connection[Any]) -> int:
    """Before which every transaction is over."""
    ((found,),) = connection.execute(_HORIZON).fetchall()
    return int(found)


def changes(connection: Connection[Any], since: int, known: frozenset[int]) -> Changes:
    """What changed in transactions that were not over at ``since``, without the changes that are ``known``."""
    rows = connection.execute(_CHANGES, [since]).fetchall()
    found = [row for row in rows if row[1] is not None]
    new = [row for row in found if row[1] not in known]
    return Changes(
        horizon=rows[0][0],
        ids=frozenset(row[1] for row in found),
        products=sorted({row[2] for row in new if row[2] is not None}),
        keys=sorted({row[3] for row in new if row[3] is not None}),
        everything=any(row[2] is None and row[3] is None for row in new),
    )


def slots(
    connection: Connection[Any], products: Sequence[int] | None, at_hand: dict[int, Held], room: int
) -> dict[Place, Slot]:
    """What is published of some products, or of all.

    Args:
        at_hand: rows whose bytes are held already, by id.
        room: how many bytes of others may be read; rows beyond that come without bytes.
    """
    found: dict[Place, Slot] = {}
    everything = _products(connection) if products is None else list(products)
    for start in range(0, len(everything), _CHUNK):  # in pieces, since what is read at once stays with the process
        piece = _slots(connection, everything[start : start + _CHUNK], at_hand, room)
        room -= sum(row.size for slot in piece.values() for row in slot.rows if row.id not in at_hand)
        found |= piece
    return found


def _slots(connection: Connection[Any], products: list[int], at_hand: dict[int, Held], room: int) -> dict[Place, Slot]:
    rows = connection.execute(_SLOTS, [products]).fetchall()
    missing = [row[3] for row in rows if row[3] not in at_hand]
    read = _bytes(connection, missing, room)
    found: dict[Place, tuple[tuple[str, ...], list[Held]]] = {}
    for product, environment, platforms, *told in rows:
        row = at_hand.get(told[0]) or _held(told, *read.get(told[0], (b"", b"")))
        found.setdefault((product, environment), (_same(tuple(platforms)), []))[1].append(row)
    return {place: Slot(platforms, tuple(held)) for place, (platforms, held) in found.items()}


def _products(connection: Connection[Any]) -> list[int]:
    return [row[0] for row in connection.execute("SELECT DISTINCT product_id FROM profiles_activation").fetchall()]


@lru_cache(maxsize=1024)
def _same(platforms: tuple[str, ...]) -> tuple[str, ...]:
    """One object for all that are equal."""
    return tuple(map(sys.intern, platforms))


def keys(connection: Connection[Any], ids: Sequence[int] | None = None) -> Iterator[tuple[int, bytes, LiveKey | None]]:
    """Keys by their id and digest; None for one that opens no profile. Without ``ids`` all that are not revoked."""
    rows = connection.execute(_KEYS, {"keys": list(ids) if ids is not None else None}).fetchall()
    for key, digest, product, environment, expires_at, revoked_at in rows:
        is_live = revoked_at is None and product is not None
        yield key, bytes(digest), LiveKey(key, (product, environment), _seconds(expires_at)) if is_live else None


def _bytes(connection: Connection[Any], ids: Sequence[int], room: int) -> dict[int, tuple[bytes, bytes]]:
    if room <= 0:
        return {}
    with connection.cursor(binary=True) as cursor:
        return {row: (gzip, br) for row, gzip, br in cursor.execute(_BYTES, [list(ids)])}


def parts(jws: str) -> tuple[str, str]:
    """Header and signature of a detached JWS; two empty texts of none."""
    protected, _dots, signature = jws.partition("..")
    return sys.intern(protected), signature


def _held(told: Sequence[Any], gzip: bytes, br: bytes) -> Held:
    row, platform, valid_from, valid_until, etag, jws, version, digest, activated_at, published_at = told
    return Held(
        row, sys.intern(platform), valid_from.timestamp(), _seconds(valid_until), etag, gzip, br, parts(jws),
        version, digest, activated_at.timestamp(), published_at.timestamp(),
    )  # fmt: skip


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else math.inf
