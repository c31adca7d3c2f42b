"""Editing a draft: who may, what is taken, and what two people at once do to each other."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audits.models import Entry
from profiles.actions.attestations import revoke_attestation
from profiles.actions.drafts import UnknownBehavior, discard_draft, edit_draft, undo_change, undo_edit
from profiles.errors import Forbidden, InvalidInput, NotFound, OutsideLimits, StaleDraft
from profiles.models import Draft
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
CAVEATS = "safety.danger_caveats"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def edit(acme: Cast, by: str = "editor", seen: int | None = None, **settings: object) -> Draft:
    draft = Draft.objects.get(product=acme.product)
    values = {key.replace("__", "."): value for key, value in settings.items()}
    seen = draft.revision if seen is None else seen
    return edit_draft(draft, by=acme.actor(by), now=timezone.now(), seen=seen, settings=values)


def test_an_editor_sets_a_default_and_the_trail_says_so(acme: Cast) -> None:
    draft = edit(acme, safety__danger_caveats="off")
    assert draft.settings == {CAVEATS: "off"}
    entry = Entry.objects.of(acme.actor("editor")).get(kind="profile.draft.edited")
    assert (entry.outcome, entry.actor_name, entry.product) == ("done", "Editor of Acme", "helper")


def test_setting_the_same_value_again_writes_nothing(acme: Cast) -> None:
    first = edit(acme, safety__danger_caveats="off")
    again = edit(acme, safety__danger_caveats="off")
    assert again.revision == first.revision
    assert Entry.objects.filter(kind="profile.draft.edited").count() == 1


@pytest.mark.parametrize("role", ["approver", "compliance", "auditor", "steward"])
def test_somebody_who_is_no_editor_is_refused_and_the_refusal_is_on_record(acme: Cast, role: str) -> None:
    with pytest.raises(Forbidden):
        edit(acme, by=role, safety__danger_caveats="off")
    assert Draft.objects.get(product=acme.product).settings == {}
    assert Entry.objects.get(kind="profile.draft.edited").outcome == "refused"


def test_a_value_outside_its_window_refuses_the_whole_edit_with_reason_and_source(acme: Cast) -> None:
    with pytest.raises(OutsideLimits) as refusal:
        edit(acme, content__explicit="on", safety__danger_caveats="off")
    (sentence,) = refusal.value.fields["settings.content.explicit"]
    assert "attestation_missing" in sentence
    assert "Source:" in sentence
    assert Draft.objects.get(product=acme.product).settings == {}
    entry = Entry.objects.get(kind="profile.draft.edited")
    assert entry.outcome == "refused"
    assert b"content.explicit" in bytes(entry.leaf)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("safety.weapons_of_mass_harm", "on"),
        ("protection.emergency_referral", "off"),
        ("protection.admit_being_ai", "off"),
    ],
)
def test_bright_lines_and_protections_cannot_be_changed(acme: Cast, key: str, value: str) -> None:
    with pytest.raises(OutsideLimits) as refusal:
        edit(acme, "editor", None, **{key.replace(".", "__"): value})
    assert "locked_" in refusal.value.fields[f"settings.{key}"][0]


@pytest.mark.parametrize("raw", ["purple", 7, True, None.__class__, ["a"], 10**400, "\ud800", {"a": 1}])
def test_a_value_of_the_wrong_form_is_refused_with_a_sentence(acme: Cast, raw: object) -> None:
    with pytest.raises(OutsideLimits) as refusal:
        edit(acme, safety__danger_caveats=raw)
    assert "malformed_value" in refusal.value.fields[f"settings.{CAVEATS}"][0]


def test_an_unknown_behavior_is_refused(acme: Cast) -> None:
    with pytest.raises(UnknownBehavior) as refusal:
        edit(acme, no__such="on")
    assert list(refusal.value.fields) == ["settings.no.such"]


def test_two_people_editing_different_behaviors_do_not_disturb_each_other(acme: Cast) -> None:
    edit(acme, by="editor", seen=0, safety__danger_caveats="off")
    draft = edit(acme, by="editor2", seen=0, tone__profanity="on")
    assert draft.settings == {CAVEATS: "off", "tone.profanity": "on"}


def test_a_stale_write_is_refused_with_both_values_and_loses_neither(acme: Cast) -> None:
    edit(acme, by="editor2", seen=0, safety__danger_caveats="off")
    with pytest.raises(StaleDraft) as refusal:
        edit(acme, by="editor", seen=0, safety__danger_caveats="on")
    detail = refusal.value.detail
    assert (detail["theirs"], detail["mine"], detail["by"]) == ("off", "on", "Editor2 of Acme")
    assert Draft.objects.get(product=acme.product).settings == {CAVEATS: "off"}
    kept = edit(acme, by="editor", seen=detail["revision"], safety__danger_caveats="on")
    assert kept.settings == {CAVEATS: "on"}


def test_ones_own_earlier_edit_is_no_conflict(acme: Cast) -> None:
    edit(acme, seen=0, safety__danger_caveats="off")
    assert edit(acme, seen=0, safety__danger_caveats="on").settings == {CAVEATS: "on"}


def test_two_people_who_want_the_same_value_have_no_conflict(acme: Cast) -> None:
    edit(acme, by="editor2", seen=0, safety__danger_caveats="off")
    assert edit(acme, by="editor", seen=0, safety__danger_caveats="off").revision == 1


def test_undo_puts_back_what_is_live(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    draft = edit(acme, safety__danger_caveats="on")
    undone = undo_change(draft, field=CAVEATS, by=acme.actor("editor"), now=timezone.now(), seen=draft.revision)
    assert undone.settings == {CAVEATS: "off"}


def test_discarding_needs_the_newest_revision(acme: Cast) -> None:
    draft = edit(acme, safety__danger_caveats="off")
    with pytest.raises(StaleDraft):
        discard_draft(draft, by=acme.actor("editor"), now=timezone.now(), seen=0)
    discarded = discard_draft(draft, by=acme.actor("editor"), now=timezone.now(), seen=draft.revision)
    assert discarded.settings == {}


@pytest.mark.parametrize("text", ["a\x00b", "right\u202eleft", "x" * 20_001])
def test_instructions_that_nobody_could_review_are_refused(acme: Cast, text: str) -> None:
    draft = acme.product.draft
    with pytest.raises(InvalidInput):
        edit_draft(draft, by=acme.actor("editor"), now=timezone.now(), seen=0, instructions=text)
    draft.refresh_from_db()
    assert draft.instructions == ""


# What users may change


def leave(acme: Cast, key: str, window: object, by: str = "editor", seen: int | None = None) -> Draft:
    draft = Draft.objects.get(product=acme.product)
    seen = draft.revision if seen is None else seen
    return edit_draft(draft, by=acme.actor(by), now=timezone.now(), seen=seen, windows={key: window})


def test_an_editor_leaves_a_choice_to_users_and_takes_it_back(acme: Cast) -> None:
    draft = leave(acme, CAVEATS, {"floor": "on", "ceiling": "off"})
    assert draft.windows == {CAVEATS: {"floor": "on", "ceiling": "off"}}
    assert draft.settings == {}
    edit_ = draft.edits.get()
    assert (edit_.field, edit_.before, edit_.value) == (f"windows.{CAVEATS}", None, draft.windows[CAVEATS])
    assert leave(acme, CAVEATS, None).windows == {}


def test_leaving_users_more_than_there_is_to_leave_is_refused_with_reason_and_source(acme: Cast) -> None:
    with pytest.raises(OutsideLimits) as refusal:
        leave(acme, "content.explicit", {"floor": "off", "ceiling": "on"})
    (sentence,) = refusal.value.fields["windows.content.explicit"]
    assert "attestation_missing" in sentence
    assert "Source:" in sentence
    assert Draft.objects.get(product=acme.product).windows == {}
    assert Entry.objects.get(kind="profile.draft.edited").outcome == "refused"


@pytest.mark.parametrize(
    "window", ["on", [], {}, {"floor": "on"}, {"floor": "on", "ceiling": "off", "more": 1}, 10**400, "\ud800"]
)
def test_a_window_of_the_wrong_form_is_refused_with_a_sentence(acme: Cast, window: object) -> None:
    with pytest.raises(InvalidInput) as refusal:
        leave(acme, CAVEATS, window)
    assert list(refusal.value.fields) == [f"windows.{CAVEATS}"]


@pytest.mark.parametrize("window", [{"floor": "off", "ceiling": "on"}, {"floor": "purple", "ceiling": None}])
def test_a_window_that_begins_after_it_ends_or_holds_no_values_is_refused(acme: Cast, window: object) -> None:
    with pytest.raises(OutsideLimits) as refusal:
        leave(acme, CAVEATS, window)
    assert "malformed_value" in refusal.value.fields[f"windows.{CAVEATS}"][0]


def test_windows_conflict_like_every_field_and_undo_like_every_field(acme: Cast) -> None:
    leave(acme, CAVEATS, {"floor": "on", "ceiling": "off"}, by="editor2", seen=0)
    with pytest.raises(StaleDraft) as refusal:
        leave(acme, CAVEATS, {"floor": "on", "ceiling": "on"}, seen=0)
    assert refusal.value.detail["field"] == f"windows.{CAVEATS}"
    edit(acme, seen=0, safety__danger_caveats="off")  # the value is another field
    draft = Draft.objects.get(product=acme.product)
    field = f"windows.{CAVEATS}"
    undone = undo_change(draft, field=field, by=acme.actor("editor"), now=timezone.now(), seen=draft.revision)
    assert (undone.windows, undone.settings) == ({}, {CAVEATS: "off"})


def test_a_window_whose_limit_fell_since_must_be_fixed_before_it_is_submitted(acme: Cast) -> None:
    until = timezone.now() + timedelta(days=1)
    claim = some.attest(acme, "adults_only", until=until)
    leave(acme, "content.explicit", {"floor": "off", "ceiling": "on"})
    revoke_attestation(claim, comment="Ended.", by=acme.actor("steward"), now=timezone.now())
    with pytest.raises(OutsideLimits) as refusal:
        some.submit(acme)
    assert list(refusal.value.fields) == ["windows.content.explicit"]


def test_a_version_of_windows_alone_is_no_empty_one_and_loosens(acme: Cast) -> None:
    some.make_active(acme)
    leave(acme, CAVEATS, {"floor": "on", "ceiling": "off"})
    version = some.submit(acme)
    assert version.direction == "loosening"
    assert version.windows == {CAVEATS: {"floor": "on", "ceiling": "off"}}


@pytest.mark.parametrize("key", ["instructions", f"windows.{CAVEATS}"])
def test_no_setting_passes_for_something_else(acme: Cast, key: str) -> None:
    with pytest.raises(UnknownBehavior):
        edit(acme, "editor", None, **{key.replace(".", "__"): "right\u202eleft"})
    assert Draft.objects.get(product=acme.product).instructions == ""


# Several fields at once


def test_a_whole_edit_is_taken_back_at_once(acme: Cast) -> None:
    edit(acme, safety__danger_caveats="off")
    draft = edit(acme, safety__danger_caveats="on", tone__profanity="on")
    undone = undo_edit(draft, revision=draft.revision, by=acme.actor("editor"), now=timezone.now())
    assert undone.settings == {CAVEATS: "off"}


def test_an_edit_of_which_something_changed_since_is_not_taken_back_unread(acme: Cast) -> None:
    first = edit(acme, safety__danger_caveats="off", tone__profanity="on")
    edit(acme, by="editor2", tone__profanity="off")
    with pytest.raises(StaleDraft):
        undo_edit(first, revision=first.revision, by=acme.actor("editor"), now=timezone.now())
    assert Draft.objects.get(product=acme.product).settings == {CAVEATS: "off", "tone.profanity": "off"}
    with pytest.raises(NotFound):
        undo_edit(first, revision=99, by=acme.actor("editor"), now=timezone.now())


def test_ten_thousand_topics_are_refused_and_leave_a_short_record(acme: Cast) -> None:
    with pytest.raises(OutsideLimits) as refusal:
        edit(acme, topics__allowed=[f"topic {n}" for n in range(10_000)])
    assert "at most 200 topics" in refusal.value.fields["settings.topics.allowed"][0]
    assert len(bytes(Entry.objects.get(kind="profile.draft.edited").leaf)) < 20_000
