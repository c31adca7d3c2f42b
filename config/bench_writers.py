"""The part of `make bench` about what the trail costs those who write it."""

from __future__ import annotations

import gc
import multiprocessing
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache, partial
from multiprocessing.pool import Pool
from typing import Any, Final, NamedTuple

import psutil

from config.bench_entries import BEHAVIORS
from config.bench_lines import line

WRITERS: Final = 8
OTHER_WORK: Final = 0.005  # seconds in each transaction
SECONDS: Final = 2.0
ROUNDS: Final = 9
ALLOWED: Final = 0.9


def measure() -> None:
    """Business transactions with the trail, while the sequencer works, next to those with a bare INSERT: of the bytes
    alone, and of a row with the same columns and indexes, of which no log knows. Those with the trail write all that
    the program writes: the row that needs its entry, the entry, what it says of a person, and that person's name."""
    from django.db import connection

    _prepare()
    server = _server()
    connection.close()  # each process comes with its own
    gc.freeze()  # so that these do not copy what they share when they look for cycles in it
    done: dict[str, list[_Round]] = {name: [] for name in _INSERTS}
    with _sequencer() as sequencer, multiprocessing.get_context("fork").Pool(WRITERS) as writers:
        for name in _INSERTS:
            _finished(writers, name, 1.0)  # until each connection knows the statements
        works = [server, sequencer, *map(psutil.Process, (child.pid for child in multiprocessing.active_children()))]
        for _round in range(ROUNDS):
            for name, rounds in done.items():
                rounds.append(_round_of(writers, name, works))
    gc.unfreeze()
    _tell(done)


def _tell(done: dict[str, list[_Round]]) -> None:
    print(f"  transactions, {WRITERS} writers, 5 ms of other work each, medians of {ROUNDS} rounds side by side")
    for name, what in (("bytes", "a bare INSERT of the bytes"), ("row", "a bare INSERT of a row like it")):
        each = statistics.median(one.cost for one in done[name])
        speed = statistics.median(one.number for one in done[name]) / SECONDS
        line(f"trail beside {what}", _ratio(done["trail"], done[name]), ALLOWED, "", at_least=True)
        print(f"      {speed:,.0f}/s with {what}, {each * 1e6:,.0f} us of all CPUs each")
    each = statistics.median(one.cost for one in done["trail"])
    busy = statistics.median(one.others for rounds in done.values() for one in rounds)
    print(f"      {each * 1e6:,.0f} us of all CPUs with the trail and its sequencer")
    print(f"      meanwhile others took {busy:.1f} of {os.cpu_count()} CPUs, which makes the trail look worse")


def _ratio(some: list[_Round], others: list[_Round]) -> float:
    return statistics.median(one.number / other.number for one, other in zip(some, others, strict=True))


class _Round(NamedTuple):
    """How many transactions, the CPU seconds of one of them in all processes, and how many CPUs others took."""

    number: int
    cost: float
    others: float


def _round_of(writers: Pool, name: str, works: list[psutil.Process]) -> _Round:
    before, busy_before, began = _cpu(works), _busy(), time.perf_counter()
    number = _finished(writers, name, SECONDS)
    took, busy, ours = time.perf_counter() - began, _busy() - busy_before, _cpu(works) - before
    time.sleep(0.7)  # the sequencer has placed all of them by then
    return _Round(number, (_cpu(works) - before) / number, max(busy - ours, 0) / took)


def _cpu(works: list[psutil.Process]) -> float:
    """Seconds that these processes, and the children that the server has, took until now."""
    found = 0.0
    for process in [*works, *works[0].children()]:
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            found += times.user + times.system
    return found


def _busy() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))


def _server() -> psutil.Process:
    from django.db import connection

    connection.ensure_connection()
    found = psutil.Process(connection.connection.info.backend_pid).parent()
    assert found
    return found


def _prepare() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for table in ("bench_work", "bench_audited"):
            cursor.execute(f"CREATE TABLE {table} (id int PRIMARY KEY, done bigint NOT NULL)")
            cursor.execute(f"INSERT INTO {table} SELECT n, 0 FROM generate_series(0, {WRITERS - 1}) AS n")  # noqa: S608
        cursor.execute(
            "CREATE CONSTRAINT TRIGGER need_entry AFTER UPDATE ON bench_audited DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION need_entry()"
        )
        cursor.execute("CREATE TABLE bench_bytes (id bigserial PRIMARY KEY, leaf bytea NOT NULL)")
        cursor.execute("CREATE TABLE bench_row (LIKE audits_entry INCLUDING ALL)")


def _told() -> dict[str, Any]:
    from profiles.access import Actor, ActorType

    who = Actor(ActorType.PERSON, "user:7", "Jana Sommer", frozenset(), 1, "huge", 7, "request-1", auth="password")
    told = {"who": who, "at": datetime.now(UTC), "organization": "huge", "product": "product-7", "target": "draft"}
    return told | {"before": {BEHAVIORS[0]: "off"}, "after": {BEHAVIORS[0]: "on"}, "data": {"edit": 12}}


@cache
def _leaf() -> bytes:
    from audits.trail.kinds import Kind
    from audits.trail.record import entry_of

    return entry_of(Kind.DRAFT_EDITED, **_told()).leaf


def _with_bare(table: str, n: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE bench_work SET done = done + 1 WHERE id = %s", [n])
        time.sleep(OTHER_WORK)
        cursor.execute(f"INSERT INTO {table} (leaf) VALUES (%s)", [_leaf()])  # noqa: S608


def _with_trail(n: int) -> None:
    from django.db import connection

    from audits.trail.kinds import Kind
    from audits.trail.record import record

    with connection.cursor() as cursor:
        cursor.execute("UPDATE bench_audited SET done = done + 1 WHERE id = %s", [n])
    time.sleep(OTHER_WORK)
    record(Kind.DRAFT_EDITED, **_told())


_INSERTS: Final[dict[str, Callable[[int], None]]] = {
    "bytes": partial(_with_bare, "bench_bytes"),
    "row": partial(_with_bare, "bench_row"),
    "trail": _with_trail,
}


def _finished(writers: Pool, name: str, seconds: float) -> int:
    """How many transactions all of them finish in this time: each takes one task, since none ends before."""
    end = time.time() + seconds
    return sum(writers.starmap(_write_until, [(end, name, n) for n in range(WRITERS)], chunksize=1))


def _write_until(end: float, name: str, n: int) -> int:
    from django.db import transaction

    count = 0
    while time.time() < end:
        with transaction.atomic():
            _INSERTS[name](n)
        count += 1
    return count


@contextmanager
def _sequencer() -> Iterator[psutil.Process]:
    process = subprocess.Popen([sys.executable, "manage.py", "sequence"], env=dict(os.environ))
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)
