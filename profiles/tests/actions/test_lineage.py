"""Versions made from others: an earlier one restored, a stale one rebased; and what becomes of the draft."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audits.models import Check, Entry
from profiles import queries
from profiles.actions.attestations import revoke_attestation
from profiles.actions.drafts import edit_draft, undo_edit
from profiles.actions.restoring import rebase_version, restore_version
from profiles.actions.reviews import comment_version, decline_version
from profiles.errors import Forbidden, InvalidInput, NotApproved, OutsideLimits, StaleVersion, WrongState
from profiles.models import Comment, Draft, DraftEdit, Version
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    """Version 1, caveats off, is live in production."""
    cast = some.make_cast()
    some.make_active(cast, safety__danger_caveats="off")
    return cast


def draft_of(acme: Cast) -> Draft:
    return Draft.objects.get(product=acme.product)


def restore(acme: Cast, number: int, by: str = "editor", why: str = "It was better.") -> Version:
    earlier = Version.objects.select_related("product__organization", "base").get(number=number)
    return restore_version(earlier, note_text=why, by=acme.actor(by), now=timezone.now())


def rebase(acme: Cast, version: Version, live: int, by: str = "editor", **choices: str) -> Version:
    named = {key.replace("__", "."): side for key, side in choices.items()}
    return rebase_version(
        version, live=live, choices=named, note_text="On top of it.", by=acme.actor(by), now=timezone.now()
    )


def last(kind: str) -> dict[str, Any]:
    entry = Entry.objects.filter(kind=kind).order_by("-id").first()
    assert entry is not None
    return entry.content()


# Restoring


def test_restoring_submits_a_new_version_that_says_what_it_restores_and_is_live_nowhere(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="on", tone__profanity="on")
    made = restore(acme, 1)
    assert [made.number, *(each.number for each in (made.restored_from, made.base) if each)] == [3, 1, 2]
    assert made.settings == {"safety.danger_caveats": "off"}
    assert made.direction == "mixed"
    assert queries.live_version(acme.product) == made.base
    assert Check.objects.filter(version=made, trigger="submission").exists()
    entry = last("profile.version.restored")
    assert (entry["data"]["restores"], entry["data"]["note"]) == (1, "It was better.")
    with pytest.raises(NotApproved):
        some.activate(acme, made)


def test_a_restored_version_takes_the_draft_along_when_it_goes_live_and_keeps_what_was_edited(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="on", tone__profanity="on")
    some.set_values(acme, views__balanced="off")
    made = restore(acme, 1)
    some.approve(acme, made)
    assert draft_of(acme).settings["tone.profanity"] == "on"
    some.activate(acme, made)
    draft = draft_of(acme)
    assert draft.settings == {"safety.danger_caveats": "off", "views.balanced": "off"}
    edits = DraftEdit.objects.filter(draft=draft, revision=draft.revision)
    assert {edit.field: edit.value for edit in edits} == {"safety.danger_caveats": "off", "tone.profanity": None}
    assert last("profile.draft.edited")["data"]["carried"] == made.number


def test_what_was_carried_into_a_draft_is_taken_back_to_what_was_there(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="on")
    made = restore(acme, 1)
    some.approve(acme, made)
    some.activate(acme, made)
    draft = draft_of(acme)
    assert draft.settings == {"safety.danger_caveats": "off"}
    undo_edit(draft, revision=draft.revision, by=acme.actor("editor"), now=timezone.now())
    assert draft_of(acme).settings == {"safety.danger_caveats": "on"}


def test_what_is_active_everywhere_cannot_be_restored(acme: Cast) -> None:
    with pytest.raises(WrongState, match="says the same"):
        restore(acme, 1)


def test_a_trial_in_staging_alone_can_be_taken_back(acme: Cast) -> None:
    first = Version.objects.get(number=1)
    some.activate(acme, first, environment="staging")
    some.set_values(acme, tone__profanity="on")
    trial = some.submit(acme)
    some.approve(acme, trial)
    some.activate(acme, trial, environment="staging")
    made = restore(acme, 1)
    assert some.activate(acme, made, environment="staging").basis == "tightening"


def test_restoring_asks_why_and_a_role_that_submits(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="on")
    with pytest.raises(InvalidInput):
        restore(acme, 1, why=" ")
    for role in ("approver", "compliance", "auditor"):
        with pytest.raises(Forbidden):
            restore(acme, 1, by=role)
    assert Version.objects.count() == 2


def test_what_the_limits_forbid_today_does_not_come_back(acme: Cast) -> None:
    claim = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=9))
    some.make_active(acme, content__explicit="on")
    some.make_active(acme, content__explicit=None)
    revoke_attestation(claim, comment="Ended.", by=acme.actor("steward"), now=timezone.now())
    with pytest.raises(OutsideLimits) as refusal:
        restore(acme, 2)
    assert "settings.content.explicit" in refusal.value.fields


# Rebasing


@pytest.fixture
def stale(acme: Cast) -> Version:
    """Version 2 sets profanity and brief answers. Version 3 was made beside it without either, and version 2 went live
    after version 3 was submitted; both say something else of the length of answers."""
    some.set_values(acme, tone__profanity="on", format__length="brief")
    second = some.submit(acme)
    some.approve(acme, second)
    some.set_values(acme, tone__profanity=None, format__length="thorough", views__balanced="off")
    third = some.submit(acme)
    some.activate(acme, second)
    return Version.objects.select_related("product__organization", "base").get(pk=third.pk)


def test_a_stale_version_is_neither_reviewed_nor_activated_and_waits_for_nobody(acme: Cast, stale: Version) -> None:
    with pytest.raises(StaleVersion, match="rebased first"):
        some.approve(acme, stale)
    with pytest.raises(StaleVersion, match="Rebase it"):
        some.activate(acme, stale)
    assert queries.waiting(acme.actor("approver")) == []


def test_approvals_from_before_do_not_carry_a_stale_version_over(acme: Cast) -> None:
    some.set_values(acme, tone__profanity="on")
    second = some.submit(acme)
    some.approve(acme, second)
    some.set_values(acme, views__balanced="off")
    third = some.submit(acme)
    some.approve(acme, third)
    some.activate(acme, second)
    with pytest.raises(StaleVersion):
        some.activate(acme, third)


def test_rebasing_takes_each_behavior_from_the_side_that_was_chosen_and_starts_its_review_anew(
    acme: Cast, stale: Version
) -> None:
    made = rebase(acme, stale, 2, tone__profanity="theirs", format__length="mine", views__balanced="mine")
    assert (made.rebased_from, made.base, made.number) == (stale, Version.objects.get(number=2), 4)
    assert made.settings == {
        "safety.danger_caveats": "off",
        "tone.profanity": "on",
        "format.length": "thorough",
        "views.balanced": "off",
    }
    assert queries.waiting(acme.actor("approver")) == [made]
    with pytest.raises(NotApproved):
        some.activate(acme, made)
    entry = last("profile.version.rebased")
    assert (entry["data"]["rebases"], entry["data"]["base"]) == (3, 2)
    assert draft_of(acme).settings == made.settings, "the draft goes on from it"
    some.approve(acme, made)
    some.activate(acme, made)


def test_a_behavior_without_a_choice_is_named(acme: Cast, stale: Version) -> None:
    with pytest.raises(InvalidInput) as refusal:
        rebase(acme, stale, 2, tone__profanity="theirs", format__length="both")
    assert set(refusal.value.fields) == {"choice.format.length", "choice.views.balanced"}
    assert Version.objects.count() == 3


def test_choices_count_for_what_was_live_when_they_were_made(acme: Cast, stale: Version) -> None:
    with pytest.raises(StaleVersion, match="Look at the differences again"):
        rebase(acme, stale, 1, tone__profanity="mine", format__length="mine", views__balanced="mine")


def test_nothing_of_a_version_left_makes_no_version(acme: Cast, stale: Version) -> None:
    with pytest.raises(WrongState, match="Nothing of version 3"):
        rebase(acme, stale, 2, tone__profanity="theirs", format__length="theirs", views__balanced="theirs")


def test_what_is_not_stale_is_not_rebased(acme: Cast) -> None:
    some.set_values(acme, tone__profanity="on")
    with pytest.raises(WrongState, match="was made against what is live"):
        rebase(acme, some.submit(acme), 1)


def test_what_is_older_than_what_is_live_is_restored_instead(acme: Cast, stale: Version) -> None:
    made = rebase(acme, stale, 2, tone__profanity="theirs", format__length="mine", views__balanced="mine")
    some.approve(acme, made)
    some.activate(acme, made)
    with pytest.raises(WrongState, match="restore version 3"):
        rebase(acme, stale, 4)


@pytest.mark.parametrize("role", ["approver", "compliance", "auditor"])
def test_a_role_that_does_not_submit_does_not_rebase(acme: Cast, stale: Version, role: str) -> None:
    with pytest.raises(Forbidden):
        rebase(acme, stale, 2, by=role, tone__profanity="mine", format__length="mine", views__balanced="mine")


def test_instructions_are_chosen_like_a_behavior(acme: Cast) -> None:
    for text in ("Be kind.", "Be brief."):
        draft = draft_of(acme)
        edit_draft(draft, by=acme.actor("editor"), now=timezone.now(), seen=draft.revision, instructions=text)
        version = some.submit(acme)
        if text == "Be kind.":
            some.approve(acme, version)
    some.activate(acme, Version.objects.get(number=2))
    stale = Version.objects.select_related("product__organization", "base").get(number=3)
    assert rebase(acme, stale, 2, instructions="mine").instructions == "Be brief."


# Declining and commenting


def test_a_decline_asks_why_and_holds_for_good(acme: Cast) -> None:
    some.set_values(acme, tone__profanity="on")
    version = some.submit(acme)
    by, now = acme.actor("approver"), timezone.now()
    with pytest.raises(InvalidInput):
        decline_version(version, digest=version.digest, comment="", by=by, now=now)
    decline_version(version, digest=version.digest, comment="Never.", by=by, now=now)
    for role in ("approver", "approver2"):
        with pytest.raises(WrongState, match="for good"):
            some.approve(acme, version, by=role)
    assert last("profile.version.declined")["data"]["comment"] == "Never."
    assert queries.waiting(acme.actor("approver2")) == []


def test_a_comment_decides_nothing_and_stays_as_it_was_said(acme: Cast) -> None:
    version = Version.objects.select_related("product__organization").get(number=1)
    for role in ("editor", "approver", "administrator"):
        comment_version(version, behavior="safety.danger_caveats", text="Why?", by=acme.actor(role), now=timezone.now())
    assert Comment.objects.count() == 3
    assert not version.reviews.filter(reviewer_id=acme.actor("administrator").id).exists()
    entry = last("profile.version.commented")
    assert (entry["data"]["behavior"], entry["data"]["text"]) == ("safety.danger_caveats", "Why?")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Comment.objects.update(text="Because.")


@pytest.mark.parametrize(
    ("behavior", "text", "field"), [("no.such", "Why?", "behavior"), ("", " ", "text"), ("", "x" * 4_001, "text")]
)
def test_a_comment_on_nothing_or_without_text_is_refused(acme: Cast, behavior: str, text: str, field: str) -> None:
    version = Version.objects.select_related("product__organization").get(number=1)
    with pytest.raises(InvalidInput) as refusal:
        comment_version(version, behavior=behavior, text=text, by=acme.actor("editor"), now=timezone.now())
    assert list(refusal.value.fields) == [field]


@pytest.mark.parametrize("role", ["compliance", "auditor", "steward"])
def test_who_only_reads_does_not_comment(acme: Cast, role: str) -> None:
    version = Version.objects.select_related("product__organization").get(number=1)
    with pytest.raises(Forbidden):
        comment_version(version, text="Hm.", by=acme.actor(role), now=timezone.now())
