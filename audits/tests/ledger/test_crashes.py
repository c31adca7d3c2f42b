"""Writers, two sequencers that nobody told of each other, and kill -9 again and again: every entry once, one tree."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from audits.ledger import keys, read
from audits.ledger.verification import examine
from audits.log import notes, tree
from audits.models import Entry, Leaf, Log, Unplaced
from audits.trail.kinds import Kind
from audits.trail.record import entry_of
from config.processes import until
from config.tests import support
from profiles.tests.cast import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)
KILLS = 24
ORGANIZATIONS = ("acme", "other", "")


@pytest.fixture(autouse=True)
def published_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another test published is not of this test's database."""
    monkeypatch.setenv("BRIGHTLINE_LOG_PUBLISHED", str(tmp_path))


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


@contextmanager
def writers(number: int) -> Iterator[list[int]]:
    """Each writes entries in transactions of different lengths, some of which are rolled back. Yields how many were
    committed, one count for each writer."""
    ended, counts = Event(), [0] * number
    threads = [Thread(target=write, args=(seed, ended, counts)) for seed in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield counts
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def write(seed: int, ended: Event, counts: list[int]) -> None:
    chance = random.Random(seed)
    with psycopg.connect(support.dsn(connection)) as own:
        while not ended.is_set():
            wanted = chance.randrange(1, 5)
            for _n in range(wanted):
                told = entry_of(
                    Kind.CHECK_REQUESTED, who=SYSTEM, at=datetime.now(UTC), organization=chance.choice(ORGANIZATIONS)
                )
                own.execute("INSERT INTO audits_entry (leaf) VALUES (%s)", [told.leaf])
                ended.wait(chance.random() / 200)
            if chance.random() < 0.2:
                own.rollback()
            else:
                own.commit()
                counts[seed] += wanted


def test_every_entry_once_and_one_tree() -> None:
    chance = random.Random(8)
    with ExitStack() as stack:
        running = stack.enter_context(sequencers(2))
        with writers(3) as counts:
            assert until(lambda: Leaf.objects.count() > 100, seconds=60)
            for _kill in range(KILLS):
                at = chance.randrange(2)
                running[at].send_signal(signal.SIGKILL)
                running[at].wait()
                running[at] = sequencer()
                placed = Leaf.objects.count()
                assert until(lambda placed=placed: Leaf.objects.count() > placed, seconds=30)  # type: ignore[misc]
                Event().wait(chance.random() / 2)
        assert until(lambda: not Unplaced.objects.exists(), seconds=30)
    assert Entry.objects.count() == Leaf.objects.count() == sum(counts) > 500
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
