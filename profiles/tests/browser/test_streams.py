"""A page of somebody else, in a real browser, that hears of activations: by its own ``EventSource``, and by the copied
program with the official OpenFeature provider. Page, web process and events process have an origin each."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page

from profiles.actions.api_keys import revoke_api_key
from profiles.serving import stream_tokens
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.tests.serving.npm import installed
from profiles.tests.serving.streams import Process, events_process
from profiles.tests.serving.test_snippets import copied
from profiles.tests.serving.web import Web, new_key, web_process

pytestmark = pytest.mark.django_db(transaction=True)
# What an application might do: ask once, then follow the stream that the answer names, and ask again when told to.
FOLLOWS = """
const base = "@BASE@", key = "@KEY@";
const said = document.querySelector("output");
let following = null;

async function evaluate() {
  const answer = await fetch(`${base}/ofrep/v1/evaluate/flags`, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: "{}",
  });
  const { flags, eventStreams } = await answer.json();
  said.textContent = `${flags.find((flag) => flag.key === "safety.danger_caveats").value}`;
  following ??= follow(eventStreams[0].url);
}

function follow(address) {
  const source = new EventSource(address);
  source.addEventListener("message", (event) => {
    window.heard.push({ ...JSON.parse(event.data), id: event.lastEventId, origin: event.origin });
    evaluate();
  });
  source.addEventListener("end", (event) => {
    source.close();
    window.heard.push(JSON.parse(event.data));
  });
  return source;
}

window.heard = [];
await evaluate();
"""
IMPORTS = """
<script type="importmap">{"imports": {
  "@openfeature/core": "/node_modules/@openfeature/core/dist/esm/index.js",
  "@openfeature/web-sdk": "/node_modules/@openfeature/web-sdk/dist/esm/index.js",
  "@openfeature/ofrep-core": "/node_modules/@OFREP_CORE@/index.esm.js",
  "@openfeature/ofrep-web-provider": "/node_modules/@openfeature/ofrep-web-provider/index.esm.js"
}}</script>
"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_told: Any) -> None:
        pass


@contextmanager
def elsewhere(folder: Path, head: str, script: str) -> Iterator[str]:
    """The address of a page with a script of its own, on a server of its own."""
    (folder / "script.js").write_text(script)
    (folder / "index.html").write_text(
        f"<!doctype html><meta charset=utf-8><title>Shop</title><link rel=icon href=data:,>{head}<output></output>"
        '<script type="module" src="script.js"></script>'
    )
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.make_active(cast, safety__danger_caveats="off")
    return cast


@pytest.fixture
def events(acme: Cast) -> Iterator[Process]:
    with events_process() as running:
        yield running


@pytest.fixture
def web(events: Process) -> Iterator[Web]:
    with web_process(BRIGHTLINE_EVENTS_URL=f"http://127.0.0.1:{events.port}") as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def test_a_page_follows_across_origins_and_hears_of_an_activation(
    acme: Cast, web: Web, events: Process, page: Page, tmp_path: Path
) -> None:
    row, key = new_key(acme)
    script = FOLLOWS.replace("@BASE@", f"http://127.0.0.1:{web.port}").replace("@KEY@", key)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    with elsewhere(tmp_path, "", script) as address:
        page.goto(address)
        page.wait_for_function("window.heard?.length === 1")
        assert page.text_content("output") == "false"
        some.make_active(acme, safety__danger_caveats="on")
        begun = time.monotonic()
        page.wait_for_function("document.querySelector('output').textContent === 'true'", timeout=5_000)
        assert time.monotonic() - begun < 2
        first, second = page.evaluate("window.heard")
        assert second["type"] == "refetchEvaluation"
        assert second["origin"] == f"http://127.0.0.1:{events.port}"
        assert second["id"] != first["id"]
        revoke_api_key(row, by=SYSTEM, now=timezone.now())
        page.wait_for_function("window.heard.length === 3")
        assert page.evaluate("window.heard[2]") == {"type": "end", "reason": "key_revoked"}
    assert complaints == []


def test_a_browser_comes_back_by_itself_when_the_events_process_was_restarted(
    acme: Cast, page: Page, tmp_path: Path
) -> None:
    row, _key = new_key(acme)
    with events_process() as before:
        token = stream_tokens.mint(row.pk, now=time.time())
        script = (
            "window.heard = []; const source = new EventSource("
            f'"http://127.0.0.1:{before.port}/ofrep/v1/events?token={token}");'
            "source.onmessage = (event) => window.heard.push(event.lastEventId);"
        )
        with elsewhere(tmp_path, "", script) as address:
            page.goto(address)
            page.wait_for_function("window.heard?.length === 1")
            before.process.terminate()
            before.process.wait(10)
            some.make_active(acme, safety__danger_caveats="on")  # which nobody is there to tell
            with events_process(before.port):
                page.wait_for_function("window.heard.length === 2", timeout=20_000)
                page.wait_for_timeout(500)
                first, second = page.evaluate("window.heard")  # and what it knew was not told again
                assert first != second


def test_the_copied_openfeature_program_is_live_in_a_browser(
    acme: Cast, web: Web, page: Page, tmp_path: Path, settings: object
) -> None:
    _row, key = new_key(acme)
    modules = installed() / "node_modules"
    (tmp_path / "node_modules").symlink_to(modules)
    own = "@openfeature/ofrep-web-provider/node_modules/@openfeature/ofrep-core"
    core = own if (modules / own).exists() else "@openfeature/ofrep-core"
    head = IMPORTS.replace("@OFREP_CORE@", core) + '<script src="key.js"></script>'
    (tmp_path / "key.js").write_text(f"window.keyOfThisApp = {json.dumps(key)};")
    program = copied(acme, web, "openfeature-web", settings)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with elsewhere(tmp_path, head, f"{program}\nwindow.client = OpenFeature.getClient();") as address:
        page.goto(address)
        page.wait_for_function("window.client !== undefined")
        assert said == ["false"]
        page.wait_for_timeout(1_000)  # until its stream is open
        some.make_active(acme, safety__danger_caveats="on")
        page.wait_for_function('client.getBooleanValue("safety.danger_caveats", false) === true', timeout=5_000)
    assert said == ["false"]
