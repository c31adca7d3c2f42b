"""A trail of any length, made by PostgreSQL itself: what `make bench` and tests of the search look through.

Nine of ten entries are of one organization; a few actors, products and kinds have most of them. Each is a canonical
leaf as `record` would write it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg
from psycopg import sql

KINDS: Final = (
    "check.finished", "check.requested", "profile.draft.edited", "profile.version.submitted",
    "profile.version.approved", "profile.version.activated", "api_key.refused", "session.started", "session.refused",
    "profile.version.commented", "hold.placed", "attestation.granted",
)  # fmt: skip
BEHAVIORS: Final = (
    "content.explicit", "agents.spend_limit", "safety.danger_caveats", "tone.profanity", "views.balanced",
    "format.length",
)  # fmt: skip
SPAN: Final = timedelta(days=365)
ACTORS, PRODUCTS, SMALL = 200, 500, 10
_CHUNK: Final = 50_000

_MAKE: Final = """
INSERT INTO audits_entry (id, leaf)
SELECT n, convert_to(
    '{"actor":{"id":"user:' || actor || '","name":"Person ' || actor || '","type":"person"},"after":' || after
    || ',"at":"' || to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","before":' || before
    || ',"data":{},"id":"' || gen_random_uuid() || '","kind":"' || kind || '","organization":"' || organization
    || '","outcome":"' || outcome || '","product":"' || product || '","request_id":"' || substr(md5(n::text), 1, 16)
    || '","rulebooks":[],"target":"' || target || '","v":1,"version":null}', 'UTF8')
FROM (
    SELECT made.*,
        CASE WHEN kind = 'profile.draft.edited' THEN '{"' || behavior || '":"off"}' ELSE 'null' END AS before,
        CASE WHEN kind = 'profile.draft.edited' THEN '{"' || behavior || '":"on"}' ELSE 'null' END AS after
    FROM (
        SELECT n, %(first)s::timestamptz + (n - %(base)s) * %(step)s::interval AS at,
            CASE WHEN a < %(most)s THEN %(huge)s
                ELSE 'small-' || 1 + floor(a * 1000)::int %% %(small)s END AS organization,
            1 + floor(%(actors)s * b ^ 4)::int AS actor,
            (%(kinds)s::text[])[1 + floor(cardinality(%(kinds)s::text[]) * c ^ 2.5)::int] AS kind,
            CASE WHEN d < 0.94 THEN 'done' WHEN d < 0.99 THEN 'refused' ELSE 'failed' END AS outcome,
            'product-' || 1 + floor(%(products)s * e ^ 3)::int AS product,
            (%(behaviors)s::text[])[1 + floor(cardinality(%(behaviors)s::text[]) * f ^ 1.5)::int] AS behavior,
            'version ' || n %% 900 || CASE WHEN n %% 1000 = 7 THEN ' of ticket T' || n ELSE '' END AS target
        FROM (
            SELECT n, random() AS a, random() AS b, random() AS c, random() AS d, random() AS e, random() AS f
            FROM generate_series(%(low)s::bigint, %(high)s::bigint) AS n
        ) dice
    ) made
) leaves
"""


def fill(dsn: str, number: int, *, end: datetime, huge: str = "huge", most: float = 0.9, workers: int = 2) -> range:
    """Write so many entries, evenly over the year before ``end``; returns their ids.

    Many are written while the indexes and the trigger are away, which takes a fraction of the time.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute("SELECT coalesce(max(id), 0) + 1 FROM audits_entry").fetchone()
        assert row is not None
        ids = range(row[0], row[0] + number)
        named = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'audits_entry' AND indexname LIKE 'entry_%'"
        ).fetchall()
        if number <= _CHUNK:
            named = []
        for name, _definition in named:
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        connection.execute("ALTER TABLE audits_entry DISABLE TRIGGER wait_for_a_place")
        _write(dsn, ids, {"first": end - SPAN, "step": SPAN / number, "huge": huge, "most": most}, workers)
        if named:
            _index(dsn, [definition for _name, definition in named])
        connection.execute("ALTER TABLE audits_entry ENABLE ALWAYS TRIGGER wait_for_a_place")
        connection.execute(
            "INSERT INTO audits_unplaced SELECT id FROM audits_entry WHERE id BETWEEN %s AND %s", [ids[0], ids[-1]]
        )
        connection.execute("SELECT setval(pg_get_serial_sequence('audits_entry', 'id'), %s)", [ids[-1]])
        keep_names(connection, ids)
        connection.execute("VACUUM ANALYZE audits_entry")
    return ids


def keep_names(connection: psycopg.Connection, ids: range) -> None:
    """Keep the names of whoever acted in these entries, as writing an entry does."""
    connection.execute(
        "INSERT INTO audits_actorname (organization, actor_id, name)"
        " SELECT organization, actor_id, 'Person ' || split_part(actor_id, ':', 2) FROM ("
        "   SELECT DISTINCT organization, actor_id FROM audits_entry WHERE id BETWEEN %s AND %s"
        " ) actors ON CONFLICT DO NOTHING",
        [ids[0], ids[-1]],
    )


def _write(dsn: str, ids: range, given: dict[str, object], workers: int) -> None:
    chunks = [ids[n : n + _CHUNK] for n in range(0, len(ids), _CHUNK)]

    def work(share: list[range]) -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SET synchronous_commit = off")
            for chunk in share:
                make(connection, chunk, ids[0], given)

    _side_by_side(work, [chunks[n::workers] for n in range(workers)])


def _index(dsn: str, definitions: list[str]) -> None:
    """That of words takes as long as all the others together."""

    def work(share: list[str]) -> None:
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SET maintenance_work_mem = '512MB'")
            for definition in share:
                connection.execute(definition)

    words = [definition for definition in definitions if " USING gin " in definition]
    _side_by_side(work, [words, [definition for definition in definitions if definition not in words]])


def _side_by_side(work: Callable[[list[Any]], None], shares: list[list[Any]]) -> None:
    with ThreadPoolExecutor(len(shares)) as threads:
        list(threads.map(work, shares))


def make(connection: psycopg.Connection, chunk: range, base: int, given: dict[str, object]) -> None:
    """The entries with these ids, of a trail that begins with ``base``."""
    constants = {
        "actors": ACTORS,
        "products": PRODUCTS,
        "small": SMALL,
        "kinds": list(KINDS),
        "behaviors": list(BEHAVIORS),
    }
    connection.execute(_MAKE, {**constants, **given, "base": base, "low": chunk[0], "high": chunk[-1]})
