"""`make bench`: a whole installation's recheck, serving it, and a long trail. Ratios within one run; times are this
machine's.

It looks at 10,000 products after a new rulebook revision was published: once in this process, one chunk after the
other, and once through Celery with two workers. Before that it asks for the pages of one draft, as a browser would.
"""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config import bench_conversations, bench_serving, bench_streams, bench_trail, bench_trials, broker, embedded
from config.processes import until

PRODUCTS = 10_000
PLATFORM = "anthropic"
DRAFTS = {"one": ["reference"], "three": ["openai", "anthropic", "google"]}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="brightline-bench-") as folder:
        os.environ["BRIGHTLINE_VAR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
        os.environ["LOG_LEVEL"] = "WARNING"
        # What was compiled is kept, as in any installation; somebody's shell may say otherwise.
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(folder) / "compiled")
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        Path(folder).chmod(0o755)  # so that root's PostgreSQL, which is not root, gets to its data
        with embedded.running(Path(folder), own=True, durable=False) as server:
            prepare()
            measure_editor()
            bench_trials.measure()
            measure(Path(folder))
            key, publisher = bench_serving.measure()
            bench_streams.measure(key, publisher.publish)
            bench_trail.measure(server.dsn(embedded.database_name()))
    bench_conversations.measure()


def prepare() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("load_rulebooks", verbosity=0)
    broker.install(settings.BROKER_DSN or broker.pgmq_dsn(settings.BROKER_URL))
    _take_rows_without_entries()


def _take_rows_without_entries() -> None:
    """Thousands of rows are made here at once, and nobody reads of them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'need_entry'")
        for (table,) in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER need_entry")


def measure_editor() -> None:
    """The editor: the page, a switch that is flipped, and the look for others' work."""
    for slug, platforms in DRAFTS.items():
        measure_draft(slug, platforms)


def measure_draft(slug: str, platforms: list[str]) -> None:
    from django.test import Client

    product, user = make_draft(slug, platforms)
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(user)
    draft, key = f"/products/{product.slug}/draft/", "views.balanced"
    values = itertools.cycle(("off", "on"))
    htmx = {"HX-Request": "true", "HX-Request-Type": "partial"}
    seen = {"seen": 10**6}
    page = median(lambda: client.get(f"/products/{product.slug}/edit/"))
    flip = median(lambda: client.post(f"{draft}set/{key}/", {key: ["on", next(values)], **seen}, headers=htmx))
    look = median(lambda: client.get(f"{draft}watch/", seen, headers=htmx))
    html = client.get(f"/products/{product.slug}/edit/").content
    print(f"\neditor of a draft on {', '.join(platforms)}, {len(html) / 1000:.0f} kB")
    print(f"  the page            1.00   ({page * 1000:.1f} ms here)")
    print(f"  a switch flipped    {flip / page:.2f}   ({flip * 1000:.1f} ms here)")
    print(f"  nothing new         {look / page:.2f}   ({look * 1000:.1f} ms here)")


def median(ask: Callable[[], Any], times: int = 31) -> float:
    """Seconds of one answer; the first ones, which fill caches, do not count."""
    found = []
    for _n in range(times + 3):
        start = time.perf_counter()
        answer = ask()
        found.append(time.perf_counter() - start)
        assert answer.status_code in (200, 204), answer.status_code
    return statistics.median(found[3:])


def make_draft(slug: str, platforms: list[str]) -> tuple[Any, Any]:
    """A product with a draft, and its editor."""
    from profiles.access import Role, system
    from profiles.actions.members import add_member
    from profiles.actions.organizations import create_organization
    from profiles.actions.products import create_product
    from profiles.models import User

    now, by = datetime.now(UTC), system("bench")
    organization = create_organization(slug=f"bench-{slug}", name="Bench", by=by, now=now)
    user = User.objects.create_user(f"{slug}@bench.example", "correct horse battery staple", name="Editor")
    add_member(organization, user=user, role=Role.EDITOR, by=by, now=now)
    product = create_product(
        organization,
        slug=slug,
        name="Editor",
        facts={"audience": "adults", "surface": ["api"], "jurisdictions": ["eu"]},
        platforms=platforms,
        by=by,
        now=now,
    )
    return product, user


def measure(var: Path) -> None:
    from django.utils import timezone

    from audits.conformance import recheck
    from config.celery import app

    make_products()
    first = publish("2027-01-01")
    start = time.perf_counter()
    for pk in first.chunks.values_list("pk", flat=True):
        recheck.execute_chunk(pk, now=timezone.now())
    alone = time.perf_counter() - start
    app.control.purge()  # the messages of what was done here
    with workers(var):
        start = time.perf_counter()
        second = publish("2027-01-02")
        assert until(lambda: finished(second), seconds=120, every=0.1), "the workers did not finish"
        together = time.perf_counter() - start
    affected = second.results.count()
    print(f"\nrecheck of {PRODUCTS:,} products, {affected:,} of them affected")
    print(f"  one process         1.00   ({alone:.2f} s here)")
    print(f"  Celery, 2 workers   {together / alone:.2f}   ({together:.2f} s here, publishing the revision included)")


def make_products() -> None:
    """Ten organizations; every product has a live version, and one in five sets what the new revision closes."""
    from profiles.access import system
    from profiles.actions.organizations import create_organization
    from profiles.models import Activation, Draft, Product, RulebookRevision, Version

    now, by = datetime.now(UTC), system("bench")
    organizations = [create_organization(slug=f"bench-{n}", name=f"Bench {n}", by=by, now=now) for n in range(10)]
    places = {row.pk: row.environments.get(slug="production") for row in organizations}
    book = RulebookRevision.objects.get(platform=PLATFORM)
    named = [{"platform": PLATFORM, "revision": book.revision, "digest": book.digest}]
    products = Product.objects.bulk_create(
        (
            Product(
                organization=organizations[n % 10],
                slug=f"product-{n}",
                name=f"Product {n}",
                facts={"audience": "adults", "surface": ["api"], "jurisdictions": ["eu"]},
                platforms=[PLATFORM],
                created_at=now,
            )
            for n in range(PRODUCTS)
        ),
        batch_size=1000,
    )
    Draft.objects.bulk_create((Draft(product=product, updated_at=now) for product in products), batch_size=1000)
    versions = Version.objects.bulk_create(
        (
            Version(
                product=product,
                number=1,
                settings=settings_of(n),
                windows={"tone.profanity": {"floor": "off", "ceiling": "off"}},
                facts=product.facts,
                platforms=product.platforms,
                baseline={"settings": {}, "windows": {}},
                rulebooks=named,
                direction="mixed",
                note="Bench.",
                author_id="bench",
                author_name="Bench",
                draft_revision=1,
                digest=f"sha256:{n:064x}",
                created_at=now,
            )
            for n, product in enumerate(products)
        ),
        batch_size=1000,
    )
    Activation.objects.bulk_create(
        (
            Activation(
                product=version.product,
                environment=places[version.product.organization_id],
                version=version,
                by_id="bench",
                by_name="Bench",
                at=now,
            )
            for version in versions
        ),
        batch_size=1000,
    )


def settings_of(n: int) -> dict[str, Any]:
    settings: dict[str, Any] = {"format.length": "brief", "views.balanced": "off", "persona.custom": "on"}
    if n % 5 == 0:
        settings["tone.profanity"] = "on"
    return settings


def publish(day: str) -> Any:
    """The platform's next revision, in which operators may not turn profanity on; returns its recheck."""
    import tomli_w

    from audits.models import Recheck
    from profiles.access import system
    from profiles.actions.rulebooks import publish_rulebook
    from profiles.models import RulebookRevision

    document = dict(RulebookRevision.objects.filter(platform=PLATFORM).earliest("published").document)
    profanity = dict(document["behaviors"]["tone.profanity"])
    for window in ("organization", "product", "user", "how"):
        profanity.pop(window, None)
    document |= {"published": day, "behaviors": {**document["behaviors"], "tone.profanity": profanity}}
    revision, _is_new = publish_rulebook(tomli_w.dumps(document), by=system("bench"), now=datetime.now(UTC))
    return Recheck.objects.get(revision=revision)


def finished(recheck: Any) -> bool:
    recheck.refresh_from_db()
    return bool(recheck.state == "finished")


@contextmanager
def workers(var: Path) -> Iterator[None]:
    command = [
        *(sys.executable, "-m", "celery", "-A", "config", "worker", "--pool=prefork", "--concurrency=2"),
        *("--without-gossip", "--without-mingle"),
    ]
    log = var / "worker.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env={**os.environ, "LOG_LEVEL": "INFO"})
    try:
        assert until(lambda: " ready." in log.read_text(), seconds=60), log.read_text()
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()


if __name__ == "__main__":
    main()
