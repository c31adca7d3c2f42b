"""A receiver of webhooks on this machine: real HTTP, which answers as a test wants it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook as Verifier


@dataclass
class Got:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def content(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass
class Receiver:
    """``mode`` says how it answers: ok, slow, drip, endless, a status, or a redirect."""

    port: int = 0
    mode: str = "ok"
    headers: dict[str, str] = field(default_factory=dict)
    got: list[Got] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def verify(self, secret: str) -> list[dict[str, Any]]:
        """Every request, as the official library takes it; it raises for one that is not ours."""
        return [Verifier(secret).verify(each.body, each.headers) for each in self.got]


@contextmanager
def receiving(mode: str = "ok", **headers: str) -> Iterator[Receiver]:
    it = Receiver(mode=mode, headers={name.replace("_", "-"): value for name, value in headers.items()})

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            it.got.append(Got(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            with suppress(OSError):
                self.answer()

        def answer(self) -> None:
            if it.mode == "slow":
                it.let_go.wait(30)
            status = int(it.mode) if it.mode.isdecimal() else 200
            self.send_response(status)
            for name, value in it.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"thank you" if status < 300 else b"no \x00\x1b[31m, sorry")
            while it.mode == "endless":
                self.wfile.write(b"x" * 65_536)
            while it.mode == "drip" and not it.let_go.is_set():
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    it.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield it
    finally:
        it.let_go.set()
        server.shutdown()
        server.server_close()
