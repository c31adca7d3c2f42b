"""Bodies that come in chunks, as programs send them that do not know how long theirs will be: taken by every address of
the API as if they had said their length, up to the same limit, by both doors."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from config.processes import until
from profiles.actions.api_keys import create_api_key
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.tests.serving.web import Answer, Web, new_key, web_process

pytestmark = pytest.mark.django_db(transaction=True)
RESOLVE, FLAGS = "/api/v1/profile/resolve", "/ofrep/v1/evaluate/flags"
DOORS = ("memory", "Django")


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.make_active(cast, tone__profanity="off")
    return cast


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest, acme: Cast) -> Iterator[Web]:
    """The one that answers from memory, and, by a memory that holds nothing, the one behind it."""
    with web_process(**({"BRIGHTLINE_SERVING_MEMORY": "0"} if request.param == "Django" else {})) as web:
        yield web


@pytest.fixture
def key(door: Web, acme: Cast) -> str:
    _row, text = new_key(acme)
    assert until(lambda: door.ask(text).status == 200, seconds=2)
    return text


def send(web: Web, key: str, path: str, body: bytes | Iterable[bytes], method: str = "POST", **headers: str) -> Answer:
    """A body of bytes says its length; one of pieces comes in chunks."""
    asked = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
    named = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    try:
        asked.request(method, path, body, named | {name.replace("_", "-"): value for name, value in headers.items()})
        response = asked.getresponse()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        asked.close()


def bit_by_bit(data: bytes, size: int = 7) -> Iterator[bytes]:
    yield from [data[start : start + size] for start in range(0, len(data), size)]


def test_it_is_resolved_as_if_its_length_had_been_said(door: Web, key: str) -> None:
    wanted = json.dumps({"preferences": {"tone.profanity": "on"}}).encode()
    whole = send(door, key, RESOLVE, wanted)
    assert whole.status == 200
    for size in (1, 7, 1000):
        found = send(door, key, RESOLVE, bit_by_bit(wanted, size))
        assert (found.status, found.body) == (200, whole.body)


def test_flags_are_evaluated_alike(door: Web, key: str) -> None:
    wanted = json.dumps({"context": {"preferences": {"tone.profanity": "on"}}}).encode()
    for path in (FLAGS, f"{FLAGS}/tone.profanity"):
        whole, found = send(door, key, path, wanted), send(door, key, path, bit_by_bit(wanted))
        assert (found.status, found.json.get("value")) == (200, whole.json.get("value"))
        assert found.headers.get("etag") == whole.headers.get("etag")
    assert send(door, key, FLAGS, iter([])).status == 200  # a context may be missing


@pytest.mark.parametrize("path", [RESOLVE, FLAGS])
def test_one_that_is_too_long_is_refused_as_such(door: Web, key: str, path: str) -> None:
    for length in (64 * 1024 + 1, 1024 * 1024 + 1, 10_000_000):
        found = send(door, key, path, bit_by_bit(b" " * length, 50_000))
        assert found.status in {413, 400}
        assert "65536" in found.body.decode()
    for length in (64 * 1024, 64 * 1024 - 1):
        fitting = b'{"preferences": {}}' if path == RESOLVE else b"{}"
        assert send(door, key, path, bit_by_bit(fitting + b" " * (length - len(fitting)), 9_000)).status == 200


def test_what_is_in_it_is_looked_at_as_always(door: Web, key: str) -> None:
    for data, code in ((b"", "malformed"), (b"{", "malformed"), (b'{"preferences": {}, "more": 1}', "malformed")):
        found = send(door, key, RESOLVE, bit_by_bit(data))
        assert (found.status, found.code) == (400, code)
    assert send(door, "nobody", RESOLVE, iter([b"{}"])).code == "invalid_key"
    assert send(door, key, RESOLVE, iter([b"{}"]), method="PUT").status == 405


def test_nothing_of_it_is_taken_for_another_request(door: Web, key: str) -> None:
    """Where both lengths are named the chunks count."""
    lines = [
        *(f"POST {RESOLVE} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {key}"),
        *("Content-Type: application/json", "Content-Length: 4", "Transfer-Encoding: chunked", "Connection: close"),
    ]
    body = b'{"preferences": {}}'
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as sending:
        sending.sendall(("\r\n".join(lines) + "\r\n\r\n").encode() + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
        came = b"".join(iter(lambda: sending.recv(65536), b""))
    assert came.count(b"HTTP/1.1 ") == 1
    assert came.startswith((b"HTTP/1.1 200", b"HTTP/1.1 400"))


def test_a_draft_is_managed_by_chunks_as_well(door: Web, acme: Cast) -> None:
    scopes: Any = ["read", "write"]
    _row, text = create_api_key(acme.organization, name="script", scopes=scopes, by=SYSTEM, now=timezone.now())
    path = "/api/v1/products/helper/draft"
    etag = door.ask(text, path).headers["etag"]
    change = json.dumps({"settings": {"safety.danger_caveats": "off"}}).encode()
    found = send(door, text, path, bit_by_bit(change), method="PATCH", If_Match=etag)
    assert (found.status, found.json["settings"]["safety.danger_caveats"]) == (200, "off")
    long = send(door, text, path, bit_by_bit(b" " * 2_000_000, 60_000), method="PATCH", If_Match="*")
    assert (long.status, long.code) == (413, "too_large")
