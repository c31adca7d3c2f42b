"""When the way to the database is cut, lost or slow: what was approved is served while it holds, and says so."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from config.embedded import Server
from config.processes import until
from config.tests import support
from config.tests.support import dsn
from profiles.actions.api_keys import revoke_api_key
from profiles.models import PublishedProfile, ServingChange
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.tests.serving.relay import Relay
from profiles.tests.serving.web import new_key, web_process

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.make_active(cast, safety__danger_caveats="off")
    return cast


@pytest.fixture
def relay() -> Iterator[Relay]:
    with Relay() as cable:
        yield cable


def through(relay: Relay, **more: str) -> dict[str, str]:
    """The surroundings of an installation whose database is at the other end of a cable."""
    return {
        "DATABASE_URL": relay.url,
        "BROKER_URL": "pgmq://localhost",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "127.0.0.1",
        "BRIGHTLINE_PROXY_HEADER": "X-Forwarded-Proto",
        **more,
    }


def test_what_is_held_is_served_while_the_database_is_away_and_says_so(acme: Cast, relay: Relay) -> None:
    row, key = new_key(acme)
    with web_process(**through(relay)) as web:
        before = web.ask(key, X_Forwarded_Proto="https")
        assert (before.status, before.is_stale) == (200, False)
        relay.cut()
        assert until(lambda: web.ask(key, X_Forwarded_Proto="https").is_stale, seconds=6, every=0.1)
        stale = web.ask(key, X_Forwarded_Proto="https")
        assert (stale.status, stale.body) == (200, before.body)
        assert int(stale.headers["brightline-stale"]) >= 1
        assert stale.headers["cache-control"] == "private, max-age=0"
        unknown = web.ask("bl_nobody_knows", X_Forwarded_Proto="https")
        assert (unknown.status, unknown.code) == (503, "unavailable")
        assert int(unknown.headers["retry-after"]) >= 1
        revoke_api_key(row, by=SYSTEM, now=timezone.now())
        relay.mend()
        assert until(lambda: web.ask(key, X_Forwarded_Proto="https").status == 401, seconds=3)


def test_nothing_is_served_past_its_end_or_for_too_long(acme: Cast, relay: Relay) -> None:
    _row, key = new_key(acme)
    with web_process(**through(relay, BRIGHTLINE_STALE_SECONDS="4")) as web:
        assert web.ask(key, X_Forwarded_Proto="https").status == 200
        relay.cut()
        assert until(lambda: web.ask(key, X_Forwarded_Proto="https").is_stale, seconds=6, every=0.1)
        assert until(lambda: web.ask(key, X_Forwarded_Proto="https").status == 503, seconds=6, every=0.1)


def test_what_follows_an_end_is_at_hand_without_the_database(acme: Cast, relay: Relay) -> None:
    _row, key = new_key(acme)
    with web_process(**through(relay)) as web:

        def value() -> str:
            found = web.ask(key, X_Forwarded_Proto="https").json["behaviors"]["content.explicit"]["value"]
            return str(found)

        some.attest(acme, "adults_only", until=timezone.now() + timedelta(seconds=15))
        some.make_active(acme, content__explicit="on")
        end = PublishedProfile.objects.filter(valid_until__isnull=False).latest("id").valid_until
        assert end
        assert until(lambda: value() == "on", seconds=1)
        relay.cut()
        assert until(lambda: timezone.now() > end, seconds=20)
        assert value() == "off"


def test_a_process_that_starts_without_a_database_answers_503_until_it_is_there(acme: Cast, relay: Relay) -> None:
    """Embedded, where no account has to be looked at before the start."""
    _row, key = new_key(acme)
    with web_process(BRIGHTLINE_DATABASE_NAME="not_there_yet") as web:
        found = web.ask(key)
        assert (found.status, found.code) == (503, "unavailable")
        assert web.ask(key, "/.well-known/jwks.json").status == 200


def test_a_notification_that_is_lost_costs_less_than_a_second(acme: Cast) -> None:
    row, key = new_key(acme)
    with web_process() as web, connection.cursor() as cursor:
        assert web.ask(key).status == 200
        cursor.execute("ALTER TABLE profiles_apikey DISABLE TRIGGER serving_update")
        try:
            revoke_api_key(row, by=SYSTEM, now=timezone.now())
        finally:
            cursor.execute("ALTER TABLE profiles_apikey ENABLE ALWAYS TRIGGER serving_update")
        assert not until(lambda: web.ask(key).status != 200, seconds=1.2)  # nobody told it
        cursor.execute(
            "INSERT INTO profiles_servingchange (xid, key) VALUES (pg_current_xact_id()::text::bigint, %s)", [row.pk]
        )
        assert until(lambda: web.ask(key).status == 401, seconds=1)


def test_a_change_of_a_long_transaction_is_not_passed_over(acme: Cast) -> None:
    """Its number is lower than that of changes which were seen long before it became visible."""
    row, key = new_key(acme)
    with web_process() as web:
        assert web.ask(key).status == 200
        with psycopg.connect(dsn(connection)) as slow:
            slow.execute("UPDATE profiles_apikey SET revoked_at = now() WHERE id = %s", [row.pk])
            slow.execute(support.UNRECORDED)
            for _time in range(3):
                new_key(acme)
            assert not until(lambda: web.ask(key).status != 200, seconds=1.2)
            slow.commit()
        assert until(lambda: web.ask(key).status == 401, seconds=1)


def test_its_connection_may_be_ended_at_any_time(acme: Cast) -> None:
    row, key = new_key(acme)
    with web_process() as web, connection.cursor() as cursor:
        assert web.ask(key).status == 200
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'brightline serving' "
            "AND datname = current_database()"
        )
        revoke_api_key(row, by=SYSTEM, now=timezone.now())
        assert until(lambda: web.ask(key).status == 401, seconds=2)


_ANOTHER_ROW = """
INSERT INTO profiles_publishedprofile
    (product_id, environment_id, platform, activation_id, valid_from, body, digest, etag, published_at)
SELECT product_id, environment_id, platform, activation_id, now(), body, digest, etag, now()
FROM profiles_publishedprofile LIMIT 1
"""


@pytest.mark.parametrize("table", ["profiles_apikey", "profiles_publishedprofile", "profiles_product"])
def test_every_way_of_writing_is_noted(acme: Cast, table: str) -> None:
    """Whoever writes, with whatever: the database itself notes it."""
    row, _key = new_key(acme)
    ServingChange.objects.all().delete()
    with support.unrecorded(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        try:
            if table == "profiles_apikey":
                cursor.execute("UPDATE profiles_apikey SET expires_at = now() WHERE id = %s", [row.pk])
            elif table == "profiles_product":
                cursor.execute("UPDATE profiles_product SET removed_at = now() WHERE id = %s", [acme.product.pk])
            else:
                cursor.execute(_ANOTHER_ROW)
        finally:
            cursor.execute("SET session_replication_role = origin")
    found = ServingChange.objects.get()
    assert (found.key, found.product) == ((row.pk, None) if table == "profiles_apikey" else (None, acme.product.pk))


def test_what_concerns_no_client_is_not_noted(acme: Cast) -> None:
    row, _key = new_key(acme)
    ServingChange.objects.all().delete()
    row.refusal_noted_at = timezone.now()
    acme.product.name = "Another name"
    with support.unrecorded():
        row.save()
        acme.product.save()
    assert not ServingChange.objects.exists()


def test_a_database_that_comes_back_from_a_crash_is_followed_again(own_server: Server) -> None:
    cast = some.make_cast()
    some.make_active(cast, safety__danger_caveats="off")
    row, key = new_key(cast)
    with web_process(BRIGHTLINE_VAR=str(own_server.place.folder.parent)) as web:
        before = web.ask(key)
        assert (before.status, before.is_stale) == (200, False)
        for way in support.Restart:
            support.restart(own_server, way)
            assert web.ask(key).body == before.body
            assert until(lambda: not web.ask(key).is_stale, seconds=5)
        connection.close()
        revoke_api_key(row, by=SYSTEM, now=timezone.now())
        assert until(lambda: web.ask(key).status == 401, seconds=3)
