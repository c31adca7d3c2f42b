"""Writers, two sequencers that nobody told of each other, kill -9 again and again, and a database that goes down under
all of them: every entry once, one tree."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import cycle, pairwise
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection

from audits.ledger import keys, read
from audits.ledger.verification import examine
from audits.log import notes, tree
from audits.models import Checkpoint, Entry, Halt, Leaf, Log, Unplaced
from audits.trail.kinds import Kind
from audits.trail.record import entry_of
from config.embedded import Server
from config.processes import until
from config.tests import support
from config.tests.support import Restart
from profiles.tests.cast import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = 36
RESTARTS = 18
ORGANIZATIONS = ("acme", "other", "")


@pytest.fixture(autouse=True)
def published_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What another test published is not of this test's database."""
    monkeypatch.setenv("BRIGHTLINE_LOG_PUBLISHED", str(tmp_path))
    return tmp_path


def sequencer() -> subprocess.Popen[bytes]:
    environ = os.environ | {"BRIGHTLINE_DATABASE_NAME": str(connection.settings_dict["NAME"]), "LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "django", "sequence", "--settings", "config.settings"]
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environ)


@contextmanager
def sequencers(number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    running = [sequencer() for _n in range(number)]
    try:
        yield running
    finally:
        for each in running:
            each.kill()
            each.wait()


class Nest:
    """Where sequencers come from, two at a time, and are killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.pids = [self._hatch(), self._hatch()]

    def kill(self, at: int) -> None:
        """One of them, which must be there to be killed; another one takes its place."""
        os.kill(self.pids[at], signal.SIGKILL)
        self.pids[at] = self._hatch()

    def _hatch(self) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@contextmanager
def nest(server: Server) -> Iterator[Nest]:
    """On this server, with the keys and names of this process."""
    environ = os.environ | {
        "BRIGHTLINE_VAR": str(server.place.folder.parent),
        "BRIGHTLINE_LOG_KEY": settings.BRIGHTLINE_LOG_KEY,
        "BRIGHTLINE_LOG_NAME": settings.BRIGHTLINE_LOG_NAME,
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "audits.tests.ledger.nest"]
    process = subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Nest(process)
    finally:
        process.kill()  # which they follow
        process.communicate()


class Writer(Thread):
    """Writes entries in transactions of different lengths, some of which it rolls back, and remembers of each entry
    what became of it as far as it was told. It comes back whenever it lost the database."""

    def __init__(self, dsn: str, seed: int, ended: Event) -> None:
        super().__init__()
        self._dsn, self._chance, self._ended = dsn, random.Random(seed), ended
        self.committed: set[str] = set()
        self.unsure: set[str] = set()  # the database was lost while they were committed
        self.lost = 0  # connections

    def run(self) -> None:
        while not self._ended.is_set():
            with suppress(psycopg.OperationalError), psycopg.connect(self._dsn) as own:
                while not self._ended.is_set():
                    self._transact(own)
            self.lost += not self._ended.is_set()
            self._ended.wait(0.02)

    def _transact(self, own: psycopg.Connection) -> None:
        written = {self._write(own) for _n in range(self._chance.randrange(1, 5))}
        if self._chance.random() < 0.2:
            own.rollback()
            return
        self.unsure |= written
        own.commit()
        self.unsure -= written
        self.committed |= written

    def _write(self, own: psycopg.Connection) -> str:
        where = self._chance.choice(ORGANIZATIONS)
        leaf = entry_of(Kind.CHECK_REQUESTED, who=SYSTEM, at=datetime.now(UTC), organization=where).leaf
        own.execute("INSERT INTO audits_entry (leaf) VALUES (%s)", [leaf])
        self._ended.wait(self._chance.random() / 200)
        return str(json.loads(leaf)["id"])


@contextmanager
def writers(number: int) -> Iterator[list[Writer]]:
    ended, dsn = Event(), support.dsn(connection)
    threads = [Writer(dsn, seed, ended) for seed in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def once_answered(ask: Callable[[], int]) -> int:
    """What the database says, though this connection to it may be lost by now."""
    try:
        return ask()
    except OperationalError:
        connection.close()
        return ask()


def newest() -> set[str]:
    """What whoever asks now gets to see, and may keep for ever."""
    return {str(row.note) for log in Log.objects.all() for row in log.checkpoints.order_by("-size")[:1]}


def test_every_entry_once_and_one_tree(own_server: Server, published_apart: Path) -> None:
    chance, ways, seen = random.Random(8), cycle(Restart), set[str]()
    with nest(own_server) as running:
        with writers(3) as threads:
            assert until(lambda: Leaf.objects.count() > 100, seconds=60)
            for number in range(KILLS):
                seen |= newest()
                if number * RESTARTS // KILLS != (number + 1) * RESTARTS // KILLS:
                    support.restart(own_server, next(ways))
                    Event().wait(chance.random() / 4)
                running.kill(chance.randrange(2))
                placed = once_answered(Leaf.objects.count)
                assert until(lambda placed=placed: Leaf.objects.count() > placed, seconds=30)  # type: ignore[misc]
                Event().wait(chance.random() / 4)
        assert until(lambda: not Unplaced.objects.exists(), seconds=30)
    assert min(thread.lost for thread in threads) >= RESTARTS - 3
    need_every_entry_once(threads)
    need_one_tree()
    seen |= {path.read_text() for path in published_apart.glob("*.checkpoint")}
    assert seen <= set(Checkpoint.objects.values_list("note", flat=True))
    assert not Halt.objects.exists()


def need_every_entry_once(threads: list[Writer]) -> None:
    """What a writer was told is committed is there, and of all else at most what it was not told about."""
    stored = Counter(Entry.objects.filter(kind=Kind.CHECK_REQUESTED).values_list("event_id", flat=True))
    committed = set[str]().union(*(thread.committed for thread in threads))
    unsure = set[str]().union(*(thread.unsure for thread in threads))
    assert set(stored.values()) == {1}
    assert committed <= set(stored) <= committed | unsure
    assert len(committed) > 500
    assert set(Leaf.objects.values_list("entry_id", flat=True)) == set(Entry.objects.values_list("pk", flat=True))
    assert Leaf.objects.count() == Entry.objects.count()


def need_one_tree() -> None:
    assert {log.organization for log in Log.objects.all()} == set(ORGANIZATIONS)
    for log in Log.objects.all():
        assert examine(log).finding is None
        node, signed = read.node(log), list(log.checkpoints.order_by("size"))
        for older, newer in pairwise(signed):
            proof = tree.consistency_proof(node, older.size, newer.size)
            assert tree.verify_consistency(older.size, newer.size, bytes(older.root), bytes(newer.root), proof)
        opened, _cosigned = notes.opened(signed[-1].note, keys.verifiers(log.origin)[0])
        assert opened.size == log.size


def test_it_ends_when_it_is_told_to() -> None:
    with sequencers(1) as (running,):
        with writers(1):
            assert until(Leaf.objects.exists, seconds=30)
        running.send_signal(signal.SIGTERM)
        assert running.wait(10) == 0
