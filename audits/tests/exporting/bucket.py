"""A little server that speaks as much S3 as is used: PUT of an object, and only with a right signature.

It works the signature out by itself, from AWS's description of Signature Version 4.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ACCESS_KEY, SECRET_KEY, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-central-1"


@dataclass
class Bucket:
    """``fails`` is how many requests are answered with 503, after the object was stored if ``stores_then_fails``."""

    port: int = 0
    objects: dict[str, bytes] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)
    fails: int = 0
    stores_then_fails: bool = False
    refused: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def numbers(self) -> list[int]:
        """Of all entries that are there, in the order of the objects' names."""
        return [json.loads(line)["number"] for name in sorted(self.objects) for line in self.lines(name)]

    def lines(self, name: str) -> list[bytes]:
        return gzip.decompress(self.objects[name]).splitlines()


def is_signed(method: str, path: str, headers: dict[str, str], body: bytes) -> bool:
    scheme, _space, rest = headers.get("authorization", "").partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(",") if "=" in part)
    if scheme != "AWS4-HMAC-SHA256" or set(parts) != {"Credential", "SignedHeaders", "Signature"}:
        return False
    access, day, region, service, end = parts["Credential"].split("/")
    if (access, region, service, end) != (ACCESS_KEY, REGION, "s3", "aws4_request"):
        return False
    if hashlib.sha256(body).hexdigest() != headers["x-amz-content-sha256"]:
        return False
    names = parts["SignedHeaders"].split(";")
    if not {"host", "x-amz-content-sha256", "x-amz-date"} <= set(names):
        return False
    told = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
    asked = "\n".join([method, path, "", told, ";".join(names), headers["x-amz-content-sha256"]])
    scope = f"{day}/{region}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(asked.encode()).hexdigest()])
    key = b"AWS4" + SECRET_KEY.encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.compare_digest(hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), parts["Signature"])


@contextmanager
def storing() -> Iterator[Bucket]:
    it = Bucket()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            it.puts.append(self.path)
            status = 200
            if not is_signed("PUT", self.path, headers, body):
                it.refused.append(self.path)
                status = 403
            elif it.fails:
                it.fails, status = it.fails - 1, 503
            if status == 200 or (status == 503 and it.stores_then_fails):
                it.objects[self.path] = body
            with suppress(OSError):
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    it.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield it
    finally:
        server.shutdown()
        server.server_close()
