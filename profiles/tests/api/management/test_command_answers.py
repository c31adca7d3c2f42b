"""What the command makes of answers that no Brightline gives: a sentence; and of its own faults: a traceback."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar, Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from profiles.tests import cast as some
from profiles.tests.api.management.program import client_program
from profiles.tests.api.management.shell import Shell
from profiles.tests.cast import Cast
from tools.brightline import brightline

pytestmark = pytest.mark.django_db(transaction=True)
GONE: Final = object()
OTHERS: Final = (GONE, None, 7, "x", [["\ud800"]], {"x": [1.5]})
COMMANDS: Final = {
    "pull": ["pull"],
    "diff": ["diff", "helper.toml", "--active", "production"],
    "validate": ["validate", "helper.toml"],
    "push": ["push", "helper.toml", "--submit", "--reason", "R."],
    "simulate": ["simulate", "helper.toml"],
    "active": ["simulate"],
}


class Between(BaseHTTPRequestHandler):
    """Stands between the command and the program: passes answers on once and remembers them, and then gives them again,
    one of them changed."""

    program: ClassVar[str] = ""
    known: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    changed: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name = f"{self.command} {self.path}"
        if name not in self.known:
            self.known[name] = self._passed_on(body)
        status, headers, answer = self.known[name]
        answer = self.changed.get(name, answer)
        self.send_response(status)
        for header, value in {**headers, "Content-Length": str(len(answer))}.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_PATCH = do_GET  # noqa: N815 - the names that the base class calls

    def _passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "content-length")}
        asked = Request(self.program + self.path, body or None, kept, method=self.command)
        try:
            with urlopen(asked) as answer:
                return self._told(answer)
        except HTTPError as refused:
            return self._told(refused)

    def _told(self, answer: Any) -> tuple[int, dict[str, str], bytes]:
        return answer.status, {name: value for name, value in answer.headers.items() if name == "ETag"}, answer.read()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def between(shell: Shell) -> Iterator[str]:
    Between.program, Between.known, Between.changed = shell.url, {}, {}
    with ThreadingHTTPServer(("127.0.0.1", 0), Between) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def others(said: Any) -> Iterator[Any]:
    """The same answer with each of its members, in turn, missing or of another kind."""
    for *way, last in places(said):
        for other in OTHERS:
            found = copy.deepcopy(said)
            inside = found
            for step in way:
                inside = inside[step]
            if other is GONE:
                del inside[last]
            else:
                inside[last] = other
            yield found


def places(said: Any) -> Iterator[tuple[Any, ...]]:
    """The way to each member; of lists and of what is named by behaviors one stands for all."""
    if isinstance(said, list):
        names: list[Any] = [0] if said else []
    else:
        names = list(said)[:1] if "." in next(iter(said), "") else list(said)
    for name in names:
        yield (name,)
        if isinstance(said[name], dict | list):
            yield from ((name, *rest) for rest in places(said[name]))


@pytest.mark.parametrize("name", COMMANDS)
def test_any_answer_that_is_not_as_it_should_be_is_a_sentence(
    acme: Cast, shell: Shell, between: str, name: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    some.make_active(acme, safety__danger_caveats="on")
    some.set_values(acme, format__length="brief")
    text = client_program(acme).text if name == "active" else shell.key
    monkeypatch.setenv("BRIGHTLINE_KEY", text)
    monkeypatch.chdir(shell.folder)
    shell("pull")
    shell.write(settings={"safety.danger_caveats": "off", "content.graphic_violence": "mild"}, revision=2)
    words = [*COMMANDS[name], "--url", between]
    brightline.main([*words, *(["--force"] if name in ("push", "validate") else [])])
    brightline.main(words)
    assert "Traceback" not in capsys.readouterr().err
    tried = 0
    for address, (_status, _headers, answer) in list(Between.known.items()):
        for other in others(json.loads(answer)):
            Between.changed = {address: json.dumps(other).encode()}
            code = brightline.main(words)
            err = capsys.readouterr().err
            assert code != brightline.FAULT, (address, err[-2_000:])
            assert code != brightline.FAILED or err.startswith("brightline: "), err
            tried += 1
    assert tried > 50


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda said: said.pop("settings"), "GET products/helper/draft is not as this command knows it: settings."),
        (lambda said: said["settings"].update({"a.b": None}), "knows it: settings.a.b."),
        (lambda said: said.update(revision=True), "knows it: revision."),
        (lambda said: said.update(more=json.loads("[" * 60 + "]" * 60)), "not Brightline"),
    ],
)
def test_the_sentence_names_the_answer_and_the_member(
    shell: Shell, between: str, spoil: Callable[[Any], object], said: str
) -> None:
    shell.url = between
    assert shell("pull", "--product", "helper").returncode == 0
    address = "GET /api/v1/products/helper/draft"
    answer = json.loads(Between.known[address][2])
    spoil(answer)
    Between.changed = {address: json.dumps(answer).encode()}
    ran = shell("pull", "--product", "helper")
    assert (ran.returncode, said in ran.stderr) == (2, True), ran.stderr
    told = json.loads(shell("pull", "--product", "helper", "--json").stdout)
    assert told["error"]["code"] in ("unexpected_answer", "not_brightline")


@pytest.mark.parametrize("fault", [KeyError("x"), TypeError("x"), AttributeError("x"), ValueError("x")])
def test_a_fault_of_the_command_is_not_hidden(
    fault: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_arguments: object) -> int:
        raise fault

    monkeypatch.setattr(brightline, "pull", broken)
    monkeypatch.setenv("BRIGHTLINE_KEY", "bl_x")
    assert brightline.main(["pull", "--url", "http://127.0.0.1:9"]) == 3
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert said.endswith("Please report it with the lines above.\n")
    assert "bl_x" not in said


@pytest.mark.parametrize(
    "url", ["http://[", "https://ex\u00e4mple.com", "https://a b", "https://host:port", "https://u@h", ""]
)
def test_an_address_that_is_none_is_a_sentence(url: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("BRIGHTLINE_KEY", "bl_x")
    assert brightline.main(["pull", "--url", url]) == 2
    assert capsys.readouterr().err.startswith("brightline: ")
