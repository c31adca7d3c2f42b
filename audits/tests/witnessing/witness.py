"""A little witness over real HTTP: it checks signatures and consistency as the specification says, and cosigns. Told
to, it misbehaves."""

from __future__ import annotations

import hashlib
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audits.log import notes, tree
from audits.log.notes import Verifier


@dataclass
class Held:
    size: int
    root: bytes
    note: str


@dataclass
class Witness:
    """``mode``: honest, slow, drip, endless, a status, or what it answers instead."""

    name: str = "witness.example/north"
    port: int = 0
    mode: str = "honest"
    answer: bytes = b""
    skew: int = 0  # seconds that its clock is ahead
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    logs: dict[str, Verifier] = field(default_factory=dict)  # that it knows, by origin
    held: dict[str, Held] = field(default_factory=dict)
    got: list[tuple[str, bytes]] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/w"

    @property
    def verifier(self) -> Verifier:
        return notes.verifier_of(self.name, self.key, notes.COSIGNATURE)

    def line(self, name: str = "north") -> str:
        """Its line in a policy."""
        return f"witness {name} {self.verifier} {self.url}\n"

    def knows(self, *logs: Verifier) -> None:
        self.logs |= {log.name: log for log in logs}

    def judge(self, body: bytes) -> tuple[int, bytes]:
        """The protocol, from the specification."""
        head, _blank, note = body.decode().partition("\n\n")
        first, *proof = head.split("\n")
        old = int(first.removeprefix("old "))
        parsed = notes.parse_note(note)
        shown = notes.parse_checkpoint(parsed.text)
        log = self.logs.get(shown.origin)
        if log is None:
            return 404, b"unknown log"
        try:
            signed = notes.verified(parsed, [log])
        except notes.BadNote:
            signed = []
        if not signed:
            return 403, b"not signed by the key of this log"
        held = self.held.get(shown.origin, Held(0, tree.EMPTY_ROOT, ""))
        if old > shown.size:
            return 400, b"old is larger"
        if old != held.size or (old == shown.size and held.root != shown.root):
            return 409, f"{held.size}\n".encode()
        hashes = [b64decode(line) for line in proof]
        if not tree.verify_consistency(old, shown.size, held.root, shown.root, hashes):
            return 422, b"does not continue"
        self.held[shown.origin] = Held(shown.size, shown.root, note)
        cosigned = notes.cosign(parsed.text, self.name, self.key, time=int(time.time()) + self.skew)
        return 200, f"{cosigned}\n".encode()

    def shows(self, path: str) -> tuple[int, bytes]:
        for origin, held in self.held.items():
            if path == f"/w/{hashlib.sha256(origin.encode()).hexdigest()}/checkpoint":
                return 200, held.note.encode()
        return 404, b""


class Handler(BaseHTTPRequestHandler):
    def __init__(self, it: Witness, *more: Any) -> None:
        self.it = it
        super().__init__(*more)

    def do_GET(self) -> None:
        self.reply(*self.it.shows(self.path))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.it.got.append((self.path, body))
        with suppress(OSError):
            self.respond(body)

    def respond(self, body: bytes) -> None:
        if self.it.mode == "slow":
            self.it.let_go.wait(30)
        if self.it.mode in ("drip", "endless"):
            self.pour(b"x" if self.it.mode == "drip" else b"x" * 65_536)
        elif self.it.mode.isdecimal():
            self.reply(int(self.it.mode), self.it.answer)
        else:
            self.reply(*self.it.judge(body))

    def pour(self, piece: bytes) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.it.let_go.is_set():
            self.wfile.write(piece)
            self.wfile.flush()
            time.sleep(0.05 if len(piece) == 1 else 0)

    def reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def witnessing(mode: str = "honest", **more: Any) -> Iterator[Witness]:
    it = Witness(mode=mode, **more)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, it))
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
