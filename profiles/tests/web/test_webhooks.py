"""Webhooks as pages."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.telling import deliveries, fan_out
from audits.tests.telling.receiver import receiving
from audits.trail.kinds import Kind
from audits.trail.record import record
from profiles.models import Delivery, Webhook
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.tests.web.test_inbox import text_of

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.com/in?token=t"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme", "helper")


@pytest.fixture
def client(acme: Cast) -> Client:
    client = Client()
    client.force_login(acme.users["administrator"])
    return client


def create(client: Client, url: str = URL, **more: Any) -> Any:
    form = {"url": url, "description": "Our gateway", "events": ["hold.placed"]} | more
    return client.post("/settings/webhooks/create/", form)


def secret_in(response: Any) -> str:
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", response.content.decode())
    assert found
    return found[0]


def test_a_webhook_is_made_and_its_secret_shown_once(client: Client) -> None:
    assert "No webhook yet." in text_of(client.get("/settings/webhooks/"))
    answer = create(client)
    secret = secret_in(answer)
    hook = Webhook.objects.get()
    for address in ("/settings/webhooks/", f"/settings/webhooks/{hook.pk}/"):
        page = client.get(address)
        assert "hooks.example.com" in text_of(page)
        assert secret not in page.content.decode()


def test_what_was_typed_is_kept_after_a_refusal(client: Client) -> None:
    answer = create(client, url="https://10.0.0.1/hook", description="Kept <b>", events=["hold.lifted"])
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This address is inside a network" in page
    assert 'value="https://10.0.0.1/hook"' in page
    assert "Kept &lt;b&gt;" in page
    assert re.search(r'value="hold.lifted" checked', page)
    assert not re.search(r'value="hold.placed" checked', page)
    assert 'href="#url"' in page
    assert not Webhook.objects.exists()


def test_no_event_is_a_refusal_at_the_events(client: Client) -> None:
    answer = create(client, events=[])
    assert answer.status_code == 422
    assert "Choose at least one event." in text_of(answer)


def test_the_page_says_that_this_machine_is_fine_where_it_is(client: Client, settings: Any) -> None:
    assert "127.0.0.1" in text_of(client.get("/settings/webhooks/"))
    settings.EMBEDDED = False
    assert "127.0.0.1" not in text_of(client.get("/settings/webhooks/"))


def test_a_webhook_is_tried_out_and_its_delivery_told(client: Client) -> None:
    with receiving("500") as receiver:
        create(client, url=receiver.url)
        hook = Webhook.objects.get()
        answer = client.post(f"/settings/webhooks/{hook.pk}/test/")
        row = Delivery.objects.get()
        assert answer["Location"] == f"/settings/webhooks/{hook.pk}/deliveries/{row.pk}/"
        assert "No attempt yet." in text_of(client.get(answer["Location"]))
        deliveries.deliver(row.pk, now=timezone.now())
        page = client.get(answer["Location"]).content.decode()
    assert "It answered with 500." in page
    assert "webhook.test" in page
    assert "next not before" in text_of(client.get(f"/settings/webhooks/{hook.pk}/"))


def test_what_a_receiver_answers_is_text(client: Client) -> None:
    create(client)
    hook = Webhook.objects.get()
    client.post(f"/settings/webhooks/{hook.pk}/test/")
    row = Delivery.objects.get()
    row.attempts.create(number=1, began_at=timezone.now(), milliseconds=3, status=400, answer="<script>x</script>")
    page = client.get(f"/settings/webhooks/{hook.pk}/deliveries/{row.pk}/").content.decode()
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


def test_secrets_change_with_a_note_how_long_both_sign(client: Client) -> None:
    first = secret_in(create(client))
    hook = Webhook.objects.get()
    answer = client.post(f"/settings/webhooks/{hook.pk}/secret/")
    assert secret_in(answer) != first
    assert "the old secret signs as well" in text_of(answer)
    assert "Both sign until" in text_of(client.get(f"/settings/webhooks/{hook.pk}/"))


def test_it_is_disabled_enabled_and_removed(client: Client) -> None:
    create(client)
    hook = Webhook.objects.get()
    address = f"/settings/webhooks/{hook.pk}/"
    client.post(address + "switch/", {"to": "disabled"})
    assert "Nothing is sent." in text_of(client.get(address))
    again = client.post(address + "switch/", {"to": "disabled"})
    assert (again.status_code, "disabled already" in text_of(again)) == (409, True)
    assert client.post(address + "test/").status_code == 409
    client.post(address + "switch/", {"to": "enabled"})
    assert "Send a test event" in text_of(client.get(address))
    assert client.post(address + "remove/")["Location"] == "/settings/webhooks/"
    assert client.get(address).status_code == 404
    assert "No webhook yet." in text_of(client.get("/settings/webhooks/"))


def test_its_address_and_events_change(client: Client) -> None:
    create(client)
    hook = Webhook.objects.get()
    form = {"url": "https://new.example.com/", "description": "", "events": ["hold.lifted", "hold.placed"]}
    client.post(f"/settings/webhooks/{hook.pk}/change/", form)
    hook.refresh_from_db()
    assert (hook.url, hook.events) == ("https://new.example.com/", ["hold.placed", "hold.lifted"])
    refused = client.post(f"/settings/webhooks/{hook.pk}/change/", form | {"url": "gopher://x"})
    assert refused.status_code == 422
    assert 'value="gopher://x"' in refused.content.decode()


def test_what_did_not_arrive_is_sent_again_since_a_time(client: Client) -> None:
    record(Kind.HOLD_PLACED, who=SYSTEM, at=timezone.now(), organization="acme", target="hold a.b")
    fan_out.tell(now=timezone.now())
    create(client)
    hook = Webhook.objects.get()
    since = (timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
    address = f"/settings/webhooks/{hook.pk}/replay/"
    assert "1 event is sent again." in text_of(client.post(address, {"since": since}, follow=True))
    assert "Everything since then has arrived." in text_of(client.post(address, {"since": since}, follow=True))
    for odd in ("", "yesterday", "2020-01-01T00:00", "9999-12-31T23:59", "2026-11-23T10:00+99:00"):
        answer = client.post(address, {"since": odd})
        assert answer.status_code == 422
        assert 'id="since-e"' in answer.content.decode()


def test_one_delivery_is_sent_again(client: Client) -> None:
    create(client)
    hook = Webhook.objects.get()
    client.post(f"/settings/webhooks/{hook.pk}/test/")
    Delivery.objects.update(state="failed", ended_at=timezone.now())
    row = Delivery.objects.get()
    page = client.get(f"/settings/webhooks/{hook.pk}/deliveries/{row.pk}/")
    assert "Send again" in text_of(page)
    client.post(f"/settings/webhooks/{hook.pk}/replay/", {"delivery": row.pk})
    row.refresh_from_db()
    assert row.state == "waiting"
    for odd in ("0", "x", "²", "9" * 30):
        assert client.post(f"/settings/webhooks/{hook.pk}/replay/", {"delivery": odd}).status_code == 404


def test_another_organizations_webhook_does_not_exist(client: Client, acme: Cast) -> None:
    create(client)
    hook = Webhook.objects.get()
    client.post(f"/settings/webhooks/{hook.pk}/test/")
    rival = some.make_cast("rival", "thing")
    stranger = Client()
    stranger.force_login(rival.users["administrator"])
    create(stranger, url="https://rival.example.com/")
    theirs = Webhook.objects.latest("pk")
    row = Delivery.objects.get()
    assert stranger.get(f"/settings/webhooks/{hook.pk}/").status_code == 404
    assert stranger.get(f"/settings/webhooks/{theirs.pk}/deliveries/{row.pk}/").status_code == 404
    assert stranger.post(f"/settings/webhooks/{theirs.pk}/replay/", {"delivery": row.pk}).status_code == 404
    assert "hooks.example.com" not in text_of(stranger.get("/settings/webhooks/"))


def test_the_log_has_pages(client: Client) -> None:
    create(client)
    hook = Webhook.objects.get()
    now = timezone.now()
    Delivery.objects.bulk_create(
        Delivery(
            webhook=hook,
            event_id=f"e-{number}",
            type="hold.placed",
            body="{}",
            created_at=now,
            due_at=now,
            asked_at=now,
        )
        for number in range(30)
    )
    page = client.get(f"/settings/webhooks/{hook.pk}/").content.decode()
    assert page.count('id="dl-') == 25
    older = re.search(r'rel="next" href="([^"]+)"', page)
    assert older
    assert client.get(older[1].partition("#")[0]).content.decode().count('id="dl-') == 5
