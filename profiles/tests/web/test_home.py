"""The first page: for a stranger, a member, a steward, and somebody who is a member nowhere."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audits.models import Entry
from audits.trail.kinds import Kind
from profiles.access import system
from profiles.actions import products
from profiles.actions.api_keys import create_api_key
from profiles.actions.attestations import request_attestation
from profiles.actions.reviews import request_changes
from profiles.actions.revisions import start_revision
from profiles.models import Product, User
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast
from profiles.tests.harbor import NEWER, NEWER_DAY, add_boat, import_charter, publish_harbor
from profiles.web.pages import home

pytestmark = pytest.mark.django_db
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def page(client: Client, who: User) -> str:
    client.force_login(who)
    response = client.get("/")
    assert response.status_code == 200
    return response.content.decode()


def another_product(acme: Cast, slug: str, name: str = "") -> Product:
    return products.create_product(
        acme.organization,
        slug=slug,
        name=name or slug.title(),
        facts={"audience": "adults"},
        platforms=["reference"],
        by=system("tests", acme.organization.pk, acme.organization.slug),
        now=timezone.now(),
    )


def test_a_stranger_is_told_what_this_is_and_where_to_sign_in(client):
    response = client.get("/")
    assert response.status_code == 200
    assert 'name="password"' in response.content.decode()


def test_a_member_sees_their_products_and_what_is_active(client, acme):
    some.make_active(acme, safety__danger_caveats="off")
    text = page(client, acme.users["compliance"])
    assert "Helper" in text
    assert "/products/helper/versions/1/" in text
    assert "nothing active" in text, "in staging"
    assert "activated version 1 of Helper" in text


def test_products_of_another_organization_are_not_shown(client, acme):
    some.make_cast("rival", "secret")
    text = page(client, acme.users["editor"])
    assert "Secret" not in text
    assert "Rival" not in text


def test_a_version_waits_for_the_reviewer_and_not_for_its_author(client, acme):
    some.set_values(acme, safety__danger_caveats="off")
    some.submit(acme, why="Pharmacists asked for it.")
    assert "Pharmacists asked for it." in page(client, acme.users["approver"])
    assert "Pharmacists asked for it." not in page(client, acme.users["editor"])
    assert "Pharmacists asked for it." not in page(client, acme.users["auditor"])


def test_an_approved_version_waits_for_those_who_may_activate_it(client, acme):
    some.set_values(acme, safety__danger_caveats="off")
    some.approve(acme, some.submit(acme))
    assert "approved, not active yet" in page(client, acme.users["editor"])
    assert "approved, not active yet" not in page(client, acme.users["compliance"])


def test_a_draft_that_differs_from_what_is_active_is_marked(client, acme):
    assert "Draft with changes" not in page(client, acme.users["editor"])
    some.set_values(acme, safety__danger_caveats="off")
    assert "Draft with changes" in page(client, acme.users["editor"])
    version = some.submit(acme)
    some.approve(acme, version)
    some.activate(acme, version)
    assert "Draft with changes" not in page(client, acme.users["editor"])


def test_an_attestation_that_ends_soon_is_announced(client, acme):
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=9, hours=1))
    assert "Attestation ends in 9 days" in page(client, acme.users["editor"])


def test_what_falls_back_soon_waits_for_those_who_can_renew_it(client, acme):
    row = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=9, hours=1))
    some.make_active(acme, content__explicit="on")
    for who in ("editor", "administrator"):
        text = page(client, acme.users[who])
        waits = text[text.index("Waiting for you") :]
        assert "Adults only, Helper" in waits
        assert "Expires in 9 days" in waits
        assert "Falls back: Explicit sexual content: On to Off." in waits
        assert f'href="/attestations/?renew={row.pk}#request"' in waits
    for who in ("approver", "auditor"):
        text = page(client, acme.users[who])
        assert "Adults only, Helper" in text[text.index("For your information") :]
        assert "?renew=" not in text


def test_what_ends_later_or_is_being_renewed_waits_for_nobody(client, acme):
    some.attest(acme, "security_research", until=timezone.now() + timedelta(days=40))
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=9))
    request_attestation(
        acme.product, kind="adults_only", evidence="Again.", by=acme.actor("editor"), now=timezone.now()
    )
    assert "?renew=" not in page(client, acme.users["editor"])
    assert "For your information" not in page(client, acme.users["auditor"])


def test_attestations_of_another_organization_end_there(client, acme):
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=9))
    rival = some.make_cast("rival", "other")
    assert "Adults only" not in page(client, rival.users["editor"])


def test_a_steward_sees_revisions_to_settle_and_rechecks_that_run(client, acme):
    publish_harbor()
    add_boat(acme)
    draft = start_revision(
        import_charter(), after=import_charter(NEWER, NEWER_DAY), published=NEWER_DAY, by=SYSTEM, now=timezone.now()
    )
    publish_harbor(title="Harbor rulebook, corrected")
    text = page(client, acme.users["steward"])
    assert "Next revision, Harbor" in text
    assert "3 behaviors to settle." in text
    assert f'href="{reverse("revision", args=[draft.pk])}"' in text
    assert "Looks at 1 product again." in text
    assert "Next revision" not in page(client, acme.users["administrator"])


def test_the_first_steps_are_shown_to_an_editor_until_all_are_done(client, acme):
    assert "/products/helper/edit/" in page(client, acme.users["editor"])
    assert "First steps" not in page(client, acme.users["auditor"])
    some.make_active(acme, safety__danger_caveats="off")
    assert "First steps" in page(client, acme.users["editor"])
    create_api_key(
        acme.organization,
        name="shop",
        product=acme.product,
        environment=acme.production,
        by=acme.actor("administrator"),
        now=timezone.now(),
    )
    assert "First steps" not in page(client, acme.users["editor"])


def test_a_reviewer_who_asked_for_changes_sends_the_version_back_to_its_author(client, acme):
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    request_changes(version, digest=version.digest, comment="Why?", by=acme.actor("approver"), now=timezone.now())
    assert "Version 1 of Helper</a>" in page(client, acme.users["editor"])
    assert "Version 1 of Helper</a>" not in page(client, acme.users["editor2"])


def test_a_steward_without_an_organization_sees_the_claims_that_wait(client, acme):
    request_attestation(
        acme.product,
        kind="adults_only",
        evidence="Checked at sign-up.",
        by=acme.actor("editor"),
        now=timezone.now(),
    )
    text = page(client, acme.users["steward"])
    assert "1 attestation waits for your decision" in text
    assert "Adults only, Helper" in text
    assert "/attestations/" in text
    assert "/rulebooks/" in text


def test_somebody_who_is_a_member_nowhere_is_told_so(client, acme):
    lost = User.objects.create_user("lost@nowhere.example", some.PASSWORD, name="Lost")
    assert "You are a member of no organization" in page(client, lost)


def test_several_edits_in_a_row_are_one_line(client, acme):
    for value in ("off", "on", "off"):
        some.set_values(acme, safety__danger_caveats=value)
    assert Entry.objects.filter(kind=Kind.DRAFT_EDITED).count() == 3
    assert page(client, acme.users["editor"]).count("edited the draft of Helper") == 1


def test_every_kind_of_entry_has_a_sentence():
    assert set(home._HAPPENED) == set(Kind)


def test_names_and_notes_are_shown_and_not_run(client, acme):
    another_product(acme, "evil", HOSTILE)
    some.set_values(acme, safety__danger_caveats="off")
    some.submit(acme, why=HOSTILE)
    text = page(client, acme.users["approver"])
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text


def test_more_products_cost_no_more_queries(client, acme, django_assert_max_num_queries):
    client.force_login(acme.users["approver"])
    some.make_active(acme, safety__danger_caveats="off")
    for slug in ("one", "two", "three", "four", "five", "six"):
        made = Cast(acme.organization, another_product(acme, slug), acme.users)
        some.make_active(made, tone__profanity="on")
        some.set_values(made, tone__profanity="off")
        some.submit(made)
    with django_assert_max_num_queries(30):
        assert client.get("/").status_code == 200


def test_the_first_page_is_only_read(client, acme):
    client.force_login(acme.users["editor"])
    assert client.post("/").status_code == 405
