"""What nobody should send: the contract's errors and never a failure of ours, for every operation of the document."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from profiles.api.shapes import COMPONENTS
from profiles.models import StoredAnswer
from profiles.tests.api.management.program import Program, program
from profiles.tests.api.management.test_document import GOOD, OPERATIONS, QUERIES, Told, World, address, world_for
from profiles.tests.everything.stage import changed, everything, undone

pytestmark = pytest.mark.django_db
WRITES: Final = [told for told in OPERATIONS if told.method != "GET"]
READS: Final = [told for told in OPERATIONS if told.method == "GET"]
DEEP: Final = b'{"settings": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"
UNREADABLE: Final = (
    b" ",
    b"{",
    b"[]",
    b"null",
    b"3",
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b'{"reason": "\xf6"}',
    b'{"reason": "a", "reason": "b"}',
    b'{"reason": NaN}',
    b'{"reason": 1e999}',
    b'{"reason": ' + b"9" * 5_000 + b"}",
    b'{"reason": "\\ud800"}',
    b"{}",
    b'{"color": 1}',
    DEEP,
)
VALUES: Final[tuple[Any, ...]] = (
    *(None, True, 0, -1, 1.5, 2**53 - 1, "", "\x00", "a" * 30_000, "\u202e", "%00", "../..", "'\";--", "\U0001f600"),
    *([], [None], [[]], ["a"] * 600, {}, {"a": None}, {"\x00": "x"}, {"a.b": {"floor": "\x00", "ceiling": 1}}),
    *({"windows.a.b": "on"}, {"instructions": "x"}, {"format.length": "\x00"}, {"format.length": 10**15}),
)


@pytest.fixture
def world(request: pytest.FixtureRequest) -> World:
    return world_for(request)


def send(world: World, told: Told, body: Any, **headers: str) -> Any:
    return world.script.ask(told.method, address(told), body, If_Match="*", **headers)


@pytest.mark.parametrize("told", WRITES, ids=str)
def test_what_cannot_be_read_is_malformed_and_changes_nothing(world: World, told: Told) -> None:
    before = everything()
    whole = {b"{}"} if str(told) == "evidence_take" else set()  # asked for nothing, it gives the whole log
    for body in (each for each in UNREADABLE if each not in whole):
        answer = send(world, told, body, Idempotency_Key="deploy-1") if _takes(told) else send(world, told, body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed"), body[:60]
    assert send(world, told, b'{"reason": "' + b"x" * 10_000_000 + b'"}').status_code == 413
    for kind in ("text/plain", "", "application/json; charset=latin-1", "multipart/form-data"):
        assert send(world, told, GOOD[str(told)](world), Content_Type=kind).status_code == 415, kind
    assert changed(before, everything()) == []
    assert not StoredAnswer.objects.exists()


def _takes(told: Told) -> bool:
    return any(item["name"] == "Idempotency-Key" for item in told.about["parameters"])


@pytest.mark.parametrize("told", WRITES, ids=str)
def test_any_value_in_any_member_is_an_answer_of_the_document(world: World, told: Told) -> None:
    shape = told.about["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    for member in _members(shape):
        for value in VALUES:
            with undone():
                answer = send(world, told, GOOD[str(told)](world) | {member: value})
            assert answer.status_code < 500, (member, value)


def _members(shape: str) -> list[str]:
    return list(COMPONENTS["schemas"][shape]["properties"])


@pytest.mark.parametrize("told", READS, ids=str)
def test_any_parameter_and_header_is_an_answer_of_the_document(world: World, told: Told) -> None:
    names = [item["name"] for item in told.about["parameters"] if item["in"] == "query"]
    for name in names:
        for value in (
            "",
            "%00",
            "%ED%A0%80",
            "a" * 3_000,
            "-1",
            "0",
            "1e3",
            "99999999999",
            "null",
            "eyJ",
            "MQ",
            "IngwIg",
        ):
            assert world.script.get(f"{address(told)}?{name}={value}").status_code in (200, 400), (name, value)
        assert world.script.get(f"{address(told)}?{name}=1&{name}=1").status_code == 400
    query = QUERIES.get(str(told), lambda _world: "")(world)
    for header in ('"', "*", "x" * 9_000, '"a",' * 2_000, "W/", "\x7f"):
        assert world.script.get(address(told) + query, If_None_Match=header).status_code in (200, 304)


@pytest.mark.parametrize("told", OPERATIONS, ids=str)
def test_another_method_says_which_ones_there_are(world: World, told: Told) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE"):
        answer = world.script.ask(method, address(told))
        assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
        assert told.method in answer["Allow"]


@pytest.mark.parametrize("path", ["suits", "protocol", "products/", "products/helper/x", "v", ""])
def test_what_is_not_there_says_so_in_the_same_shape(world: World, path: str) -> None:
    for method in ("GET", "POST"):
        answer = world.script.ask(method, f"/api/v1/{path}")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
        assert set(answer.json()["error"]) == {"code", "message", "fields"}


def test_a_head_is_a_get_without_its_body(world: World) -> None:
    assert world.script.ask("HEAD", "products/helper/draft")["ETag"] == '"draft-3"'


@pytest.mark.parametrize(
    "listed", ["products/helper/versions", "trail", "findings", "products", "rulebooks", "runs", "checks"]
)
def test_pages_follow_each_other_and_hold_everything_once(world: World, listed: str) -> None:
    script: Program = program(world.acme)
    whole, found, pages = script.get(f"{listed}?limit=200").json()["items"], [], 0
    place: str | None = f"{listed}?limit=2"
    while place:
        page = script.get(place).json()
        found += page["items"]
        place, pages = page["next"], pages + 1
        assert len(page["items"]) <= 2
    assert json.dumps(found) == json.dumps(whole)
    assert pages == max(1, -(-len(whole) // 2))


@pytest.mark.parametrize(
    "cursor", ["x", "eyJ", "bnVsbA", "LTE", "MS41", "Ilx1MDAwMCI", "W10", "a" * 401, "99999999999999999999"]
)
def test_a_cursor_that_was_tampered_with_is_malformed(world: World, cursor: str) -> None:
    for place in ("trail", "products", "findings", "products/helper/versions"):
        assert world.script.get(f"{place}?cursor={cursor}").status_code == 400, place
