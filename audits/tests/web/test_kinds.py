"""Every kind of entry is told in words; whatever an entry holds, its page can be made."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils.translation import override

from audits.models import Entry
from audits.trail.kinds import Kind, Outcome
from audits.trail.record import record
from audits.web.pages.entries import entry_row
from audits.web.pages.kinds import PRESENTERS
from profiles.access import Actor, ActorType, system
from profiles.web.templatetags.brightline import ICONS

AT = datetime(2026, 11, 23, 14, 32, 8, tzinfo=UTC)
JANA = Actor(ActorType.PERSON, "user:7", "Jana Sommer", frozenset(), auth="password")


def row(kind: Kind, **more: Any) -> Any:
    given: dict[str, Any] = {
        "who": JANA,
        "at": AT,
        "organization": "acme",
        "product": "helper",
        "target": "draft",
    } | more
    entry = Entry.objects.get(pk=record(kind, **given).pk)
    return entry_row(entry, {"safety.danger_caveats": "Danger caveats"}, full=True)


def test_every_kind_has_one_presenter_and_every_presenter_a_kind() -> None:
    assert set(PRESENTERS) == set(Kind)


def test_every_presenter_has_a_label_of_its_own_and_a_drawing_and_tone_that_exist() -> None:
    labels = [str(how.label) for how in PRESENTERS.values()]
    assert len(set(labels)) == len(labels)
    drawings = open_icons()
    for how in PRESENTERS.values():
        assert how.icon in drawings or how.icon in ICONS
        assert how.tone in {"neutral", "ok", "bad", "warn", "att"}
        assert str(how.verb)
        assert str(how.tried)


def open_icons() -> set[str]:
    import re
    from pathlib import Path

    text = (Path(__file__).resolve().parents[3] / "static" / "icons.svg").read_text("utf-8")
    return set(re.findall(r'<symbol id="([a-z]+)"', text))


@pytest.mark.django_db
@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(
    "content",
    [
        {},
        {"before": None, "after": [1, 2], "data": {"message": 7, "fields": "odd", "wanted": "odd", "outcome": None}},
        {"before": {"a": {"b": [None]}}, "after": {"a": 1}, "data": {"total": "x", "trigger": {}, "comment": ["x"]}},
        {"before": "x" * 100_000, "after": {"expires_at": "never", "scopes": "all", "role": {}}, "version": 0},
    ],
    ids=["nothing", "odd", "nested", "long"],
)
def test_no_entry_is_too_odd_to_be_shown(kind: Kind, outcome: Outcome, content: dict[str, Any]) -> None:
    shown = row(kind, outcome=outcome, **content)
    assert shown.verb
    assert shown.kind.name == kind
    assert json.loads(shown.details.json)["kind"] == kind


@pytest.mark.django_db
def test_an_edit_is_told_with_the_name_of_its_behavior_and_both_values() -> None:
    shown = row(Kind.DRAFT_EDITED, before={"safety.danger_caveats": None}, after={"safety.danger_caveats": "off"})
    assert (shown.verb, shown.target) == ("set", "safety.danger_caveats")
    assert shown.detail == "Danger caveats: – → off"
    (change,) = shown.details.changes
    assert (change.name, change.key, change.before, change.after) == (
        "Danger caveats", "safety.danger_caveats", "", "off",
    )  # fmt: skip


@pytest.mark.django_db
def test_a_behavior_that_no_rulebook_knows_any_more_goes_by_its_key() -> None:
    shown = row(Kind.DRAFT_EDITED, before={"old.fast_mode": "off"}, after={"old.fast_mode": "on"})
    assert shown.details.changes[0].name == "Fast mode"
    assert shown.details.changes[0].key == "old.fast_mode"


@pytest.mark.django_db
def test_a_refused_edit_says_what_was_tried_and_why_it_was_refused() -> None:
    shown = row(
        Kind.DRAFT_EDITED,
        outcome=Outcome.REFUSED,
        data={
            "code": "outside_limits",
            "message": "Too permissive.",
            "fields": {"settings.tone.x": ["Too permissive. Source: 3."], "settings.tone.y": ["Locked."]},
            "wanted": {"tone.x": "on"},
        },
    )
    assert (shown.kind.label, shown.kind.tone) == ("Refused", "bad")
    assert (shown.verb, shown.target, shown.detail) == ("tried to set", "tone.x", "Too permissive.")
    assert shown.details.title == "What was tried"
    assert shown.details.outcome == "Refused: Too permissive. Source: 3. Locked."
    assert (shown.details.changes[0].before, shown.details.changes[0].after) == ("", "on")


@pytest.mark.django_db
def test_a_check_that_was_given_up_is_shown_as_failed_and_one_that_found_something_as_bad() -> None:
    lost = row(Kind.CHECK_FINISHED, outcome=Outcome.FAILED, data={"message": "It did not finish in 5 attempts."})
    assert (lost.kind.label, lost.kind.tone, lost.details.outcome_tone) == ("Failed", "warn", "warn")
    found = row(Kind.CHECK_FINISHED, version=4, data={"outcome": "fail", "passed": 1, "total": 2})
    assert (found.kind.label, found.kind.tone) == ("Checked", "bad")
    assert found.detail == "Version 4: 1 of 2 settings inside their limits"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "role", "tone"),
    [
        (JANA, "Person", None),
        (Actor(ActorType.KEY, "key:bl_123456789", "gateway", frozenset(), auth="key"), "API key bl_123456789…", "s"),
        (system("worker"), "Program", "s"),
    ],
)
def test_people_keys_and_the_program_are_told_apart(who: Actor, role: str, tone: str | None) -> None:
    shown = row(Kind.SIGNED_IN, who=who).actor
    assert (shown.name, shown.role) == (who.name, role)
    assert shown.tone == tone or tone is None


@pytest.mark.django_db
def test_an_entry_of_a_kind_from_the_future_speaks_for_itself() -> None:
    import rfc8785

    leaf: dict[str, Any] = {
        "v": 2,
        "id": "x",
        "at": "2030-01-01T00:00:00Z",
        "kind": "robot.dreamt",
        "organization": "acme",
    }
    entry = Entry.objects.get(pk=Entry.objects.create(leaf=rfc8785.dumps(leaf)).pk)
    with override("en"):
        shown = entry_row(entry, {}, full=True)
    assert (shown.kind.label, shown.verb, shown.target) == ("robot.dreamt", "robot.dreamt", "")
