"""The editor: with htmx and without, for those who may and those who may not, alone and together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from audits.models import Entry
from profiles.actions.attestations import revoke_attestation
from profiles.models import Draft, Version
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
PAGE = "/products/helper/edit/"
CAVEATS = "safety.danger_caveats"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def editor(acme: Cast, client: Client) -> Client:
    client.force_login(acme.users["editor"])
    return client


def settings_of(acme: Cast) -> dict[str, Any]:
    return dict(Draft.objects.get(product=acme.product).settings)


def flip(client: Client, *values: str, key: str = CAVEATS, seen: int = 0, htmx: bool = True, **more: str) -> Any:
    return client.post(
        f"/products/helper/draft/set/{key}/", {key: values, "seen": seen, **more}, headers=HTMX if htmx else {}
    )


def test_every_behavior_is_on_the_page_with_who_decided_and_where_it_is_written(editor: Client) -> None:
    page = editor.get(PAGE).content.decode()
    for key in ("content.explicit", CAVEATS, "agents.spend_limit", "topics.allowed", "honesty.truthful"):
        assert f'id="{key}"' in page
    assert "Platform default" in page
    assert "/rulebooks/reference/2026-11-01/#content.explicit" in page


def test_what_is_locked_is_a_sentence_and_no_control(editor: Client) -> None:
    page = editor.get(PAGE).content.decode()
    for key in ("safety.weapons_of_mass_harm", "protection.emergency_referral", "content.explicit"):
        assert f'id="c-{key}"' not in page
    assert "Why is this locked?" in page
    assert "/attestations/?product=helper&amp;kind=adults_only" in page
    assert "enforce" not in page.lower().replace("they do not enforce", "")


def test_what_the_platform_leaves_to_judgement_is_advice_and_no_control(editor: Client) -> None:
    page = editor.get(PAGE).content.decode()
    row = page.partition('id="limits.hard_cases"')[2].partition("</details>")[0]
    assert "Left to judgement" in row
    assert "nothing is instructed" in editor.get(f"{PAGE}limits.hard_cases/").content.decode()
    assert "<input" not in row
    assert flip(editor, "on", key="limits.hard_cases", htmx=False).status_code == 422


def test_a_lowered_ceiling_names_the_rule_that_applies_and_no_other(editor: Client, acme: Cast) -> None:
    """Graphic violence is capped for a general audience too; this product is for adults, who lack an attestation."""
    page = editor.get(PAGE).content.decode()
    row = page.partition('id="content.graphic_violence"')[2].partition("</article>")[0]
    assert "At most Moderate here." in row
    assert "general audience" not in row
    assert "Request attestation" in row


def test_a_draft_that_says_what_is_active_says_that(editor: Client, acme: Cast) -> None:
    some.make_active(acme, views__balanced="off")
    assert "The draft is the same as version 1, which is active." in editor.get(PAGE).content.decode()


def test_a_toggle_answers_with_its_row_and_what_stands_around_it(editor: Client, acme: Cast) -> None:
    some.make_active(acme, views__balanced="off")
    answer = flip(editor, "on", "off", seen=1)
    text = answer.content.decode()
    assert answer.status_code == 200
    assert settings_of(acme)[CAVEATS] == "off"
    assert text.count(f'id="{CAVEATS}"') == 1
    assert "Was On in v1." in text
    assert 'hx-target="#changes"' in text
    assert "<html" not in text
    assert "Draft saved" in answer.headers["HX-Trigger"]
    assert "HX-Request" in answer.headers["Vary"]


def test_without_scripts_the_same_write_leads_back_to_the_row(editor: Client, acme: Cast) -> None:
    answer = flip(editor, "on", "off", htmx=False)
    assert answer.status_code == 302
    assert answer["Location"] == f"{PAGE}#{CAVEATS}"
    assert settings_of(acme) == {CAVEATS: "off"}


def test_the_whole_form_writes_only_what_was_changed_in_it(editor: Client, acme: Cast) -> None:
    form = {CAVEATS: ["on", "off"], "views.balanced": ["off", "on"], "tone.profanity": ["off"], "seen": 0}
    assert editor.post("/products/helper/draft/", form).status_code == 302
    assert settings_of(acme) == {CAVEATS: "off"}


def test_a_value_outside_its_window_comes_back_with_the_reason_and_what_was_typed(editor: Client, acme: Cast) -> None:
    answer = flip(editor, "99999", key="agents.spend_limit")
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="99999"' in text
    assert "Not saved:" in text
    assert settings_of(acme) == {}
    assert Entry.objects.get(kind="profile.draft.edited").outcome == "refused"


@pytest.mark.parametrize("typed", ["ten", "-1", "1e3", "１２", "9" * 400, "<script>alert(1)</script>", "\u202e12"])
def test_a_number_that_is_none_is_refused_and_shown_as_text(editor: Client, acme: Cast, typed: str) -> None:
    answer = flip(editor, typed, key="agents.time_limit")
    assert answer.status_code == 422
    assert "<script>alert" not in answer.content.decode()
    assert settings_of(acme) == {}


def test_a_locked_behavior_is_refused_through_the_side_door_too(editor: Client, acme: Cast) -> None:
    answer = flip(editor, "off", key="protection.emergency_referral")
    assert answer.status_code == 422
    assert "locked_protection" in answer.content.decode()
    assert settings_of(acme) == {}


def test_an_unknown_behavior_is_refused_with_a_page(editor: Client) -> None:
    answer = flip(editor, "on", key="no.such", htmx=False)
    assert answer.status_code == 422
    assert "No rulebook of this product states no.such" in answer.content.decode()


def test_topics_are_added_removed_and_opened_again(editor: Client, acme: Cast) -> None:
    key = "topics.allowed"
    flip(editor, "", "any", "algebra", key=key)
    assert settings_of(acme)[key] == ["algebra"]
    flip(editor, "", "algebra", "history\nmusic", key=key, seen=1)
    assert settings_of(acme)[key] == ["algebra", "history", "music"]
    flip(editor, "", "algebra", key=key, seen=2)
    assert settings_of(acme)[key] == ["algebra"]
    flip(editor, "", "algebra", "any", key=key, seen=3)
    assert settings_of(acme)[key] == "any"
    assert flip(editor, "", *(f"topic {n}" for n in range(10_000)), key=key, seen=4).status_code in (400, 422)
    assert settings_of(acme)[key] == "any"


def test_a_stale_write_is_answered_with_both_values_and_a_choice(editor: Client, acme: Cast) -> None:
    some.set_values(acme, by="editor2", format__length="brief")
    answer = flip(editor, "thorough", key="format.length", seen=0)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Editor2 of Acme changed this" in text
    assert "Show theirs" in text
    assert "Keep mine" in text
    assert settings_of(acme) == {"format.length": "brief"}
    assert flip(editor, "thorough", key="format.length", seen=1).status_code == 200
    assert settings_of(acme) == {"format.length": "thorough"}


def test_a_page_that_does_not_say_what_it_showed_changes_nothing(editor: Client, acme: Cast) -> None:
    answer = editor.post(f"/products/helper/draft/set/{CAVEATS}/", {CAVEATS: "off"})
    assert answer.status_code == 400
    assert settings_of(acme) == {}


def test_undo_and_reset(editor: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    flip(editor, "off", "on", seen=1)
    answer = editor.post(f"/products/helper/draft/undo/{CAVEATS}/", {"seen": 2}, headers=HTMX)
    assert answer.status_code == 200
    assert settings_of(acme) == {CAVEATS: "off"}
    flip(editor, seen=3, reset="1")
    assert settings_of(acme) == {}


def test_a_rule_that_follows_from_a_change_is_shown_with_it(editor: Client, acme: Cast) -> None:
    """Minimal permissions leave no spending: the row of the limit changes with that of the permissions."""
    answer = flip(editor, "minimal", key="agents.permissions")
    text = answer.content.decode()
    assert "hx-target=\"[id='agents.spend_limit']\"" in text


def test_instructions_are_kept_and_a_conflict_shows_both_texts(editor: Client, acme: Cast) -> None:
    post = {"instructions": "Be kind.", "seen": 0}
    assert editor.post("/products/helper/draft/instructions/", post, headers=HTMX).status_code == 200
    other = Client()
    other.force_login(acme.users["editor2"])
    answer = other.post("/products/helper/draft/instructions/", post | {"instructions": "Be brief."}, headers=HTMX)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Be kind." in text
    assert "Be brief." in text
    assert Draft.objects.get(product=acme.product).instructions == "Be kind."


def test_submitting_without_a_reason_is_refused_and_keeps_everything(editor: Client, acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    answer = editor.post("/products/helper/draft/submit/", {"note": " ", "seen": 1}, headers=HTMX)
    assert answer.status_code == 422
    assert "Please fill this in." in answer.content.decode()
    assert Version.objects.count() == 0


def test_submitting_leads_to_the_version(editor: Client, acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    form = {"note": "Because.", "seen": 1}
    answer = editor.post("/products/helper/draft/submit/", form, headers=HTMX)
    assert answer.headers["HX-Redirect"] == "/products/helper/versions/1/"
    assert Version.objects.get().note == "Because."


def test_submitting_a_draft_that_somebody_changed_meanwhile_is_refused(editor: Client, acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    answer = editor.post("/products/helper/draft/submit/", {"note": "Because.", "seen": 0})
    assert answer.status_code == 412
    assert "Because." in answer.content.decode()
    assert Version.objects.count() == 0


def test_a_setting_that_lost_its_attestation_must_be_fixed_first(editor: Client, acme: Cast) -> None:
    claim = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=1))
    some.set_values(acme, content__explicit="on")
    assert "Attested" in editor.get(PAGE).content.decode()
    revoke_attestation(claim, comment="Ended.", by=acme.actor("steward"), now=timezone.now())
    page = editor.get(PAGE).content.decode()
    assert "Fix this:" in page
    assert "1 problem to fix before you submit" in page
    answer = editor.post("/products/helper/draft/submit/", {"note": "Because.", "seen": 1}, headers=HTMX)
    assert answer.status_code == 422
    flip(editor, key="content.explicit", seen=1, reset="1")
    assert settings_of(acme) == {}


@pytest.mark.parametrize("role", ["approver", "compliance", "auditor"])
def test_somebody_who_may_only_read_sees_values_and_no_controls(acme: Cast, client: Client, role: str) -> None:
    client.force_login(acme.users[role])
    page = client.get(PAGE).content.decode()
    assert f'id="c-{CAVEATS}"' not in page
    assert "Submit for review" not in page
    assert "Changing it needs an editor" in page


def test_the_filter_asks_for_the_rows_alone(editor: Client) -> None:
    answer = editor.get(PAGE, {"q": "profanity"}, headers=HTMX)
    text = answer.content.decode()
    assert "<html" not in text
    assert 'id="tone.profanity"' in text
    assert 'id="content.explicit"' not in text
    assert "No behavior matches" in editor.get(PAGE, {"q": "zzz"}).content.decode()
    locked = editor.get(PAGE, {"show": "locked"}).content.decode()
    assert 'id="tone.profanity"' not in locked


def test_a_lost_session_in_the_middle_of_an_edit_leads_to_the_sign_in_page(acme: Cast, client: Client) -> None:
    answer = flip(client, "off")
    assert answer.headers["HX-Redirect"].startswith("/sign-in/?next=")
    assert settings_of(acme) == {}


def test_the_page_and_a_toggle_need_few_queries(
    editor: Client, acme: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    some.make_active(acme, views__balanced="off")
    editor.get(PAGE)
    with django_assert_max_num_queries(24):
        editor.get(PAGE)
