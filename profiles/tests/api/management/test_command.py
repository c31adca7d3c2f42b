"""The command ``brightline`` as others run it: a process that talks HTTP to the real program."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
import venv
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.models import Version
from profiles.tests import cast as some
from profiles.tests.api.management.program import client_program, program
from profiles.tests.api.management.shell import FOLDER, Shell
from profiles.tests.cast import Cast
from tools.brightline import brightline


def test_what_was_pulled_pushes_nothing_and_is_pulled_alike(acme: Cast, shell: Shell) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    shell("pull")
    first = shell.file.read_bytes()
    assert b'"safety.danger_caveats" = "off"' in first
    assert b"bright line" in first
    assert shell("diff", "helper.toml").returncode == 0
    assert shell("push", "helper.toml").stdout == "Nothing to change.\n"
    assert shell("pull").stdout == "helper.toml: unchanged\n"
    assert shell.file.read_bytes() == first


def test_a_change_is_told_pushed_submitted_once_and_never_live(acme: Cast, shell: Shell) -> None:
    shell.write(settings={"safety.danger_caveats": "off"}, instructions="Be kind.")
    told = shell("diff", "helper.toml")
    assert told.returncode == 1
    assert 'settings.safety.danger_caveats: not set → "off"' in told.stdout
    assert shell("validate", "helper.toml").returncode == 0
    assert shell("diff", "helper.toml").returncode == 1, "validate stores nothing"
    assert shell("push", "helper.toml", "--submit").returncode == 2
    assert "waits for review" in shell("push", "helper.toml", "--submit", "--reason", "Lessons").stdout
    assert "already says this" in shell("push", "helper.toml", "--submit", "--reason", "Again").stdout
    version = Version.objects.get()
    assert (version.note, version.instructions) == ("Lessons", "Be kind.")
    assert shell("diff", "helper.toml", "--active", "production").returncode == 2


def test_what_a_file_does_not_name_is_reset(acme: Cast, shell: Shell) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    shell.write(revision=1)
    assert shell("push", "helper.toml", "--force").returncode == 0
    assert json.loads(shell("diff", "helper.toml", "--json").stdout) == {"changes": [], "direction": "same"}


def test_a_refusal_names_file_line_reason_and_stores_nothing(shell: Shell) -> None:
    shell.write(settings={"content.explicit": "on", "safety.danger_caveats": "off"})
    lines = shell.file.read_text().splitlines()
    at = next(number for number, line in enumerate(lines, 1) if line.startswith('"content.explicit"'))
    for command in ("validate", "push"):
        ran = shell(command, "helper.toml")
        assert ran.returncode == 1
        assert ran.stdout.startswith(f"helper.toml:{at}: settings.content.explicit: ")
    found = json.loads(shell("diff", "helper.toml", "--json").stdout)["changes"]
    assert len(found) == 2


def test_a_client_key_simulates_what_is_active_or_says_that_nothing_is(acme: Cast, shell: Shell) -> None:
    shell.key = client_program(acme).text
    ran = shell("simulate", "--preference", "tone.profanity=on")
    assert ran.returncode == 2
    assert "active" in ran.stderr


def test_what_is_active_and_every_version_can_be_pulled_compared_and_simulated(acme: Cast, shell: Shell) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    some.set_values(acme, safety__danger_caveats="on")
    assert shell("pull", "--product", "helper", "--active", "production").returncode == 0
    assert b'"safety.danger_caveats" = "off"' in shell.file.read_bytes()
    assert shell("diff", "helper.toml", "--version", "1").returncode == 0
    assert 'settings.safety.danger_caveats: "on" → "off"' in shell("diff", "helper.toml").stdout
    shell.key = client_program(acme).text
    ran = shell("simulate", "--active", "production", "--preference", "agents.permissions=everything")
    assert 'safety.danger_caveats = "off" (product: set)' in ran.stdout
    assert "not honored: agents.permissions" in ran.stdout
    assert "of production, not of staging" in shell("simulate", "--active", "staging").stderr


def test_a_key_without_the_scope_is_told_which_one_it_lacks(acme: Cast, shell: Shell) -> None:
    shell.write(settings={"safety.danger_caveats": "off"})
    shell.key = program(acme, ["read"]).text
    ran = shell("push", "helper.toml")
    assert (ran.returncode, "scope write" in ran.stderr) == (2, True)


def test_who_changes_the_draft_meanwhile_is_not_overwritten(
    acme: Cast, shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.write(settings={"safety.danger_caveats": "off"})
    read, edits = brightline.Server.draft, iter(["edited"])

    def draft(server: brightline.Server, slug: str) -> Any:
        found = read(server, slug)
        if next(edits, None):
            some.set_values(acme, tone__profanity="on")
        return found

    monkeypatch.setattr(brightline.Server, "draft", draft)
    monkeypatch.setenv("BRIGHTLINE_KEY", shell.key)
    assert brightline.main(["push", str(shell.file), "--url", shell.url]) == 2
    said = capsys.readouterr().err
    assert "Editor of Acme changed this draft at 20" in said
    assert "What changed: settings.tone.profanity. Nothing was stored." in said
    acme.product.draft.refresh_from_db()
    assert acme.product.draft.settings == {"tone.profanity": "on"}


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"BRIGHTLINE_URL": "http://brightline.example.com"}, "plain http"),
        ({"BRIGHTLINE_URL": "file:///etc/passwd"}, "BRIGHTLINE_URL"),
        ({"BRIGHTLINE_URL": "http://127.0.0.1:9"}, "cannot be reached"),
        ({"BRIGHTLINE_KEY": ""}, "BRIGHTLINE_KEY"),
        ({"BRIGHTLINE_KEY": "bl_unknown"}, "key"),
    ],
)
def test_each_failure_is_a_sentence(shell: Shell, variables: dict[str, str], said: str) -> None:
    ran = shell("diff", "helper.toml", **variables)
    assert ran.returncode == 2
    assert said in ran.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"a = 1\na = 2\n", "not valid TOML"),
        (b"\xff", "not UTF-8"),
        (b'a = "\\ud800"', "not valid TOML"),
        pytest.param(b"a = " + b"[" * 100_000, "not valid TOML", id="deep"),
        pytest.param(b"#" * 50 * 2**20, "larger than 1 MiB", id="50 MB"),
        (b'schema = "brightline.draft/1"\n[product]\nslug = "../x"\norganization = "a"', "slug"),
        (b'schema = "brightline.draft/1"\nsecret = 1', "unknown member secret"),
    ],
)
def test_a_hostile_file_is_refused_with_a_sentence(tmp_path: Path, text: bytes, said: str) -> None:
    (tmp_path / "x.toml").write_bytes(text)
    ran = Shell(tmp_path, "http://127.0.0.1:9", "bl_x")("push", "x.toml")
    assert ran.returncode == 2
    assert said in ran.stderr


VALUES = st.text() | st.integers(-(2**53), 2**53) | st.lists(st.text())
KEYS = st.from_regex(r"\A[a-z]{1,6}\.[a-z_]{1,6}\Z")


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first regular expression of a session takes a second
@given(st.dictionaries(KEYS, VALUES), st.text(), st.text())
def test_whatever_a_profile_holds_is_read_back(values: dict[str, Any], instructions: str, name: str) -> None:
    windows = {key: {"floor": value, "ceiling": value} for key, value in values.items()}
    profile = brightline.Profile("acme", "helper", values, windows, instructions)
    stated = {key: {"reference": {"name": name, "kind": name, "because": name}} for key in values}
    found = tomllib.loads(brightline.written(profile, stated))
    assert found["settings"] == values
    assert found["user_windows"] == windows
    assert found["instructions"] == {"text": instructions}


@given(st.text())
def test_a_terminal_obeys_nothing_that_a_server_said(text: str) -> None:
    assert all(char == "\n" or char.isprintable() or char.isspace() for char in brightline.plain(text))


def test_it_installs_alone_and_gives_the_command(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    source = shutil.copytree(FOLDER, tmp_path / "source")  # building leaves files beside it
    pip = [str(tmp_path / "venv/bin/pip"), "install", "-q", str(source)]
    subprocess.run(pip, check=True, timeout=300)
    ran = subprocess.run([tmp_path / "venv/bin/brightline", "--help"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0
    assert "simulate" in ran.stdout


class Peer(BaseHTTPRequestHandler):
    """Something else that answers: what it says, by path; each first answer is one too many."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        Peer.asked.append(self.path)
        if self.path.startswith("/moved"):
            self._answer(302, b"", Location="/elsewhere")
        elif self.path.startswith("/evil"):
            self._answer(403, b'{"error": {"code": "x", "message": "no \\u001b[31m", "fields": {}}}')
        elif self.path.startswith("/busy") and len(Peer.asked) == 1:
            self._answer(429, b"{}", Retry_After="0")
        else:
            self._answer(502, b"<html>")

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.mark.parametrize(
    ("path", "said", "times"),
    [("moved", "leads elsewhere", 1), ("evil", "no \\x1b[31m", 1), ("busy", "answered 502", 2)],
)
def test_another_peer_gets_no_second_key_and_no_say_over_the_terminal(
    tmp_path: Path, path: str, said: str, times: int
) -> None:
    Peer.asked.clear()
    with HTTPServer(("127.0.0.1", 0), Peer) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        ran = Shell(tmp_path, f"http://127.0.0.1:{server.server_port}/{path}", "bl_x")("pull", "--product", "helper")
        server.shutdown()
    assert ran.returncode == 2
    assert said in ran.stderr
    assert Peer.asked == [f"/{path}/api/v1/products/helper"] * times
