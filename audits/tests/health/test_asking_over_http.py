"""The serving check against a real web process: what clients get is compared with what was approved, whatever somebody
did to the database, and the key that it asks with opens nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from audits.checks.results import Outcome
from audits.health import measuring, serving
from audits.health.place import places_of
from audits.models import CheckResult, Entry
from audits.trail.kinds import Kind
from config.processes import until
from profiles import own_key
from profiles.models import PublishedProfile, Receipt
from profiles.resolution import encodings
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.serving.web import Web, web_process

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.make_active(cast, safety__danger_caveats="off")
    return cast


def codes(cast: Cast) -> dict[str, Outcome]:
    (place,) = places_of(cast.product, timezone.now())
    return {point.code: point.outcome for point in serving.measure(place).points}


def tamper(**columns: object) -> None:
    """As somebody with the password of the tables' owner could."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'profiles_publishedprofile'::regclass AND tgenabled = 'A'"
        )
        names = [name for (name,) in cursor.fetchall()]
        cursor.execute("ALTER TABLE profiles_publishedprofile DISABLE TRIGGER USER")
        PublishedProfile.objects.update(**columns)
        cursor.execute("ALTER TABLE profiles_publishedprofile ENABLE TRIGGER USER")
        for name in names:
            cursor.execute(f"ALTER TABLE profiles_publishedprofile ENABLE ALWAYS TRIGGER {name}")


def minted(cast: Cast) -> str:
    """Anew each time: it is good for a minute, and a slow machine takes that long."""
    return own_key.mint(cast.product.pk, cast.production.pk, now=timezone.now().timestamp())


@contextmanager
def web_at(settings: Any) -> Iterator[Web]:
    """A web process, at the address that is asked."""
    with web_process() as web:
        settings.BRIGHTLINE_CHECK_URL = f"http://127.0.0.1:{web.port}"
        yield web


def test_what_is_served_is_measured_and_what_somebody_changed_fails(acme: Cast, settings: Any) -> None:
    row = PublishedProfile.objects.get()
    with web_at(settings) as web:
        assert until(lambda: web.ask(minted(acme)).status == 200, seconds=10, every=0.1)
        assert {code: found for code, found in codes(acme).items() if found is not Outcome.PASS} == {}
        assert codes(acme).keys() == {"as_approved", "signature_holds", "clients_unknown"}
        opens_nothing_else(web, minted(acme), acme)

        # All checks at once: that all is well at first is no news, so no entry tells of it.
        assert measuring.measure(acme.product.pk, now=timezone.now()) == 1
        assert CheckResult.objects.get(kind="serving").outcome == "pass"
        assert not Entry.objects.filter(kind=Kind.CHECK_CHANGED).exists()

        tamper(body=bytes(row.body).replace(b'"helper"', b'"keeper"'))
        found = codes(acme)
        assert found.get("stored_bytes_changed") is Outcome.FAIL, found
        measuring.measure(acme.product.pk, now=timezone.now())
        entry = Entry.objects.get(kind=Kind.CHECK_CHANGED).content()
        assert (entry["target"], entry["data"]["outcome"]) == ("serving check", "fail")

    # Nobody answers any more: what is stored wrong is still wrong, and what is right is not measured.
    tamper(body=bytes(row.body))
    assert codes(acme)["no_answer"] is Outcome.NOT_MEASURED

    # Only what is sent, compressed, was changed.
    other = bytes(row.body).replace(b'"helper"', b'"keeper"')
    tamper(gzip=encodings.gzip(other), br=encodings.br(other))
    with web_at(settings) as web:
        assert until(lambda: web.ask(minted(acme)).body == other, seconds=10, every=0.1)
        # What was published a moment ago may not have come to every process yet, so it takes that long to be sure.
        assert until(lambda: codes(acme).get("other_bytes") is Outcome.FAIL, seconds=60, every=0.5)
        assert codes(acme)["signature_fails"] is Outcome.FAIL


def opens_nothing_else(web: Web, key: str, acme: Cast) -> None:
    """A minute long it opens one document, where it leaves no receipt."""
    now = timezone.now().timestamp()
    assert web.ask(key, "/api/v1/profile/resolve", "POST").status == 401
    assert web.ask(key, "/ofrep/v1/evaluate/flags", "POST").status == 401
    assert web.ask(key, "/api/v1/products").status == 401
    places = [(acme.product.pk, acme.staging.pk), (acme.product.pk + 1, acme.production.pk)]
    refused = [own_key.mint(*place, now=now) for place in places]
    refused += [own_key.mint(acme.product.pk, acme.production.pk, now=now - own_key.SECONDS - 1), key[:-3]]
    assert {web.ask(each).status for each in refused} == {401}
    assert not Receipt.objects.exists()
