"""The server: personas by the name of the model, faults by a word of the model's name or of what the user says first.

A fault is `fault:NAME` or `fault:NAME:NUMBER`; with a number, so many requests of the conversation meet it. Names of
models, which have no colon in one of the formats, say `fault_NAME`.
"""

from __future__ import annotations

import gzip
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from audits.conformance.rehearsal import formats
from audits.conformance.rehearsal.asked import Asked, Said
from audits.conformance.rehearsal.server import Handler, Server, serving
from audits.tests.conformance.stub import personas

KEY = "sk-very-secret-key"
_FAULT = re.compile(r"fault[:_]([a-z0-9-]+)(?::(\d+))?")
_LATER = re.compile(r"fault-(later):([a-z0-9-]+)")  # said in a later turn


@dataclass(frozen=True)
class Seen:
    """One request that came."""

    at: float  # time.monotonic()
    conversation: str  # what the user said first
    asked: Asked


class Stub(Server):
    """Keeps what it was asked."""

    def __init__(self, respond: Callable[[Asked], Said] = personas.respond, delay: float = 0.0) -> None:
        super().__init__(respond, [], handler=Faulty)
        self.delay = delay
        self.seen: list[Seen] = []
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.at_once = self.most_at_once = 0

    def note(self, asked: Asked) -> int:
        """How often this conversation has asked by now."""
        first = asked.said_by_user[0]
        with self.lock:
            self.seen.append(Seen(time.monotonic(), first, asked))
            return self.counts[first]

    @property
    def counts(self) -> Counter[str]:
        """Requests by what the user said first."""
        return Counter(seen.conversation for seen in self.seen)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield
        finally:
            with self.lock:
                self.at_once -= 1


class Faulty(Handler):
    server: Stub

    def answer(self, asked: Asked) -> None:
        with self.server.under_way():
            number = self.server.note(asked)
            time.sleep(self.server.delay)
            if later := _LATER.search(asked.last):
                return FAULTS[later[2]](self, asked)
            found = _FAULT.search(asked.model) or _FAULT.search(asked.said_by_user[0])
            if found and (not found[2] or number <= int(found[2])):
                return FAULTS[found[1]](self, asked)
            return self.answer_well(asked, self.server.respond(asked))

    def answer_well(self, asked: Asked, said: Said) -> None:
        if asked.stream:
            return self.send_body(200, b"".join(formats.events(asked, said)), "text/event-stream")
        return self.send_json(200, formats.answer(asked, said))

    def send_refusal(self, asked: Asked, status: int, message: str) -> None:
        self.send_json(status, formats.refusal(asked.dialect, status, message))

    def begin(self, kind: str = "application/json", **headers: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True


def _status(status: int, message: str) -> Callable[[Faulty, Asked], None]:
    return lambda handler, asked: handler.send_refusal(asked, status, message)


def _ending(finish: Any, text: str = "") -> Callable[[Faulty, Asked], None]:
    return lambda handler, asked: handler.answer_well(asked, Said(text, finish, asked.model))


def _html(handler: Faulty, asked: Asked) -> None:
    handler.send_body(200, b"<html><body>Please sign in.</body></html>", "text/html")


def _other_json(handler: Faulty, asked: Asked) -> None:
    handler.send_json(200, {"hello": "there"})


def _hang(handler: Faulty, asked: Asked) -> None:
    handler.server.ended.wait(60)


def _drip(handler: Faulty, asked: Asked) -> None:
    """A byte now and then, for ever."""
    handler.begin()
    while not handler.server.ended.wait(0.1):
        handler.wfile.write(b" ")
        handler.wfile.flush()


def _huge(handler: Faulty, asked: Asked) -> None:
    """A gigabyte, if somebody takes it."""
    handler.begin()
    for _ in range(16_384):
        handler.wfile.write(b" " * 65_536)


def _announced_huge(handler: Faulty, asked: Asked) -> None:
    handler.begin(Content_Length=str(10**9))


def _packed(handler: Faulty, asked: Asked) -> None:
    body = gzip.compress(b'{"x": "' + b" " * 10_000_000 + b'"}')
    handler.begin(Content_Encoding="gzip", Content_Length=str(len(body)))
    handler.wfile.write(body)


def _redirect(handler: Faulty, asked: Asked) -> None:
    handler.send_response(307)
    handler.send_header("Location", "http://169.254.169.254/latest/")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def _broken(handler: Faulty, asked: Asked) -> None:
    handler.close_connection = True


FAULTS: dict[str, Callable[[Faulty, Asked], None]] = {
    "401": _status(401, "Incorrect API key provided."),
    "403": _status(403, "This key may not use this model."),
    "404": _status(404, "The model does not exist."),
    "400": _status(400, "The request has a parameter that this model does not take."),
    "429": _status(429, "Rate limit reached."),
    "500": _status(500, "The server had an error."),
    "html": _html,
    "other-json": _other_json,
    "hang": _hang,
    "drip": _drip,
    "huge": _huge,
    "announced-huge": _announced_huge,
    "packed": _packed,
    "redirect": _redirect,
    "broken": _broken,
    "empty": _ending("stop"),
    "filtered": _ending("filtered"),
    "blocked": _ending("blocked"),
    "refusal": _ending("refusal", "I cannot do that."),
    "cut": _ending("length", "It goes on and"),
    "odd-text": _ending("stop", "a\0b\ud800c <script>alert(1)</script>\x1b[31m"),
    "garbage": _ending("stop", "%%% no JSON, sorry {"),
}


@contextmanager
def running(**arguments: Any) -> Iterator[Stub]:
    """A stub that answers until the end of the block."""
    stub = Stub(**arguments)
    with serving(stub):
        try:
            yield stub
        finally:
            stub.ended.set()
