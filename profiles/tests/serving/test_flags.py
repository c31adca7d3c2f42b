"""OFREP at both doors: what it answers, that they answer alike, and that nothing sent to it is a failure of ours."""

from __future__ import annotations

import http.client
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from django.utils import timezone

from config.processes import until
from profiles.models import PublishedProfile, Receipt
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.serving.ofrep_schema import BULK, BULK_ERROR, FLAG, FLAG_ERROR
from profiles.tests.serving.test_hits import shape
from profiles.tests.serving.web import Answer, Web, new_key, web_process

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/ofrep/v1/evaluate/flags"


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.attest(cast, "adults_only", until=timezone.now() + timedelta(days=3))
    some.make_active(cast, content__explicit="on", format__length="brief", topics__allowed=["algebra", "geometry"])
    return cast


@pytest.fixture
def key(acme: Cast) -> str:
    return new_key(acme)[1]


@pytest.fixture
def web(key: str) -> Iterator[Web]:
    with web_process() as running:
        yield running


def post(web: Web, key: str, body: Any = None, path: str = PATH, method: str = "POST", **headers: str) -> Answer:
    """Headers are named with ``_`` for the hyphen; one that is None is not sent."""
    data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    asked = http.client.HTTPConnection("127.0.0.1", web.port, timeout=20)
    named = {"Content-Type": "application/json", **({"Authorization": f"Bearer {key}"} if key else {})}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        asked.request(method, path, data, named)
        response = asked.getresponse()
        told = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, told, response.read())
    finally:
        asked.close()


def flags(answer: Answer) -> dict[str, dict[str, Any]]:
    assert answer.status == 200, answer.body
    jsonschema.validate(answer.json, BULK, cls=jsonschema.Draft202012Validator)
    return {item["key"]: item for item in answer.json["flags"]}


def test_every_behavior_is_a_flag_of_the_type_of_its_domain(web: Web, key: str) -> None:
    for _time in range(2):  # from the database, and from memory
        found = flags(post(web, key))
        assert found.keys() == web.ask(key).json["behaviors"].keys()
        explicit = found["content.explicit"]
        assert (explicit["value"], explicit["variant"], explicit["reason"]) == (True, "on", "STATIC")
        assert (found["format.length"]["value"], found["format.length"]["variant"]) == ("brief", "brief")
        assert found["topics.allowed"]["value"] == {"any": False, "topics": ["algebra", "geometry"]}
        spend = found["agents.spend_limit"]
        assert isinstance(spend["value"], int)
        assert spend["variant"] == str(spend["value"])


def test_the_metadata_says_who_decided_and_until_when(web: Web, key: str) -> None:
    published = web.ask(key).json
    answer = post(web, key)
    told = flags(answer)["safety.weapons_of_mass_harm"]["metadata"]
    behavior = published["behaviors"]["safety.weapons_of_mass_harm"]
    assert told == {
        "decided_by": "platform",
        "reason": "locked_bright_line",
        "kind": "bright_line",
        "document": behavior["citation"]["document"],
        "section": behavior["citation"]["section"],
        "version": published["version"],
        "digest": published["digest"],
        "expiresAt": published["valid_until"],
    }
    assert answer.json["metadata"]["environment"] == "production"
    assert answer.json["metadata"]["expiresAt"] == published["valid_until"]


def test_the_contexts_preferences_are_the_user_layer(web: Web, key: str) -> None:
    flat = {"context": {"targetingKey": "user-1", "plan": "pro", "preferences.format.length": "thorough"}}
    nested = {"context": {"preferences": {"format.length": "thorough"}}}
    for _time, body in product(range(2), (flat, nested)):
        found = flags(post(web, key, body))["format.length"]
        assert (found["value"], found["reason"]) == ("thorough", "TARGETING_MATCH")
        assert found["metadata"]["decided_by"] == "user"
        one = post(web, key, body, f"{PATH}/format.length")
        assert one.json == found
        jsonschema.validate(one.json, FLAG)


def test_values_are_clamped_as_for_a_users_profile_and_it_is_said(web: Web, key: str) -> None:
    wishes = {"safety.weapons_of_mass_harm": "on", "format.length": "thorough", "no.such": 1, "tone.profanity": 7}
    resolved = post(web, key, {"preferences": wishes}, "/api/v1/profile/resolve").json
    answer = post(web, key, {"context": {"preferences": wishes}})
    found = flags(answer)
    for name, behavior in resolved["behaviors"].items():
        metadata = found[name]["metadata"]
        assert (metadata["decided_by"], metadata["reason"]) == (behavior["decided_by"], behavior["reason"])
        assert found[name]["variant"] in {str(behavior["value"]), "any", "listed", "none"}
    clamps = {
        name: item["metadata"]["clamped_because"] for name, item in found.items() if "clamped" in item["metadata"]
    }
    told = {item["behavior"]: item["reason"] for item in resolved["clamped"]}
    assert clamps == {name: reason for name, reason in told.items() if name != "no.such"}
    assert answer.json["metadata"]["clamped"] == len(told) == 3


def test_what_a_client_read_it_may_send_back_as_a_preference(web: Web, key: str) -> None:
    """Booleans for switches, whole numbers however they are written, and the object of topics."""
    for _time in range(2):
        found = flags(post(web, key))
        wishes = {
            name: float(item["value"]) if type(item["value"]) is int else item["value"] for name, item in found.items()
        }
        again = flags(post(web, key, {"context": {"preferences": wishes}}))
        assert {name: item["value"] for name, item in again.items()} == {k: v["value"] for k, v in found.items()}
        assert not [
            name for name, item in again.items() if item["metadata"].get("clamped_because") == "malformed_value"
        ]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"context": {}}', b'{"context": null}', b" ", b'{"other": 1}'])
def test_a_request_without_a_context_or_a_targeting_key_is_answered(web: Web, key: str, body: bytes) -> None:
    for _time in range(2):
        assert flags(post(web, key, body))
        assert post(web, key, body, f"{PATH}/content.explicit").json["value"] is True


def test_numbers_and_names_of_the_context_that_do_not_concern_us_may_be_anything(web: Web, key: str) -> None:
    body = b'{"context": {"targetingKey": 12345678901234567890123, "x": 1e999, "": [{}], "preferences.": 1}}'
    assert flags(post(web, key, body))


def test_the_key_may_come_in_either_header(web: Web, key: str) -> None:
    for _time in range(2):
        assert flags(post(web, "", None, X_API_Key=key))
        assert flags(post(web, "", None, X_API_Key=key, Authorization="Basic eDp5"))
        assert post(web, "", None, Authorization="Bearer nobody", X_API_Key=key).status == 401
    assert post(web, "").code == "not_authenticated"


def test_a_copy_is_confirmed_until_configuration_context_or_key_differ(web: Web, key: str, acme: Cast) -> None:
    pro = {"context": {"preferences": {"format.length": "thorough"}}}
    for _time in range(2):
        tag = post(web, key).headers["etag"]
        assert tag.startswith('"')
        for sent in (tag, f'"x", {tag}', f"W/{tag}", f'W/"y",W/{tag} , "z"', "*"):
            answer = post(web, key, If_None_Match=sent)
            assert (answer.status, answer.body, answer.headers["etag"]) == (304, b"", tag)
        assert post(web, key, {"context": {"targetingKey": "other"}}, If_None_Match=tag).status == 304
        assert post(web, key, pro, If_None_Match=tag).status == 200
        assert post(web, new_key(acme)[1], If_None_Match=tag).status == 200
        assert post(web, key, If_None_Match='"other"').status == 200
    some.make_active(acme, format__length="thorough")
    assert until(lambda: post(web, key, If_None_Match=tag).status == 200, seconds=2)


def test_what_an_event_announced_is_never_answered_with_304_unless_it_is_what_holds(web: Web, key: str) -> None:
    config = web.ask(key).headers["etag"].strip('"').partition("-")[0]
    for _time in range(2):
        tag = post(web, key).headers["etag"]
        for announced, status in ((config, 304), (f"%22{config}%22", 304), ("other", 200), ("%22other%22", 200)):
            path = f"{PATH}?flagConfigEtag={announced}&flagConfigLastModified=1771622898"
            assert post(web, key, None, path, If_None_Match=tag).status == status, announced


def test_what_an_event_announced_is_answered_also_where_it_is_not_known_yet(acme: Cast) -> None:
    """A web process that is told of nothing looks twice a second; who heard of a change elsewhere need not wait."""
    _row, key = new_key(acme)
    with web_process(DATABASE_BEHIND_POOLER="1") as web:
        assert until(lambda: post(web, key).status == 200, seconds=3)
        for value in ("off", "on") * 3:
            some.make_active(acme, safety__danger_caveats=value)
            announced = PublishedProfile.objects.latest("id").etag
            before = post(web, key).headers["etag"]
            found = post(web, key, None, f"{PATH}?flagConfigEtag={announced}", If_None_Match=before)
            (flag,) = (flag for flag in found.json["flags"] if flag["key"] == "safety.danger_caveats")
            assert flag["variant"] == value


def test_a_flag_that_does_not_exist_is_not_found(web: Web, key: str) -> None:
    for name in ("no.such", "NO", "a%20b", "a/b", "content.explicit/", "x" * 3000, "%ff%fe", "..%2f", "%F0%9F"):
        for _time in range(2):
            answer = post(web, key, None, f"{PATH}/{name}")
            assert answer.status == 404, name
            assert answer.json["errorCode"] == "FLAG_NOT_FOUND"
            jsonschema.validate(answer.json, FLAG_ERROR)


def test_an_address_with_a_zero_in_it_is_refused(web: Web, key: str) -> None:
    assert post(web, key, None, f"{PATH}/%00").status == 400


def test_where_nothing_is_active_no_flag_is_found_and_there_is_no_set(web: Web, acme: Cast) -> None:
    _row, key = new_key(acme, "staging")
    one, all_ = post(web, key, None, f"{PATH}/content.explicit"), post(web, key)
    assert (one.status, one.json["errorCode"]) == (404, "FLAG_NOT_FOUND")
    assert (all_.status, all_.json["errorCode"]) == (400, "GENERAL")
    assert "staging" in all_.json["errorDetails"]
    jsonschema.validate(all_.json, BULK_ERROR)


DEEP = b'{"context": {"a": ' + b"[" * 30_000 + b"]" * 30_000 + b"}}"
WRONG: list[tuple[Any, str]] = [
    (b"{", "PARSE_ERROR"),
    (b"[]", "PARSE_ERROR"),
    (b"null", "PARSE_ERROR"),
    (b"\xff\xfe{\x00}\x00", "PARSE_ERROR"),
    (DEEP, "PARSE_ERROR"),
    (b'{"context": {}, "context": {}}', "PARSE_ERROR"),
    (b'{"context": {"a": 1, "a": 2}}', "PARSE_ERROR"),
    (b'{"context": {"a": NaN}}', "PARSE_ERROR"),
    (b'{"context": {"a": -Infinity}}', "PARSE_ERROR"),
    (b'{"context": {"a": "\\ud800"}}', "PARSE_ERROR"),
    (b'{"context": {"\\udfff": 1}}', "PARSE_ERROR"),
    (b'{"context": {"a": "' + b"x" * 10_000_000 + b'"}}', "PARSE_ERROR"),
    ({"context": []}, "INVALID_CONTEXT"),
    ({"context": "x"}, "INVALID_CONTEXT"),
    ({"context": {"preferences": []}}, "INVALID_CONTEXT"),
    ({"context": {"preferences": {"a.b": 1}, "preferences.a.b": 2}}, "INVALID_CONTEXT"),
]


def test_what_cannot_be_read_is_an_error_of_the_protocol_at_both_doors(web: Web, key: str) -> None:
    assert post(web, key).status == 200  # from now on it is in memory
    for body, code in WRONG:
        for path, schema in ((PATH, BULK_ERROR), (f"{PATH}/content.explicit", FLAG_ERROR)):
            answer = post(web, key, body, path)
            assert (answer.status, answer.json["errorCode"]) == (400, code), str(body)[:60]
            assert answer.json["errorDetails"]
            assert answer.headers["access-control-allow-origin"] == "*"
            jsonschema.validate(answer.json, schema)
    for kind in ("text/plain", "", "application/json; charset=latin-1"):
        assert post(web, key, Content_Type=kind).json["errorCode"] == "PARSE_ERROR"
    for query, header in (("", "moon"), ("?platform=reference", "reference")):
        answer = post(web, key, None, PATH + query, Brightline_Platform=header)
        assert (answer.status, answer.json["errorCode"]) == (400, "GENERAL"), query
    assert post(web, key, Brightline_Platform="reference").status == 200
    for query in ("?platform=moon", "?colour=red", "?platform=reference&platform=reference", "?platform="):
        answer = post(web, key, None, PATH + query)
        assert (answer.status, answer.json["errorCode"]) == (400, "GENERAL"), query


def test_preferences_of_every_kind_are_answered(web: Web, key: str) -> None:
    values: tuple[Any, ...] = (None, True, 1, 1.5, 1e300, 10**40, "x", "", [], ["a"], [[]], {}, {"any": 1},
                               {"topics": 3}, {"any": True, "topics": [{}]}, "\u2028\x7f", "ö" * 999)  # fmt: skip
    for value in values:
        names = ("format.length", "topics.allowed", "content.explicit", "agents.spend_limit", "no.such", "")
        assert flags(post(web, key, {"context": {"preferences": dict.fromkeys(names, value)}})), value


def test_pages_of_every_origin_may_ask_and_read(web: Web, key: str) -> None:
    for path in (PATH, f"{PATH}/content.explicit"):
        before = post(web, "", b"", path, "OPTIONS", Origin="https://app.example", Access_Control_Request_Method="POST")
        assert before.status == 204
        allowed = before.headers["access-control-allow-headers"].lower().split(", ")
        assert {"content-type", "authorization", "x-api-key", "if-none-match"} <= set(allowed)
        assert "POST" in before.headers["access-control-allow-methods"]
        for answer in (post(web, key, None, path), post(web, key, None, path), post(web, "x", None, path)):
            assert answer.headers["access-control-allow-origin"] == "*"
            assert {"ETag", "Retry-After"} <= set(answer.headers["access-control-expose-headers"].split(", "))
            assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", [f"{PATH}/", "/ofrep/v1/evaluate/flag", "/ofrep/v1/evaluate/", "/ofrep/v1/x"])
def test_nobody_is_sent_to_an_address_with_another_slash(web: Web, key: str, path: str) -> None:
    assert post(web, key, None, path).status == 404


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_it_is_only_asked_by_post(web: Web, key: str, method: str) -> None:
    assert post(web, key, b"", PATH, method).status == 405


def test_who_got_what_is_counted(web: Web, acme: Cast) -> None:
    row, key = new_key(acme)
    tag = post(web, key).headers["etag"]
    for _time in range(5):
        assert post(web, key, If_None_Match=tag).status == 304
    post(web, key, None, f"{PATH}/no.such")
    assert until(lambda: Receipt.objects.filter(key=row, fetched=1, confirmed=5).exists(), seconds=6, every=0.2)


def requests(tag: str) -> Iterator[tuple[bytes, str, str, dict[str, str]]]:
    """Hundreds of them, right and wrong."""
    chosen = random.Random(11)
    paths = (PATH, f"{PATH}/content.explicit", f"{PATH}/topics.allowed", f"{PATH}/no.such", f"{PATH}/A%20b", f"{PATH}/")
    queries = ("", "?platform=reference", "?platform=moon", "?flagConfigEtag=abc",
               "?flagConfigEtag=%22abc%22&platform=reference",
               "?flagConfigEtag=", "?flagConfigLastModified=17&flagConfigEtag=x", "?flagConfigLastModified=soon",
               "?flagConfigEtag=a&flagConfigEtag=b", "?format=openai", "?&",
               "?flagConfigLastModified=1&flagConfigLastModified=1")  # fmt: skip
    bodies: tuple[Any, ...] = (
        b"", b"{}", {"context": {}}, {"context": {"targetingKey": "a"}},
        {"context": {"preferences": {"format.length": "thorough"}}},
        {"context": {"preferences.format.length": "brief", "preferences.no.such": [1]}}, b"[", {"context": 3},
        {"context": {"preferences": {"content.explicit": False, "tone.profanity": True}}}, b'{"a": 1, "a": 2}',
        {"context": {"preferences": {"topics.allowed": {"any": False, "topics": ["algebra"]}}}},
    )  # fmt: skip
    more: tuple[dict[str, str], ...] = (
        {}, {"If_None_Match": tag}, {"If_None_Match": f'W/{tag}, "x"'}, {"If_None_Match": "*"}, {"Cookie": "a=1"},
        {"Content_Type": "text/plain"}, {"Content_Type": "application/json; charset=utf-8"}, {"Accept": "text/html"},
        {"Origin": "https://a.example"}, {"Host": "evil.example"}, {"X_API_Key": "nobody"},
        {"Authorization": "Basic x"},
        {"Accept_Language": "de"}, {"Accept_Encoding": "br"},
        {"Brightline_Platform": "reference"}, {"Brightline_Platform": "moon"}, {"Brightline_Platform": "a&b"},
    )  # fmt: skip
    for path, body, query in product(paths, bodies, queries):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        method = chosen.choice(["POST"] * 19 + ["GET", "OPTIONS"])
        yield data, path + query, method, chosen.choice(more)


def test_both_doors_give_the_same_answer_to_the_byte(web: Web, key: str) -> None:
    assert until(lambda: post(web, key).status == 200, seconds=2)
    tag = post(web, key).headers["etag"]
    count = 0
    with web_process(BRIGHTLINE_SERVING_MEMORY="0") as plain:
        for data, path, method, headers in requests(tag):
            one, other = (shape(post(door, key, data, path, method, **headers)) for door in (web, plain))
            assert set(one[1]) ^ set(other[1]) == set(), (method, path, data, headers)
            assert one == other, (method, path, data, headers)
            count += 1
    assert count > 700


def test_the_set_names_the_event_stream_if_there_is_one(key: str) -> None:
    with web_process(BRIGHTLINE_EVENTS_URL="https://events.example/") as web:
        tags = []
        for _time in range(2):
            answer = post(web, key)
            (stream,) = answer.json["eventStreams"]
            assert flags(answer)
            assert stream["url"].startswith("https://events.example/ofrep/v1/events?token=")
            tags.append(answer.headers["etag"])
        assert tags[0] == tags[1] == post(web, key, If_None_Match=tags[0]).headers["etag"]
