"""An HTTP server on this machine that answers as the three vendors do."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from audits.conformance.engine.shapes import Dialect
from audits.conformance.rehearsal import formats
from audits.conformance.rehearsal.asked import Asked, Said

HOST: Final = "127.0.0.1"
_MOST_READ: Final = 4_000_000  # bytes of a request

Respond = Callable[[Asked], Said]
NOT_FOUND: Final = 404


class Handler(BaseHTTPRequestHandler):
    """One connection, kept open for many requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one piece
    server: Server

    def do_GET(self) -> None:
        if not self.path.partition("?")[0].endswith("/models"):
            return self.send_json(NOT_FOUND, {"error": "There is nothing here."})
        dialect: Dialect = "openai"
        if "anthropic-version" in self.headers:
            dialect = "anthropic"
        elif "x-goog-api-key" in self.headers:
            dialect = "google"
        return self.send_json(200, formats.models(dialect, self.server.models))

    def do_POST(self) -> None:
        path = self.path.partition("?")[0]
        dialect = formats.dialect_of(path)
        raw = self.rfile.read(min(int(self.headers.get("content-length") or 0), _MOST_READ))
        if dialect is None:
            return self.send_json(NOT_FOUND, {"error": "There is nothing here."})
        try:
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = formats.read(dialect, path, headers, json.loads(raw))
        except (ValueError, KeyError, TypeError, AttributeError):
            return self.send_json(400, formats.refusal(dialect, 400, "This is no conversation."))
        return self.answer(asked)

    def answer(self, asked: Asked) -> None:
        if asked.model not in self.server.models:
            sentence = f"There is no model {asked.model!r} here."
            return self.send_json(NOT_FOUND, formats.refusal(asked.dialect, NOT_FOUND, sentence))
        said = self.server.respond(asked)
        if asked.stream:
            return self.send_body(200, b"".join(formats.events(asked, said)), "text/event-stream")
        return self.send_json(200, formats.answer(asked, said))

    def send_json(self, status: int, data: Any) -> None:
        self.send_body(status, json.dumps(data).encode(), "application/json")

    def send_body(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """A line for each request would be thousands for a run."""


class Server(ThreadingHTTPServer):
    """Listens on this machine only, whatever it is told."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, respond: Respond, models: list[str], *, port: int = 0, handler: type[Handler] = Handler) -> None:
        self.respond = respond
        self.models = models
        super().__init__((HOST, port), handler)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none."""


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    """It answers, in threads of this process, until the end of the block."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
