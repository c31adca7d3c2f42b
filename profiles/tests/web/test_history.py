"""The pages of versions, activations and instants: what they say, to whom, and what they do with bad questions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from profiles.actions import schedules
from profiles.actions.activations import activate_version
from profiles.models import PublishedProfile
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.web import reading
from profiles.web.pages.compare import json_lines
from profiles.web.pages.moment import field_of

pytestmark = pytest.mark.django_db
BASE = "/products/helper/"
JSON: dict[str, Any] = {"as": "json"}  # a word of the language


def text(client: Client, path: str, status: int = 200, **query: Any) -> str:
    return reading.text(client, BASE + path, status, **query)


# Versions


def test_the_list_names_author_approvers_state_and_digest(reader: Client, acme: Cast) -> None:
    version = some.make_active(acme, safety__danger_caveats="off")
    page = text(reader, "versions/")
    assert "Version 1" in page
    assert "active in Production" in page
    assert "Approved by Approver of Acme" in page
    assert version.digest in page
    assert "Because it is needed." in page


def test_one_that_was_active_says_so(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    some.make_active(acme, safety__danger_caveats="on")
    assert text(reader, "versions/", state="was_active").count("was active") >= 1
    only = text(reader, "versions/", state="active")
    assert "Version 2" in only
    assert 'id="v1"' not in only


def test_without_a_version_the_list_says_how_one_is_made(reader: Client) -> None:
    assert "A version is made when a draft is submitted." in text(reader, "versions/")
    assert "No version is in this state." in text(reader, "versions/", state="declined")


def test_two_that_are_chosen_lead_to_their_difference(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    answer = reader.get(f"{BASE}versions/", {"a": "1", "b": "2", "compare": "1"})
    assert answer.headers["Location"] == f"{BASE}versions/1..2/"
    answer = reader.get(f"{BASE}versions/", {"a": "1", "b": "draft", "compare": "1"})
    assert answer.headers["Location"] == f"{BASE}versions/1..draft/"


@pytest.mark.parametrize(
    "chosen", [{}, {"a": "1"}, {"a": "x", "b": "1"}, {"a": "1", "b": "y"}, {"a": "9" * 20, "b": "1"}]
)
def test_whoever_chooses_no_two_is_asked_to(reader: Client, acme: Cast, chosen: dict[str, str]) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    assert "Choose two versions to compare." in text(reader, "versions/", 422, compare="1", **chosen)


def test_the_filter_asks_for_the_list_alone(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    for path in ("versions/", "history/"):
        answer = reader.get(BASE + path, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
        assert b"<html" not in answer.content
        assert b"Version 1" in answer.content


# Differences


def test_the_difference_in_words_unfolds_what_is_the_same(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    some.make_active(acme, safety__danger_caveats="on", tone__profanity="on")
    page = text(reader, "versions/1..2/")
    assert "2 settings differ: 1 looser, 1 stricter." in page
    assert "settings are the same." in page
    assert "Balanced views" in page, "what is the same has its value, too"
    assert 'href="/products/helper/versions/1..2/?as=json"' in page


def test_the_difference_as_json_is_of_what_is_stored(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    some.make_active(acme, safety__danger_caveats="on", tone__profanity="on")
    page = text(reader, "versions/1..2/", **JSON)
    assert "settings.safety.danger_caveats" in page
    assert "<del><code>&quot;off&quot;</code></del>" in page
    assert "<ins><code>&quot;on&quot;</code></ins>" in page
    same = text(reader, "versions/1..1/", **JSON)
    assert "Nothing is stored differently." in same


def test_the_draft_is_compared_with_any_version(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    some.set_values(acme, tone__profanity="on")
    page = text(reader, "versions/1..draft/")
    assert "Version 1 to the draft" in page
    assert "1 setting differs: 1 looser." in page
    assert "Profanity" in page
    text(reader, "versions/2..draft/", 404)


def test_json_lines_name_every_place_that_differs() -> None:
    before = {"a": {"b": 1, "c": [1]}, "d": None, "e": "x"}
    after = {"a": {"b": 2, "c": [1]}, "d": "y", "f": {"g": True}}
    found = [(line.path, line.before, line.after) for line in json_lines(before, after)]
    assert found == [
        ("a.b", "1", "2"),
        ("d", "", '"y"'),
        ("e", '"x"', ""),
        ("f", "", '{\n  "g": true\n}'),
    ]


# Activations


def test_history_says_who_when_why_from_what_and_how_long(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    some.make_active(acme, safety__danger_caveats="on")
    page = text(reader, "history/")
    assert "Version 2, from version 1" in page
    assert "Version 1, the first one" in page
    assert "Approver of Acme" in page
    assert "Agreed." in page
    assert "Approved before it went live" in page
    assert "so far" in page
    assert "/trail/" in page


def test_history_is_filtered_by_environment(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    assert "Version 1" not in text(reader, "history/", environment="staging")
    assert "Version 1" in text(reader, "history/", environment="production")
    assert "Version 1" in text(reader, "history/", environment="no-such", before="nonsense")


def test_a_tightening_that_went_live_at_once_is_told_as_such(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    some.set_values(acme, safety__danger_caveats="on")
    some.activate(acme, some.submit(acme))
    assert "At once, since it only became stricter" in text(reader, "history/")


def test_what_waits_and_what_was_cancelled_or_refused(reader: Client, acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    planned = some.schedule(acme, version)
    page = text(reader, "history/")
    assert "To come" in page
    assert "Scheduled; it is judged again when it is due" in page
    schedules.cancel_schedule(planned, by=acme.actor("editor"), now=timezone.now())
    page = text(reader, "history/")
    assert "To come" not in page
    assert "Cancelled by Editor of Acme" in page


def test_pages_of_activations_lead_to_older_ones(reader: Client, acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("profiles.web.pages.history.SIZE", 1)
    some.make_active(acme, safety__danger_caveats="off")
    some.make_active(acme, safety__danger_caveats="on")
    first = reader.get(f"{BASE}history/?environment=production")
    older = first.content.decode().split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    page = reader.get(older).content.decode()
    assert "Version 1, the first one" in page
    assert "Version 2, from" not in page
    assert "Newest" in page


# Instants


def test_an_instant_is_answered_with_version_activation_bytes_and_every_value(reader: Client, acme: Cast) -> None:
    version = some.make_active(acme, safety__danger_caveats="off")
    row = version.activations.get()
    profile = PublishedProfile.objects.get()
    page = text(reader, "at/", when=row.at.isoformat(), environment="production")
    assert "Version 1 was active in Production" in page
    assert "Agreed." in page
    assert profile.digest in page
    assert "safety.danger_caveats" in page
    assert "Set for this product" in page
    assert "The entry in the trail" in page
    assert "do not have this digest" not in page


def test_nothing_was_active_is_an_answer(reader: Client, acme: Cast) -> None:
    row = some.make_active(acme, safety__danger_caveats="off").activations.get()
    before = (row.at - timedelta(microseconds=1)).isoformat()
    page = text(reader, "at/", when=before, environment="production")
    assert "Nothing was active in Production" in page
    assert "The first version that went live there was version 1" in page
    assert "Nothing was active in Staging" in text(reader, "at/", when=row.at.isoformat(), environment="staging")


def test_the_time_is_typed_in_the_persons_own_zone_and_told_in_utc_too(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    with timezone.override("Europe/Berlin"):
        from profiles.web.pages.moment import local_words, read_instant

        found = read_instant("2026-05-03T14:00")
        assert found.isoformat() == "2026-05-03T14:00:00+02:00"
        assert local_words(found) == "3 May 2026, 14:00 CEST"
        assert field_of(found) == "2026-05-03T14:00"


def test_an_exact_instant_stays_behind_what_it_names_in_the_form() -> None:
    exact = datetime.fromisoformat("2026-05-03T14:00:00.123456+00:00")
    assert field_of(exact) == "2026-05-03T14:00:00.124"


def test_an_instant_to_come_says_that_it_can_change(reader: Client, acme: Cast) -> None:
    end = timezone.now() + timedelta(days=10)
    some.attest(acme, "adults_only", until=end)
    some.make_active(acme, content__explicit="on")
    page = text(reader, "at/", when=(end + timedelta(days=1)).isoformat(), environment="production")
    assert "Version 1 will be active in Production, as things are" in page
    assert "This can change." in page
    assert "Its attestation has ended" in page


@pytest.mark.parametrize("when", ["yesterday", "2026-99-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59", "a" * 500])
def test_no_instant_is_refused_with_what_to_write(reader: Client, when: str) -> None:
    page = text(reader, "at/", 422, when=when)
    assert "Give an" in page or "Give a date" in page


def test_now_is_what_is_asked_about_without_an_instant(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    assert "Version 1 is active in Production" in text(reader, "at/")


def test_a_promoted_version_has_an_answer_in_each_environment(reader: Client, acme: Cast) -> None:
    version = some.make_active(acme, safety__danger_caveats="off")
    now = timezone.now()
    activate_version(version, environment=acme.staging, reason="Here, too.", by=acme.actor("approver"), now=now)
    page = text(reader, "at/", when=now.isoformat(), environment="staging")
    assert "Here, too." in page
