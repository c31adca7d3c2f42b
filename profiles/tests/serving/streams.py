"""Real events processes on the tests' database, and clients that listen to streams."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection

from config.embedded import BASE_DIR
from config.processes import until
from config.supervisor import events_command
from config.tests.support import free_port

PATH = "/api/v1/profile/events"


class Listener:
    """One client. Its time-out makes a test fail rather than hang."""

    def __init__(self, port: int, path: str = PATH, key: str = "", **headers: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=12)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request("GET", path, headers=named | ({"Authorization": f"Bearer {key}"} if key else {}))
        self.response = self._connection.getresponse()
        self.status = self.response.status

    def event(self) -> dict[str, Any]:
        """The next one, with its ``id`` and ``event``, and its data as ``data``."""
        found: dict[str, Any] = {}
        while True:
            line = self.response.readline().decode().rstrip("\n")
            if not line and "data" in found:
                return found
            name, _colon, value = line.partition(": ")
            if name in {"id", "event"}:
                found[name] = value
            elif name == "data":
                found[name] = json.loads(value)

    def close(self) -> None:
        self.response.close()
        self._connection.close()

    def code(self) -> str:
        return str(json.loads(self.response.read())["error"]["code"])


@dataclass
class Process:
    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")


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
