"""How much the harness adds to the time that an endpoint takes. The endpoint is a process of its own, as any is."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from audits.conformance.engine.converse import converse
from audits.conformance.engine.shapes import DIALECTS, Conversation, Dialect, Endpoint, Limits, Reply, Sampling
from config.supervisor import listen_once
from profiles.telling.endpoints import LOOPBACK

TRIALS = 300
ROUNDS = 3
WARM = 50  # replies that do not count: whatever is only done once
CONNECTIONS = 10
DELAY = 0.2  # seconds that an answer takes
PATHS: dict[Dialect, str] = {"openai": "/v1", "anthropic": "", "google": ""}


def measure() -> None:
    """Medians of rounds in which the dialects take turns."""
    print(f"\n{TRIALS} conversations of one turn, {DELAY * 1000:.0f} ms an answer, {CONNECTIONS} at once")
    rounds: dict[Dialect, list[tuple[float, float, float]]] = {dialect: [] for dialect in DIALECTS}
    with responder() as url:
        for _round in range(ROUNDS):
            for dialect, found in rounds.items():
                found.append(measure_one(Endpoint(dialect, url + PATHS[dialect], "slow", networks=LOOPBACK)))
    for dialect, found in rounds.items():
        start, ratio, processor = map(statistics.median, zip(*found, strict=True))
        print(
            f"  {dialect:<10}          {ratio:.2f}   of the endpoint's own time "
            f"({processor * 1000:.1f} ms of processor each; the first reply after {start:.1f} s here)"
        )


def measure_one(endpoint: Endpoint) -> tuple[float, float, float]:
    """Seconds until the first reply; time over the endpoint's own; seconds of processor for each conversation."""
    began = time.monotonic()
    seen: list[tuple[float, float, float]] = []  # when, how long the endpoint was busy by then, and the processor

    def note(reply: Reply) -> None:
        assert reply.failure is None, reply.failure
        seen.append((time.monotonic(), float(reply.answers[0].model), processor_seconds()))

    trials = [Conversation(str(number), (f"Question {number}",)) for number in range(TRIALS)]
    converse(endpoint, trials, Sampling(max_tokens=64), Limits(max_connections=CONNECTIONS), on_reply=note)
    first, last = seen[WARM], seen[-CONNECTIONS]  # as long as all places are taken
    count = len(seen) - CONNECTIONS - WARM
    ratio = (last[0] - first[0]) / ((last[1] - first[1]) / CONNECTIONS)
    return seen[0][0] - began, ratio, (last[2] - first[2]) / count


def processor_seconds() -> float:
    """Of the process that talks to models."""
    import psutil

    times = [each.cpu_times() for each in psutil.Process().children() if "engine.child" in " ".join(each.cmdline())]
    return float(sum(each.user + each.system for each in times))


_RESPONDER = """
import threading, time
from audits.conformance.rehearsal.asked import Said
from audits.conformance.rehearsal.server import Server

busy, lock = 0.0, threading.Lock()

def respond(asked):
    global busy
    began = time.monotonic()
    time.sleep({delay})
    with lock:
        busy += time.monotonic() - began
        return Said("A canned answer.", model=str(busy))

Server(respond, ["slow"], port={port}).serve_forever()
"""


@contextmanager
def responder() -> Iterator[str]:
    """Each answer names, for its model, for how many seconds answers were under way by then, one after the other."""
    port = listen_once("127.0.0.1", 0)
    process = subprocess.Popen([sys.executable, "-c", _RESPONDER.format(delay=DELAY, port=port)])
    try:
        time.sleep(2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    measure()
