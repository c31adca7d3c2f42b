"""The inbox of reviews: what waits for me, what I asked for, what I decided."""

import pytest
from django.test import Client
from django.utils import timezone

from profiles.access import system
from profiles.actions import products
from profiles.actions.reviews import request_changes
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def sections(client: Client, acme: Cast, who: str) -> dict[str, str]:
    """The page cut into its sections, by their ids."""
    client.force_login(acme.users[who])
    response = client.get("/reviews/")
    assert response.status_code == 200
    parts = response.content.decode().split('<section class="box" id="')[1:]
    return {part.partition('"')[0]: part for part in parts}


def test_a_version_waits_for_each_reviewer_but_never_for_its_author(client, acme):
    some.set_values(acme, by="administrator", safety__danger_caveats="off", tone__profanity="on")
    some.submit(acme, by="administrator", why="Needed on the ward.")
    waiting = sections(client, acme, "approver")["waiting"]
    assert "Version 1 of Helper" in waiting
    assert "On to Off" in waiting
    assert "Needed on the ward." in waiting
    assert "looser" in waiting
    mine = sections(client, acme, "administrator")
    assert "Nothing waits for you." in mine["waiting"]
    assert "Version 1 of Helper" in mine["mine"]
    assert "waiting for review" in mine["mine"]


def test_what_was_decided_moves_to_decided(client, acme):
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    found = sections(client, acme, "approver")
    assert "Nothing waits for you." in found["waiting"]
    assert "Version 1 of Helper" in found["decided"]
    assert "you approved" in found["decided"]
    assert "approved" in sections(client, acme, "editor")["mine"]
    request_changes(version, digest=version.digest, comment="Wait.", by=acme.actor("approver"), now=timezone.now())
    assert "you asked for changes" in sections(client, acme, "approver")["decided"]


def test_a_replaced_version_waits_for_nobody(client, acme):
    some.set_values(acme, safety__danger_caveats="off")
    some.submit(acme)
    some.submit(acme)
    waiting = sections(client, acme, "approver")["waiting"]
    assert "Version 2 of Helper" in waiting
    assert "Version 1 of Helper" not in waiting


@pytest.mark.parametrize("role", ["compliance", "auditor", "editor2"])
def test_somebody_whose_role_does_not_review_is_told_so(client, acme, role):
    some.set_values(acme, safety__danger_caveats="off")
    some.submit(acme)
    found = sections(client, acme, role)
    assert "Your role does not review." in found["waiting"]
    assert "Version 1 of Helper" not in "".join(found.values())


def test_reviews_of_another_organization_are_not_shown(client, acme):
    rival = some.make_cast("rival", "secret")
    some.set_values(rival, safety__danger_caveats="off")
    some.submit(rival)
    assert "Secret" not in "".join(sections(client, acme, "approver").values())


def test_somebody_not_signed_in_is_sent_to_sign_in(client):
    assert client.get("/reviews/").headers["Location"] == "/sign-in/?next=/reviews/"


def test_notes_are_shown_and_not_run(client, acme):
    some.set_values(acme, safety__danger_caveats="off")
    some.submit(acme, why=HOSTILE)
    waiting = sections(client, acme, "approver")["waiting"]
    assert HOSTILE not in waiting
    assert "&lt;script&gt;" in waiting


def test_a_long_inbox_costs_no_more_queries(client, acme, django_assert_max_num_queries):
    by = system("tests", acme.organization.pk, acme.organization.slug)
    for slug in ("one", "two", "three", "four", "five"):
        made = products.create_product(
            acme.organization,
            slug=slug,
            name=slug,
            facts={"audience": "adults"},
            platforms=["reference"],
            by=by,
            now=timezone.now(),
        )
        team = Cast(acme.organization, made, acme.users)
        some.make_active(team, safety__danger_caveats="off")
        some.set_values(team, tone__profanity="on")
        some.submit(team)
    client.force_login(acme.users["approver"])
    with django_assert_max_num_queries(25):
        assert client.get("/reviews/").status_code == 200
