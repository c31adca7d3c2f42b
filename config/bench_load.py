"""A small load generator for `make bench`: keep-alive connections to this machine, one request at a time on each.

It reads no more of an answer than it must: the status, and as many bytes as the first answer had.
"""

from __future__ import annotations

import multiprocessing
import selectors
import socket
import statistics
import time
from dataclasses import dataclass, field

import psutil

PROCESSES = 2
Where = int | str  # a port of this machine, or the path of a socket
_ETAG = b'etag: "'


@dataclass(frozen=True)
class Measured:
    """What one target did under one load."""

    per_second: float
    median: float  # seconds
    p99: float
    cpu: float  # seconds of the server's processes for one request
    seen: dict[bytes, float]  # when each ETag came for the first time, by the performance counter of this machine


@dataclass
class Line:
    """One connection."""

    socket: socket.socket
    sent: float = 0.0
    received: int = 0
    times: list[float] = field(default_factory=list)
    seen: dict[bytes, float] = field(default_factory=dict)


def load(
    where: Where, request: bytes, *, connections: int, seconds: float, server: int, processes: int = PROCESSES
) -> Measured:
    """Ask for so long. ``server`` is the process whose family's CPU time is counted."""
    before = cpu_of(server)
    processes = min(processes, connections)
    share = connections // processes
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        found = pool.starmap(ask, [(where, request, share, seconds)] * processes)
    times = sorted(one for many, _seen in found for one in many)
    seen: dict[bytes, float] = {}
    for etag, at in (item for _many, each in found for item in each.items()):
        seen[etag] = min(at, seen.get(etag, at))
    spent = cpu_of(server) - before
    return Measured(
        per_second=len(times) / seconds,
        median=statistics.median(times),
        p99=times[int(len(times) * 0.99)],
        cpu=spent / len(times),
        seen=seen,
    )


def ask(where: Where, request: bytes, connections: int, seconds: float) -> tuple[list[float], dict[bytes, float]]:
    """In a process of its own: how long each answer took, and when each ETag came first."""
    size = len(first_answer(where, request))
    selector = selectors.DefaultSelector()
    lines = [Line(connected(where)) for _n in range(connections)]
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
        send(line, request)
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for key, _events in selector.select(1):
            receive(key.data, size, request)
    for line in lines:
        line.socket.close()
    seen = {
        etag: min(line.seen[etag] for line in lines if etag in line.seen)
        for etag in set().union(*(line.seen for line in lines))
    }
    return [one for line in lines for one in line.times], seen


def send(line: Line, request: bytes) -> None:
    line.received, line.sent = 0, time.perf_counter()
    line.socket.sendall(request)


def receive(line: Line, size: int, request: bytes) -> None:
    data = line.socket.recv(262144)
    if not line.received:
        start = data.find(_ETAG) + len(_ETAG)
        line.seen.setdefault(data[start : data.find(b'"', start)], time.perf_counter())
    line.received += len(data)
    if line.received >= size:
        line.times.append(time.perf_counter() - line.sent)
        send(line, request)


def connected(where: Where, timeout: float | None = None) -> socket.socket:
    if isinstance(where, int):
        line = socket.create_connection(("127.0.0.1", where), timeout=timeout)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(timeout)
    line.connect(where)
    return line


def first_answer(where: Where, request: bytes) -> bytes:
    """A whole answer, by its Content-Length; one without a body has none."""
    with connected(where, timeout=10) as line:
        line.sendall(request)
        data = b""
        while b"\r\n\r\n" not in data:
            data += line.recv(262144)
        head, _blank, body = data.partition(b"\r\n\r\n")
        assert head.split(b" ")[1] in {b"200", b"304"}, head
        lengths = [int(row.split(b":")[1]) for row in head.lower().split(b"\r\n") if row.startswith(b"content-length:")]
        whole = lengths[0] if lengths and head.split(b" ")[1] == b"200" else 0
        while len(body) < whole:
            body += line.recv(262144)
        return head + b"\r\n\r\n" + body


def cpu_of(pid: int) -> float:
    """Seconds that a process and its children have worked."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return float(sum(sum(process.cpu_times()[:2]) for process in family))


def memory_of(pid: int) -> float:
    """MB of the largest of a process's children, with the libraries that it shares with the others."""
    return float(max(child.memory_info().rss for child in psutil.Process(pid).children(recursive=True))) / 1e6


def own_memory_of(pid: int) -> float:
    """MB of the largest of a process's children, without what they share with others."""
    return float(max(child.memory_full_info().uss for child in psutil.Process(pid).children(recursive=True))) / 1e6
