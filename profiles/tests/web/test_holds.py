"""Holds: an organization's own and those that bind everybody, placed and lifted with a reason."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Entry, Recheck
from profiles.actions.holds import place_hold
from profiles.models import Hold, PublishedProfile
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
PAGE = "/settings/holds/"
SWEARING = "tone.profanity"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.make_active(cast, tone__profanity="on")
    return cast


@pytest.fixture
def compliance(acme: Cast, client: Client) -> Client:
    client.force_login(acme.users["compliance"])
    return client


@pytest.fixture
def steward(acme: Cast) -> Client:
    client = Client()
    client.force_login(acme.users["steward"])
    return client


def place(client: Client, **form: str) -> Any:
    return client.post(f"{PAGE}place/", {"behavior": SWEARING, "ceiling": "off", "reason": "Complaints."} | form)


def held(acme: Cast, *, everybody: bool = False) -> Hold:
    return place_hold(
        None if everybody else acme.organization,
        behavior=SWEARING,
        ceiling="off",
        reason="Complaints.",
        by=acme.actor("steward" if everybody else "compliance"),
        now=timezone.now(),
    )


def served() -> Any:
    row = PublishedProfile.objects.filter(environment__slug="production").first()
    assert row is not None
    return json.loads(bytes(row.body))["behaviors"][SWEARING]["value"]


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_everybody_sees_what_binds_them_with_reason_and_person(acme: Cast, client: Client) -> None:
    held(acme)
    held(acme, everybody=True)
    client.force_login(acme.users["auditor"])
    page = text(client.get(PAGE))
    assert page.count("at most Off") == 2
    assert "Placed by Compliance of Acme" in page
    assert "Placed by Steward" in page
    assert "Placing and lifting holds needs one of these roles: Administrator, Compliance." in page


def test_the_behavior_comes_first_and_then_its_values(compliance: Client) -> None:
    first = text(compliance.get(PAGE))
    assert f'value="{SWEARING}"' in first
    assert 'id="ceiling"' not in first
    assert "safety.weapons_of_mass_harm" not in first, "nothing is left to hold there"
    then = text(compliance.get(PAGE, {"behavior": SWEARING}, headers=HTMX))
    assert "<html" not in then
    assert 'id="ceiling"' in then
    assert '<option value="on"' not in then, "a hold at the most permissive value holds nothing"


def test_it_says_before_which_products_change(compliance: Client) -> None:
    tried = text(compliance.get(PAGE, {"behavior": SWEARING, "ceiling": "off"}, headers=HTMX))
    assert "<html" not in tried
    assert "clients of 1 product get something else" in tried
    assert "Helper" in tried
    page = place(compliance, preview="1")
    assert page.status_code == 200
    assert "clients of 1 product get something else" in text(page)
    assert "Complaints.</textarea>" in text(page)
    assert not Hold.objects.exists()


def test_a_hold_is_placed_and_lifted_and_each_holds_at_once(compliance: Client) -> None:
    answer = place(compliance)
    hold = Hold.objects.get()
    assert answer["Location"] == f"{PAGE}{hold.pk}/"
    assert served() == "off"
    page = text(compliance.get(answer["Location"]))
    assert "If it were lifted now" in page
    assert "clients of 1 product get something else" in page
    assert "looser" in page
    assert f"kind=hold.placed&amp;q={SWEARING}" in page
    assert compliance.post(f"{PAGE}{hold.pk}/lift/", {"reason": "Solved."}).status_code == 302
    assert served() == "on"
    after = text(compliance.get(f"{PAGE}{hold.pk}/"))
    assert "Lifted by Compliance of Acme" in after
    assert "Solved." in after
    assert "Lift this hold" not in after


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"reason": " "}, "Please fill this in."),
        ({"behavior": ""}, "No rulebook here states"),
        ({"behavior": "no.such"}, "No rulebook here states no.such"),
        ({"ceiling": ""}, "must be one of off, on"),
        ({"ceiling": "nonsense"}, "must be one of off, on"),
    ],
)
def test_what_is_refused_comes_back_with_its_sentence(compliance: Client, form: dict[str, str], sentence: str) -> None:
    answer = place(compliance, **form)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert "<title>Error:" in text(answer)
    assert not Hold.objects.exists()


def test_one_behavior_is_held_once(compliance: Client, acme: Cast) -> None:
    held(acme)
    answer = place(compliance)
    assert answer.status_code == 409
    assert "is on hold already. Lift that hold first." in text(answer)
    assert "Complaints.</textarea>" in text(answer)


def test_lifting_takes_a_reason_and_happens_once(compliance: Client, acme: Cast) -> None:
    hold = held(acme)
    address = f"{PAGE}{hold.pk}/lift/"
    assert compliance.post(address, {"reason": ""}).status_code == 422
    assert compliance.post(address, {"reason": "Solved."}).status_code == 302
    again = compliance.post(address, {"reason": "Solved."})
    assert again.status_code == 409
    assert "lifted this hold already" in text(again)


@pytest.mark.parametrize("role", ["editor", "approver", "auditor"])
def test_who_may_not_is_refused_and_stays_on_record(acme: Cast, client: Client, role: str) -> None:
    client.force_login(acme.users[role])
    assert place(client).status_code == 403
    assert Entry.objects.get(kind="hold.placed").outcome == "refused"
    hold = held(acme)
    page = text(client.get(f"{PAGE}{hold.pk}/"))
    assert "Lift the hold" not in page
    assert "needs one of these roles: Administrator, Compliance." in page
    assert client.post(f"{PAGE}{hold.pk}/lift/", {"reason": "R."}).status_code == 403


def test_a_member_never_holds_for_everybody(compliance: Client) -> None:
    assert place(compliance, scope="everybody").status_code == 403
    assert not Hold.objects.exists()


def test_a_steward_holds_for_everybody_and_follows_what_happens(steward: Client, acme: Cast) -> None:
    tried = text(steward.get(PAGE, {"behavior": SWEARING, "ceiling": "off"}, headers=HTMX))
    assert "Acme: Helper" in tried
    assert "In the background, within a minute or two, clients of 1 product" in tried
    answer = place(steward, scope="organization")
    hold = Hold.objects.get()
    assert hold.organization is None, "whoever acts for the installation has no other choice"
    page = text(steward.get(answer["Location"]))
    assert f"/rulebooks/rechecks/{Recheck.objects.get().pk}/" in page
    assert steward.post(f"{PAGE}{hold.pk}/lift/", {"reason": "Solved."}).status_code == 302
    assert text(steward.get(f"{PAGE}{hold.pk}/")).count("/rulebooks/rechecks/") == 2


def test_a_steward_does_not_see_the_holds_of_organizations(steward: Client, acme: Cast) -> None:
    hold = held(acme)
    assert "Complaints." not in text(steward.get(PAGE))
    assert steward.get(f"{PAGE}{hold.pk}/").status_code == 404


def test_members_see_what_a_hold_for_everybody_does_to_them_and_to_nobody_else(compliance: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    some.make_active(rival, tone__profanity="on")
    page = text(compliance.get(f"{PAGE}{held(acme, everybody=True).pk}/"))
    assert "Helper" in page
    assert "Other" not in page
    assert "Only a steward lifts a hold that binds everybody." in page
    assert "/rulebooks/rechecks/" not in page


def test_a_stranger_finds_nothing(acme: Cast, client: Client) -> None:
    hold = held(acme)
    rival = some.make_cast("rival", "other")
    client.force_login(rival.users["administrator"])
    assert "Complaints." not in text(client.get(PAGE))
    assert client.get(f"{PAGE}{hold.pk}/").status_code == 404
    assert client.post(f"{PAGE}{hold.pk}/lift/", {"reason": "R."}).status_code == 404
