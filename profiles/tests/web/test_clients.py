"""Clients of a product: snippets with its own values, what a client would get, and who was handed what."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from profiles import queries
from profiles.actions.api_keys import revoke_api_key
from profiles.models import ApiKey, PublishedProfile, Receipt
from profiles.serving.process import receipts
from profiles.serving.receipts import Receipts
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.serving.web import new_key
from profiles.tests.web import reading

pytestmark = pytest.mark.django_db
CLIENTS, TRY, RECEIPTS = (f"/products/helper/clients/{name}" for name in ("", "try/", "receipts/"))
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


def page(client: Client, path: str, status: int = 200, **query: Any) -> str:
    return unescape(reading.text(client, path, status, **query))


def fetch(text: str, etag: str = "") -> str:
    """As a client does, through the program's own view; what was counted is then written."""
    headers = {"Authorization": f"Bearer {text}"} | ({"If-None-Match": etag} if etag else {})
    answer = Client().get("/api/v1/profile", headers=headers)
    assert answer.status_code in (200, 304)
    connection.ensure_connection()
    receipts().flush(connection.connection)
    return answer.headers["ETag"]


def hand_out(key: ApiKey, row: PublishedProfile, at: datetime) -> None:
    """As a web process counts it, at another time than now."""
    counted = Receipts()
    counted.note(key.pk, row.pk, 200, at.timestamp())
    connection.ensure_connection()
    counted.flush(connection.connection)


# Connect


def test_snippets_have_the_products_own_values_and_no_keys_text(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    _key, text = new_key(acme)
    found = page(reader, CLIENTS)
    assert "urllib" in found
    assert "/api/v1/profile" in found
    assert "/api/v1/profile/events" in found
    assert found.count('["safety.danger_caveats"]') == 2  # Python and JavaScript
    assert 'get_boolean_value("safety.danger_caveats", True' in found  # the strictest value
    assert 'cacheMode: "network-first"' in found
    assert text not in found
    assert "$BRIGHTLINE_KEY" in found


def test_without_a_key_and_without_anything_active_the_page_says_so(reader: Client, acme: Cast) -> None:
    found = page(reader, CLIENTS)
    assert "no_active_profile" in found
    assert "There is no working key for" in found


def test_another_environment_swaps_the_snippets_alone(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    new_key(acme, "staging", name="Rehearsal gateway")
    answer = reader.get(f"{CLIENTS}?environment=staging", headers=HTMX)
    found = answer.content.decode()
    assert "<html" not in found
    assert "Rehearsal gateway" in found
    assert "Rehearsal gateway" not in page(reader, CLIENTS)


# Try it


def test_the_answer_is_the_one_that_a_client_gets_with_its_derivation(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    _key, text = new_key(acme)
    etag = fetch(text)
    found = page(reader, TRY, behavior="safety.danger_caveats")
    assert f"<code>{etag}</code>" in found
    assert "private, max-age=60" in found
    assert "GET /api/v1/profile" in found
    assert '"value": "off"' in found
    assert "The default is On." in found
    assert "Sets Off." in found


def test_with_preferences_it_is_the_profile_of_one_user_and_says_what_was_clamped(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    found = page(reader, TRY, behavior="content.explicit", preferences='{"content.explicit": "on"}')
    assert "POST /api/v1/profile/resolve" in found
    assert "private, no-store" in found
    assert '"clamped": [' in found
    assert "Not honored as wished" in found


@pytest.mark.parametrize("typed", ["nonsense", "[1]", '{"a": ', '{"a": 1}} {"b": {"c": 1}'])
def test_preferences_that_are_none_are_refused_as_a_client_is(reader: Client, acme: Cast, typed: str) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    found = page(reader, TRY, preferences=typed)
    assert "400 malformed:" in found
    assert "How it came about" not in found


def test_where_nothing_is_active_the_answer_is_the_error_of_the_api(reader: Client, acme: Cast) -> None:
    assert "404 no_active_profile:" in page(reader, TRY)


def test_trying_writes_no_receipt(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    page(reader, TRY)
    page(reader, TRY, preferences='{"tone.profanity": "on"}')
    connection.ensure_connection()
    receipts().flush(connection.connection)
    assert not Receipt.objects.exists()


# Who fetched what


def test_a_client_that_fetched_what_is_active_is_up_to_date_and_one_that_never_asked_is_not(
    reader: Client, acme: Cast
) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    _key, text = new_key(acme, name="Gateway")
    new_key(acme, name="Forgotten")
    fetch(text, fetch(text))
    found = page(reader, RECEIPTS)
    assert "Holds version 1, which is what it would get now" in found
    assert "1 handed out, 1 confirmed" in found
    assert "1 of 2 clients has fetched" not in found
    assert "1 of 2 clients have fetched this version." in found
    assert found.count("Never used") == 1
    assert "No receipt of this key." in found


def test_a_client_that_holds_a_superseded_version_is_told_in_words(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    _key, text = new_key(acme)
    fetch(text)
    some.make_active(acme, tone__profanity="on")
    found = page(reader, RECEIPTS)
    assert "Holds version 1, superseded just now by version 2" in found
    assert "Superseded" in found
    fetch(text)
    assert "Holds version 2, which is what it would get now" in page(reader, RECEIPTS)


def test_the_same_bytes_published_anew_are_the_same_copy(acme: Cast) -> None:
    """Bytes that end by an attestation, and what follows it."""
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=1))
    some.make_active(acme, content__explicit="on")
    key, _text = new_key(acme)
    now, later = timezone.now(), timezone.now() + timedelta(days=2)
    row = PublishedProfile.objects.get(valid_until__isnull=False)
    hand_out(key, row, now)
    actor = acme.actor("auditor")
    (held,) = queries.held_by(actor, acme.product, [key], now)[key.pk]
    assert held.is_current
    assert not held.has_ended(now)
    (held,) = queries.held_by(actor, acme.product, [key], later)[key.pk]
    assert not held.is_current
    assert held.has_ended(later)
    assert held.superseded_at == row.valid_until


def test_a_copy_past_its_end_is_told(reader: Client, acme: Cast) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(seconds=1))
    some.make_active(acme, content__explicit="on")
    key, _text = new_key(acme)
    row = PublishedProfile.objects.get(valid_until__isnull=False)
    hand_out(key, row, timezone.now())
    assert row.valid_until
    while timezone.now() <= row.valid_until:
        pass
    found = page(reader, RECEIPTS)
    assert "Holds an earlier publication of version 1, superseded just now" in found
    assert "no client may use it" in found
    assert "Past its end" in found


def test_a_revoked_key_holds_nothing_that_counts(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    key, text = new_key(acme)
    fetch(text)
    revoke_api_key(key, by=acme.actor("administrator"), now=timezone.now())
    found = page(reader, RECEIPTS)
    assert "Last got version 1" in found
    assert "Revoked" in found
    assert "clients have fetched" not in found


def test_proof_of_receipt_is_of_one_version_in_pages_that_lose_nothing(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    row, now = PublishedProfile.objects.get(), timezone.now()
    keys = [new_key(acme, name=f"Key {n}")[0] for n in range(30)]
    for key in keys:
        hand_out(key, row, now)
    actor, version = acme.actor("auditor"), row.activation.version
    first = queries.receipts_page(actor, version, before=None, size=25)
    second = queries.receipts_page(actor, version, before=first.rows[-1].pk, size=25)
    assert first.older
    assert not second.older
    assert {each.key_id for each in (*first.rows, *second.rows)} == {key.pk for key in keys}
    found = page(reader, RECEIPTS, version=1, before=first.rows[-1].pk)
    assert found.count('role="rowheader"') == 5
    assert "Newest" in found
    assert page(reader, RECEIPTS).count('<article class="cl"') == 25


def test_all_receipts_come_as_a_csv_that_no_spreadsheet_runs(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    _key, text = new_key(acme, name="=cmd|calc")
    fetch(text, fetch(text))
    answer = reader.get(f"{RECEIPTS}?format=csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert "private, no-store" in answer["Cache-Control"]
    (line,) = csv.DictReader(io.StringIO(answer.getvalue().decode()))
    assert (line["key_name"], line["version"], line["handed_out"], line["confirmed"]) == ("'=cmd|calc", "1", "1", "1")
    assert line["digest"] == PublishedProfile.objects.get().digest


def test_every_receipt_is_in_the_export_across_its_chunks(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("profiles.queries.receipts.CHUNK", 3)
    some.make_active(acme, safety__danger_caveats="off")
    some.make_active(acme, tone__profanity="on")
    rows = list(PublishedProfile.objects.all())
    for key in [new_key(acme)[0] for _n in range(4)]:
        for row in rows:
            hand_out(key, row, timezone.now())
    found = [(row.key_id, row.profile_id) for row in queries.every_receipt(acme.actor("auditor"), acme.product)]
    assert len(found) == 8
    assert found == sorted(set(found))


def test_product_and_version_say_how_many_clients_have_it(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    _key, text = new_key(acme)
    new_key(acme)
    fetch(text)
    assert "1 of 2 clients have fetched this version." in page(reader, "/products/helper/")
    assert "1 of 2 clients have fetched this version." in page(reader, "/products/helper/versions/1/")
    some.make_active(acme, tone__profanity="on")
    assert "0 of 2 clients have fetched this version." in page(reader, "/products/helper/versions/2/")
    assert "1 client got it while it was active." in page(reader, "/products/helper/versions/1/")


def test_nothing_of_another_organization_is_counted_or_shown(reader: Client, acme: Cast) -> None:
    other = some.make_cast("other", "thing")
    some.make_active(other, safety__danger_caveats="off")
    _key, text = new_key(other, name="Secret gateway")
    fetch(text)
    for path in (CLIENTS, TRY, RECEIPTS):
        assert "Secret gateway" not in page(reader, path)
        assert reader.get(path.replace("helper", "thing")).status_code == 404
    assert list(queries.every_receipt(acme.actor("auditor"), other.product)) == []
    assert (
        queries.reach(acme.actor("auditor"), other.product, queries.active(other.product).values(), timezone.now())
        == {}
    )


def test_the_empty_page_says_what_comes_first(reader: Client, acme: Cast) -> None:
    found = page(reader, RECEIPTS)
    assert "No key of this product yet." in found
    assert "Nobody was handed this version yet." in found


def test_the_page_of_keys_leads_to_what_each_fetched(client: Client, acme: Cast) -> None:
    key, _text = new_key(acme)
    client.force_login(acme.users["administrator"])
    assert f"{RECEIPTS}#{key.prefix}" in page(client, "/settings/api-keys/")


def test_the_body_that_is_shown_is_an_excerpt_of_the_bytes(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    found = page(reader, TRY, behavior="safety.danger_caveats")
    shown = json.loads(found.split('<pre id="answer" tabindex="0">')[1].split("</pre>")[0])
    whole = json.loads(bytes(PublishedProfile.objects.get().body))
    assert shown["digest"] == whole["digest"]
    assert shown["behaviors"]["safety.danger_caveats"] == whole["behaviors"]["safety.danger_caveats"]
