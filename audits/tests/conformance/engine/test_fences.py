"""What Inspect would do to whoever runs it, and does not do to us."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from django.db import connection

from audits.conformance.engine.converse import converse
from audits.conformance.engine.shapes import Reply
from audits.tests.conformance.engine.support import QUICK, SAMPLING, endpoint, said
from audits.tests.conformance.stub.endpoint import KEY, running

BASE_DIR = Path(__file__).resolve().parents[4]

SECRET = "postgresql://brightline:hunter2@db/brightline"
SYSTEM = "The canary of this system message is KINGFISHER."
FENCE = """
import socket, sys
from audits.conformance.engine.child import guard
guard.install(["openai"])
guard.expect_address("127.0.0.1")
{what}
"""


@dataclass
class Watched:
    """The engine's process, looked at while it talks."""

    environ: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)
    listening: list[str] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    leaked: bool = False
    folder: Path = Path()
    keys: list[str] = field(default_factory=list)

    def look(self, reply: Reply) -> None:
        child = next(each for each in psutil.Process().children() if "engine.child" in " ".join(each.cmdline()))
        self.environ, self.command, self.folder = child.environ(), child.cmdline(), Path(child.cwd())
        self.listening = [str(each.laddr) for each in child.net_connections() if each.status == psutil.CONN_LISTEN]
        self.sockets = [each.laddr for each in child.net_connections(kind="unix") if each.laddr]
        self.files = {str(path): path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}


def ourselves() -> dict[str, str]:
    """What Inspect changes in a process that imports it."""
    root = logging.getLogger()
    return {
        "root": f"{root.level} {root.handlers}",
        "httpx": str(logging.getLogger("httpx").level),
        "hook": str(sys.excepthook),
        "environ": str(sorted(os.environ.items())),
        "imported": str([name for name in ("inspect_ai", "google.genai", "numpy") if name in sys.modules]),
    }


@pytest.fixture(scope="module")
def watched() -> Watched:
    seen = Watched()
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder, running() as stub:
        # What is in a .env above, and in our own environment, is not for the engine.
        (Path(folder) / ".env").write_text(f"INSPECT_LOG_DIR={folder}/leaked\nOPENAI_BASE_URL=http://elsewhere\n")
        patch.setattr(tempfile, "tempdir", folder)
        patch.setenv("DATABASE_URL", SECRET)
        patch.setenv("OPENAI_API_KEY", "not this one")
        patch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
        patch.setenv("HOME", "/proc/nobody")  # cannot be written to
        seen.before = ourselves()
        converse(endpoint(stub), [said("Hello.", system=SYSTEM)], SAMPLING, QUICK, on_reply=seen.look)
        seen.after = ourselves()
        seen.leaked = (Path(folder) / "leaked").exists()
        seen.keys = [each.asked.headers["authorization"] for each in stub.seen]
    return seen


def test_our_own_process_stays_as_it_was(watched: Watched) -> None:
    """Root logger, hook for exceptions, environment, imports."""
    assert watched.after == watched.before


def test_the_process_has_no_secrets_of_ours(watched: Watched) -> None:
    everything = f"{watched.environ} {watched.command}"
    assert SECRET not in everything
    assert KEY not in everything
    assert not [name for name in watched.environ if name.startswith(("OPENAI", "INSPECT", "DJANGO", "BRIGHTLINE"))]
    assert "proxy.example" not in everything


def test_the_key_that_was_given_is_the_one_that_is_used(watched: Watched) -> None:
    assert watched.keys == [f"Bearer {KEY}"]


def test_what_it_writes_is_in_its_own_folder_small_without_keys_and_gone_afterwards(watched: Watched) -> None:
    assert watched.folder.name.startswith("brightline-engine-")
    assert {watched.environ[name] for name in ("HOME", "XDG_DATA_HOME", "TMPDIR")} == {str(watched.folder)}
    assert sum(map(len, watched.files.values())) < 100_000
    assert not [path for path, content in watched.files.items() if KEY.encode() in content or b"KINGFISHER" in content]
    assert not watched.folder.exists()


def test_a_dotenv_in_a_folder_above_is_not_read(watched: Watched) -> None:
    assert not watched.leaked


def test_it_listens_nowhere(watched: Watched) -> None:
    assert (watched.listening, watched.sockets) == ([], [])


def test_a_key_is_in_no_text_that_is_made_of_an_endpoint() -> None:
    with running() as stub:
        text = repr(endpoint(stub, headers={"X-Token": KEY}))
    assert KEY not in text


@pytest.mark.parametrize(
    "what",
    [
        "socket.create_connection(('93.184.216.34', 80), timeout=1)",
        "socket.getaddrinfo('openaipublic.blob.core.windows.net', 443)",
        "s = socket.socket(socket.AF_UNIX); s.connect('/tmp/any.sock')",
        "import tiktoken",
        "import anthropic",
    ],
)
def test_the_process_cannot_go_where_nobody_sent_it(what: str) -> None:
    found = subprocess.run(
        [sys.executable, "-c", FENCE.format(what=what)], cwd=BASE_DIR, capture_output=True, text=True, check=False
    )
    assert found.returncode == 1
    assert "Unasked" in found.stderr or "ModuleNotFoundError" in found.stderr, found.stderr


def test_a_process_that_dies_leaves_every_conversation_accounted_for() -> None:
    """And says so, where Inspect's own status would have been none at all."""

    def kill(reply: Reply) -> None:
        found[reply.key] = reply
        if len(found) == 1:
            for each in psutil.Process().children():
                if "engine.child" in " ".join(each.cmdline()):
                    each.kill()

    found: dict[str, Reply] = {}
    with running(delay=0.2) as stub:
        summary = converse(endpoint(stub), [said(f"{n}") for n in range(100)], SAMPLING, QUICK, on_reply=kill)
    assert len(found) == 100
    assert summary.problem.startswith("The engine ended with -9")
    assert summary.failed > 50
    assert {reply.failure.kind for reply in found.values() if reply.failure} == {"engine"}


_HOLD = """
from audits.tests.conformance.engine.support import *
hold(Endpoint("openai", "{url}/v1", "m", networks=("127.0.0.0/8",)), [said("fault:hang")], Limits())
"""


def test_the_process_ends_with_whoever_started_it_even_by_kill_nine() -> None:
    with running() as stub:
        parent = subprocess.Popen([sys.executable, "-c", _HOLD.format(url=stub.url)], cwd=BASE_DIR)
        deadline = time.monotonic() + 60
        while not stub.seen and time.monotonic() < deadline:
            time.sleep(0.1)
        (child,) = psutil.Process(parent.pid).children()
        parent.kill()
        parent.wait()
        child.wait(5)
        assert not child.is_running()


_PROGRAMS = {
    "web and events": "import config.wsgi, config.asgi_events; from django.urls import get_resolver; "
    "get_resolver().url_patterns",
    "worker": "from config.celery import app; app.loader.import_default_modules(); import django; django.setup(); "
    "import audits.tasks",
    "check": "from django.core.management import execute_from_command_line as run; run(['manage.py', 'check'])",
    "converse": "from audits.conformance.engine import converse, connection",
}
_HEAVY = ("inspect_ai", "openai", "anthropic", "google.genai", "numpy", "httpx2", "tiktoken")


@pytest.mark.parametrize("program", _PROGRAMS)
def test_neither_inspect_nor_the_sdks_are_imported_by_any_other_process(program: str, django_db_setup: None) -> None:
    database = {"BRIGHTLINE_DATABASE_NAME": str(connection.settings_dict["NAME"])}  # else a start waits for its tables
    look = f"print([name for name in {_HEAVY!r} if name in sys.modules], flush=True)"
    found = subprocess.run(
        [sys.executable, "-c", f"import os, sys\n{_PROGRAMS[program]}\n{look}\nos._exit(0)"],
        cwd=BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings"} | database,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.splitlines()[-1:] == ["[]"], found
