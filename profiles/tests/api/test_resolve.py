"""POST /api/v1/profile/resolve: one user's profile, and what is wrong with a request, whichever door it meets."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

import pytest

from config.processes import until
from profiles.resolution.document import document_digest
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.serving.web import Answer, Web, new_key, web_process

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/v1/profile/resolve"


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.make_active(cast, safety__danger_caveats="off", format__length="brief")
    return cast


@pytest.fixture
def key(acme: Cast) -> str:
    return new_key(acme)[1]


@pytest.fixture
def web(key: str) -> Iterator[Web]:
    with web_process() as running:
        yield running


def post(web: Web, key: str, body: Any, path: str = PATH, **headers: str) -> Answer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    asked = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
    named = {"Content-Type": "application/json", "Authorization": f"Bearer {key}"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        asked.request("POST", path, data, named)
        response = asked.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        asked.close()


def test_a_user_gets_what_the_operator_leaves_to_users(web: Web, key: str) -> None:
    wishes = {"preferences": {"format.length": "thorough", "safety.weapons_of_mass_harm": "on", "no.such": 1}}
    first, second = post(web, key, wishes), post(web, key, wishes)  # from the database, and from memory
    assert first.body == second.body
    assert "x-request-id" in second.headers
    found = first.json
    assert found["digest"] == document_digest(found)
    assert found["behaviors"]["format.length"]["value"] == "thorough"
    assert {item["behavior"]: item["reason"] for item in found["clamped"]} == {
        "safety.weapons_of_mass_harm": "not_adjustable_by_user",
        "no.such": "unknown_behavior",
    }
    assert first.headers["cache-control"] == "private, no-store"


def test_without_a_wish_it_is_the_published_profile(web: Web, key: str) -> None:
    found, published = post(web, key, {"preferences": {}}).json, web.ask(key).json
    assert found.pop("clamped") == []
    assert {**found, "digest": ""} == {**published, "digest": ""}


def test_an_activation_counts_for_users_too(web: Web, key: str, acme: Cast) -> None:
    assert post(web, key, {"preferences": {}}).json["version"] == 1
    some.make_active(acme, format__length="thorough")
    assert until(lambda: post(web, key, {"preferences": {}}).json["version"] == 2, seconds=1)
    assert post(web, key, {"preferences": {}}).json["behaviors"]["format.length"]["value"] == "thorough"


DEEP = b'{"preferences": {"a.b": ' + b"[" * 30_000 + b"]" * 30_000 + b"}}"
WRONG: list[tuple[Any, int, str]] = [
    (b"", 400, "malformed"),
    (b"{", 400, "malformed"),
    (b"[]", 400, "malformed"),
    (b"null", 400, "malformed"),
    (b"\xff\xfe{\x00}\x00", 400, "malformed"),
    (b"\xef\xbb\xbf{}", 400, "malformed"),
    ('{"preferences": {"tone.profanity": "ö"}}'.encode("latin-1"), 400, "malformed"),
    (DEEP, 400, "malformed"),
    (b'{"preferences": {}, "preferences": {}}', 400, "malformed"),
    (b'{"preferences": {"a.b": 1, "a.b": 2}}', 400, "malformed"),
    (b'{"preferences": {"a.b": NaN}}', 400, "malformed"),
    (b'{"preferences": {"a.b": 1e999}}', 400, "malformed"),
    (b'{"preferences": {"a.b": ' + b"9" * 5000 + b"}}", 400, "malformed"),
    (b'{"preferences": {"a.b": "\\ud800"}}', 400, "malformed"),
    ({}, 400, "malformed"),
    ({"preferences": []}, 400, "malformed"),
    ({"preferences": None}, 400, "malformed"),
    ({"preferences": {}, "user": 1}, 400, "malformed"),
    (b'{"preferences": {"a": "' + b"x" * 10_000_000 + b'"}}', 413, "too_large"),
]


def test_what_cannot_be_read_is_an_error_of_the_contract_at_both_doors(web: Web, key: str) -> None:
    assert post(web, key, {"preferences": {}}).status == 200  # from now on it is in memory
    for body, status, code in WRONG:
        found = post(web, key, body)
        assert (found.status, found.code) == (status, code), body[:60]
        assert set(found.json["error"]) == {"code", "message", "fields"}
    for kind in ("text/plain", "", "application/json; charset=latin-1", "multipart/form-data"):
        assert post(web, key, {"preferences": {}}, Content_Type=kind).code == "unsupported_media_type"
    assert post(web, key, {"preferences": {}}, Content_Type='application/json; charset="UTF-8"').status == 200
    assert post(web, key, {"preferences": {}}, PATH + "?platform=moon").code == "not_found"
    assert post(web, key, {"preferences": {}}, PATH + "?colour=red").code == "malformed"
    assert post(web, "nobody", {"preferences": {}}).status == 401


def test_values_of_every_kind_are_answered(web: Web, key: str) -> None:
    values: tuple[Any, ...] = (
        None,
        True,
        1,
        1.5,
        "x",
        "",
        [],
        ["a"],
        [[]],
        {},
        {"a": [1]},
        -(2**53) + 1,
        "\u2028\x7f",
        0.1,
    )
    for value in values:
        wishes = {"preferences": {"format.length": value, "topics.allowed": value, "no.such": value}}
        found = post(web, key, wishes)
        assert found.status == 200, value
        assert found.json["digest"] == document_digest(found.json)
        clamps = {item["behavior"]: item["wanted"] for item in found.json["clamped"]}
        assert clamps["no.such"] == value


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_it_is_only_asked_by_post(web: Web, key: str, method: str) -> None:
    answer = web.ask(key, PATH, method)
    assert (answer.status, answer.code) == (405, "method_not_allowed")
