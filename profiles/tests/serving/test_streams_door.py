"""What the events process refuses before a stream begins, and how much room it has, over real HTTP."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

import pytest
from django.utils import timezone

from config.processes import until
from profiles.actions.api_keys import revoke_api_key
from profiles.serving import stream_tokens
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.tests.serving.streams import PATH, Listener, Process, events_process
from profiles.tests.serving.web import Answer, new_key

pytestmark = pytest.mark.django_db(transaction=True)
BROWSERS = "/ofrep/v1/events"


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.make_active(cast, safety__danger_caveats="off")
    return cast


def ask(process: Process, method: str, path: str = PATH, **headers: Any) -> Answer:
    """What comes back whole: no stream."""
    asked = http.client.HTTPConnection("127.0.0.1", process.port, timeout=10)
    try:
        asked.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = asked.getresponse()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        asked.close()


def test_a_host_that_is_not_ours_is_refused_before_all_else(acme: Cast) -> None:
    row, key = new_key(acme)
    token = stream_tokens.mint(row.pk, now=time.time())
    with events_process(ALLOWED_HOSTS="127.0.0.1,.brightline.example") as process:
        for host in ("evil.example", "127.0.0.1.evil.example", "", "127.0.0.1:x", "brightline.example@evil.example"):
            for path in (PATH, f"{BROWSERS}?token={token}", "/"):
                found = ask(process, "GET", path, Host=host, Authorization=f"Bearer {key}")
                assert (found.status, found.code) == (400, "malformed"), host
        for host in ("127.0.0.1", f"127.0.0.1:{process.port}", "brightline.example", "eu.brightline.example:443"):
            assert Listener(process.port, key=key, Host=host).status == 200, host


def test_only_get_opens_a_stream_and_the_others_are_told_so(acme: Cast) -> None:
    row, key = new_key(acme)
    token = stream_tokens.mint(row.pk, now=time.time())
    with events_process() as process:
        for path in (PATH, f"{BROWSERS}?token={token}"):
            for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"):
                found = ask(process, method, path, Authorization=f"Bearer {key}")
                assert (found.status, found.code) == (405, "method_not_allowed")
                assert found.headers["allow"] == "GET, OPTIONS"
            head = ask(process, "HEAD", path, Authorization=f"Bearer {key}")
            assert (head.status, head.body, head.headers["allow"]) == (405, b"", "GET, OPTIONS")
        assert ask(process, "POST", "/").status == 404
        assert ask(process, "HEAD", "/").body == b""


def test_a_page_of_another_origin_may_ask_beforehand_and_read_a_refusal(acme: Cast) -> None:
    wanted = {
        "Origin": "https://shop.example",
        "Access_Control_Request_Method": "GET",
        "Access_Control_Request_Headers": "authorization,last-event-id",
    }
    with events_process() as process:
        for path in (PATH, BROWSERS, f"{BROWSERS}?token=over"):
            found = ask(process, "OPTIONS", path, **wanted)
            assert (found.status, found.body) == (204, b"")
            assert found.headers["access-control-allow-origin"] == "*"
            assert found.headers["access-control-allow-methods"] == "GET, OPTIONS"
            assert "Last-Event-ID" in found.headers["access-control-allow-headers"]
            assert "access-control-allow-credentials" not in found.headers
        refused = ask(process, "GET", f"{BROWSERS}?token=over", Origin="https://shop.example")
        assert (refused.status, refused.code) == (401, "invalid_key")
        assert refused.headers["access-control-allow-origin"] == "*"
        assert ask(process, "OPTIONS", "/elsewhere").status == 404


@pytest.mark.parametrize("query", [
    "&".join(f"a{n}=1" for n in range(50)), "token=%FF%00", "platform=%00", "token=a&token=b", "platform", "%",
])  # fmt: skip
def test_absurd_parameters_are_the_clients_fault(acme: Cast, events: Process, query: str) -> None:
    found = ask(events, "GET", f"{PATH}?{query}")
    assert found.status in {400, 401}
    assert found.json["error"]["message"]


@pytest.fixture(scope="module")
def events(django_db_setup: None, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock(), events_process() as process:
        yield process


def test_when_all_room_is_taken_it_says_when_to_come_back_and_room_comes_back(acme: Cast) -> None:
    keys = [new_key(acme)[1] for _n in range(4)]
    with events_process(BRIGHTLINE_EVENTS_STREAMS="3") as process:
        clients = [Listener(process.port, key=key) for key in keys[:3]]
        assert [client.event()["data"]["type"] for client in clients] == ["profile"] * 3
        full = ask(process, "GET", Authorization=f"Bearer {keys[3]}")
        assert (full.status, full.code, full.headers["retry-after"]) == (503, "unavailable", "5")
        assert full.json["error"]["message"].startswith("There are too many streams.")
        clients.pop().close()
        assert until(lambda: is_let_in(process, keys[3]), seconds=5)
        some.make_active(acme, safety__danger_caveats="on")
        assert [client.event()["data"]["version"] for client in clients] == [2, 2]


def test_one_key_has_room_of_its_own_and_takes_none_of_others(acme: Cast) -> None:
    row, key = new_key(acme)
    _row, other = new_key(acme)
    token = stream_tokens.mint(row.pk, now=time.time())
    with events_process(BRIGHTLINE_EVENTS_STREAMS_OF_KEY="2") as process:
        clients = [Listener(process.port, key=key), Listener(process.port, f"{BROWSERS}?token={token}")]
        assert [client.event()["data"]["type"] for client in clients] == ["profile", "refetchEvaluation"]
        for full in (
            ask(process, "GET", Authorization=f"Bearer {key}"),
            ask(process, "GET", f"{BROWSERS}?token={token}"),
        ):
            assert (full.status, full.code, full.headers["retry-after"]) == (429, "too_many_requests", "5")
            assert full.headers["access-control-allow-origin"] == "*"
        assert is_let_in(process, other)
        clients.pop().close()
        assert until(lambda: is_let_in(process, key), seconds=5)
        revoke_api_key(row, by=SYSTEM, now=timezone.now())  # which ends a stream, and gives its room back
        assert clients[0].event()["data"]["reason"] == "key_revoked"


def test_a_key_that_comes_too_often_waits_as_everywhere_else(acme: Cast) -> None:
    row, key = new_key(acme)
    _row, other = new_key(acme)
    with events_process(BRIGHTLINE_RATE_LIMIT="1") as process:
        assert [is_let_in(process, key), is_let_in(process, key)] == [True, True]  # a burst of two seconds' worth
        token = stream_tokens.mint(row.pk, now=time.time())
        for path, headers in ((PATH, {"Authorization": f"Bearer {key}"}), (f"{BROWSERS}?token={token}", {})):
            found = ask(process, "GET", path, **headers)
            assert (found.status, found.code) == (429, "too_many_requests")
            assert found.headers["retry-after"] == "1"
            assert json.loads(found.body)["error"]["message"] == "This key asks too often. Wait for 1 second."
        assert is_let_in(process, other)
        assert until(lambda: is_let_in(process, key), seconds=3, every=0.2)


def is_let_in(process: Process, key: str) -> bool:
    client = Listener(process.port, key=key)
    try:
        return client.status == 200
    finally:
        client.close()
