"""A real older copy of the database, as a backup brings it back: it is found out at the start, and signs nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection, connections
from psycopg import sql

from audits.ledger import read
from audits.models import Halt, Log, Unplaced
from audits.tests.ledger.test_crashes import sequencers
from audits.tests.ledger.test_sequence import happen
from config.processes import until
from config.tests import support

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BRIGHTLINE_LOG_PUBLISHED", str(tmp_path / "published"))
    return tmp_path / "published"


@contextmanager
def backup(name: str) -> Iterator[str]:
    """A copy of the database as it is now; yields its address."""
    own, maintenance = support.dsn(connection), support.dsn(connection).replace(current(), "postgres")
    connections.close_all()
    with psycopg.connect(maintenance, autocommit=True) as server:
        # What a killed sequencer leaves behind ends by itself, and nobody copies a database before.
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s"
        assert until(lambda: server.execute(others, [current()]).fetchone() == (0,), seconds=10)
        copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        server.execute(copy.format(sql.Identifier(name), sql.Identifier(current())))
        try:
            yield own.replace(current(), name)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def current() -> str:
    return str(connection.settings_dict["NAME"])


def sequence_once(database: str) -> str:
    """Start on a database, do what there is to do, and end; what it said."""
    command = [sys.executable, "-m", "django", "sequence", "--once", "--settings", "config.settings"]
    environ = os.environ | {"BRIGHTLINE_DATABASE_NAME": database}
    done = subprocess.run(command, cwd=settings.BASE_DIR, env=environ, capture_output=True, text=True, check=True)
    return done.stderr


def grow(times: int, published: Path) -> None:
    """Until what was signed is kept, too: the file is written after the commit."""
    happen("acme", times)
    with sequencers(1):
        assert until(lambda: not Unplaced.objects.exists(), seconds=30)
        file = published / "acme.checkpoint"
        assert until(lambda: file.exists() and file.read_text() == newest(), seconds=10)


def newest() -> str:
    found = read.signed("acme")
    assert found is not None
    return found.note


def test_a_database_that_was_restored_signs_no_second_history(published: Path) -> None:
    grow(3, published)
    older = f"{current()}_older"
    with backup(older) as address:
        grow(4, published)
        kept = newest()
        with psycopg.connect(address, autocommit=True) as copy:
            copy.execute("INSERT INTO audits_entry (leaf) SELECT leaf FROM audits_entry ORDER BY id LIMIT 1")
            said = sequence_once(older)
            assert "Nothing is signed: the database is not what was published of the log" in said
            assert copy.execute("SELECT because, published, size FROM audits_halt").fetchall() == [("behind", 7, 3)]
            assert copy.execute("SELECT max(size) FROM audits_checkpoint").fetchone() == (3,)
            assert copy.execute("SELECT count(*) FROM audits_unplaced").fetchone() == (2,)  # it, and that it stopped
        assert (published / "acme.checkpoint").read_text() == kept
    # The newer one is still what was published, and goes on.
    grow(1, published)
    assert not Halt.objects.exists()
    assert Log.objects.get(organization="acme").size == 8
