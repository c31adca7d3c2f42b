"""Setting up where the trail is sent, on its pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.exporting.pushing import push
from audits.ledger.sequence import place
from audits.models import Destination, Entry
from audits.tests.exporting.bucket import ACCESS_KEY, REGION, SECRET_KEY, storing
from audits.tests.telling.receiver import receiving
from audits.trail.kinds import Kind
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
ALL = "/settings/destinations/"


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    place(now=timezone.now())
    return cast


def signed_in(cast: Cast, role: str = "administrator") -> Client:
    client = Client()
    client.force_login(cast.users[role])
    return client


def bucket_of(url: str, **more: Any) -> dict[str, Any]:
    named = {"bucket": "trails", "region": REGION, "access_key": ACCESS_KEY, "secret": SECRET_KEY}
    return {"kind": "bucket", "url": url, "form": "ocsf", "prefix": "brightline", **named, **more}


def test_a_webhook_from_its_form_to_its_secret_and_back(acme: Cast) -> None:
    client = signed_in(acme)
    assert "No destination yet." in client.get(ALL).content.decode()
    with receiving() as receiver:
        made = client.post(f"{ALL}create/", {"kind": "webhook", "url": receiver.url, "form": "jsonl"}).content.decode()
        assert re.search(r"whsec_[A-Za-z0-9+/=]{20,}", made)
        row = Destination.objects.get()
        assert "whsec_" not in client.get(f"{ALL}{row.pk}/").content.decode()
        place(now=timezone.now())
        push(row.pk, now=timezone.now())
    page = client.get(f"{ALL}{row.pk}/").content.decode()
    for words in ("Up to date", "It answered with 200.", "Last arrived"):
        assert words in page
    assert "signed entries sent" in client.get(ALL).content.decode()
    assert "created" in client.get("/trail/?kind=destination.created").content.decode()


def test_a_bucket_is_set_up_fails_loudly_and_is_put_right(acme: Cast) -> None:
    client = signed_in(acme)
    assert 'name="secret"' in client.get(f"{ALL}?kind=bucket").content.decode()
    with storing() as bucket:
        answer = client.post(f"{ALL}create/", bucket_of(bucket.url, secret="wrong"))
        row = Destination.objects.get()
        assert answer.status_code == 200
        push(row.pk, now=timezone.now())
        page = client.get(f"{ALL}{row.pk}/").content.decode()
        assert "Failing" in page
        assert "It answered with 403." in page
        assert SECRET_KEY not in page
        assert client.post(f"{ALL}{row.pk}/change/", bucket_of(bucket.url)).status_code == 302
        place(now=timezone.now())
        push(row.pk, now=timezone.now())
        assert bucket.objects
    assert "Up to date" in client.get(f"{ALL}{row.pk}/").content.decode()


def test_what_was_typed_stays_and_secrets_do_not(acme: Cast) -> None:
    answer = signed_in(acme).post(f"{ALL}create/", bucket_of("https://s3.example", bucket="No"))
    page = answer.content.decode()
    assert (answer.status_code, "A bucket’s name" in page or "A bucket&#x27;s name" in page) == (422, True)
    assert 'value="https://s3.example"' in page
    assert 'value="brightline"' in page
    assert SECRET_KEY not in page
    assert not Destination.objects.exists()


def test_stop_start_replay_and_remove(acme: Cast) -> None:
    client = signed_in(acme)
    client.post(f"{ALL}create/", {"kind": "webhook", "url": "https://a.example/", "form": "ocsf"})
    row = Destination.objects.get()
    here = f"{ALL}{row.pk}/"
    assert client.post(f"{here}switch/", {"to": "stopped"}).status_code == 302
    assert "It is stopped." in client.get(here).content.decode()
    assert client.post(f"{here}switch/", {"to": "stopped"}).status_code == 409
    assert client.post(f"{here}switch/", {"to": "started"}).status_code == 302
    for typed in ({"place": "7"}, {"place": "x"}, {"since": "soon"}, {}):
        assert client.post(f"{here}replay/", typed).status_code == 422, typed
    Destination.objects.update(position=5)
    assert client.post(f"{here}replay/", {"place": "3"}).status_code == 302
    assert Destination.objects.get().position == 3
    assert client.post(f"{here}replay/", {"since": "2020-01-01T10:00"}).status_code == 302
    assert client.post(f"{here}remove/").status_code == 302
    assert client.get(here).status_code == 404
    kinds = set(Entry.objects.filter(kind__startswith="destination.").values_list("kind", flat=True))
    assert kinds == {
        Kind.DESTINATION_CREATED,
        Kind.DESTINATION_CHANGED,
        Kind.DESTINATION_REPLAYED,
        Kind.DESTINATION_REMOVED,
    }
    assert client.get("/trail/").status_code == 200


def test_only_administrators(acme: Cast) -> None:
    for role in ("auditor", "compliance", "editor"):
        assert signed_in(acme, role).get(ALL).status_code == 403
