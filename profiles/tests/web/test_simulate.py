"""What a client would get, and what would have to change: the question is in the address, nothing is ever written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Entry
from profiles import queries
from profiles.actions import holds
from profiles.queries import Stored
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.web.reading import text

pytestmark = pytest.mark.django_db
SIMULATE, POSSIBLE = "/products/helper/simulate/", "/products/helper/possible/"


def row(page: str, key: str) -> str:
    """The part of the page about one behavior."""
    return page.split(f'id="{key}"')[1].split("</details>", maxsplit=1)[0]


# What a client would get


def test_it_is_the_same_resolution_as_everywhere(acme: Cast) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=9))
    version = some.make_active(acme, content__explicit="on", tone__profanity="on")
    stored, claims, now = Stored.version(version), queries.claims_of(acme.product), timezone.now()
    case = queries.case_of(stored, stored.revisions[0], now, claims, {"tone.profanity": "off"})
    assert case.resolve() == stored.resolve(now, {"tone.profanity": "off"}, claims)["reference"]


def test_what_is_live_is_simulated_with_its_derivation_layer_by_layer(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    found = row(text(reader, SIMULATE), "safety.danger_caveats")
    for words in ("Platform", "The default is On.", "Law", "Organization", "Product", "Sets Off.", "User"):
        assert words in found


def test_the_draft_and_an_earlier_version_are_simulated_as_well(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    some.set_values(acme, tone__profanity="on")
    assert "The draft, on Reference" in text(reader, SIMULATE, of="draft")
    assert "Sets On." in row(text(reader, SIMULATE, of="draft"), "tone.profanity")
    assert "Sets On." not in row(text(reader, SIMULATE, of="1"), "tone.profanity")
    text(reader, SIMULATE, 404, of="7")


def test_a_users_preference_is_honored_inside_their_window_and_else_refused_with_the_reason(
    reader: Client, acme: Cast
) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    ways: list[dict[str, Any]] = [
        {"pref.safety.danger_caveats": "on"},
        {"preferences": '{"safety.danger_caveats": "on"}'},
    ]
    for query in ways:
        assert "Sets On." in row(text(reader, SIMULATE, **query), "safety.danger_caveats")
    page = text(reader, SIMULATE, preferences='{"content.explicit": "on", "no.such": 1}')
    assert "Not honored as wished" in page
    assert "Wanted On, got Off" in page
    assert "no.such" in page


def test_an_assumed_attestation_opens_what_it_would(reader: Client, acme: Cast) -> None:
    some.set_values(acme, tone__profanity="on")
    closed = row(text(reader, SIMULATE, of="draft"), "content.explicit")
    assert "only Off" in closed
    page = text(reader, SIMULATE, of="draft", assume="adults_only")
    assert "Nobody granted that here." in page
    assert "Off to On" in row(page, "content.explicit")


def test_an_instant_decides_which_attestations_count(reader: Client, acme: Cast) -> None:
    end = timezone.now() + timedelta(days=10)
    some.attest(acme, "adults_only", until=end)
    some.make_active(acme, content__explicit="on")
    assert "Sets On." in row(text(reader, SIMULATE), "content.explicit")
    later = row(text(reader, SIMULATE, when=end.isoformat()), "content.explicit")
    assert "Its attestation has ended" in later


def test_the_filter_leaves_what_it_names(reader: Client, acme: Cast) -> None:
    page = text(reader, SIMULATE, q="profanity")
    assert 'id="tone.profanity"' in page
    assert 'id="content.explicit"' not in page
    assert "No behavior matches." in text(reader, SIMULATE, q="nothing like this")


@pytest.mark.parametrize("pasted", ["{", "[]", "1", '{"a": "\\ud800"}', "[" * 30_000, "x" * 20_001, '{"a": NaN, }'])
def test_preferences_that_are_none_are_refused_and_kept(reader: Client, acme: Cast, pasted: str) -> None:
    page = text(reader, SIMULATE, 422, preferences=pasted)
    assert "Write a JSON object" in page or "Use at most" in page
    assert "Error:" in page


def test_a_bad_instant_is_refused(reader: Client, acme: Cast) -> None:
    assert "Give a date and a time" in text(reader, SIMULATE, 422, when="soon")


def test_nothing_is_written_by_asking(reader: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    before = Entry.objects.count()
    text(reader, SIMULATE, preferences='{"safety.weapons_of_mass_harm": "on"}')
    text(reader, POSSIBLE, behavior="safety.weapons_of_mass_harm", value="on")
    assert Entry.objects.count() == before
    assert reader.post(SIMULATE).status_code == 405


def test_a_stranger_finds_neither(client: Client, acme: Cast) -> None:
    client.force_login(some.make_cast("rival", "other").users["administrator"])
    assert client.get(SIMULATE).status_code == 404
    assert client.get(POSSIBLE).status_code == 404


# What would have to change


def test_a_bright_line_is_never_possible_and_says_where_that_is_written(reader: Client, acme: Cast) -> None:
    page = text(reader, POSSIBLE, behavior="safety.weapons_of_mass_harm", value="on")
    assert "Never:" in page
    assert "It is a bright line" in page
    assert 'class="cite"' in page


def test_an_attestation_is_named_with_who_grants_it_and_what_the_version_then_needs(reader: Client, acme: Cast) -> None:
    some.make_active(acme, tone__profanity="on")
    page = text(reader, POSSIBLE, behavior="content.explicit", value="on")
    assert "Have the attestation “Adults only” granted" in page
    assert "Granted by a steward." in page
    assert "Set “Explicit sexual content” to On." in page
    assert "Production: a version needs 1 approval by somebody else." in page


def test_a_tightening_may_go_live_at_once(reader: Client, acme: Cast) -> None:
    some.make_active(acme, tone__profanity="on")
    page = text(reader, POSSIBLE, behavior="tone.profanity", value="off")
    assert "as things are" in page
    assert "Production: it only becomes stricter, so it may go live at once." in page


def test_a_hold_would_have_to_be_lifted(reader: Client, acme: Cast) -> None:
    some.make_active(acme, tone__profanity="on")
    by = acme.actor("compliance")
    holds.place_hold(
        acme.organization, behavior="tone.profanity", ceiling="off", reason="Wait.", by=by, now=timezone.now()
    )
    page = text(reader, POSSIBLE, behavior="tone.profanity", value="on")
    assert "Lift the hold on “Profanity”: Wait." in page
    assert "Production: no new version is needed, clients get it by itself." in page


def test_a_user_needs_the_products_leave(reader: Client, acme: Cast) -> None:
    page = text(reader, POSSIBLE, behavior="tone.profanity", value="on", layer="user")
    assert "Then a user may choose On for “Profanity”." in page
    assert "can be On as things are" in page, "here the platform leaves it to users"
    page = text(reader, POSSIBLE, behavior="content.explicit", value="on", layer="user")
    assert "Then a user may choose On for “Explicit sexual content”." in page
    assert "Have the attestation “Adults only” granted" in page
    assert "Set “Explicit sexual content” to On." in page
    assert "Let users choose Off to On for “Explicit sexual content”." in page


def test_without_a_value_the_page_asks_for_one_that_the_behavior_has(reader: Client, acme: Cast) -> None:
    assert "Choose a behavior" in text(reader, POSSIBLE)
    page = text(reader, POSSIBLE, behavior="format.length")
    assert 'name="value"' in page
    assert "Find out" in page
    assert "Choose a behavior" in text(reader, POSSIBLE, behavior="no.such_behavior", value="on")


@pytest.mark.parametrize("value", ["99999999999999999999999999", "-1", "any", "a, b", "<b>"])
def test_a_value_of_no_domain_is_an_answer_and_no_failure(reader: Client, acme: Cast, value: str) -> None:
    for key in ("agents.spend_limit", "topics.allowed", "tone.profanity"):
        text(reader, POSSIBLE, behavior=key, value=value)


def test_settings_of_the_editor_lead_to_it(client: Client, acme: Cast) -> None:
    client.force_login(acme.users["editor"])
    page = client.get("/products/helper/edit/content.explicit/?part=more").content.decode()
    assert "/products/helper/possible/?of=draft&amp;behavior=content.explicit" in page
