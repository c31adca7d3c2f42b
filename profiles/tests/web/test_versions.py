"""One version: read, reviewed and activated through its page; and the difference of two."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Entry
from profiles.actions.api_keys import create_api_key
from profiles.actions.attestations import revoke_attestation
from profiles.actions.drafts import edit_draft
from profiles.actions.reviews import request_changes
from profiles.models import Activation, Review, Version
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.web.pages.diff import text_diff

pytestmark = pytest.mark.django_db
ROLES = ("administrator", "editor", "approver", "compliance", "auditor")
HOSTILE = '<script>alert("x")</script>'
OWN_WORK = "You wrote this version. Somebody else must review it, whatever your role is."


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def version(acme) -> Version:
    some.set_values(acme, safety__danger_caveats="off")
    return some.submit(acme, why="Pharmacists asked for it.")


def path(number: int, what: str = "") -> str:
    return f"/products/helper/versions/{number}/{what}"


def page(client: Client, acme: Cast, number: int, who: str = "approver") -> str:
    client.force_login(acme.users[who])
    response = client.get(path(number))
    assert response.status_code == 200
    return response.content.decode()


def send_review(client: Client, acme: Cast, version: Version, who: str = "approver", **fields: str):
    client.force_login(acme.users[who])
    return client.post(path(version.number, "review/"), {"digest": version.digest, "decision": "approve", **fields})


def send_activation(client: Client, acme: Cast, number: int, who: str = "approver", **fields: str):
    client.force_login(acme.users[who])
    return client.post(path(number, "activate/"), {"environment": "production", "reason": "It is time.", **fields})


# Reading


@pytest.mark.parametrize("role", ROLES)
def test_every_role_may_read_a_version(client, acme, version, role):
    text = page(client, acme, 1, role)
    assert "Pharmacists asked for it." in text
    assert version.digest in text
    assert "looser" in text
    assert "waiting for review" in text


def test_a_version_says_what_changes_and_every_setting_with_who_decided_it(client, acme, version):
    text = page(client, acme, 1)
    assert "<del>On</del>" in text
    assert "<ins>Off</ins>" in text
    assert "Set for this product" in text
    assert "Platform default" in text
    assert "Bright line: nobody changes it" in text
    assert "It never will" in text
    assert "instructed" not in text, "nobody is told anything before it is active"


def test_only_an_active_version_is_said_to_instruct_the_model(client, acme):
    some.make_active(acme, safety__danger_caveats="off")
    text = page(client, acme, 1)
    assert "instructed" in text
    assert "enforce" not in text.lower()


def test_the_stored_content_is_shown_as_json(client, acme, version):
    assert "&quot;safety.danger_caveats&quot;: &quot;off&quot;" in page(client, acme, 1)


def test_a_stranger_finds_neither_page_nor_difference_nor_forms(client, acme, version):
    rival = some.make_cast("rival", "other")
    client.force_login(rival.users["administrator"])
    assert client.get(path(1)).status_code == 404
    assert client.get("/products/helper/versions/1..1/").status_code == 404
    assert send_review(client, rival, version, "approver").status_code == 404
    assert send_activation(client, rival, 1).status_code == 404
    assert not Review.objects.exists()


def test_somebody_not_signed_in_is_sent_to_sign_in(client, acme, version):
    for address in (path(1), "/products/helper/versions/1..1/"):
        assert client.get(address).headers["Location"] == f"/sign-in/?next={address}"
    assert client.post(path(1, "review/"), {"decision": "approve", "digest": version.digest}).status_code == 302
    assert client.post(path(1, "activate/"), {"environment": "production"}).status_code == 302
    assert not Review.objects.exists()


@pytest.mark.parametrize("number", [0, 2, 10**30])
def test_a_version_that_does_not_exist_is_not_found(client, acme, version, number):
    client.force_login(acme.users["editor"])
    assert client.get(path(number)).status_code == 404
    assert client.get(f"/products/helper/versions/1..{number}/").status_code == 404


def test_forms_are_posted_only(client, acme, version):
    client.force_login(acme.users["approver"])
    assert client.get(path(1, "review/")).status_code == 405
    assert client.get(path(1, "activate/")).status_code == 405
    assert client.post(path(1)).status_code == 405


def test_hostile_text_is_shown_and_not_run(client, acme):
    draft = acme.product.draft
    edit_draft(
        draft,
        by=acme.actor("editor"),
        now=timezone.now(),
        seen=0,
        settings={"topics.allowed": [HOSTILE]},
        instructions=HOSTILE,
    )
    version = some.submit(acme, why=HOSTILE)
    send_review(client, acme, version, decision="request_changes", comment=HOSTILE)
    text = page(client, acme, 1)
    assert HOSTILE not in text
    assert text.count("&lt;script&gt;") >= 4


def test_a_value_that_only_an_attestation_opens_is_marked(client, acme):
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=30))
    some.set_values(acme, content__explicit="on")
    some.submit(acme)
    text = page(client, acme, 1)
    assert "Attested" in text
    assert "Adults only, until" in text


def test_a_setting_whose_attestation_ended_is_a_finding_and_bars_activation(client, acme):
    claim = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=30))
    some.set_values(acme, content__explicit="on")
    version = some.submit(acme)
    some.approve(acme, version)
    revoke_attestation(claim, comment="Lapsed.", by=acme.actor("steward"), now=timezone.now())
    text = page(client, acme, 1)
    assert "Outside its window:" in text
    assert "1 setting would not hold" in text
    response = send_activation(client, acme, 1)
    assert response.status_code == 422
    assert "would not hold" in response.content.decode()
    assert not Activation.objects.exists()


# Review


def test_an_approver_approves_what_they_saw_and_is_told_so(client, acme, version):
    text = page(client, acme, 1)
    assert "Send decision" in text
    assert "0 of 1 approval" in text
    assert "Approver2 of Acme" in text, "who may review"
    assert "Editor of Acme," not in text.split("May review:", 1)[1].split("</p>", 1)[0]
    response = send_review(client, acme, version, comment="Fits the protocol.")
    assert response.headers["Location"] == path(1)
    text = client.get(path(1)).content.decode()
    assert "You approved version 1." in text
    assert "Fits the protocol." in text
    assert ">approved<" in text
    assert "You approved version 1." not in client.get(path(1)).content.decode(), "said once"


def test_changes_are_requested_with_a_comment(client, acme, version):
    response = send_review(client, acme, version, decision="request_changes", comment="Only for adults.")
    assert response.status_code == 302
    text = page(client, acme, 1, "editor")
    assert "Only for adults." in text
    assert "changes requested" in text
    assert "Approver of Acme asked for changes." in text


def test_a_request_for_changes_without_a_comment_is_refused_at_the_field(client, acme, version):
    response = send_review(client, acme, version, decision="request_changes")
    assert response.status_code == 422
    text = response.content.decode()
    assert 'href="#comment"' in text
    assert "Say what must change first." in text
    assert not Review.objects.exists()


@pytest.mark.parametrize("decision", ["", "reject"])
def test_a_decision_that_is_none_is_refused_and_the_comment_kept(client, acme, version, decision):
    response = send_review(client, acme, version, decision=decision, comment="My long thoughts.")
    assert response.status_code == 422
    assert "Choose one of these." in response.content.decode()
    assert "My long thoughts." in response.content.decode()


def test_nobody_reviews_their_own_version_and_the_page_says_why(client, acme):
    some.set_values(acme, by="administrator", safety__danger_caveats="off")
    version = some.submit(acme, by="administrator")
    text = page(client, acme, 1, "administrator")
    assert OWN_WORK in text
    assert "Send decision" not in text
    response = send_review(client, acme, version, "administrator")
    assert response.status_code == 403
    assert OWN_WORK in response.content.decode()
    assert not Review.objects.exists()
    assert Entry.objects.get(kind="profile.version.approved").outcome == "refused"


@pytest.mark.parametrize("role", ["editor2", "compliance", "auditor"])
def test_who_may_not_review_is_refused_with_the_roles_that_may(client, acme, version, role):
    text = page(client, acme, 1, role)
    assert "Send decision" not in text
    assert "Administrator, Approver" in text
    response = send_review(client, acme, version, role)
    assert response.status_code == 403
    assert "Administrator, Approver" in response.content.decode()
    assert not Review.objects.exists()


def test_an_approval_of_another_digest_is_refused_and_the_comment_kept(client, acme, version):
    response = send_review(client, acme, version, digest="sha256:" + "0" * 64, comment="Looks fine to me.")
    assert response.status_code == 409
    text = response.content.decode()
    assert "What you saw is not this version." in text
    assert "Looks fine to me." in text
    assert version.digest in text
    assert not Review.objects.exists()


def test_a_version_that_a_newer_one_replaced_cannot_be_reviewed(client, acme, version):
    some.set_values(acme, tone__profanity="on")
    some.submit(acme)
    text = page(client, acme, 1)
    assert "superseded by v2" in text
    assert "Send decision" not in text
    response = send_review(client, acme, version)
    assert response.status_code == 409
    assert "Version 2 took the place of version 1." in response.content.decode()


def test_a_version_that_is_active_in_staging_still_gets_the_second_approval_that_production_needs(client, acme):
    acme.organization.environments.filter(slug="production").update(approvals_needed=2)
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    some.activate(acme, version, environment="staging")
    assert "Version 1" in page_of_reviews(client, acme, "approver2")
    assert send_review(client, acme, version, "approver2").status_code == 302
    assert some.activate(acme, version).environment.slug == "production"


def page_of_reviews(client, acme, role):
    client.force_login(acme.users[role])
    return client.get("/reviews/").content.decode()


def test_a_decision_taken_back_is_shown_as_one_that_no_longer_counts(client, acme, version):
    some.approve(acme, version)
    request_changes(version, digest=version.digest, comment="Wait.", by=acme.actor("approver"), now=timezone.now())
    text = page(client, acme, 1)
    assert "No longer counts" in text
    assert "changes requested" in text


# Activation


def test_an_approved_version_goes_live_and_clients_get_it(client, acme):
    some.make_active(acme, safety__danger_caveats="on", tone__profanity="on")
    _row, key = create_api_key(
        acme.organization,
        name="shop",
        product=acme.product,
        environment=acme.production,
        by=acme.actor("administrator"),
        now=timezone.now(),
    )
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)

    def fetched() -> tuple[int, str]:
        document = Client().get("/api/v1/profile", headers={"Authorization": f"Bearer {key}"}).json()
        return document["version"], document["behaviors"]["safety.danger_caveats"]["value"]

    assert fetched() == (1, "on")
    assert send_review(client, acme, version).status_code == 302
    assert fetched() == (1, "on"), "an approval alone changes nothing"
    assert "Activate version 2 in Production" in page(client, acme, 2)
    response = send_activation(client, acme, 2, reason="The ward asked for it.")
    assert response.headers["Location"] == path(2)
    assert fetched() == (2, "off")
    text = client.get(path(2)).content.decode()
    assert "Version 2 is active in Production." in text
    assert "active in Production" in text
    assert Activation.objects.get(version=version).reason == "The ward asked for it."


def test_without_an_approval_nothing_goes_live_and_the_page_says_why(client, acme, version):
    assert "needs 1 approval by somebody else than the author; there are 0." in page(client, acme, 1)
    response = send_activation(client, acme, 1)
    assert response.status_code == 409
    assert "needs 1 approval" in response.content.decode()
    assert not Activation.objects.exists()


def test_an_environment_may_need_more_approvals_than_another(client, acme, version):
    acme.organization.environments.filter(slug="production").update(approvals_needed=2)
    some.approve(acme, version)
    text = page(client, acme, 1)
    assert "Staging: 1 of 1 approval." in text
    assert "Production: 1 of 2 approvals." in text
    assert send_activation(client, acme, 1).status_code == 409
    some.approve(acme, version, "approver2")
    assert send_activation(client, acme, 1).status_code == 302


def test_a_reason_is_asked_for(client, acme, version):
    some.approve(acme, version)
    response = send_activation(client, acme, 1, reason="  ")
    assert response.status_code == 422
    assert "Say why it becomes active." in response.content.decode()
    assert not Activation.objects.exists()


@pytest.mark.parametrize("role", ["compliance", "auditor"])
def test_who_may_not_activate_is_refused_and_gets_no_form(client, acme, version, role):
    some.approve(acme, version)
    text = page(client, acme, 1, role)
    assert "Your role does not allow this." in text
    assert 'name="environment"' not in text
    assert send_activation(client, acme, 1, role).status_code == 403
    assert not Activation.objects.exists()


def test_an_older_version_does_not_come_back(client, acme):
    some.make_active(acme, safety__danger_caveats="off")
    some.make_active(acme, safety__danger_caveats="on")
    assert "Version 2 is active there and newer than version 1." in page(client, acme, 1)
    response = send_activation(client, acme, 1)
    assert response.status_code == 409
    assert "To go back, restore that." in response.content.decode()


@pytest.mark.parametrize("environment", ["", "nowhere", "PRODUCTION"])
def test_an_environment_that_does_not_exist_is_not_found(client, acme, version, environment):
    some.approve(acme, version)
    assert send_activation(client, acme, 1, environment=environment).status_code == 404


def test_what_became_active_since_is_pointed_out(client, acme):
    some.make_active(acme, safety__danger_caveats="off")
    some.set_values(acme, tone__profanity="on")
    second = some.submit(acme)
    some.approve(acme, second)
    some.set_values(acme, persona__custom="off")
    some.submit(acme)
    assert "became active since" not in page(client, acme, 3)
    some.activate(acme, second)
    text = page(client, acme, 3)
    assert "Version 2 became active since this was submitted." in text
    assert "/products/helper/versions/2..3/" in text
    assert "Compared with version 1, which was active when this was submitted." in text


# The difference of two


def test_two_versions_are_compared_in_words_and_the_other_way_round(client, acme):
    some.make_active(acme, safety__danger_caveats="off")
    some.set_values(acme, tone__profanity="on", safety__danger_caveats="on")
    some.submit(acme)
    client.force_login(acme.users["auditor"])
    text = client.get("/products/helper/versions/1..2/").content.decode()
    assert "Version 1 to version 2" in text
    assert "2 settings differ: 1 looser, 1 stricter." in text
    assert "settings are the same." in text
    assert "/products/helper/versions/2..1/" in text
    back = client.get("/products/helper/versions/2..1/").content.decode()
    assert "2 settings differ: 1 looser, 1 stricter." in back


def test_a_version_does_not_differ_from_itself(client, acme, version):
    client.force_login(acme.users["auditor"])
    text = client.get("/products/helper/versions/1..1/").content.decode()
    assert "Nothing differs." in text
    assert "No setting differs." in text


def test_instructions_are_compared_line_by_line(client, acme):
    draft = acme.product.draft
    edit_draft(draft, by=acme.actor("editor"), now=timezone.now(), seen=0, instructions="Be kind.\nUse miles.")
    some.make_active(acme, safety__danger_caveats="off")
    draft.refresh_from_db()
    edit_draft(
        draft,
        by=acme.actor("editor"),
        now=timezone.now(),
        seen=draft.revision,
        instructions="Be kind.\nUse kilometers.",
    )
    some.submit(acme)
    text = page(client, acme, 2)
    assert "Use miles.</del>" in text
    assert "Use kilometers.</ins>" in text
    assert "<p>Be kind.</p>" in text


def test_a_text_diff_keeps_every_line_of_both():
    assert text_diff("a\nb", "a\nc") == (("same", "a"), ("del", "b"), ("ins", "c"))
    assert text_diff("", "") == ()
    long = "\n".join(str(n % 7) for n in range(9_000))
    found = text_diff(long, long + "\nend")
    assert sum(kind != "del" for kind, _line in found) == 9_001


def test_more_versions_cost_no_more_queries(client, acme, django_assert_max_num_queries):
    for n in range(5):
        some.make_active(acme, safety__danger_caveats="off" if n % 2 == 0 else "on")
    client.force_login(acme.users["approver"])
    for address in (path(5), "/products/helper/versions/1..5/"):
        with django_assert_max_num_queries(35):
            assert client.get(address).status_code == 200
