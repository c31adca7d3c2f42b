"""What months as partitions of the trail would bring, next to pruning it as it is: the figures of ADR 13.

    python -m config.bench_retention [ENTRIES]

A trail of one year is filled, and copied into a table that is partitioned by month, five years of them, as it would be
with partitions made ahead. Then the same statements of the search are asked of both, and old entries go from both.
Times are this machine's; what counts are the ratios.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg

from config import embedded
from config.bench_entries import fill

MONTHS: Final = 60  # as many as ``COPY`` makes
TIMES: Final = 200
PRUNED: Final = 16_384
COPY: Final = """
CREATE TABLE months (
    id bigint NOT NULL, leaf bytea NOT NULL, at timestamptz NOT NULL, kind text, organization text, product text,
    actor_id text, words tsvector, PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
DO $$ DECLARE first date := date_trunc('month', now()) - interval '48 months'; BEGIN
    FOR n IN 0 .. 59 LOOP
        EXECUTE format('CREATE TABLE months_%s PARTITION OF months FOR VALUES FROM (%L) TO (%L)', n,
            first + make_interval(months => n), first + make_interval(months => n + 1));
    END LOOP;
END $$;
INSERT INTO months SELECT id, leaf, at, kind, organization, product, actor_id, words FROM audits_entry;
CREATE INDEX ON months (organization, id DESC);
CREATE INDEX ON months (organization, kind, id DESC);
CREATE INDEX ON months (organization, actor_id, id DESC);
CREATE INDEX ON months (organization, at, id);
CREATE INDEX ON months USING gin (words);
VACUUM ANALYZE months;
"""
NEVER: Final = """
CREATE TABLE never (at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE never_before PARTITION OF never FOR VALUES FROM (MINVALUE) TO ('2000-01-01');
CREATE TABLE never_after PARTITION OF never FOR VALUES FROM ('2000-01-01') TO (MAXVALUE);
CREATE FUNCTION draw_time() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := '2026-11-29'; RETURN NEW; END $$;
CREATE TRIGGER draw_time BEFORE INSERT ON never FOR EACH ROW EXECUTE FUNCTION draw_time();
"""
# As audits/search/find.py asks: along an index, by the index of words, and for one entry by its number.
QUESTIONS: Final = {
    "newest 50": "SELECT id FROM {table} WHERE organization = 'huge' ORDER BY id DESC LIMIT 50",
    "50 of a kind": "SELECT id FROM {table} WHERE organization = 'huge' AND kind = 'hold.placed' AND id < {middle}"
    " ORDER BY id DESC LIMIT 50",
    "50 of an actor": "SELECT id FROM {table} WHERE organization = 'huge' AND actor_id = 'user:150'"
    " ORDER BY id DESC LIMIT 50",
    "a word": "SELECT id FROM {table} WHERE words @@ ({owner} || 't' || {ticket})::tsquery LIMIT 2001",
    "one entry": "SELECT leaf FROM {table} WHERE id = {middle}",
}


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="brightline-bench-") as folder:
        os.environ |= {"BRIGHTLINE_VAR": folder, "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "WARNING"}
        Path(folder).chmod(0o755)
        with embedded.running(Path(folder), own=True, durable=False) as server:
            _prepare()
            _measure(server.dsn(embedded.database_name()), number)


def _prepare() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def _measure(dsn: str, number: int) -> None:
    ids = fill(dsn, number, end=datetime.now(UTC))
    with psycopg.connect(dsn, autocommit=True) as own:
        _refused(own)
        _each(own, COPY)
        for name, question in QUESTIONS.items():
            middle = ids[len(ids) // 2]
            given = {"middle": middle, "ticket": middle // 1000 * 1000 + 7, "owner": "left(md5('huge'), 4)"}
            plain = _timed(own, question.format(table="audits_entry", **given))
            split = _timed(own, question.format(table="months", **given))
            print(f"{name:15} one table {plain:6.2f} ms, {MONTHS} months {split:6.2f} ms: {split / plain:5.1f} times")
        _prune(own)
        began = time.perf_counter()
        own.execute("ALTER TABLE months DETACH PARTITION months_40; DROP TABLE months_40")
        print(f"a month detached and dropped in {(time.perf_counter() - began) * 1000:.0f} ms")


def _refused(own: psycopg.Connection) -> None:
    """A trigger draws the time of an entry from its bytes. Can it say where the entry is kept?"""
    own.execute(NEVER)
    with suppress(psycopg.errors.FeatureNotSupported):
        own.execute("INSERT INTO never VALUES ('1999-12-31')")
        print("PostgreSQL takes the key of a partition from a trigger")
        return
    print("PostgreSQL refuses the key of a partition that a trigger drew")


def _prune(own: psycopg.Connection) -> None:
    """As the nightly pruning does it, with every trigger; and what becomes of the room."""
    from django.utils import timezone

    from audits.ledger import pruning
    from audits.ledger.sequence import place
    from audits.models import Log
    from audits.tests.ledger.old import set_back
    from profiles.access import system
    from profiles.actions.organizations import create_organization
    from profiles.actions.retention import WAIT, set_retention

    by, now = system("bench"), timezone.now()
    organization = create_organization(slug="huge", name="Huge", by=by, now=now)
    row = set_retention(organization, months=6, by=by, now=now)
    set_back(row, now - 2 * WAIT)
    while place(now=now):
        pass
    log, took, count = Log.objects.get(organization="huge"), list[float](), 0
    own.execute("VACUUM ANALYZE")
    before = _size(own)
    while True:
        began = time.perf_counter()
        gone = pruning.prune(log, now=now)
        if not gone:
            break
        took.append((time.perf_counter() - began) * 1000)
        count += gone
    per = sum(took) / count * PRUNED
    print(f"{count:,} entries pruned, {per:.0f} ms for each {PRUNED:,} (longest transaction {max(took):.0f} ms)")
    own.execute("VACUUM audits_entry")
    print(f"the table had {before / 1e6:.0f} MB, and has {_size(own) / 1e6:.0f} MB with room for as many again")


def _size(own: psycopg.Connection) -> int:
    row = own.execute("SELECT pg_total_relation_size('audits_entry')").fetchone()
    assert row is not None
    return int(row[0])


def _timed(own: psycopg.Connection, question: str) -> float:
    """Median milliseconds, planning included."""
    took = []
    for _time in range(TIMES):
        began = time.perf_counter()
        own.execute(question).fetchall()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took)


def _each(own: psycopg.Connection, statements: str) -> None:
    """VACUUM is no part of a transaction, and so of no batch of statements."""
    head, _semicolon, last = statements.strip().rstrip(";").rpartition(";")
    own.execute(head)
    own.execute(last)


if __name__ == "__main__":
    main()
