"""The programs of the page "Clients", copied from it and run against a real web process as they stand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from config.processes import until
from profiles.actions.api_keys import revoke_api_key
from profiles.models import Receipt
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.serving.npm import installed
from profiles.tests.serving.web import Web, new_key, web_process
from profiles.web.pages.snippets import VARIABLE

pytestmark = pytest.mark.django_db(transaction=True)
PYTHON, NODE = [sys.executable, "snippet.py"], ["node", "snippet.mjs"]
# How a driver goes on after the snippet: each line that it reads is a moment at which the profile is asked for again.
AGAIN_PYTHON = """
import sys
for _line in sys.stdin:
    held.update(ask_at=0.0) if held else None
    try:
        print(profile()["behaviors"]["safety.danger_caveats"]["value"], flush=True)
    except Exception as error:
        print(type(error).__name__, flush=True)
"""
AGAIN_NODE = """
import { createInterface } from "node:readline";
for await (const _line of createInterface({ input: process.stdin })) {
  if (held) held.askAt = 0;
  console.log(await profile().then((found) => found.behaviors["safety.danger_caveats"].value, (error) => error.name));
}
"""


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.make_active(cast, safety__danger_caveats="off")
    return cast


@pytest.fixture
def web(acme: Cast) -> Iterator[Web]:
    with web_process() as running:
        yield running


@pytest.fixture
def place(acme: Cast, tmp_path: Path) -> Path:
    return tmp_path


def copied(acme: Cast, web: Web, name: str, settings: object) -> str:
    """What the copy button of a snippet copies: the text of its element."""
    settings.BRIGHTLINE_BASE_URL = f"http://127.0.0.1:{web.port}"  # type: ignore[attr-defined]
    client = Client()
    client.force_login(acme.users["editor"])
    page = client.get("/products/helper/clients/").content.decode()
    return unescape(page.split(f'<pre id="s-{name}" tabindex="0">')[1].split("</pre>")[0])


def environ(key: str) -> dict[str, str]:
    return os.environ | {"BRIGHTLINE_KEY": key, "NO_COLOR": "1"}


def run(command: list[str], place: Path, key: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=place, env=environ(key), capture_output=True, text=True, timeout=60, check=False)


def test_curl_writes_the_document_once_and_keeps_it_from_then_on(
    acme: Cast, web: Web, place: Path, settings: object
) -> None:
    key, text = new_key(acme)
    command = ["sh", "-c", copied(acme, web, "curl", settings)]
    for _twice in range(2):
        done = run(command, place, text)
        assert (done.returncode, done.stderr) == (0, "")
        document = json.loads((place / "profile.json").read_text())
        assert document["behaviors"]["safety.danger_caveats"]["value"] == "off"
    until(lambda: Receipt.objects.filter(key=key, fetched=1, confirmed=1).exists(), seconds=10, every=0.1)
    assert run(command, place, "bl_wrong").returncode == 22  # refused, and the file is as it was
    assert json.loads((place / "profile.json").read_text()) == document


@pytest.mark.parametrize(("name", "file", "command"), [
    ("python", "snippet.py", PYTHON),
    ("javascript", "snippet.mjs", NODE),
])  # fmt: skip
def test_the_program_prints_the_value(
    acme: Cast, web: Web, place: Path, settings: object, name: str, file: str, command: list[str]
) -> None:
    _key, text = new_key(acme)
    (place / file).write_text(copied(acme, web, name, settings))
    done = run(command, place, text)
    assert (done.stdout, done.stderr) == ("off\n", "")
    assert run(command, place, "bl_wrong").returncode != 0


@pytest.mark.parametrize(("name", "file", "command", "again"), [
    ("python", "snippet.py", PYTHON, AGAIN_PYTHON),
    ("javascript", "snippet.mjs", NODE, AGAIN_NODE),
])  # fmt: skip
def test_it_sends_its_etag_and_outlives_the_server(
    acme: Cast, place: Path, settings: object, name: str, file: str, command: list[str], again: str
) -> None:
    key, text = new_key(acme)
    with web_process() as web:
        (place / file).write_text(copied(acme, web, name, settings) + "\n" + again)
        going = subprocess.Popen(
            command, cwd=place, env=environ(text), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert going.stdin is not None
        assert going.stdout is not None
        said = [going.stdout.readline()]

        def ask() -> str:
            assert going.stdin is not None
            assert going.stdout is not None
            going.stdin.write("\n")
            going.stdin.flush()
            return going.stdout.readline()

        try:
            said.append(ask())
            until(lambda: Receipt.objects.filter(key=key, fetched=1, confirmed=1).exists(), seconds=10, every=0.1)
            web.process.terminate()
            web.process.wait(10)
            said.append(ask())
        finally:
            going.stdin.close()
            going.wait(10)
    assert said == ["off\n"] * 3


@pytest.mark.parametrize(("name", "file", "command", "again", "error"), [
    ("python", "snippet.py", PYTHON, AGAIN_PYTHON, "HTTPError"),
    ("javascript", "snippet.mjs", NODE, AGAIN_NODE, "Error"),
])  # fmt: skip
def test_a_revoked_key_ends_the_copy(
    acme: Cast,
    web: Web,
    place: Path,
    settings: object,
    name: str,
    file: str,
    command: list[str],
    again: str,
    error: str,
) -> None:
    _key, text = new_key(acme)
    (place / file).write_text(copied(acme, web, name, settings) + "\n" + again)
    going = subprocess.Popen(
        command, cwd=place, env=environ(text), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert going.stdin is not None
    assert going.stdout is not None
    assert going.stdout.readline() == "off\n"
    _revoke(acme, web, text)
    out, _err = going.communicate("\n\n", timeout=20)
    assert out == f"{error}\n" * 2


def _revoke(acme: Cast, web: Web, text: str) -> None:
    row = acme.product.api_keys.latest("pk")
    revoke_api_key(row, by=acme.actor("administrator"), now=timezone.now())
    until(lambda: web.ask(text).status == 401, seconds=5, every=0.02)


def test_the_openfeature_program_prints_the_value(acme: Cast, web: Web, place: Path, settings: object) -> None:
    _key, text = new_key(acme)
    (place / "snippet.py").write_text(copied(acme, web, "openfeature-python", settings))
    done = run(PYTHON, place, text)
    assert (done.stdout, done.stderr) == ("False\n", "")  # True, the strictest, is what it falls back to


def test_the_openfeature_program_of_a_web_page_prints_the_value_too(
    acme: Cast, web: Web, place: Path, settings: object
) -> None:
    """Outside of a browser, where there is no ``EventSource``, it asks once a minute and so does not end by itself."""
    _key, text = new_key(acme)
    (place / "node_modules").symlink_to(installed() / "node_modules")
    (place / "snippet.mjs").write_text(copied(acme, web, "openfeature-web", settings))
    # Where the key comes from is the page's affair.
    (place / "key.mjs").write_text(f"globalThis.keyOfThisApp = process.env.{VARIABLE};")
    command = ["node", "--import", "./key.mjs", "snippet.mjs"]
    going = subprocess.Popen(command, cwd=place, env=environ(text), stdout=subprocess.PIPE, text=True)
    try:
        assert going.stdout is not None
        assert going.stdout.readline() == "false\n"  # true, the strictest, is what it falls back to
        assert going.poll() is None
    finally:
        going.kill()
        going.communicate()
    refused = run(command, place, "bl_wrong")
    assert (refused.returncode, refused.stdout) == (1, "")


def test_the_stream_of_events_says_what_holds(
    acme: Cast, place: Path, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    _key, text = new_key(acme)
    monkeypatch.setenv("BRIGHTLINE_WEB_STREAMS", "1")
    with web_process() as running:
        line = copied(acme, running, "events", settings).replace("curl ", "curl --max-time 3 ", 1)
        done = run(["sh", "-c", line], place, text)
    assert '"type":"profile"' in done.stdout
