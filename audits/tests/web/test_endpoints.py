"""Setting up the models that runs ask, on their page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Endpoint, Entry
from audits.tests.conformance import runs
from audits.tests.web.asking import text
from audits.trail.kinds import Kind
from profiles.sealing import unseal
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
ALL = "/settings/endpoints/"
KEY = "sk-very-secret-key"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme")


def signed_in(cast: Cast, role: str = "administrator") -> Client:
    client = Client()
    client.force_login(cast.users[role])
    return client


def form(**more: Any) -> dict[str, Any]:
    return {"name": "Main", "dialect": "openai", "url": "https://m.example/v1", "model": "m-1", "key": KEY, **more}


def test_an_endpoint_from_its_form_to_its_end(acme: Cast) -> None:
    client = signed_in(acme)
    assert "No endpoint yet." in text(client.get(ALL))
    assert client.post(f"{ALL}create/", form()).status_code == 302
    row = Endpoint.objects.get()
    assert unseal(row.sealed) == KEY
    page = text(client.get(ALL))
    for words in ("Main", "key sealed", "Model m-1, OpenAI format", "0 runs asked it"):
        assert words in page, words
    assert client.post(f"{ALL}{row.pk}/key/", {"key": "other"}).status_code == 302
    row.refresh_from_db()
    assert unseal(row.sealed) == "other"
    assert client.post(f"{ALL}{row.pk}/key/", {"key": ""}).status_code == 302
    assert "without a key" in text(client.get(ALL))
    assert client.post(f"{ALL}{row.pk}/remove/").status_code == 302
    assert "No endpoint yet." in text(client.get(ALL))
    assert client.post(f"{ALL}{row.pk}/remove/").status_code == 404
    kinds = set(Entry.objects.filter(kind__startswith="endpoint.").values_list("kind", flat=True))
    assert kinds == {Kind.ENDPOINT_CREATED, Kind.ENDPOINT_CHANGED, Kind.ENDPOINT_REMOVED}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"dialect": "smoke"}, "dialect"),
        ({"url": "ftp://m.example"}, "url"),
        ({"url": "https://10.0.0.1/v1"}, "url"),
        ({"model": ""}, "model"),
        ({"key": "two words"}, "key"),
    ],
)
def test_what_was_typed_stays_and_the_key_does_not(acme: Cast, wrong: dict[str, str], field: str) -> None:
    answer = signed_in(acme).post(f"{ALL}create/", form(**wrong))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#{field}"' in page
    assert f'id="{field}-e"' in page
    kept = {"name": "Main", "model": "m-1", **wrong}
    assert f'value="{kept["model"]}"' in page
    assert KEY not in page
    assert "two words" not in page
    assert not Endpoint.objects.exists()


def test_a_name_is_taken_once(acme: Cast) -> None:
    client = signed_in(acme)
    client.post(f"{ALL}create/", form())
    answer = client.post(f"{ALL}create/", form())
    assert answer.status_code == 409
    assert "There is an endpoint of this name." in text(answer)


def test_a_wrong_key_is_refused_where_it_was_typed(acme: Cast) -> None:
    client = signed_in(acme)
    client.post(f"{ALL}create/", form())
    row = Endpoint.objects.get()
    answer = client.post(f"{ALL}{row.pk}/key/", {"key": "no good"})
    assert answer.status_code == 422
    assert f'href="#key-{row.pk}"' in answer.content.decode()
    assert "no good" not in answer.content.decode()
    row.refresh_from_db()
    assert unseal(row.sealed) == KEY


def test_a_rehearsal_is_labelled(acme: Cast) -> None:
    client = signed_in(acme)
    client.post(f"{ALL}create/", form(rehearsal="on"))
    assert Endpoint.objects.get().rehearsal
    assert '<span class="tag tag-reh">Rehearsal</span>' in client.get(ALL).content.decode()


def test_a_connection_is_tried_and_what_came_of_it_is_said(acme: Cast) -> None:
    client = signed_in(acme)
    with runs.answering(runs.honest) as server:
        client.post(f"{ALL}create/", form(url=f"{server.url}/v1", model="tested"))
        row = Endpoint.objects.get()
        page = text(client.post(f"{ALL}{row.pk}/test/"))
        assert "It answered in" in page
        assert "I am an AI, not a human." in page
    page = text(client.post(f"{ALL}{row.pk}/test/"))
    assert "Nobody answers at this address." in page
    assert KEY not in page


def test_only_administrators(acme: Cast) -> None:
    signed_in(acme).post(f"{ALL}create/", form())
    row = Endpoint.objects.get()
    for role in ("auditor", "compliance", "editor", "approver"):
        client = signed_in(acme, role)
        assert client.get(ALL).status_code == 403
        assert "/settings/endpoints/" not in client.get("/settings/").content.decode()
        assert client.post(f"{ALL}create/", form(name="Other")).status_code == 403
        for act in ("key", "test", "remove"):
            assert client.post(f"{ALL}{row.pk}/{act}/").status_code == 403
    stranger = signed_in(some.make_cast("other", "thing"))
    assert stranger.get(ALL).status_code == 200
    for act in ("key", "test", "remove"):
        assert stranger.post(f"{ALL}{row.pk}/{act}/").status_code == 404
    assert Endpoint.objects.get().removed_at is None
    assert ALL in signed_in(acme).get("/settings/").content.decode()
    assert timezone.now() > row.created_at


def test_prices_are_set_changed_and_taken_away(acme: Cast) -> None:
    client = signed_in(acme)
    client.post(f"{ALL}create/", form())
    here = f"{ALL}{Endpoint.objects.get().pk}/prices/"
    assert "Without prices: nothing is said of what runs cost." in text(client.get(ALL))
    refused = client.post(here, {"input": "2,50", "output": "10", "currency": "USD"})
    assert refused.status_code == 422
    assert "Give a price with a point" in text(refused)
    assert 'value="2,50"' in refused.content.decode(), "what was typed is kept"
    assert client.post(here, {"input": "2.5", "output": "10", "currency": "USD"}).status_code == 302
    page = text(client.get(ALL))
    assert "2.50 USD in and 10.00 USD out for a million tokens" in page
    assert "Change the prices" in page
    assert client.post(here, {"input": "2.5", "output": "10", "currency": "USD"}).status_code == 409
    assert client.post(here, {"input": "", "output": "", "currency": ""}).status_code == 302
    assert endpoint_prices() == (None, None, "")
    assert signed_in(acme, "compliance").post(here, {"input": "1"}).status_code == 403
    assert signed_in(some.make_cast("other"), "administrator").post(here, {"input": "1"}).status_code == 404


def endpoint_prices() -> tuple[Any, Any, str]:
    row = Endpoint.objects.get()
    return row.price_in, row.price_out, row.currency
