"""The page of one product: what is active, what is known of it, and what happened to it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audits.conformance.execute import execute
from audits.models import Check
from profiles.actions.reviews import request_changes
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
PATH = "/products/helper/"
CHECK = "/products/helper/check/"
ROLES = ("administrator", "editor", "approver", "compliance", "auditor")
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def page(client: Client, acme: Cast, who: str = "compliance") -> str:
    client.force_login(acme.users[who])
    response = client.get(PATH)
    assert response.status_code == 200
    return response.content.decode()


def run_checks() -> None:
    for check in Check.objects.filter(state="waiting"):
        execute(check.pk, now=timezone.now())


@pytest.mark.parametrize("role", ROLES)
def test_every_role_may_look(client, acme, role):
    assert "Helper" in page(client, acme, role)


def test_a_stranger_finds_nothing(client, acme):
    rival = some.make_cast("rival", "other")
    client.force_login(rival.users["administrator"])
    assert client.get(PATH).status_code == 404
    assert client.post(CHECK).status_code == 404


def test_somebody_not_signed_in_is_sent_to_sign_in(client, acme):
    response = client.get(PATH)
    assert response.status_code == 302
    assert response.headers["Location"] == f"/sign-in/?next={PATH}"


def test_a_product_without_any_version_says_so(client, acme):
    text = page(client, acme)
    assert "Nothing active" in text
    assert "Not checked yet." in text
    assert "no model is told anything" in text
    assert "Everything is at its default." in text


def test_what_is_active_in_an_environment_is_shown_with_who_and_why(client, acme):
    some.make_active(acme, safety__danger_caveats="off")
    text = page(client, acme)
    assert "Version 1" in text
    assert "Approver of Acme" in text
    assert "active in Production" in text


def test_the_states_of_versions_are_said(client, acme):
    some.make_active(acme, safety__danger_caveats="off")
    some.make_active(acme, safety__danger_caveats="on")
    some.set_values(acme, tone__profanity="on")
    third = some.submit(acme)
    text = page(client, acme)
    assert "superseded by v2" in text
    assert "active in Production" in text
    assert "waiting for review" in text
    some.approve(acme, third)
    assert ">approved<" in page(client, acme)
    request_changes(
        third, digest=third.digest, comment="Not like this.", by=acme.actor("approver2"), now=timezone.now()
    )
    assert "changes requested" in page(client, acme)
    some.submit(acme)
    assert "superseded by v4" in page(client, acme)


def test_only_what_is_known_is_said_and_nothing_is_called_an_enforcement(client, acme):
    some.make_active(acme, safety__danger_caveats="off")
    text = page(client, acme)
    assert "The model is told" in text
    assert "Not tested" in text
    assert "waiting for a worker" in text
    run_checks()
    text = page(client, acme)
    assert "1 of 1 setting inside its window" in text
    assert "/trail/" in text
    assert "enforce" not in text.lower()


def test_a_check_that_could_not_be_carried_out_says_nothing_of_the_profile(client, acme):
    some.make_active(acme, safety__danger_caveats="off")
    Check.objects.update(state="failed", finished_at=timezone.now(), failure="The worker died.")
    text = page(client, acme)
    assert "could not be carried out" in text
    assert "inside" not in text.split("Limits check", 1)[1].split("</li>", 1)[0]


def test_compliance_asks_for_a_check_and_is_told_that_it_comes(client, acme):
    version = some.make_active(acme, safety__danger_caveats="off")
    client.force_login(acme.users["compliance"])
    assert "Check limits now" in page(client, acme)
    response = client.post(CHECK, follow=True)
    assert response.redirect_chain == [(PATH, 302)]
    assert "Version 1 will be checked in a moment" in response.content.decode()
    check = Check.objects.filter(trigger="request").get()
    assert (check.version_id, check.requested_by) == (version.pk, "Compliance of Acme")


@pytest.mark.parametrize("role", ["editor", "approver", "auditor"])
def test_who_may_not_run_checks_is_refused_and_gets_no_button(client, acme, role):
    some.make_active(acme, safety__danger_caveats="off")
    assert "Check limits now" not in page(client, acme, role)
    assert client.post(CHECK).status_code == 403
    assert not Check.objects.filter(trigger="request").exists()


def test_without_a_version_there_is_nothing_to_check(client, acme):
    client.force_login(acme.users["compliance"])
    assert client.post(CHECK).status_code == 409


def test_a_check_is_asked_for_by_post_only_and_not_signed_out(client, acme):
    assert client.post(CHECK).status_code == 302
    client.force_login(acme.users["compliance"])
    assert client.get(CHECK).status_code == 405


def test_the_draft_card_counts_what_differs(client, acme):
    some.set_values(acme, safety__danger_caveats="off", tone__profanity="on")
    text = page(client, acme, "editor")
    assert "2 changes" in text
    assert "2 looser" in text
    assert "Last edited by Editor of Acme" in text
    assert "Edit the profile" in text
    assert "Edit the profile" not in page(client, acme, "auditor")


def test_the_hint_for_programs_names_this_installation_and_no_key(client, acme, settings):
    settings.BRIGHTLINE_BASE_URL = "https://brightline.acme.example"
    text = page(client, acme)
    assert "https://brightline.acme.example/api/v1/profile" in text
    assert "$BRIGHTLINE_KEY" in text
    assert "bl_" not in text


def test_an_attestation_says_until_when_it_counts(client, acme):
    ends = timezone.now() + timedelta(days=40)
    some.attest(acme, "adults_only", until=ends)
    text = page(client, acme)
    assert "Adults only" in text
    assert f"{ends:%b %Y}" in text


def test_notes_are_shown_and_not_run(client, acme):
    some.set_values(acme, safety__danger_caveats="off")
    some.submit(acme, why=HOSTILE)
    text = page(client, acme)
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text


def test_more_versions_cost_no_more_queries(client, acme, django_assert_max_num_queries):
    client.force_login(acme.users["compliance"])
    for n in range(6):
        some.make_active(acme, safety__danger_caveats="off" if n % 2 == 0 else "on")
    with django_assert_max_num_queries(35):
        assert client.get(PATH).status_code == 200
