"""The part of `make bench` about streams of events: what thousands of idle ones cost, and how soon all of them hear."""

from __future__ import annotations

import os
import resource
import selectors
import socket
import statistics
import time
from collections.abc import Callable

from config.bench_load import cpu_of, memory_of
from config.bench_serving import ended, is_listening
from config.processes import until
from config.supervisor import events_command

STREAMS = 2_000
TELLINGS = 20
IDLE_SECONDS = 5.0
PATIENCE = 20.0  # seconds


def measure(key: str, publish: Callable[[], object]) -> None:
    """
    Args:
        publish: makes another profile hold for the key; returns when that is committed.
    """
    from django.conf import settings

    from config.tests.support import free_port

    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    port = free_port()
    with ended(events_command("127.0.0.1", port), os.environ | {"LOG_LEVEL": "ERROR"}) as process:
        assert until(lambda: is_listening(port), seconds=60, every=0.05)
        bare = memory_of(process.pid)
        streams = Streams(port, key)
        try:
            streams.hear()
            spent = cpu_of(process.pid)
            time.sleep(IDLE_SECONDS)
            spent = (cpu_of(process.pid) - spent) / IDLE_SECONDS
            full = memory_of(process.pid)
            firsts, lasts = zip(*(streams.told(publish) for _n in range(TELLINGS)), strict=True)
        finally:
            streams.close()
    print(
        f"  {STREAMS:,} streams of events, idle          {full:.0f} MB ({bare:.0f} without any), {spent:.1%} of a core"
    )
    first, last = statistics.median(firsts) * 1e3, statistics.median(lasts) * 1e3
    delay = f"{settings.EVENTS_DELAY * 1e3:.0f} ms of them on purpose"
    print(f"  a publication, until the first of them hears of it {first:.0f} ms ({delay}), all {last:.0f} ms here")


class Streams:
    """Clients that listen."""

    def __init__(self, port: int, key: str) -> None:
        lines = ["GET /api/v1/profile/events HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {key}"]
        self.selector = selectors.DefaultSelector()
        for _n in range(STREAMS):
            one = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
            one.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            one.setblocking(False)
            self.selector.register(one, selectors.EVENT_READ)

    def hear(self) -> list[float]:
        """Wait until each was told something; when, in seconds of the performance counter."""
        heard: dict[object, float] = {}
        until_when = time.perf_counter() + PATIENCE
        while len(heard) < STREAMS:
            for found, _what in self.selector.select(timeout=1):
                assert isinstance(found.fileobj, socket.socket)
                if b"event: profile" in found.fileobj.recv(65536):
                    heard.setdefault(found.fileobj, time.perf_counter())
            assert time.perf_counter() < until_when, f"{STREAMS - len(heard)} streams were not told"
        return sorted(heard.values())

    def told(self, publish: Callable[[], object]) -> tuple[float, float]:
        """Seconds from a publication until the first and until the last one hears of it."""
        publish()
        done = time.perf_counter()
        heard = self.hear()
        return heard[0] - done, heard[-1] - done

    def close(self) -> None:
        for found in list(self.selector.get_map().values()):
            assert isinstance(found.fileobj, socket.socket)
            found.fileobj.close()
        self.selector.close()
