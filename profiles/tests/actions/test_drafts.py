"""Editing a draft: who may, what is taken, and what two people at once do to each other."""

import pytest
from django.utils import timezone

from audits.models import Entry
from profiles.actions.drafts import UnknownBehavior, discard_draft, edit_draft, undo_change
from profiles.errors import Forbidden, InvalidInput, OutsideLimits, StaleDraft
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
