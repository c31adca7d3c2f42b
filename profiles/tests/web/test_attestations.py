"""Attestations: requested by those who may, decided by a steward, refused with the sentence and the input kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Entry
from profiles.access import Role
from profiles.actions import organizations
from profiles.actions.attestations import request_attestation, revoke_attestation
from profiles.models import Attestation
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.web.pages.attestations import soon_words
from profiles.web.pages.dates import last_day

pytestmark = pytest.mark.django_db

PAGE = "/attestations/"
REQUEST = "/attestations/request/"
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def as_(client: Client, acme: Cast, who: str) -> Client:
    client.force_login(acme.users[who])
    return client


def page(client: Client, address: str = PAGE) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def claim(acme: Cast, kind: str = "adults_only", evidence: str = "Registration 12345.") -> Attestation:
    return request_attestation(acme.product, kind=kind, evidence=evidence, by=acme.actor("editor"), now=timezone.now())


def ask(client: Client, **form: str) -> Any:
    return client.post(REQUEST, {"product": "helper", "kind": "adults_only", "evidence": "Age check by Z.", **form})


def decide(client: Client, which: Attestation, decision: str, **form: str) -> Any:
    return client.post(f"/attestations/{which.pk}/decide/", {"decision": decision, **form})


def in_days(days: int) -> str:
    return (timezone.now() + timedelta(days=days)).date().isoformat()


# Reading


def test_a_claim_shows_evidence_expiry_and_what_it_opens(client: Client, acme: Cast) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=9, hours=1))
    found = page(as_(client, acme, "auditor"))
    assert "Registration 12345." in found
    assert "Expires in 9 days" in found
    assert "Explicit sexual content (without it only Off)" in found
    assert 'href="/rulebooks/reference/2026-11-01/#content.explicit"' in found
    assert "Granted by Steward" in found


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=40), ""),
        (timedelta(days=9, hours=2), "Expires in 9 days"),
        (timedelta(days=1), "Expires in 1 day"),
        (timedelta(hours=3), "Expires within a day"),
        (timedelta(), ""),
    ],
)
def test_only_a_near_expiry_is_a_warning(left: timedelta, said: str) -> None:
    now = timezone.now()
    assert soon_words(now + left, now) == said


def test_an_expired_and_a_revoked_claim_have_ended(client: Client, acme: Cast) -> None:
    gone = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=2))
    Attestation.objects.filter(pk=gone.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    taken = some.attest(acme, "security_research", until=timezone.now() + timedelta(days=2))
    revoke_attestation(taken, comment="Misused.", by=acme.actor("steward"), now=timezone.now())
    found = page(as_(client, acme, "compliance"))
    ended = found[found.index('id="ended"') :]
    for word in ("Expired", "Revoked", "Misused."):
        assert word in ended


def test_another_organization_is_not_visible(client: Client, acme: Cast) -> None:
    claim(acme, evidence="Secret of Acme")
    rival = some.make_cast("rival", "other")
    assert "Secret of Acme" not in page(as_(client, rival, "administrator"))


def test_a_steward_sees_those_of_all_organizations(client: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    claim(acme, evidence="From Acme")
    claim(rival, evidence="From the rival")
    found = page(as_(client, acme, "steward"))
    assert "From Acme" in found
    assert "From the rival" in found
    assert found.count('value="grant"') == 2


def test_signed_out_leads_to_signing_in(client: Client, acme: Cast) -> None:
    assert client.get(PAGE)["Location"] == f"/sign-in/?next={PAGE}"
    assert ask(client).status_code == 302
    assert not Attestation.objects.exists()


def test_somebody_in_no_organization_is_told_what_it_needs(client: Client, acme: Cast) -> None:
    acme.organization.members.all().delete()
    assert as_(client, acme, "editor").get(PAGE).status_code == 403


# Requesting


def test_an_editor_requests_and_the_trail_keeps_it(client: Client, acme: Cast) -> None:
    response = ask(as_(client, acme, "editor"))
    assert (response.status_code, response["Location"]) == (302, PAGE)
    made = Attestation.objects.get()
    assert (made.kind, made.state, made.evidence) == ("adults_only", "requested", "Age check by Z.")
    assert Entry.objects.filter(kind="attestation.requested", outcome="done").count() == 1
    assert "A steward decides" in page(client)


def test_the_editors_link_chooses_product_and_kind(client: Client, acme: Cast) -> None:
    found = page(as_(client, acme, "editor"), f"{PAGE}?product=helper&kind=security_research")
    assert '<option value="helper" selected>' in found
    chosen = found[found.index('value="security_research"') :][:60]
    assert "checked" in chosen


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"product": ""}, "Choose a product."),
        ({"product": "no slug"}, "Choose a product."),
        ({"kind": ""}, "Choose what you claim."),
        ({"kind": "be_nice"}, "No rulebook of this product asks for be_nice."),
        ({"evidence": "   "}, "Please fill this in."),
        ({"evidence": "a\x07b"}, "Take out the control characters"),
        ({"evidence": "x" * 4001}, "Use at most 4000 characters"),
    ],
)
def test_a_refused_request_says_why_and_keeps_the_input(
    client: Client, acme: Cast, form: dict[str, str], sentence: str
) -> None:
    response = ask(as_(client, acme, "editor"), **form)
    found = response.content.decode()
    assert response.status_code == 422
    assert found.count(sentence) == 2  # in the summary and at the field
    assert "<title>Error:" in found
    if "evidence" not in form:
        assert "Age check by Z." in found
    assert not Attestation.objects.exists()


def test_one_request_waits_at_a_time(client: Client, acme: Cast) -> None:
    claim(acme)
    response = ask(as_(client, acme, "editor"), evidence="Once more")
    assert response.status_code == 409
    assert "waits for a steward" in response.content.decode()
    assert "Once more" in response.content.decode()
    assert Attestation.objects.count() == 1


@pytest.mark.parametrize("who", ["approver", "compliance", "auditor"])
def test_others_may_not_request_and_the_refusal_is_on_record(client: Client, acme: Cast, who: str) -> None:
    assert "<form" not in page(as_(client, acme, who)).split('<main id="main"')[1]
    assert ask(client).status_code == 403
    assert not Attestation.objects.exists()
    assert Entry.objects.filter(kind="attestation.requested", outcome="refused").count() == 1


def test_a_strangers_product_does_not_exist(client: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    assert ask(as_(client, rival, "editor")).status_code == 404
    assert not Attestation.objects.exists()


def test_a_product_of_another_organization_of_mine_is_mine(client: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    organizations.add_member(
        rival.organization, user=acme.users["editor"], role=Role.EDITOR, by=SYSTEM, now=timezone.now()
    )
    assert ask(as_(client, acme, "editor"), product="other").status_code == 302
    assert Attestation.objects.get().organization == rival.organization


# Deciding


def test_a_steward_grants_until_the_end_of_a_day(client: Client, acme: Cast) -> None:
    waiting = claim(acme)
    day = in_days(30)
    response = decide(as_(client, acme, "steward"), waiting, "grant", expires=day, comment="Checked.")
    assert (response.status_code, response["Location"]) == (302, PAGE)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.decision_note, waiting.decided_by) == ("granted", "Checked.", "Steward")
    assert waiting.expires_at is not None
    assert waiting.expires_at.isoformat() == f"{day}T23:59:59+00:00"


def test_a_steward_declines_with_a_comment_that_the_operator_reads(client: Client, acme: Cast) -> None:
    waiting = claim(acme)
    assert decide(as_(client, acme, "steward"), waiting, "decline", comment="No register number.").status_code == 302
    found = page(as_(client, acme, "editor"))
    assert "Declined by Steward" in found
    assert "No register number." in found


def test_a_steward_revokes_and_it_stops_counting(client: Client, acme: Cast) -> None:
    granted = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=60))
    assert decide(as_(client, acme, "steward"), granted, "revoke", comment="Age check is gone.").status_code == 302
    granted.refresh_from_db()
    assert granted.state == "revoked"
    assert Entry.objects.filter(kind="attestation.revoked", outcome="done").count() == 1


@pytest.mark.parametrize(
    ("decision", "form", "sentence"),
    [
        ("", {}, "Choose whether to grant or to decline."),
        ("approve", {}, "Choose whether to grant or to decline."),
        ("grant", {"expires": ""}, "Write a date as year-month-day"),
        ("grant", {"expires": "31.12.2027"}, "Write a date as year-month-day"),
        ("grant", {"expires": "2020-01-01"}, "Choose an expiry in the future, at most 365 days away."),
        ("grant", {"expires": "9999-12-31"}, "Choose an expiry in the future, at most 365 days away."),
        ("decline", {"comment": ""}, "Please fill this in."),
    ],
)
def test_a_refused_decision_says_why_and_keeps_the_input(
    client: Client, acme: Cast, decision: str, form: dict[str, str], sentence: str
) -> None:
    waiting = claim(acme)
    response = decide(as_(client, acme, "steward"), waiting, decision, **({"comment": "My thoughts"} | form))
    found = response.content.decode()
    assert response.status_code == 422
    assert found.count(sentence) == 2  # in the summary and at the field
    if "comment" not in form:
        assert "My thoughts" in found
    waiting.refresh_from_db()
    assert waiting.state == "requested"


def test_what_was_decided_meanwhile_is_said(client: Client, acme: Cast) -> None:
    granted = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=60))
    response = decide(as_(client, acme, "steward"), granted, "decline", comment="Too late")
    assert response.status_code == 409
    assert "This attestation is granted." in response.content.decode()


@pytest.mark.parametrize("decision", ["grant", "decline", "revoke", "nonsense"])
def test_nobody_else_decides(client: Client, acme: Cast, decision: str) -> None:
    waiting = claim(acme)
    for who in ("administrator", "editor", "approver", "compliance", "auditor"):
        response = decide(as_(client, acme, who), waiting, decision, expires=in_days(9), comment="c")
        assert response.status_code == 403
    rival = some.make_cast("rival", "other")
    assert decide(as_(client, rival, "administrator"), waiting, decision, comment="c").status_code == 404
    waiting.refresh_from_db()
    assert waiting.state == "requested"


def test_a_steward_decides_for_any_organization(client: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    waiting = claim(rival)
    assert decide(as_(client, acme, "steward"), waiting, "grant", expires=in_days(5)).status_code == 302


def test_the_form_offers_the_last_day_that_is_accepted(client: Client, acme: Cast) -> None:
    waiting = claim(acme)
    latest = last_day(timezone.now(), 365).isoformat()
    assert f'max="{latest}"' in page(as_(client, acme, "steward"))
    assert decide(client, waiting, "grant", expires=latest).status_code == 302


def test_the_last_day_ends_inside_the_limit() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert last_day(noon, 1).isoformat() == "2026-11-23"
    assert last_day(datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC), 1).isoformat() == "2026-11-24"


def test_hostile_text_is_text(client: Client, acme: Cast) -> None:
    claim(acme, evidence=HOSTILE)
    for who in ("editor", "steward"):
        found = page(as_(client, acme, who))
        assert HOSTILE not in found
        assert "&lt;script&gt;" in found
