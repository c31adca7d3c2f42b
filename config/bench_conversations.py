"""How much the harness adds to the time that an endpoint takes. The endpoint is a process of its own, as any is."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from audits.conformance.engine.converse import converse
from audits.conformance.engine.shapes import DIALECTS, Conversation, Dialect, Endpoint, Limits, Reply, Sampling
from config.supervisor import listen_once
from profiles.telling.endpoints import LOOPBACK

TRIALS = 400
CONNECTIONS = 10
DELAY = 0.2  # seconds that an answer takes
PATHS: dict[Dialect, str] = {"openai": "/v1", "anthropic": "", "google": ""}


def measure() -> None:
    ideal = TRIALS * DELAY / CONNECTIONS
    print(f"\n{TRIALS} conversations of one turn, {DELAY * 1000:.0f} ms an answer, {CONNECTIONS} at once")
    with responder() as url:
        for dialect in DIALECTS:
            start, span, processor = measure_one(Endpoint(dialect, url + PATHS[dialect], "slow", networks=LOOPBACK))
            print(
                f"  {dialect:<10}          {span / ideal:.2f}   of the endpoint's own time ({span:.2f} s here, "
                f"{processor / TRIALS * 1000:.1f} ms of processor each); started in {start:.1f} s"
            )


def measure_one(endpoint: Endpoint) -> tuple[float, float, float]:
    """Seconds to the first reply's request, from there to the last reply, and seconds of processor in between."""
    began = time.monotonic()
    replies: list[tuple[float, float]] = []

    def note(reply: Reply) -> None:
        assert reply.failure is None, reply.failure
        replies.append((time.monotonic(), processor_seconds()))

    trials = [Conversation(str(number), (f"Question {number}",)) for number in range(TRIALS)]
    converse(endpoint, trials, Sampling(max_tokens=64), Limits(max_connections=CONNECTIONS), on_reply=note)
    first, last = replies[0], replies[-1]
    return first[0] - DELAY - began, last[0] - first[0] + DELAY, last[1] - first[1]


def processor_seconds() -> float:
    """Of the process that talks to models."""
    import psutil

    times = [each.cpu_times() for each in psutil.Process().children() if "engine.child" in " ".join(each.cmdline())]
    return float(sum(each.user + each.system for each in times))


@contextmanager
def responder() -> Iterator[str]:
    port = listen_once("127.0.0.1", 0)
    code = (
        "import sys, time; from audits.conformance.rehearsal.server import Server; "
        "from audits.conformance.rehearsal.responder import respond; "
        f"Server(lambda asked: time.sleep({DELAY}) or respond(asked), ['slow'], port={port}).serve_forever()"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        time.sleep(2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    measure()
