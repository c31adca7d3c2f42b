"""The one place that knows what a broker URL means: transport options for Kombu, and PGMQ's SQL.

Brightline's default broker is PGMQ, message queues inside PostgreSQL, through Kombu's own `pgmq://` transport.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import psycopg

# A message not acknowledged within this time goes to another worker. Every task's time limit must stay well below.
VISIBILITY_SECONDS = 900


def is_pgmq(url: str) -> bool:
    """Whether this broker's queues live in PostgreSQL."""
    return urlsplit(url).scheme == "pgmq"


def celery_url(url: str) -> str:
    """The URL as Kombu wants it: Valkey speaks Redis's protocol, and Kombu knows it by that name only."""
    return f"redis{url.removeprefix('valkey')}" if url.startswith("valkey") else url


def pgmq_dsn(url: str) -> str:
    """The libpq address of the database behind a `pgmq://` URL."""
    return f"postgresql{url.removeprefix('pgmq')}"


def transport_options(url: str, *, dsn: str | None = None) -> dict[str, Any]:
    """What Kombu must be told about this broker; `dsn` overrides the database that a `pgmq://` URL names."""
    if is_pgmq(url):
        return pgmq_options(dsn or pgmq_dsn(url))
    if urlsplit(celery_url(url)).scheme in {"redis", "rediss", "sentinel"}:
        return REDIS_OPTIONS
    return {}


def pgmq_options(dsn: str) -> dict[str, Any]:
    """Options for PGMQ: woken by NOTIFY, since its long polls wait for one queue while another has a message."""
    return {
        # Always explicit: without it the client would take DATABASE_URL, whatever the broker's URL says.
        "conn_string": dsn,
        "init_extension": False,
        "wait_time_seconds": 0,
        "use_notify": True,
        "notify_throttle_interval_ms": 0,
        "visibility_timeout": VISIBILITY_SECONDS,
        "pool_size": 4,
        "pool_timeout": 5,
    }


REDIS_OPTIONS: dict[str, Any] = {
    "visibility_timeout": VISIBILITY_SECONDS,
    # Kombu looks for lost messages every interval x throttle seconds; its defaults make that 100.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}


def install(dsn: str) -> None:
    """Put PGMQ's schema into a database that lacks it; safe to call at every start, and by several at once."""
    # Two megabytes that only whoever installs needs.
    from pgmq.install import get_embedded_sql_version, install_pgmq_from_sql

    with psycopg.connect(dsn) as connection:
        # The script itself cannot run twice, so the look and the deed need one lock.
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('brightline.pgmq'))")
        if connection.execute("SELECT to_regnamespace('pgmq')").fetchone() == (None,):
            install_pgmq_from_sql(conn=connection)
            connection.execute(f"COMMENT ON SCHEMA pgmq IS 'PGMQ {get_embedded_sql_version()}, from SQL'")
