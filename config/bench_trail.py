"""The part of `make bench` about the trail: finding and proving one of a million entries, and what an entry costs."""

from __future__ import annotations

import multiprocessing
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from multiprocessing.pool import Pool
from typing import Any, Final

from config.bench_entries import ACTORS, BEHAVIORS, KINDS, PRODUCTS, fill

ENTRIES: Final = 1_000_000
FEW: Final = 1_000
TIMES: Final = 100
ALLOWED: Final = 50.0  # ms
WRITERS: Final = 8
OTHER_WORK: Final = 0.005  # seconds in each transaction
SECONDS: Final = 3.0
ROUNDS: Final = 7
_dice: Final = random.Random(1)  # noqa: S311


def measure(dsn: str) -> None:
    start = time.perf_counter()
    fill(dsn, ENTRIES, end=datetime.now(UTC))
    print(f"\ntrail of {ENTRIES:,} entries, made in {time.perf_counter() - start:.0f} s here")
    _search()
    _proofs()
    _first_page(dsn)
    _writers()


# Finding


def _searches() -> dict[str, Callable[[], Any]]:
    from audits.search.asked import Search, Term

    def kind() -> str:
        return _dice.choice(KINDS)

    def actor() -> str:
        return f"user:{_dice.randint(1, ACTORS)}"

    def product() -> str:
        return f"product-{_dice.randint(1, PRODUCTS)}"

    def days() -> dict[str, Any]:
        first = datetime.now(UTC).date() - timedelta(days=_dice.randint(1, 360))
        return {"since": first, "until": first + timedelta(days=_dice.choice((0, 6, 30, 90)))}

    def text(said: str, *, negated: bool = False) -> Any:
        return Search((Term("text", said, negated),))

    def named(field: str, *values: str, negated: bool = False) -> Term:
        return Term(field, values[0], negated, values)

    return {
        "everything": Search,
        "kind": lambda: Search(kind=kind()),
        "actor": lambda: Search(actor=actor()),
        "product": lambda: Search(product=product()),
        "days": lambda: Search(**days()),
        "kind, actor": lambda: Search(kind=kind(), actor=actor()),
        "kind, product": lambda: Search(kind=kind(), product=product()),
        "actor, product": lambda: Search(actor=actor(), product=product()),
        "kind, actor, product": lambda: Search(kind=kind(), actor=actor(), product=product()),
        "days, kind": lambda: Search(kind=kind(), **days()),
        "days, actor": lambda: Search(actor=actor(), **days()),
        "days, product": lambda: Search(product=product(), **days()),
        "days, kind, actor": lambda: Search(kind=kind(), actor=actor(), **days()),
        "days, kind, actor, product": lambda: Search(kind=kind(), actor=actor(), product=product(), **days()),
        "outcome:": lambda: Search((named("outcome", _dice.choice(("done", "refused", "failed"))),)),
        "-outcome:done, actor": lambda: Search((named("outcome", "done", negated=True),), actor=actor()),
        "-action:check": lambda: Search((named("action", *KINDS[:2], negated=True),)),
        "behavior:": lambda: Search((named("behavior", _dice.choice(BEHAVIORS)),)),
        "behavior:, product": lambda: Search((named("behavior", _dice.choice(BEHAVIORS)),), product=product()),
        "-behavior:": lambda: Search((named("behavior", _dice.choice(BEHAVIORS), negated=True),)),
        "actor:name": lambda: Search((Term("actor", f"Person {_dice.randint(1, ACTORS)}"),)),
        "-actor:name": lambda: Search((Term("actor", f"Person {_dice.randint(1, ACTORS)}", True),)),
        "product:name": lambda: Search((Term("product", product()),)),
        "text, in one entry": lambda: text(f"T{_dice.randint(0, ENTRIES // 1000 - 1) * 1000 + 7}"),
        "text, in none": lambda: text("nowhere"),
        "text, in all": lambda: text("version"),
        "text, two words": lambda: text(f"version {_dice.randint(0, 899)}"),
        "text, a name": lambda: text(f"Person {_dice.randint(1, ACTORS)}"),
        "text, a kind": lambda: Search((Term("text", "check", values=KINDS[:2]),)),
        "-text": lambda: text(f"version {_dice.randint(0, 899)}", negated=True),
        "-text, in all": lambda: text("version", negated=True),
    }


def _search() -> None:
    print(f"  {'p99 in the database, of 50 ms':<34} ratio    p50     p99 (ms here)")
    for name, search in _searches().items():
        times = sorted(_one_search(search()) for _n in range(TIMES))
        p99 = times[int(len(times) * 0.99) - 1]
        print(f"    {name:<32} {p99 / ALLOWED:5.2f}  {statistics.median(times):5.1f}   {p99:5.1f}")


def _one_search(search: Any) -> float:
    """Milliseconds that PostgreSQL needs for a page of one of the trails: the first one, or one from anywhere."""
    from audits.search.find import Place, find

    edge = _dice.randint(1, ENTRIES)
    place = Place() if search.since else _dice.choice((Place(), Place(before=edge), Place(after=edge)))
    with _clock() as spent:
        find(search, _dice.choice(("huge", "huge", "small-3")), place)
    return spent[0] * 1e3


@contextmanager
def _clock() -> Iterator[list[float]]:
    """How long statements take, in seconds."""
    from django.db import connection

    spent = [0.0]

    def timed(execute: Callable[..., Any], *given: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(*given)
        finally:
            spent[0] += time.perf_counter() - start

    with connection.execute_wrapper(timed):
        yield spent


def _first_page(dsn: str) -> None:
    """The trail page of an organization with a million entries, and of one with a thousand."""
    few = _reader("few", FEW)
    fill(dsn, FEW, end=datetime.now(UTC), huge="few", most=1.0, workers=1)
    _place()
    many = _reader("huge", ENTRIES)
    times: dict[str, list[float]] = {"few": [], "many": []}
    for _n in range(31):
        for name, client in (("few", few), ("many", many)):
            start = time.perf_counter()
            assert client.get("/trail/").status_code == 200
            times[name].append(time.perf_counter() - start)
    small, large = (statistics.median(times[name][3:]) for name in ("few", "many"))
    print(f"  the first page at {FEW:,} entries          1.00   ({small * 1e3:.1f} ms here)")
    print(f"  the first page at {ENTRIES:,} entries      {large / small:.2f}   ({large * 1e3:.1f} ms here)")


def _reader(slug: str, number: int) -> Any:
    from django.test import Client

    from profiles.access import Role, system
    from profiles.actions.members import add_member
    from profiles.actions.organizations import create_organization
    from profiles.models import User

    now, by = datetime.now(UTC), system("bench")
    organization = create_organization(slug=slug, name=f"{number:,}", by=by, now=now)
    user = User.objects.create_user(f"{slug}@bench.example", "correct horse battery staple", name="Reader")
    add_member(organization, user=user, role=Role.COMPLIANCE, by=by, now=now)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    return client


# Proving


def _proofs() -> None:
    from audits.ledger.read import proof_of
    from audits.models import Entry

    start = time.perf_counter()
    placed = _place()
    print(f"  places given                         {placed / (time.perf_counter() - start):,.0f} entries/s here")
    times = []
    for _n in range(TIMES * 2):
        entry = Entry.objects.get(pk=_dice.randint(1, ENTRIES))
        start = time.perf_counter()
        assert proof_of(entry)
        times.append((time.perf_counter() - start) * 1e3)
    times.sort()
    middle, p99 = statistics.median(times), times[int(len(times) * 0.99) - 1]
    print(f"  inclusion proof, of 5 ms             {middle / 5:.2f}   (p50 {middle:.1f}, p99 {p99:.1f} ms here)")


def _place() -> int:
    """Give all that wait their places; returns how many."""
    from django.utils import timezone

    from audits.ledger.sequence import place

    placed = 0
    while number := place(now=timezone.now(), most=20_000):
        placed += number
    return placed


# Writing


def _writers() -> None:
    """Business transactions with the trail, while the sequencer works, next to those with a bare INSERT: of the bytes
    alone, and of a row with the same columns and indexes, of which no log knows. Those with the trail write all that
    the program writes: the row that needs its entry, the entry, what it says of a person, and that person's name."""
    from django.db import connection

    _prepare_writers()
    connection.close()  # each process comes with its own
    done: dict[str, list[int]] = {name: [] for name in _INSERTS}
    with _sequencer(), multiprocessing.get_context("fork").Pool(WRITERS) as writers:
        for name in _INSERTS:
            _finished(writers, name, 1.0)  # until each connection knows the statements
        for _round in range(ROUNDS):
            for name, numbers in done.items():
                numbers.append(_finished(writers, name, SECONDS))
    print(f"  transactions, {WRITERS} writers, 5 ms of other work each, of {ROUNDS} rounds the median")
    print(f"    with a bare INSERT of the bytes     1.00   ({statistics.median(done['bytes']) / SECONDS:,.0f}/s here)")
    print(f"    with a bare INSERT of a row like it {_ratio(done['row'], done['bytes']):.2f}")
    of_row = _ratio(done["trail"], done["row"])
    print(f"    with the trail, of 0.9 {_ratio(done['trail'], done['bytes']):18.2f}   ({of_row:.2f} of the row's)")


def _ratio(some: list[int], others: list[int]) -> float:
    return statistics.median(one / other for one, other in zip(some, others, strict=True))


def _prepare_writers() -> None:
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
def _sequencer() -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "manage.py", "sequence"], env=dict(os.environ))
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)
