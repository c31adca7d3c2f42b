"""The part of `make bench` about the trail: finding, proving and taking along what a million entries say."""

from __future__ import annotations

import multiprocessing
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psutil

from config import bench_writers
from config.bench_entries import ACTORS, BEHAVIORS, KINDS, PRODUCTS, fill
from config.bench_lines import line

ENTRIES: Final = 1_000_000
FEW: Final = 1_000
TIMES: Final = 100
ALLOWED: Final = 50.0  # ms
EXPORTED: Final = 100_000
_dice: Final = random.Random(1)  # noqa: S311


def measure(dsn: str) -> None:
    start = time.perf_counter()
    fill(dsn, ENTRIES, end=datetime.now(UTC))
    print(f"\ntrail of {ENTRIES:,} entries, made in {time.perf_counter() - start:.0f} s here")
    print(f"  {'':<40} ratio   bar       here")
    _search()
    _proofs()
    _verification()
    _first_page(dsn)
    _export()
    bench_writers.measure()


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
    """The ratio is that of the wall's clock, which also counts how long PostgreSQL waits for a CPU that others have."""
    print("  found in the database, p99 of 50 ms")
    for name, search in _searches().items():
        found = [_one_search(search()) for _n in range(TIMES)]
        times, own = (sorted(each) for each in zip(*found, strict=True))
        told = f"p50 {statistics.median(times):.1f}, p99 {_p99(times):.1f} ms, of its own {_p99(own):.1f}"
        line(f"  {name}", _p99(times), ALLOWED, told)


def _p99(times: list[float]) -> float:
    """Of times in their order."""
    return times[int(len(times) * 0.99) - 1]


def _one_search(search: Any) -> tuple[float, float]:
    """Milliseconds until PostgreSQL has found a page of one of the trails (the first one, or one from anywhere), and
    those of them that it worked."""
    from audits.search.find import Place, find

    edge = _dice.randint(1, ENTRIES)
    place = Place() if search.since else _dice.choice((Place(), Place(before=edge), Place(after=edge)))
    worked = _worked()
    with _clock() as spent:
        find(search, _dice.choice(("huge", "huge", "small-3")), place)
    return spent[0] * 1e3, (_worked() - worked) * 1e3


def _worked() -> float:
    """Seconds of a CPU that this connection's server process had until now; 0 where the system does not tell."""
    from django.db import connection

    connection.ensure_connection()
    told = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    return int(told.read_text("ascii").split()[0]) / 1e9 if told.exists() else 0.0


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
    here = f"{small * 1e3:.1f} ms at {FEW:,}, {large * 1e3:.1f} ms at {ENTRIES:,}"
    line("the first page, of 1.3 as long as of few", large / small, 1.3, here)


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


# Taking along


def _export() -> None:
    """In a process of its own, so that what was read before does not count."""
    from django.db import connection

    connection.close()
    with multiprocessing.get_context("spawn").Pool(1) as other:
        for how in ("csv", "jsonl", "ocsf"):
            rows, added = other.apply(_most_added, [how])
            line(f"{rows:,} rows as {how}, of 64 MB", added / 1e6, 64, f"{added / 1e6:.1f} MB above what it had")


def _most_added(how: str) -> tuple[int, int]:
    """How many rows were exported, and how many bytes more of memory this process had meanwhile."""
    import django
    from django.utils import timezone

    django.setup()
    from audits.exporting import export
    from audits.exporting.formats import Format
    from audits.models import Entry
    from profiles.access import Permission, system

    by = replace(system("bench"), organization_slug="huge", permissions=frozenset({Permission.VIEW_TRAIL}))
    found = Entry.objects.filter(organization="huge", pk__in=Entry.objects.filter(organization="huge")[:EXPORTED])
    started = export.start(found, how=Format(how), search={}, by=by, now=timezone.now())
    before, most = _resident(), 0
    for _piece in started.stream():
        most = max(most, _resident())
    return started.held.count, most - before


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


# Proving


def _proofs() -> None:
    from audits.ledger.read import proof_of
    from audits.models import Entry

    start = time.perf_counter()
    placed = _place()
    print(f"  {placed / (time.perf_counter() - start):,.0f} entries a second got their places here")
    times, own = [], []
    for _n in range(TIMES * 2):
        entry = Entry.objects.get(pk=_dice.randint(1, ENTRIES))
        worked, start = time.process_time() + _worked(), time.perf_counter()
        assert proof_of(entry)
        times.append((time.perf_counter() - start) * 1e3)
        own.append((time.process_time() + _worked() - worked) * 1e3)
    middle = statistics.median(times)
    told = f"p50 {middle:.1f}, p99 {_p99(sorted(times)):.1f} ms, of its own {statistics.median(own):.1f}"
    line("inclusion proof, of 5 ms", middle, 5, told)


def _verification() -> None:
    """The whole log, as each night: every entry, hash and checkpoint, and then what pages show and find of them."""
    from audits.ledger.verification import examine, misread
    from audits.models import Log

    log = Log.objects.get(organization="huge")
    start = time.perf_counter()
    assert examine(log).finding is None
    speed = log.size / (time.perf_counter() - start)
    line("the whole log verified, of 40,000/s", speed, 40_000, f"{speed:,.0f} entries a second", at_least=True)
    start = time.perf_counter()
    assert misread(log, log.size) is None
    print(f"      and what is listed of it compared, {log.size / (time.perf_counter() - start):,.0f} entries a second")


def _place() -> int:
    """Give all that wait their places; returns how many."""
    from django.utils import timezone

    from audits.ledger.sequence import place

    placed = 0
    while number := place(now=timezone.now(), most=20_000):
        placed += number
    return placed
