"""Real web processes on the tests' database, and a plain client for them."""

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
from django.utils import timezone

from config.embedded import BASE_DIR
from config.processes import until
from config.supervisor import web_command
from config.tests.support import free_port
from profiles.actions.api_keys import create_api_key
from profiles.models import ApiKey
from profiles.tests.cast import SYSTEM, Cast

PATH = "/api/v1/profile"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["error"]["code"])

    @property
    def is_stale(self) -> bool:
        return "brightline-stale" in self.headers


@dataclass
class Web:
    """One web process, of granian, with one worker."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def ask(self, key: str, path: str = PATH, method: str = "GET", **headers: str) -> Answer:
        """Over a connection of its own; headers are named with ``_`` for the hyphen."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            named["Authorization"] = f"Bearer {key}"
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            asked.request(method, path, headers=named)
            response = asked.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            asked.close()

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@contextmanager
def web_process(**environ: str) -> Iterator[Web]:
    """Ready when it yields; ended at the end."""
    port = free_port()
    known = {"BRIGHTLINE_DATABASE_NAME": str(connection.settings_dict["NAME"]), "WEB_CONCURRENCY": "1"}
    with tempfile.NamedTemporaryFile("wb", suffix=".log") as log:
        process = subprocess.Popen(
            command(port),
            cwd=BASE_DIR,
            env=os.environ | known | environ,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        web = Web(process, port, Path(log.name))
        try:
            until(lambda: _is_up(web) or process.poll() is not None, seconds=30, every=0.05)
            assert _is_up(web), web.said()
            yield web
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()


def command(port: int) -> list[str]:
    found = web_command("127.0.0.1", port)
    found[found.index("--workers") + 1] = "1"
    return found


def _is_up(web: Web) -> bool:
    with suppress(OSError):
        return web.ask("", "/api/v1/-").status in {404, 301}  # the latter to HTTPS
    return False


def new_key(cast: Cast, environment: str = "production", **more: Any) -> tuple[ApiKey, str]:
    place = cast.organization.environments.get(slug=environment)
    what = {"name": "gateway", "product": cast.product, "environment": place, "by": SYSTEM, "now": timezone.now()}
    return create_api_key(cast.organization, **{**what, **more})
