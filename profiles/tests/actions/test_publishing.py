"""From draft to bytes: versions, reviews, activations, what clients get and when it ends."""

import json
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError, InternalError, connection, transaction
from django.utils import timezone

from audits.models import Check, Entry
from profiles.actions import activations
from profiles.actions.api_keys import create_api_key
from profiles.actions.attestations import grant_attestation, request_attestation, revoke_attestation
from profiles.actions.reviews import approve_version, request_changes
from profiles.actions.versions import submit_version
from profiles.errors import (
    Forbidden,
    InvalidInput,
    NoActiveProfile,
    NotApproved,
    NotFound,
    OutsideLimits,
    OwnWork,
    StaleDraft,
    StaleVersion,
    WrongState,
)
from profiles.models import Activation, PublishedProfile, Review, Version
from profiles.queries import published
from profiles.resolution.document import document_digest
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def client_key(acme: Cast, environment: str = "production") -> Any:
    place = acme.organization.environments.get(slug=environment)
    key, _text = create_api_key(
        acme.organization, name="gateway", product=acme.product, environment=place, by=SYSTEM, now=timezone.now()
    )
    return key


def document(acme: Cast, at: Any = None) -> dict[str, Any]:
    return dict(json.loads(bytes(published(client_key(acme), None, at or timezone.now()).body)))


def test_the_whole_way_from_draft_to_published_bytes(acme: Cast) -> None:
    version = some.make_active(acme, safety__danger_caveats="off")
    found = document(acme)
    assert found["version"] == version.number == 1
    assert found["behaviors"]["safety.danger_caveats"]["value"] == "off"
    assert found["behaviors"]["safety.danger_caveats"]["reason"] == "set"
    assert found["digest"] == document_digest(found)
    assert found["valid_until"] is None


def test_nothing_is_published_before_somebody_activates(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    some.approve(acme, some.submit(acme))
    with pytest.raises(NoActiveProfile):
        published(client_key(acme), None, timezone.now())


def test_submission_needs_a_reason_a_change_and_the_newest_draft(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    with pytest.raises(InvalidInput):
        some.submit(acme, why="  ")
    some.make_active(acme)
    with pytest.raises(WrongState, match="Nothing differs"):
        some.submit(acme)
    some.set_values(acme, safety__danger_caveats="on")
    with pytest.raises(StaleDraft):
        submit_version(acme.product.draft, note_text="Why", seen=0, by=acme.actor("editor"), now=timezone.now())


@pytest.mark.parametrize("author", ["editor", "administrator"])
def test_nobody_approves_their_own_version_administrators_included(acme: Cast, author: str) -> None:
    some.set_values(acme, by=author, safety__danger_caveats="off")
    version = some.submit(acme, by=author)
    with pytest.raises(Forbidden if author == "editor" else OwnWork):
        some.approve(acme, version, by=author)
    assert Review.objects.count() == 0
    entry = Entry.objects.get(kind="profile.version.approved")
    assert entry.outcome == "refused"
    with pytest.raises(NotApproved):
        some.activate(acme, version, by=author)


def test_the_database_itself_refuses_a_review_by_the_author(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    fields = {"version": version, "decision": "approved", "reviewer_name": "x", "at": timezone.now()}
    with pytest.raises(DatabaseError), transaction.atomic():
        Review.objects.create(reviewer_id=version.author_id, digest=version.digest, **fields)
    with pytest.raises(DatabaseError), transaction.atomic():
        Review.objects.create(reviewer_id="user:999", digest="sha256:other", **fields)


def test_an_approval_is_bound_to_the_digest_of_what_was_seen(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    with pytest.raises(StaleVersion):
        approve_version(version, digest="sha256:seen-before", by=acme.actor("approver"), now=timezone.now())


def test_a_newer_version_takes_the_place_of_one_that_waits(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    first = some.submit(acme)
    some.approve(acme, first)
    some.set_values(acme, tone__profanity="on")
    second = some.submit(acme)
    with pytest.raises(StaleVersion):
        some.approve(acme, first, by="approver2")
    with pytest.raises(NotApproved):
        some.activate(acme, second)


def test_a_request_for_changes_blocks_until_the_same_person_approves(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    request_changes(version, digest=version.digest, comment="Why now?", by=acme.actor("approver2"), now=timezone.now())
    some.approve(acme, version)
    with pytest.raises(NotApproved, match="Approver2 of Acme asked for changes"):
        some.activate(acme, version)
    some.approve(acme, version, by="approver2")
    assert some.activate(acme, version).version == version


def test_an_environment_that_needs_two_approvals_counts_people_not_reviews(acme: Cast) -> None:
    place = acme.production
    place.approvals_needed = 2
    place.save()
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    some.approve(acme, version)
    with pytest.raises(NotApproved, match="needs 2 approvals"):
        some.activate(acme, version)
    some.approve(acme, version, by="approver2")
    some.activate(acme, version)


def test_going_back_is_a_new_version(acme: Cast) -> None:
    first = some.make_active(acme, safety__danger_caveats="off")
    some.make_active(acme, safety__danger_caveats="on")
    with pytest.raises(StaleVersion):
        some.activate(acme, first)


def test_environments_are_activated_one_by_one(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    some.activate(acme, version, environment="staging")
    with pytest.raises(NoActiveProfile):
        published(client_key(acme), None, timezone.now())
    assert published(client_key(acme, "staging"), None, timezone.now()).activation.version == version


def test_an_environment_of_another_organization_is_not_found(acme: Cast) -> None:
    other = some.make_cast("other", "thing")
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    with pytest.raises(NotFound):
        activations.activate_version(
            version, environment=other.production, reason="r", by=acme.actor("approver"), now=timezone.now()
        )


# Attestations


def test_what_an_attestation_opened_is_served_until_it_expires_and_then_falls_back_by_itself(acme: Cast) -> None:
    end = timezone.now() + timedelta(days=10)
    some.attest(acme, "adults_only", until=end)
    some.make_active(acme, content__explicit="on")
    before, after = document(acme, end - timedelta(seconds=1)), document(acme, end)
    assert before["behaviors"]["content.explicit"]["value"] == "on"
    assert before["valid_until"] == end.isoformat().replace("+00:00", "Z")
    assert after["behaviors"]["content.explicit"]["value"] == "off"
    assert after["behaviors"]["content.explicit"]["reason"] == "attestation_expired"
    assert after["valid_until"] is None


def test_revoking_an_attestation_changes_what_is_served_at_once(acme: Cast) -> None:
    claim = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=10))
    some.make_active(acme, content__explicit="on")
    revoke_attestation(claim, comment="The evidence was forged.", by=acme.actor("steward"), now=timezone.now())
    assert document(acme)["behaviors"]["content.explicit"]["value"] == "off"


def test_a_draft_whose_attestation_ended_cannot_be_submitted(acme: Cast) -> None:
    claim = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=10))
    some.set_values(acme, content__explicit="on")
    revoke_attestation(claim, comment="Ended.", by=acme.actor("steward"), now=timezone.now())
    with pytest.raises(OutsideLimits) as refusal:
        some.submit(acme)
    assert "attestation_expired" in refusal.value.fields["settings.content.explicit"][0]


def test_an_approved_version_whose_attestation_ended_cannot_be_activated(acme: Cast) -> None:
    claim = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=10))
    some.set_values(acme, content__explicit="on")
    version = some.submit(acme)
    some.approve(acme, version)
    revoke_attestation(claim, comment="Ended.", by=acme.actor("steward"), now=timezone.now())
    with pytest.raises(OutsideLimits, match="limits changed"):
        some.activate(acme, version)


def test_a_steward_who_is_an_editor_too_cannot_grant_what_they_requested(acme: Cast) -> None:
    acme.users["editor"].is_steward = True
    acme.users["editor"].save()
    by = acme.actor("editor")
    asked = request_attestation(acme.product, kind="adults_only", evidence="Ids.", by=by, now=timezone.now())
    with pytest.raises(OwnWork):
        grant_attestation(asked, expires_at=timezone.now() + timedelta(days=1), by=by, now=timezone.now())


def test_an_operator_cannot_grant_its_own_attestation(acme: Cast) -> None:
    asked = request_attestation(
        acme.product, kind="adults_only", evidence="Ids.", by=acme.actor("editor"), now=timezone.now()
    )
    with pytest.raises(Forbidden, match="steward"):
        grant_attestation(
            asked, expires_at=timezone.now() + timedelta(days=1), by=acme.actor("administrator"), now=timezone.now()
        )


# What the database holds


@pytest.mark.parametrize("table", ["version", "review", "activation", "publishedprofile", "rulebookrevision"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_raw_sql_cannot_change_what_is_immutable(acme: Cast, table: str, statement: str) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else TRUNCATE fails for another reason
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement.format(f"profiles_{table}"))


@pytest.mark.parametrize(
    "statement", ["UPDATE audits_entry SET leaf = leaf", "DELETE FROM audits_entry", "TRUNCATE audits_entry"]
)
@pytest.mark.parametrize("replica", [False, True])
def test_raw_sql_cannot_change_the_trail_not_even_as_a_replica(acme: Cast, statement: str, replica: bool) -> None:
    with connection.cursor() as cursor:
        if replica:
            cursor.execute("SET LOCAL session_replication_role = replica")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(statement)


def test_a_change_and_its_entry_are_one_transaction(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    before = Entry.objects.count()
    with (
        patch("profiles.actions.activations.note", side_effect=InternalError("no entry")),
        pytest.raises(InternalError),
    ):
        some.activate(acme, version)
    assert Activation.objects.count() == PublishedProfile.objects.count() == 0
    assert Entry.objects.count() == before


def test_submission_and_activation_each_ask_for_a_check(acme: Cast) -> None:
    version = some.make_active(acme, safety__danger_caveats="off")
    found = list(Check.objects.order_by("id").values_list("trigger", "version", "state"))
    assert found == [("submission", version.pk, "waiting"), ("activation", version.pk, "waiting")]


def test_versions_are_numbered_in_a_row_and_say_their_direction(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    some.make_active(acme, safety__danger_caveats="on")
    some.set_values(acme, safety__danger_caveats="off", views__balanced="on")
    third = some.submit(acme)
    rows = list(Version.objects.order_by("number").values_list("number", "direction"))
    assert rows[:2] == [(1, "loosening"), (2, "tightening")]
    assert third.number == 3
