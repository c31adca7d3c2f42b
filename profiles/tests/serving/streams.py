"""Real events processes on the tests' database, and clients that listen to streams."""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from django.db import connection

from config.embedded import BASE_DIR
from config.processes import until
from config.supervisor import events_command
from config.tests.support import free_port

PATH = "/api/v1/profile/events"


class Listener:
    """One client. Its time-out makes a test fail rather than hang; it is longer than a stream is ever quiet."""

    def __init__(self, port: int, path: str = PATH, key: str = "", **headers: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request("GET", path, headers=named | ({"Authorization": f"Bearer {key}"} if key else {}))
        self.response = self._connection.getresponse()
        self.status = self.response.status

    def event(self) -> dict[str, Any]:
        """The next one, with its ``id`` and ``event``, and its data as ``data``."""
        found: dict[str, Any] = {}
        while True:
            line = self.line()
            if not line and "data" in found:
                return found
            name, _colon, value = line.partition(": ")
            if name in {"id", "event"}:
                found[name] = value
            elif name == "data":
                found[name] = json.loads(value)

    def line(self) -> str:
        return self.response.readline().decode().removesuffix("\n")

    def close(self) -> None:
        self.response.close()
        self._connection.close()

    def code(self) -> str:
        return str(json.loads(self.response.read())["error"]["code"])


class Sleeper:
    """A client that opens a stream and reads nothing until it is told to. Little fits on the way to it: its window and
    its segments are small, so the server's side stops soon as well."""

    def __init__(self, port: int, key: str) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
        self._socket.connect(("127.0.0.1", port))
        self._socket.settimeout(12)
        lines = [f"GET {PATH} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {key}"]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        self._socket.recv(1, socket.MSG_PEEK)  # its stream is open, and nothing of it is taken

    def told(self, until_seen: str = "") -> tuple[list[dict[str, Any]], bool]:
        """The data of all events until one holds this text, and whether the stream ended before."""
        whole = b""
        while not until_seen or until_seen.encode() not in whole[-2000:] or not whole.endswith(b"\n\n\r\n"):
            came = self._socket.recv(65536)
            if not came:
                return self._events(whole), True
            whole += came
        return self._events(whole), False

    def close(self) -> None:
        self._socket.close()

    def _events(self, whole: bytes) -> list[dict[str, Any]]:
        """Each piece of a chunked answer holds whole events here; a last one may be cut off by the end."""
        return [json.loads(found) for found in re.findall(rb"^data: (\{.*\})$", whole, re.MULTILINE)]


@dataclass
class Process:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def memory(self) -> float:
        """MB of the process that carries the streams, and of the one that looks after it."""
        whole = psutil.Process(self.process.pid)
        return sum(one.memory_info().rss for one in (whole, *whole.children(recursive=True))) / 2**20


@contextmanager
def events_process(port: int = 0, **environ: str) -> Iterator[Process]:
    port = port or free_port()
    known = {"BRIGHTLINE_DATABASE_NAME": str(connection.settings_dict["NAME"])}
    with tempfile.NamedTemporaryFile("wb", suffix=".log") as log:
        whole = os.environ | known | environ
        process = subprocess.Popen(
            events_command("127.0.0.1", port), cwd=BASE_DIR, env=whole, stdout=log, stderr=log, start_new_session=True
        )
        try:
            assert until(lambda: _is_up(port) or process.poll() is not None, seconds=30, every=0.05)
            assert _is_up(port), Path(log.name).read_text()
            yield Process(process, port, Path(log.name))
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def _is_up(port: int) -> bool:
    with suppress(OSError, http.client.HTTPException):
        return Listener(port, "/").status == 404
    return False
