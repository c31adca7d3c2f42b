"""Reading what web processes hold out of the database: plain SQL over a connection of its own."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from psycopg import Connection

from profiles.serving.answers import Held
from profiles.serving.memory import LiveKey, Place, Slot

_CHUNK = 200  # products that are read at once

# Of each place the platforms of the version that is active; of each platform the rows that were published last, which
# together hold from then on. Those of before count no more. It goes from product to product whatever the planner thinks
# of its tables (LIMIT and OFFSET say so): it knows too little of a new installation, and a wrong guess costs seconds.
_SLOTS_OF = """
SELECT p.id, a.environment_id, v.platforms, r.id, r.platform, r.valid_from, r.valid_until, r.digest, r.jws,
    told.number, told.at, r.published_at{bytes}
FROM {asked} AS asked (product)
    CROSS JOIN LATERAL (
        SELECT id FROM profiles_product WHERE id = asked.product AND removed_at IS NULL LIMIT 1
    ) p
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (environment_id) environment_id, version_id FROM profiles_activation
        WHERE product_id = p.id ORDER BY environment_id, id DESC
    ) a
    CROSS JOIN LATERAL (SELECT platforms FROM profiles_version WHERE id = a.version_id LIMIT 1) v
    CROSS JOIN LATERAL jsonb_array_elements_text(v.platforms) AS named (platform)
    CROSS JOIN LATERAL (
        SELECT activation_id, platform, published_at FROM profiles_publishedprofile
        WHERE product_id = p.id AND environment_id = a.environment_id AND platform = named.platform
        ORDER BY id DESC LIMIT 1
    ) newest
    CROSS JOIN LATERAL (
        SELECT v.number, a.at FROM profiles_activation a JOIN profiles_version v ON v.id = a.version_id
        WHERE a.id = newest.activation_id LIMIT 1
    ) told
    CROSS JOIN LATERAL (
        SELECT * FROM profiles_publishedprofile r
        WHERE r.activation_id = newest.activation_id AND r.platform = newest.platform
            AND r.published_at = newest.published_at AND r.gzip <> ''
        OFFSET 0
    ) r
ORDER BY p.id, a.environment_id, r.id DESC
"""
_SLOTS = _SLOTS_OF.format(asked="unnest(%s::bigint[])", bytes="")
_BYTES = "SELECT id, gzip, br FROM profiles_publishedprofile WHERE id = ANY(%s)"
_KEYS_OF = """
SELECT id, digest, product_id, environment_id, expires_at, revoked_at FROM profiles_apikey WHERE
"""
_KEYS = f"{_KEYS_OF} revoked_at IS NULL"
# What became visible since the horizon: everything of transactions that were not all over then. One statement sees one
# snapshot, so nothing falls between the rows and the next horizon.
_CHANGES = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, c.id, c.product, c.key
FROM (SELECT 1) one LEFT JOIN profiles_servingchange c ON c.xid >= %s
"""
# What is there by now of what changed. These statements see what the one above sees, or more.
_NEW = "FROM profiles_servingchange WHERE xid >= %s AND id <> ALL(%s::bigint[])"
_NEW_PRODUCTS = (
    f"unnest(ARRAY(SELECT DISTINCT product {_NEW} AND product IS NOT NULL))"  # an array: few, to the planner
)
_NEW_SLOTS = _SLOTS_OF.format(asked=_NEW_PRODUCTS, bytes=", r.gzip, r.br")
_NEW_KEYS = f"{_KEYS_OF} id = ANY(ARRAY(SELECT key {_NEW}))"
_HORIZON = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"


class Changes(NamedTuple):
    """What changed, and what is there by now of it; whatever is named and not there is gone."""

    horizon: int
    ids: frozenset[int]
    everything: bool
    slots: dict[int, dict[Place, Slot]]  # by product
    keys: dict[int, tuple[bytes | None, LiveKey | None]]  # by id


def horizon(connection: Connection[Any]) -> int:
    """Before which every transaction is over."""
    ((found,),) = connection.execute(_HORIZON).fetchall()
    return int(found)


def changes(connection: Connection[Any], since: int, known: frozenset[int], room: int) -> Changes:
    """What changed in transactions that were not over at ``since``, without the changes that are ``known``.

    One exchange with the database, however much changed: on a busy machine it is the exchanges that take time.
    """
    new = [since, list(known)]
    with connection.pipeline():
        changed = connection.execute(_CHANGES, [since])
        published = connection.cursor(binary=True).execute(_NEW_SLOTS, new)
        of_keys = connection.execute(_NEW_KEYS, new)
    rows = changed.fetchall()
    found = [row for row in rows if row[1] is not None]
    fresh = [row for row in found if row[1] not in known]
    slots: dict[int, dict[Place, Slot]] = {row[2]: {} for row in fresh if row[2] is not None}
    for place, slot in _by_place(_with_bytes(published, room)).items():
        if place[0] in slots:
            slots[place[0]][place] = slot
    keys: dict[int, tuple[bytes | None, LiveKey | None]] = {row[3]: (None, None) for row in fresh if row[3] is not None}
    keys |= {key: (digest, live) for key, digest, live in _live(of_keys) if key in keys}
    return Changes(
        horizon=rows[0][0],
        ids=frozenset(row[1] for row in found),
        everything=any(row[2] is None and row[3] is None for row in fresh),
        slots=slots,
        keys=keys,
    )


def slots(connection: Connection[Any], at_hand: dict[int, Held], room: int) -> dict[Place, Slot]:
    """What is published.

    Args:
        at_hand: rows whose bytes are held already, by id.
        room: how many bytes of others may be read; rows beyond that come without bytes.
    """
    found: dict[Place, Slot] = {}
    everything = _products(connection)
    for start in range(0, len(everything), _CHUNK):  # in pieces, since what is read at once stays with the process
        piece = _slots(connection, everything[start : start + _CHUNK], at_hand, room)
        room -= sum(row.size for slot in piece.values() for row in slot.rows if row.id not in at_hand)
        found |= piece
    return found


def _slots(connection: Connection[Any], products: list[int], at_hand: dict[int, Held], room: int) -> dict[Place, Slot]:
    rows = connection.execute(_SLOTS, [products]).fetchall()
    missing = [row[3] for row in rows if row[3] not in at_hand]
    read = _bytes(connection, missing, room)
    return _by_place(
        ((product, environment), platforms, at_hand.get(told[0]) or _held(told, *read.get(told[0], (b"", b""))))
        for product, environment, platforms, *told in rows
    )


def _with_bytes(rows: Iterable[Sequence[Any]], room: int) -> Iterator[tuple[Place, Sequence[str], Held]]:
    for product, environment, platforms, *told, gzip, br in rows:
        row = _held(told, *((gzip, br) if room > 0 else (b"", b"")))
        room -= row.size
        yield (product, environment), platforms, row


def _by_place(rows: Iterable[tuple[Place, Sequence[str], Held]]) -> dict[Place, Slot]:
    found: dict[Place, tuple[tuple[str, ...], list[Held]]] = {}
    for place, platforms, row in rows:
        found.setdefault(place, (_same(tuple(platforms)), []))[1].append(row)
    return {place: Slot(platforms, tuple(held)) for place, (platforms, held) in found.items()}


def _products(connection: Connection[Any]) -> list[int]:
    return [row[0] for row in connection.execute("SELECT DISTINCT product_id FROM profiles_activation").fetchall()]


@lru_cache(maxsize=1024)
def _same(platforms: tuple[str, ...]) -> tuple[str, ...]:
    """One object for all that are equal."""
    return tuple(map(sys.intern, platforms))


def keys(connection: Connection[Any]) -> Iterator[tuple[bytes, LiveKey]]:
    """All keys that open a profile, by their digest."""
    return ((digest, key) for _id, digest, key in _live(connection.execute(_KEYS)) if key is not None)


def _live(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[int, bytes, LiveKey | None]]:
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


def sha256_of(digest: str) -> bytes:
    return bytes.fromhex(digest.removeprefix("sha256:"))


def _held(told: Sequence[Any], gzip: bytes, br: bytes) -> Held:
    row, platform, valid_from, valid_until, digest, jws, version, activated_at, published_at = told
    starts, published = valid_from.timestamp(), published_at.timestamp()
    return Held(
        row, sys.intern(platform), starts, _seconds(valid_until), sha256_of(digest), gzip, br,
        *parts(jws), version, _one_of(activated_at.timestamp(), starts), _one_of(published, starts),
    )  # fmt: skip


def _one_of(moment: float, other: float) -> float:
    """One object where both are equal, as most often: there are thousands of them."""
    return other if moment == other else moment


def _seconds(moment: datetime | None) -> float:
    return moment.timestamp() if moment else math.inf
