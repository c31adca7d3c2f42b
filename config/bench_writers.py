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
from config.places import installed_binaries

WRITERS: Final = 8
OTHER_WORK: Final = 0.005  # seconds in each transaction
SECONDS: Final = 2.0
ROUNDS: Final = 7
ALLOWED: Final = 0.9
WHATS: Final = {"row": "a bare INSERT of a row like it", "bytes": "a bare INSERT of the bytes alone"}
SCRIPT: Final = """
BEGIN;
UPDATE {table} SET done = done + 1 WHERE id = :client_id;
\\sleep {milliseconds} ms
{statement};
COMMIT;
"""


def measure() -> None:
    """Business transactions with the trail, while the sequencer works, next to those with a bare INSERT: of a row with
    the same columns and indexes, of which no log knows, and of the bytes alone. Those with the trail write all that
    the program writes: the row that needs its entry, the entry, what it says of a person, and that person's name.

    The bar was set by measuring with pgbench, which costs next to nothing. Where the writers are Python on the same
    CPUs, what they take to make an entry counts too, and is told beside it."""
    from django.db import connection

    _prepare()
    server = _server()
    print(f"  transactions, {WRITERS} writers, 5 ms of other work each, medians of {ROUNDS} rounds side by side")
    with _sequencer() as sequencer:
        _with_pgbench()
        connection.close()  # each process comes with its own
        _with_django(server, sequencer)


def _with_pgbench() -> None:
    from audits.trail.record import arguments

    row, (entries, names) = "INSERT INTO {} (leaf) VALUES (:leaf)", arguments([_entry()])
    scripts = {
        "row": _script("bench_work", row.format("bench_row")),
        "bytes": _script("bench_work", row.format("bench_bytes")),
        "trail": _script("bench_audited", "SELECT write_entries(:entries::jsonb, :names::jsonb, false)"),
    }
    given = {"leaf": f"\\x{_leaf().hex()}", "entries": entries, "names": names}
    done: dict[str, list[float]] = {name: [] for name in scripts}
    for _round in range(ROUNDS):
        for name, rounds in done.items():
            rounds.append(_of_pgbench(scripts[name], given))
            time.sleep(0.7)  # the sequencer has placed all of them by then
    for name, what in WHATS.items():
        ratio = statistics.median(one / other for one, other in zip(done["trail"], done[name], strict=True))
        here = f"{statistics.median(done['trail']):,.0f}/s beside {statistics.median(done[name]):,.0f}/s"
        if name == "row":
            line(f"trail beside {what}", ratio, ALLOWED, here, at_least=True)
        else:
            print(f"      {ratio:.2f} of {what}, {here}")


def _script(table: str, statement: str) -> str:
    return SCRIPT.format(table=table, milliseconds=int(OTHER_WORK * 1000), statement=statement)


def _of_pgbench(script: str, given: dict[str, str]) -> float:
    """Transactions a second."""
    from django.db import connection

    info = connection.connection.info
    to = {"PGHOST": info.host, "PGPORT": str(info.port), "PGUSER": info.user, "PGDATABASE": info.dbname}
    told = subprocess.run(
        [
            *(str(installed_binaries() / "pgbench"), "--no-vacuum", "--protocol=prepared", "--file=/dev/stdin"),
            *(f"--client={WRITERS}", "--jobs=2", f"--time={SECONDS:.0f}"),
            *(f"--define={name}={value}" for name, value in given.items()),
        ],
        input=script,
        env=dict(os.environ) | to,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(told.stdout.split("tps = ")[1].split()[0])


def _with_django(server: psutil.Process, sequencer: psutil.Process) -> None:
    gc.freeze()  # so that these do not copy what they share when they look for cycles in it
    done: dict[str, list[_Round]] = {name: [] for name in _INSERTS}
    with multiprocessing.get_context("fork").Pool(WRITERS) as writers:
        for name in _INSERTS:
            _finished(writers, name, 1.0)  # until each connection knows the statements
        works = [server, sequencer, *map(psutil.Process, (child.pid for child in multiprocessing.active_children()))]
        for _round in range(ROUNDS):
            for name, rounds in done.items():
                rounds.append(_round_of(writers, name, works))
    gc.unfreeze()
    _tell(done)


def _tell(done: dict[str, list[_Round]]) -> None:
    print("      through Django, in processes on the same CPUs:")
    for name, what in (*WHATS.items(), ("trail", "the trail and its sequencer")):
        each = statistics.median(one.cost for one in done[name])
        speed = statistics.median(one.number for one in done[name]) / SECONDS
        ratio = "" if name == "trail" else f"{_ratio(done['trail'], done[name]):.2f} of "
        print(f"      {ratio}{what}: {speed:,.0f}/s, {each * 1e6:,.0f} us of all CPUs each")
    busy = statistics.median(one.others for rounds in done.values() for one in rounds)
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
        cursor.execute(
            "CREATE TRIGGER draw_columns BEFORE INSERT ON bench_row FOR EACH ROW EXECUTE FUNCTION draw_columns()"
        )


@cache
def _who() -> Any:
    """Whoever acts, as a request knows them before anything is written."""
    from profiles.access import Actor, ActorType

    return Actor(ActorType.PERSON, "user:7", "Jana Sommer", frozenset(), 1, "huge", 7, "request-1", auth="password")


def _told() -> dict[str, Any]:
    told = {"who": _who(), "at": datetime.now(UTC), "organization": "huge", "product": "product-7", "target": "draft"}
    return told | {"before": {BEHAVIORS[0]: "off"}, "after": {BEHAVIORS[0]: "on"}, "data": {"edit": 12}}


@cache
def _entry() -> Any:
    from audits.trail.kinds import Kind
    from audits.trail.record import entry_of

    return entry_of(Kind.DRAFT_EDITED, **_told())


def _leaf() -> bytes:
    return bytes(_entry().leaf)


def _with_bare(table: str, n: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE bench_work SET done = done + 1 WHERE id = %s", [n])
    time.sleep(OTHER_WORK)
    with connection.cursor() as cursor:  # as whatever writes rows has one of its own
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
