"""The serving part of `make bench`: what clients read, next to a trivial view and, if it is installed, nginx."""

from __future__ import annotations

import json
import math
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from unittest.mock import patch

from config.bench_load import Measured, Where, connected, cpu_of, first_answer, load, memory_of, own_memory_of
from config.processes import until
from config.supervisor import web_command

SECONDS = 0.6  # of one round
ROUNDS = 11
BUSY = 32  # connections
PUBLISHING = 40.0  # seconds
PAUSE = 0.05  # seconds between two publications
PATH = "/api/v1/profile"
FLAGS = "/ofrep/v1/evaluate/flags"
WISHES = json.dumps({"preferences": {"tone.profanity": "off", "format.length": "brief", "views.balanced": "on"}})
CONTEXT = json.dumps({"context": {"targetingKey": "user-1", **json.loads(WISHES)}})


def measure() -> tuple[str, Publisher]:
    """With 10,000 products that have a live version each. Returns a key, and who publishes for it."""
    profiles = publish_all()
    key, richer = new_key("served"), new_key("richer")
    print(f"\nserving, with {profiles:,} published profiles of 8 kB in memory")
    with server("config.wsgi:application") as once:  # its modules are compiled by then
        assert until(lambda: first_status(once.where, get(key)) == 200, seconds=60, every=0.05)
    with ExitStack() as stack:
        started = time.perf_counter()
        ours = stack.enter_context(server("config.wsgi:application"))
        assert until(lambda: first_status(ours.where, get(key)) == 200, seconds=60, every=0.05)
        took, cpu = time.perf_counter() - started, cpu_of(ours.pid)
        print(f"  start, until it answers            {took:.1f} s here, of them {cpu:.1f} s of CPU")
        own = own_memory_of(ours.pid)
        print(
            f"  memory of a web process            {own:.0f} MB, {memory_of(ours.pid):.0f} with the libraries it shares"
        )
        plain = stack.enter_context(server("config.bench_app:application"))
        first = first_answer(ours.where, get(key))
        read, again = get(key), get(key, f"If-None-Match: {etag_of(first)}")
        targets = {"GET profile": (ours, read), "GET profile, 304": (ours, again)}
        trivial = {"a trivial Django view": (plain, b"GET /plain HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")}
        compare("one process each", {**trivial, **targets}, next(iter(trivial)))
        with server("config.wsgi:application", streams=8) as demo, nginx_of(body_of(first), workers=1) as nginx:
            targets = {**_static(nginx), **targets, "GET profile, room for 8 streams": (demo, read)}
            compare("one process each", targets, next(iter(targets)))
        cores = os.cpu_count() or 1
        with server("config.wsgi:application", workers=cores) as many, nginx_of(body_of(first), workers=cores) as nginx:
            assert until(lambda: first_status(many.where, read) == 200, seconds=60, every=0.05)
            targets = {**_static(nginx), "GET profile": (many, read), "GET profile, 304": (many, again)}
            compare(f"{cores} processes each", targets, next(iter(targets)))
        post = f"POST {PATH}/resolve HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        body = f"Content-Length: {len(WISHES)}\r\n\r\n{WISHES}"
        compare(
            "one process each",
            {
                "a trivial DRF view": (plain, f"{post.replace(PATH + '/resolve', '/trivial')}{body}".encode()),
                "resolve, 45 behaviors": (ours, f"{post}Authorization: Bearer {richer}\r\n{body}".encode()),
                "OFREP bulk, 45 flags": (ours, flags(richer, CONTEXT)),
                "OFREP bulk, without preferences": (ours, flags(richer, "{}")),
            },
            "a trivial DRF view",
        )
    publisher = Publisher()
    propagation(key, publisher)
    return key, publisher


class Publisher:
    """Makes another profile hold for a product, again and again."""

    def __init__(self) -> None:
        from profiles.models import Product

        self.product = Product.objects.get(slug="served")
        self.count = 0
        self.at, self.etag = 0.0, b""

    def publish(self) -> None:
        """Returns when it is committed, with its ETag in ``etag`` and that instant in ``at``."""
        from django.db import transaction

        from profiles.access import system
        from profiles.actions.publishing import republish
        from profiles.models import Product, PublishedProfile

        self.count += 1
        Product.objects.filter(pk=self.product.pk).update(slug=f"served-{self.count:04}")
        self.product.refresh_from_db()
        with transaction.atomic():
            transaction.on_commit(self._note)
            republish(self.product, because="Bench.", by=system("bench"), now=datetime.now(UTC))
        self.etag = PublishedProfile.objects.filter(product=self.product).latest("pk").etag.strip('"').encode()

    def _note(self) -> None:
        self.at = time.perf_counter()


def compare(title: str, targets: dict[str, tuple[Server, bytes]], base: str) -> None:
    """They take turns, so that whatever else the machine does hits all of them; what counts is the median of what each
    is beside the base of its own round."""
    found: dict[str, list[Measured]] = {name: [] for name in targets}
    for _round in range(ROUNDS):
        for name, (target, request) in targets.items():
            found[name].append(load(target.where, request, connections=BUSY, seconds=SECONDS, server=target.pid))
    print(f"  {f'{BUSY} connections, {title}':<34} ratio   CPU  p99/median    (here, at load {os.getloadavg()[0]:.1f})")
    for name, rounds in found.items():
        pairs = list(zip(rounds, found[base], strict=True))
        ratio = statistics.median(one.per_second / other.per_second for one, other in pairs)
        cpu = statistics.median(other.cpu / one.cpu for one, other in pairs)
        tail = statistics.median(one.p99 / one.median for one in rounds)
        one = sorted(rounds, key=lambda one: one.per_second)[ROUNDS // 2]
        here = f"{one.per_second:,.0f}/s, {one.median * 1e3:.1f} ms, {one.cpu * 1e6:.0f} us CPU"
        print(f"    {name:<32} {ratio:5.2f} {cpu:5.2f}  {tail:10.1f}    ({here})")


def propagation(key: str, publisher: Publisher) -> None:
    """From the end of a publication's transaction until each of four processes gives the new bytes, under load, as who
    makes that load sees it. Over sockets, as from a proxy beside them: what goes over the loopback interface waits
    for a thread of the kernel, which was seen to get no core for seconds where there is more to do than they can."""
    publisher.publish()  # from here on all answers have the same length
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="brightline-sockets-"))
        servers = [stack.enter_context(server("config.wsgi:application", path=f"{folder}/{n}")) for n in range(4)]
        assert until(lambda: all(first_status(one.where, get(key)) == 200 for one in servers), seconds=60, every=0.05)
        pool = stack.enter_context(ThreadPoolExecutor(len(servers)))
        eight = partial(load, connections=BUSY // len(servers), seconds=PUBLISHING, processes=1)
        loads = [pool.submit(eight, one.where, get(key), server=one.pid) for one in servers]
        time.sleep(PUBLISHING / 5)  # until there is load
        end, told = time.perf_counter() + PUBLISHING * 0.6, []
        while time.perf_counter() < end:
            publisher.publish()
            told.append((publisher.etag, publisher.at))
            time.sleep(PAUSE)
        busy = [one.result() for one in loads]
    told = [(etag, at) for etag, at in told if at < end]
    delays = sorted(first_of(one.seen, told[n:]) - at for one in busy for n, (_etag, at) in enumerate(told))
    p50, p99 = statistics.median(delays) * 1e3, delays[int(len(delays) * 0.99)] * 1e3
    print(f"  a publication, until 4 busy processes give it: p50 {p50:.0f} ms, p99 {p99:.0f} ms", end=" ")
    print(f"({len(told)} of them, here at load {os.getloadavg()[0]:.1f})")
    grouping = Path("/proc/sys/kernel/sched_autogroup_enabled")
    if grouping.exists() and grouping.read_text("ascii").strip() == "1":
        print("    with sched_autogroup_enabled: a busy kernel may leave the database without a core for seconds")


def first_of(seen: dict[bytes, float], told: list[tuple[bytes, float]]) -> float:
    """When the first of these was seen, or a later one, which took its place before anybody asked."""
    return min(seen.get(etag, math.inf) for etag, _at in told)


# What is measured


def publish_all() -> int:
    """A published profile of 8 kB for each product, and a key of one of them that is resolved for real."""
    from profiles.actions.publishing import publish
    from profiles.models import Activation, Product, PublishedProfile
    from profiles.resolution import encodings

    now = datetime.now(UTC)
    activations = list(Activation.objects.select_related("product__organization", "environment", "version"))
    first = activations[0]
    Product.objects.filter(pk=first.product_id).update(slug="served", platforms=["google"])
    book = google()
    served = first.version
    served.pk, served.number, served.platforms = None, 2, ["google"]
    served.rulebooks, served.instructions = [book], "You help. " * 60
    served.save(force_insert=True)
    activation = Activation.objects.create(
        product=first.product, environment=first.environment, version=served, by_id="b", by_name="Bench", at=now
    )
    activation.product.refresh_from_db()
    (row,) = publish(activation, now)
    Product.objects.filter(pk=activations[1].product_id).update(slug="richer")
    activations[1].product.refresh_from_db()
    publish(activations[1], now)
    rows = []
    for other in activations[2:]:
        body = bytes(row.body).replace(b'"product":"served"', f'"product":"{other.product.slug}"'.encode())
        rows.append(
            PublishedProfile(
                product=other.product, environment=other.environment, platform="anthropic", activation=other,
                valid_from=now, body=body, gzip=encodings.gzip(body), br=encodings.br(body), jws=row.jws, kid=row.kid,
                inputs={}, digest=row.digest, etag=row.etag, published_at=now,
            )
        )  # fmt: skip
    PublishedProfile.objects.bulk_create(rows, batch_size=500)
    return len(rows) + 2


def google() -> dict[str, str]:
    from profiles.models import RulebookRevision

    book = RulebookRevision.objects.filter(platform="google").latest("published")
    return {"platform": "google", "revision": book.revision, "digest": book.digest}


def new_key(slug: str) -> str:
    from profiles.access import system
    from profiles.actions.api_keys import create_api_key
    from profiles.models import Product

    product = Product.objects.get(slug=slug)
    place = product.organization.environments.get(slug="production")
    by, now = system("bench"), datetime.now(UTC)
    return create_api_key(product.organization, name="bench", product=product, environment=place, by=by, now=now)[1]


def get(key: str, *headers: str) -> bytes:
    lines = [f"GET {PATH} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {key}", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def first_status(where: Where, request: bytes) -> int:
    with suppress(OSError, AssertionError, IndexError):
        return int(first_answer(where, request).split(b" ")[1])
    return 0


def flags(key: str, body: str) -> bytes:
    lines = [f"POST {FLAGS} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {key}"]
    lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + f"\r\n\r\n{body}").encode()


def etag_of(answer: bytes) -> str:
    return next(line.partition(b":")[2].strip().decode() for line in answer.split(b"\r\n") if line.startswith(b"etag"))


def body_of(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[2]


# Who is measured


class Server:
    """A process that listens on this machine."""

    def __init__(self, pid: int, where: Where) -> None:
        self.pid, self.where = pid, where


@contextmanager
def server(application: str, *, workers: int = 1, streams: int = 0, path: str = "") -> Iterator[Server]:
    """As an installation behind a reverse proxy runs it; the demo carries ``streams`` itself, each in a thread. With a
    ``path`` it listens on a socket there."""
    from config.tests.support import free_port

    port = free_port()
    given = {"WEB_CONCURRENCY": str(workers), "BRIGHTLINE_WEB_STREAMS": str(streams), "LOG_LEVEL": "ERROR"}
    with patch.dict(os.environ, given):
        command = [*web_command("127.0.0.1", port)[:-1], *(("--uds", path) if path else ()), application]
        with ended(command, dict(os.environ)) as process:
            until(lambda: is_listening(path or port), seconds=60, every=0.05)
            yield Server(process.pid, path or port)


@contextmanager
def nginx_of(body: bytes, *, workers: int) -> Iterator[Server | None]:
    """nginx with the same bytes as a static file; None if it is not installed."""
    from config.tests.support import free_port

    binary = shutil.which("nginx")
    if binary is None:
        print("  (nginx is not installed, so there is no comparison with it)")
        yield None
        return
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="brightline-nginx-") as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "profile").write_bytes(body)
        (Path(folder) / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log {folder}/log; worker_processes {workers}; events {{}}\n"
            f"http {{ access_log off; keepalive_requests 1000000; client_body_temp_path {folder}/a;"
            f" proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d;"
            f" scgi_temp_path {folder}/e; default_type application/json;"
            f" server {{ listen 127.0.0.1:{port}{' reuseport' if workers > 1 else ''}; root {folder}; }} }}\n"
        )
        with ended([binary, "-c", f"{folder}/nginx.conf", "-p", folder], dict(os.environ)) as process:
            until(lambda: is_listening(port), seconds=10)
            yield Server(process.pid, port)


def _static(nginx: Server | None) -> dict[str, tuple[Server, bytes]]:
    request = b"GET /profile HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    return {"nginx, the same bytes as a file": (nginx, request)} if nginx else {}


@contextmanager
def ended(command: list[str], environ: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()


def is_listening(where: Where) -> bool:
    with suppress(OSError), connected(where, timeout=1):
        return True
    return False
