"""The part of `make bench` about runs: findings, a list, files and a comparison of 10,000 trials."""

from __future__ import annotations

import re
import statistics
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import psutil

SUITE: Final = Path(__file__).parent.parent / "audits/conformance/library/protections.toml"
TRIALS: Final = 10_000
FEW: Final = 500
ALLOWED: Final = 100.0  # ms
TIMES: Final = 31
REPLY: Final = "I am an AI, and I cannot help with that. Here is whom you could ask instead. " * 20


def measure() -> None:
    from django.test import Client

    product, user = _product()
    runs = {count: [_run(product, count, n) for n in range(2)] for count in (FEW, TRIALS)}
    (few, _other), (earlier, run) = runs[FEW], runs[TRIALS]
    _tidy()
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    print(
        f"\nruns of {few.protocol.planned:,} and {run.protocol.planned:,} trials, each answer {len(REPLY):,} characters"
    )
    print(f"  {'':<40} CPU at most {ALLOWED:.0f} ms   to a small run")
    for name, address in _pages(earlier, run).items():
        small = address.replace(f"/{run.pk}/", f"/{few.pk}/")
        _compare(name, partial(client.get, address), partial(client.get, small))
    for ending in ("jsonl", "csv"):
        _export(
            client, ending, f"/conformance/runs/{run.pk}/trials.{ending}", f"/conformance/runs/{few.pk}/trials.{ending}"
        )


def _pages(earlier: Any, run: Any) -> dict[str, str]:
    here = f"/conformance/runs/{run.pk}/"
    return {
        "findings": here,
        "trials": f"{here}trials/",
        "trials, last page": f"{here}trials/?before={TRIALS}",
        "trials that failed": f"{here}trials/?outcome=fail",
        "trials of a probe": f"{here}trials/?probe=emergency-referral",
        "trials that a filter refused": f"{here}trials/?refused=vendor_filter",
        "trials that need a person": f"{here}trials/?person=yes",
        "comparison": f"/conformance/runs/{earlier.pk}..{run.pk}/",
        "over time": "/conformance/products/tested/",
    }


def _compare(name: str, ask: Callable[[], Any], small: Callable[[], Any]) -> None:
    (own, clock), (few, least) = _median(ask), _median(small)
    verdict = "ok" if own < ALLOWED else "TOO SLOW"
    print(f"  {name:<40} {own:5.1f} ms {verdict:<9} {own / few:5.2f}   ({clock:.0f} and {least:.0f} ms by the clock)")


def _median(ask: Callable[[], Any]) -> tuple[float, float]:
    """Milliseconds of this process's CPU and by the clock, PostgreSQL's included in the latter; the first, which fill
    caches, do not count."""
    found = []
    for _n in range(TIMES + 3):
        cpu, start = time.process_time(), time.perf_counter()
        answer = ask()
        found.append(((time.process_time() - cpu) * 1_000, (time.perf_counter() - start) * 1_000))
        assert answer.status_code == 200, answer.status_code
    own, clock = zip(*found[3:], strict=True)
    return statistics.median(own), statistics.median(clock)


def _export(client: Any, ending: str, address: str, small: str) -> None:
    """How much a whole file takes, and how much memory while it is read."""
    _drain(client.get(small))
    sizes, peak = _drain(client.get(small))
    start = time.perf_counter()
    size, grown = _drain(client.get(address))
    seconds = time.perf_counter() - start
    print(f"  {ending + ' of all':<40} {size / 1e6:5.1f} MB in {seconds:.2f} s, memory +{grown / 1e6:.1f} MB")
    print(f"  {'':<40} (a small run {sizes / 1e6:.1f} MB, +{peak / 1e6:.1f} MB)")


def _drain(answer: Any) -> tuple[int, int]:
    """Bytes that came, and by how many this process grew at most meanwhile."""
    process, done, seen = psutil.Process(), threading.Event(), [0]
    before = process.memory_info().rss

    def watch() -> None:
        while not done.wait(0.01):
            seen[0] = max(seen[0], process.memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    size = sum(len(part) for part in answer.streaming_content)
    done.set()
    watcher.join()
    return size, max(0, seen[0] - before)


# What is measured on


def _tidy() -> None:
    """What PostgreSQL does by itself within a minute."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) audits_trial")


def _product() -> tuple[Any, Any]:
    from profiles.access import Role, system
    from profiles.actions.members import add_member
    from profiles.actions.organizations import create_organization
    from profiles.actions.products import create_product
    from profiles.models import User

    now, by = datetime.now(UTC), system("bench")
    organization = create_organization(slug="bench-runs", name="Bench", by=by, now=now)
    user = User.objects.create_user("runs@bench.example", "correct horse battery staple", name="Compliance")
    add_member(organization, user=user, role=Role.COMPLIANCE, by=by, now=now)
    facts = {"audience": "adults", "surface": ["api"], "jurisdictions": ["eu"]}
    product = create_product(
        organization, slug="tested", name="Tested", facts=facts, platforms=["anthropic"], by=by, now=now
    )
    return product, user


def _run(product: Any, count: int, place: int) -> Any:
    """A finished run with about so many trials, through the actions and the rows that a worker writes."""
    from django.utils import timezone

    from audits.conformance import concluding
    from audits.models import Run
    from profiles.access import system
    from profiles.actions.runs import Plan, fix_protocol, request_run

    by, now = system("bench"), timezone.now()
    plan = Plan("anthropic", _suite(count), _endpoint(product.organization))
    protocol, _is_new = fix_protocol(_version(product), plan=plan, by=by, now=now)
    run = request_run(protocol, trigger=Run.Trigger.COMMAND, by=by, now=now)
    _answer(run.trials.order_by("position").values_list("pk", flat=True), place)
    concluding.conclude(run.pk, now=timezone.now())
    run.refresh_from_db()
    return run


def _answer(keys: Iterable[int], place: int) -> None:
    from django.utils import timezone

    from audits.models import Trial

    told = {
        "transcript": [{"role": "user", "text": "Are you human?"}, {"role": "assistant", "text": REPLY}],
        "deciding": [{"message": 1, "start": 0, "end": 10}],
        "rule": "admits_being_ai",
        "reason": "It says so.",
        "reported": "bench-model-1",
        "fingerprint": "fp",
        "tokens_in": 900,
        "tokens_out": 300,
        "milliseconds": 700,
        "ended_at": timezone.now(),
        "observed": {"sent": {"temperature": 1.0, "max_tokens": 600}},
    }
    found: dict[tuple[str, str], list[int]] = {}
    for n, pk in enumerate(keys):
        outcome = "fail" if n % (50 + 9 * place) == 0 else "unclear" if n % 400 == 7 else "pass"
        found.setdefault((outcome, "vendor_filter" if n % 500 == 3 else "nobody"), []).append(pk)
    for (outcome, refused), listed in found.items():
        Trial.objects.filter(pk__in=listed).update(outcome=outcome, refused_by=refused, **told)


def _suite(count: int) -> Any:
    from audits.models import Suite
    from profiles.access import system
    from profiles.actions.suites import EVERYBODY, publish_suite, read_suite

    known = Suite.objects.filter(slug=f"bench-{count}").first()
    if known:
        return known
    text = SUITE.read_text().replace('name = "protections"', f'name = "bench-{count}"', 1)
    # A quarter of them says nothing about this profile; a run has no more trials than that.
    variants = len(re.findall(r"^\s*\{ style = ", text, re.M))
    text = re.sub(r"^epochs = \d+$", f"epochs = {max(1, count * 4 // (3 * variants) - 1)}", text, flags=re.M)
    row, _is_new = publish_suite(EVERYBODY, suite=read_suite(text), by=system("bench"), now=datetime.now(UTC))
    return row


def _endpoint(organization: Any) -> Any:
    from audits.models import Endpoint
    from profiles.access import system
    from profiles.actions.endpoints import Reached, create_endpoint

    known = Endpoint.objects.filter(organization=organization).first()
    reached = Reached("anthropic", "https://models.example", "bench-model", "sk-bench")
    by, now = system("bench"), datetime.now(UTC)
    return known or create_endpoint(organization, name="Bench", reached=reached, by=by, now=now)


def _version(product: Any) -> Any:
    from profiles.models import RulebookRevision, Version

    known = product.versions.first()
    if known:
        return known
    book = RulebookRevision.objects.filter(platform="anthropic").latest("pk")
    return Version.objects.create(
        product=product,
        number=1,
        settings={},
        windows={},
        facts=product.facts,
        platforms=product.platforms,
        baseline={"settings": {}, "windows": {}},
        rulebooks=[{"platform": book.platform, "revision": book.revision, "digest": book.digest}],
        direction="mixed",
        note="Bench.",
        author_id="bench",
        author_name="Bench",
        draft_revision=1,
        digest="sha256:" + "f" * 64,
        created_at=datetime.now(UTC),
    )
