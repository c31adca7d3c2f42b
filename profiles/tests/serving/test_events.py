"""Streams of events, from a real process over real HTTP."""

from __future__ import annotations

import http.client
import time
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from config.processes import until
from profiles.actions.api_keys import create_api_key, revoke_api_key
from profiles.resolution.document import instant
from profiles.serving import stream_tokens
from profiles.serving.memory import LiveKey, Memory
from profiles.serving.stream import HEARTBEAT, Stream, for_profile
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.tests.serving.streams import PATH, Listener, events_process
from profiles.tests.serving.web import new_key, web_process

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def few_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """The web server has a thread for each."""
    monkeypatch.setenv("BRIGHTLINE_WEB_STREAMS", "2")


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.make_active(cast, safety__danger_caveats="off")
    return cast


def test_it_tells_what_holds_and_then_of_each_activation_at_once(acme: Cast) -> None:
    _row, key = new_key(acme)
    with events_process() as process:
        client = Listener(process.port, key=key)
        assert (client.status, client.response.headers["X-Accel-Buffering"]) == (200, "no")
        first = client.event()
        assert (first["event"], first["data"]["type"], first["data"]["cause"]) == ("profile", "profile", "activation")
        begun = time.monotonic()
        some.make_active(acme, safety__danger_caveats="on")
        second = client.event()
        assert time.monotonic() - begun < 3
        assert second["data"]["version"] == first["data"]["version"] + 1
        assert second["data"]["digest"] != first["data"]["digest"]


def test_changes_in_a_row_are_told_together_when_every_process_has_the_last_of_them(acme: Cast) -> None:
    _row, key = new_key(acme)
    with events_process(BRIGHTLINE_EVENTS_DELAY="600") as process:
        client = Listener(process.port, key=key)
        client.event()
        for value in ("on", "off", "on"):
            some.make_active(acme, safety__danger_caveats=value)
        done = time.monotonic()
        assert Listener(process.port, key=key).event()["data"]["version"] == 4  # also who comes in between waits
        assert 0.5 < time.monotonic() - done < 1.2
        assert client.event()["data"]["version"] == 4


def test_an_expiry_is_told_at_its_instant_without_any_job(acme: Cast) -> None:
    _row, key = new_key(acme)
    end = timezone.now() + timedelta(seconds=6)
    some.attest(acme, "adults_only", until=end)
    some.make_active(acme, content__explicit="on")
    with events_process() as process:
        client = Listener(process.port, key=key)
        assert client.event()["data"]["valid_until"] is not None
        told = client.event()
        assert 0 <= (timezone.now() - end).total_seconds() < 1
        assert (told["data"]["cause"], told["data"]["valid_until"]) == ("expiry", None)


def test_who_comes_back_hears_what_was_missed_also_after_a_restart(acme: Cast) -> None:
    _row, key = new_key(acme)
    with events_process() as process:
        before = Listener(process.port, key=key).event()
    some.make_active(acme, safety__danger_caveats="on")
    with events_process(process.port):
        missed = Listener(process.port, key=key, Last_Event_ID=before["id"]).event()
        assert missed["data"]["version"] == before["data"]["version"] + 1
        again = Listener(process.port, key=key, Last_Event_ID=missed["id"])
        some.make_active(acme, safety__danger_caveats="off")
        assert again.event()["data"]["version"] == missed["data"]["version"] + 1  # nothing was told twice


def test_a_revoked_key_hears_so_and_is_closed(acme: Cast) -> None:
    row, key = new_key(acme)
    with events_process() as process:
        client = Listener(process.port, key=key)
        client.event()
        revoke_api_key(row, by=SYSTEM, now=timezone.now())
        end = client.event()
        assert (end["event"], end["data"]["reason"]) == ("end", "key_revoked")
        assert client.response.read() == b""


def test_a_browser_listens_with_a_token(acme: Cast) -> None:
    row, _key = new_key(acme)
    with events_process() as process:
        token = stream_tokens.mint(row.pk, now=time.time())
        client = Listener(process.port, f"/ofrep/v1/events?token={token}", Origin="https://elsewhere.example")
        assert client.response.headers["Access-Control-Allow-Origin"] == "*"
        told = client.event()
        assert (told["event"], told["data"]["type"]) == ("message", "refetchEvaluation")
        old = stream_tokens.mint(row.pk, now=time.time() - 3600)
        assert Listener(process.port, f"/ofrep/v1/events?token={old}").status == 401
        assert Listener(process.port, f"{PATH}?token={token}").event()["data"]["type"] == "profile"
        assert token not in process.said()


def test_what_is_wrong_is_said_before_the_stream(acme: Cast) -> None:
    _row, key = new_key(acme)
    _row, other = create_api_key(acme.organization, name="all", scopes=["read"], by=SYSTEM, now=timezone.now())
    with events_process() as process:
        for path, sent, status, code in (
            (PATH, "", 401, "not_authenticated"),
            (PATH, "bl_nobody_knows", 401, "invalid_key"),
            (PATH, other, 403, "forbidden"),
            (f"{PATH}?platform=nowhere", key, 404, "not_found"),
            (f"{PATH}?colour=red", key, 400, "malformed"),
        ):
            client = Listener(process.port, path, key=sent)
            assert (client.status, client.code()) == (status, code)


def test_where_nothing_is_active_it_says_so_and_stays_open(acme: Cast) -> None:
    _row, key = new_key(acme, environment="staging")
    with events_process() as process:
        client = Listener(process.port, key=key)
        assert client.event()["data"] == {"type": "none"}


def test_its_connection_to_the_database_may_be_ended_at_any_time(acme: Cast) -> None:
    _row, key = new_key(acme)
    with events_process() as process:
        client = Listener(process.port, key=key)
        client.event()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'brightline serving' "
                "AND datname = current_database()"
            )
        some.make_active(acme, safety__danger_caveats="on")
        assert client.event()["data"]["cause"] == "activation"


def test_a_key_hears_of_its_own_product_and_environment_alone(acme: Cast) -> None:
    other = some.make_cast("globex", product="clerk")
    some.make_active(other, safety__danger_caveats="off")
    _row, key = new_key(acme)
    with events_process() as process:
        client = Listener(process.port, key=key)
        client.event()
        some.make_active(other, safety__danger_caveats="on")
        some.set_values(acme, safety__danger_caveats="on")
        version = some.submit(acme)
        some.approve(acme, version)
        some.activate(acme, version, environment="staging")
        row = some.activate(acme, version)
        told = client.event()["data"]
        assert (told["version"], told["activated_at"]) == (version.number, instant(row.at))


def test_the_webs_own_port_carries_a_few_itself_and_the_room_comes_back(acme: Cast, few_streams: None) -> None:
    row, key = new_key(acme)
    with web_process(BRIGHTLINE_WEB_STREAMS="2") as web:
        clients = [Listener(web.port, key=key) for _n in range(2)]
        assert [client.event()["data"]["type"] for client in clients] == ["profile", "profile"]
        assert clients[0].response.headers["X-Accel-Buffering"] == "no"
        full = Listener(web.port, key=key)
        assert (full.status, full.code()) == (503, "unavailable")
        assert web.ask(key).status == 200  # whoever reads is not kept waiting
        some.make_active(acme, safety__danger_caveats="on")
        assert [client.event()["data"]["version"] for client in clients] == [2, 2]
        clients.pop().close()
        some.make_active(acme, safety__danger_caveats="off")  # what cannot be told ends its stream
        assert clients[0].event()["data"]["version"] == 3
        assert until(lambda: Listener(web.port, key=key).status == 200, seconds=20, every=0.5)
        revoke_api_key(row, by=SYSTEM, now=timezone.now())
        assert clients[0].event()["data"]["reason"] == "key_revoked"
        assert clients[0].response.read() == b""


def test_an_events_process_that_stops_ends_its_streams_and_the_next_one_goes_on(acme: Cast) -> None:
    _row, key = new_key(acme)
    with events_process() as process:
        client = Listener(process.port, key=key)
        before = client.event()
        process.process.terminate()
        with suppress(ConnectionError, http.client.HTTPException):
            assert client.response.read() in {b"", HEARTBEAT}
        process.process.wait(10)
        assert "refused to gracefully stop" not in process.said()
    some.make_active(acme, safety__danger_caveats="on")
    with events_process(process.port):
        after = Listener(process.port, key=key, Last_Event_ID=before["id"]).event()
        assert (after["data"]["version"], after["data"]["cause"]) == (2, "activation")


def test_who_opens_streams_too_often_waits_at_the_webs_own_port_too(acme: Cast, few_streams: None) -> None:
    _row, key = new_key(acme)
    with web_process(BRIGHTLINE_WEB_STREAMS="2", BRIGHTLINE_RATE_LIMIT="1") as web:
        clients = []
        for _n in range(2):  # a burst of two seconds' worth
            clients.append(Listener(web.port, key=key))
            assert clients[-1].event()["data"]["type"] == "profile"
        clients.pop().close()
        some.make_active(acme, safety__danger_caveats="on")  # what cannot be told ends its stream
        assert clients[0].event()["data"]["version"] == 2
        statuses = [Listener(web.port, key=key) for _n in range(6)]
        assert {client.status for client in statuses} <= {200, 429, 503}
        refused = [client for client in statuses if client.status == 429]
        assert refused
        assert refused[0].code() == "too_many_requests"
        assert int(refused[0].response.headers["Retry-After"]) >= 1


def test_a_web_process_that_stops_ends_its_streams_at_once(acme: Cast, few_streams: None) -> None:
    _row, key = new_key(acme)
    with web_process(BRIGHTLINE_WEB_STREAMS="2") as web:
        clients = [Listener(web.port, key=key) for _n in range(2)]
        assert [client.event()["data"]["type"] for client in clients] == ["profile", "profile"]
        web.process.terminate()
        for client in clients:
            assert client.response.read() == b""
            client.close()
        web.process.wait(10)
        assert "refused to gracefully stop" not in web.said()  # the server lost its patience after five seconds


def test_for_whom_the_web_has_no_room_it_names_the_events_process(acme: Cast) -> None:
    _row, key = new_key(acme)
    with events_process() as process, web_process(BRIGHTLINE_EVENTS_URL=f"http://127.0.0.1:{process.port}") as web:
        sent = Listener(web.port, f"{PATH}?platform=reference", key=key)
        assert sent.status == 307
        address = sent.response.headers["Location"].removeprefix(f"http://127.0.0.1:{process.port}")
        assert Listener(process.port, address).event()["data"]["platform"] == "reference"
        assert Listener(web.port, f"{PATH}?platform=nowhere", key=key).status == 404
        assert Listener(web.port, PATH).status == 401


def test_who_is_quiet_for_long_is_told_that_the_stream_lives() -> None:
    memory = Memory(most=0)
    memory.put_key(1, b"d", LiveKey(1, (1, 1), ends=100.0))
    stream = Stream(memory, b"d", None, for_profile)
    assert b'"type":"none"' in stream.next(10.0)
    assert (stream.next(11.0), stream.wait(11.0)) == (b"", 14.0)
    assert stream.next(25.0) == HEARTBEAT
    assert stream.wait(90.0) == 0  # a heartbeat is overdue
    assert stream.next(90.0) == HEARTBEAT
    assert stream.wait(99.0) == 1.0  # then the key ends
    assert b"key_expired" in stream.next(100.0)
    assert stream.is_over
