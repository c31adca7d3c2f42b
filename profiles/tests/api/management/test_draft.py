"""The draft by API: read, changed as a whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from audits.models import Entry
from profiles.models import ApiKey, DraftEdit
from profiles.tests import cast as some
from profiles.tests.api.management.program import Program, program
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
DRAFT = "products/helper/draft"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def script(acme: Cast) -> Program:
    return program(acme)


def last_entry() -> dict[str, Any]:
    return Entry.objects.order_by("-pk")[0].content()


def test_a_draft_is_read_with_its_tag_and_a_copy_can_be_kept(script: Program) -> None:
    response = script.get(DRAFT)
    assert response.status_code == 200
    assert response["ETag"] == '"draft-0"'
    assert response.json() == {
        "product": "helper",
        "revision": 0,
        "settings": {},
        "user_windows": {},
        "instructions": "",
        "updated_at": "2026-11-23T12:00:00Z",
    }
    assert script.get(DRAFT, If_None_Match=response["ETag"]).status_code == 304
    assert script.get(DRAFT, If_None_Match='W/"x", "draft-0"').status_code == 304
    assert script.get(DRAFT, If_None_Match='"draft-1"').status_code == 200


def test_a_change_is_stored_and_the_entry_names_the_key(acme: Cast, script: Program) -> None:
    body = {
        "settings": {"safety.danger_caveats": "off", "topics.allowed": ["algebra"]},
        "user_windows": {"format.length": {"floor": "brief", "ceiling": "standard"}},
        "instructions": "Be kind.",
    }
    response = script.patch(DRAFT, body, '"draft-0"')
    assert response.status_code == 200
    assert response["ETag"] == '"draft-1"'
    assert {name: response.json()[name] for name in body} == body
    entry = last_entry()
    assert entry["kind"] == "profile.draft.edited"
    maker = ApiKey.objects.get(prefix=script.id.removeprefix("key:")).created_by_id
    assert maker == f"user:{acme.users['administrator'].pk}"
    told = {"type": "key", "id": script.id, "name": "Repository", "auth": "key", "on_behalf_of": maker}
    assert entry["actor"] == told
    assert set(DraftEdit.objects.values_list("by_id", flat=True)) == {script.id}


def test_null_resets_and_what_is_not_named_stays(acme: Cast, script: Program) -> None:
    some.set_values(acme, safety__danger_caveats="off", tone__insults="on")
    found = script.patch(DRAFT, {"settings": {"tone.insults": None}}, '"draft-1"').json()
    assert found["settings"] == {"safety.danger_caveats": "off"}
    assert script.patch(DRAFT, {"settings": {"tone.insults": None}}, '"draft-2"').json()["revision"] == 2


def test_a_write_says_what_it_read_and_is_refused_if_that_changed(acme: Cast, script: Program) -> None:
    body = {"settings": {"safety.danger_caveats": "off"}}
    without = script.ask("PATCH", DRAFT, body)
    assert (without.status_code, without.json()["error"]["code"]) == (412, "precondition_required")
    some.set_values(acme, tone__insults="on")  # another behavior: still not what was read
    for stale in ('"draft-0"', 'W/"draft-1"', "draft-1", '"x"'):
        response = script.patch(DRAFT, body, stale)
        assert (response.status_code, response.json()["error"]["code"]) == (412, "stale_draft"), stale
    assert script.patch(DRAFT, body, '"other", "draft-1"').status_code == 200
    assert script.patch(DRAFT, {"instructions": "Be kind."}, "*").status_code == 200


def test_a_value_outside_its_window_is_refused_whole_and_only_the_refusal_is_kept(acme: Cast, script: Program) -> None:
    body = {
        "settings": {"safety.danger_caveats": "off", "content.explicit": "on"},
        "user_windows": {"safety.weapons_of_mass_harm": {"floor": "off", "ceiling": "on"}},
    }
    response = script.patch(DRAFT, body, '"draft-0"')
    assert response.status_code == 422
    error = response.json()["error"]
    assert error["code"] == "outside_limits"
    assert set(error["fields"]) == {"settings.content.explicit", "user_windows.safety.weapons_of_mass_harm"}
    (sentence,) = error["fields"]["settings.content.explicit"]
    assert "Reason: attestation_missing." in sentence
    assert "Source: " in sentence
    acme.product.draft.refresh_from_db()
    assert acme.product.draft.revision == 0
    assert acme.product.draft.settings == {}
    entry = last_entry()
    assert (entry["kind"], entry["outcome"]) == ("profile.draft.edited", "refused")
    assert entry["actor"]["id"] == script.id


def test_an_unknown_behavior_is_refused_by_its_path(script: Program) -> None:
    response = script.patch(DRAFT, {"settings": {"no.such": "on"}})
    assert (response.status_code, response.json()["error"]["code"]) == (422, "unknown_behavior")
    assert set(response.json()["error"]["fields"]) == {"settings.no.such"}
    response = script.patch(DRAFT, {"settings": {"windows.tone.insults": "on"}})
    assert response.json()["error"]["code"] == "unknown_behavior"


def test_a_dry_run_says_all_and_stores_nothing(acme: Cast, script: Program) -> None:
    before = Entry.objects.count()
    good = script.patch(f"{DRAFT}?dry_run=true", {"settings": {"safety.danger_caveats": "off"}}, '"draft-0"')
    assert (good.status_code, good.json()["settings"]) == (200, {"safety.danger_caveats": "off"})
    bad = script.patch(f"{DRAFT}?dry_run=true", {"settings": {"content.explicit": "on"}}, '"draft-0"')
    assert (bad.status_code, bad.json()["error"]["code"]) == (422, "outside_limits")
    assert Entry.objects.count() == before
    assert script.get(DRAFT).json()["revision"] == 0
    assert script.patch(f"{DRAFT}?dry_run=maybe", {"instructions": ""}).status_code == 400


def test_a_secret_in_the_instructions_does_not_get_into_the_trail(script: Program) -> None:
    response = script.patch(DRAFT, {"instructions": "Use AKIAIOSFODNN7EXAMPLE for it."})
    assert (response.status_code, set(response.json()["error"]["fields"])) == (422, {"instructions"})


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, ""),
        ({"settings": []}, "settings"),
        ({"settings": {"a.b": {}}}, "settings.a.b"),
        ({"settings": {"a.b": 1.5}}, "settings.a.b"),
        ({"settings": {"a.b": [1]}}, "settings.a.b"),
        ({"user_windows": {"a.b": {"floor": "off"}}}, "user_windows.a.b"),
        ({"instructions": None}, "instructions"),
        ({"instructions": "x" * 20_001}, "instructions"),
        ({"instructions": "", "color": 1}, "color"),
    ],
)
def test_another_form_is_malformed_by_its_path(script: Program, body: Any, path: str) -> None:
    response = script.patch(DRAFT, body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed")
    assert list(response.json()["error"]["fields"]) == [path]
