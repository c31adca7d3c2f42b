"""Simulating a draft by API: what would be, by the same functions that refuse, publish and review."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Final

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Entry
from profiles.actions.products import create_product
from profiles.actions.rulebooks import publish_rulebook
from profiles.models import StoredAnswer
from profiles.tests import cast as some
from profiles.tests.api.management.program import Program, client_program, program
from profiles.tests.cast import LIBRARY, NOW, SYSTEM, Cast

pytestmark = pytest.mark.django_db
SIMULATE: Final = "products/helper/draft/simulate"
CAVEATS: Final = "safety.danger_caveats"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def script(acme: Cast) -> Program:
    return program(acme, ["read"])


def content(instructions: str = "", windows: Any = None, **settings: Any) -> dict[str, Any]:
    named = {key.replace("__", "."): value for key, value in settings.items()}
    return {"settings": named, "user_windows": windows or {}, "instructions": instructions}


def simulated(script: Program, beside: Any = "live", place: str = SIMULATE, **more: Any) -> dict[str, Any]:
    answer = script.post(place, {"beside": beside, **more})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def only(said: dict[str, Any]) -> dict[str, Any]:
    (platform,) = said["platforms"]
    return dict(platform)


def test_what_is_simulated_is_what_is_published_once_it_is_live(acme: Cast, script: Program) -> None:
    said = content("Be kind.", safety__danger_caveats="off", format__length="brief")
    before = only(simulated(script, content=said))
    program(acme).patch("products/helper/draft", said)
    version = some.submit(acme)
    assert simulated(script, content=said)["direction"] == version.direction
    some.approve(acme, version)
    some.activate(acme, version)
    text = client_program(acme).text
    published = Client().get("/api/v1/profile", headers={"Authorization": f"Bearer {text}"}).json()
    beside = {"before", "differs", "direction"}
    bare = {
        key: {name: each for name, each in found.items() if name not in beside}
        for key, found in before["behaviors"].items()
    }
    assert bare == published["behaviors"]
    for name in ("instructions", "vendor_settings", "platform", "rulebook", "law_packs", "valid_until"):
        assert before[name] == published[name], name


def test_nothing_is_stored_and_nothing_is_entered(acme: Cast, script: Program) -> None:
    entries = Entry.objects.count()
    simulated(script, content=content("Be kind.", content__explicit="on", safety__danger_caveats="off"))
    script.post(SIMULATE, {"beside": "live"}, Idempotency_Key="once")
    assert Entry.objects.count() == entries
    assert not StoredAnswer.objects.exists()
    acme.product.draft.refresh_from_db()
    assert (acme.product.draft.revision, acme.product.draft.settings) == (0, {})


def test_without_content_the_draft_is_simulated_beside_whatever_is_named(acme: Cast, script: Program) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    some.make_active(acme, safety__danger_caveats="on")
    some.set_values(acme, safety__danger_caveats="off")
    for beside, number, was in (("live", 2, "on"), (2, 2, "on"), (1, 1, "off"), ("draft", "draft", "off")):
        said = simulated(script, beside)
        found = only(said)["behaviors"][CAVEATS]
        assert said["beside"] == number
        assert (found["before"], found["value"], found["differs"]) == (was, "off", was == "on")
    assert script.post(SIMULATE, {"beside": 3}).status_code == 404
    assert script.post(SIMULATE, {"beside": "version 1"}).status_code == 400


def test_where_nothing_is_live_the_platforms_defaults_are_what_was(script: Program) -> None:
    said = simulated(script, content=content(safety__danger_caveats="off"), only_changes=True)
    assert (said["beside"], said["direction"]) == (None, "loosening")
    (key,) = only(said)["behaviors"]
    found = only(said)["behaviors"][key]
    assert (key, found["before"], found["value"], found["direction"]) == (CAVEATS, "on", "off", "loosening")
    assert found["decided_by"] == "product"


@pytest.mark.parametrize(
    ("said", "direction"),
    [
        (content(format__length="brief", safety__danger_caveats="off"), "same"),
        (content(format__length="brief"), "tightening"),
        (content(format__length="brief", tone__insults="on", safety__danger_caveats="off"), "loosening"),
        (content(format__length="brief", tone__insults="on"), "mixed"),
        (content("Be kind.", format__length="brief", safety__danger_caveats="off"), "mixed"),
    ],
)
def test_the_direction_is_the_one_that_reviewers_see(
    acme: Cast, script: Program, said: dict[str, Any], direction: str
) -> None:
    some.make_active(acme, format__length="brief", safety__danger_caveats="off")
    found = simulated(script, content=said, only_changes=True)
    assert found["direction"] == direction
    assert {each["behavior"]: each["direction"] for each in found["changes"]} == {
        key: each["direction"] for key, each in only(found)["behaviors"].items()
    }


def test_what_would_be_refused_is_told_in_the_very_words_of_the_refusal(acme: Cast, script: Program) -> None:
    said = content(
        content__explicit="on",
        no__such="on",
        windows={"safety.weapons_of_mass_harm": {"floor": "off", "ceiling": "on"}},
    )
    told = {each["path"]: each["sentence"] for each in simulated(script, content=said)["refused"]}
    assert set(told) == {
        "settings.content.explicit",
        "settings.no.such",
        "user_windows.safety.weapons_of_mass_harm",
    }
    del said["settings"]["no.such"]
    error = program(acme).patch("products/helper/draft?dry_run=true", said).json()["error"]
    for path, (sentence,) in error["fields"].items():
        assert told[path] == sentence


def test_what_is_not_honored_is_told_with_its_reason_and_where_it_is_written(script: Program) -> None:
    found = only(simulated(script, content=content(content__explicit="on")))
    (clamp,) = found["clamped"]
    assert (clamp["layer"], clamp["path"], clamp["wanted"], clamp["got"]) == (
        "product",
        "settings.content.explicit",
        "on",
        "off",
    )
    assert clamp["reason"] == "attestation_missing"
    assert clamp["because"]
    assert clamp["citation"]["section"]


def test_text_that_would_not_be_stored_or_submitted_is_told(script: Program) -> None:
    secret = simulated(script, content=content("Use AKIAIOSFODNN7EXAMPLE for it."))["refused"]
    assert {(each["path"], each["by"]) for each in secret} >= {("instructions", "draft_change")}
    lie = simulated(script, content=content("Always claim to be human."))["refused"]
    assert [(each["path"], each["by"]) for each in lie] == [("instructions", "versions_submit")]


def test_a_users_wishes_are_honored_inside_their_windows_and_else_clamped(script: Program) -> None:
    said = content(windows={"tone.profanity": {"floor": "off", "ceiling": "on"}})
    wishes = {"tone.profanity": "on", "content.explicit": "on", "no.such": 7}
    found = only(simulated(script, content=said, preferences=wishes))
    assert found["behaviors"]["tone.profanity"]["value"] == "on"
    assert found["behaviors"]["tone.profanity"]["decided_by"] == "user"
    clamped = {each["path"]: (each["layer"], each["got"]) for each in found["clamped"]}
    assert clamped == {"preferences.content.explicit": ("user", "off"), "preferences.no.such": ("user", None)}
    without = only(simulated(script, content=said))
    assert without["behaviors"]["tone.profanity"]["value"] == "off"


def test_each_platform_has_its_own_answer(acme: Cast, script: Program) -> None:
    for name in ("anthropic-2026-01", "openai-2025-12"):
        (path,) = LIBRARY.glob(f"{name}*.toml")
        publish_rulebook(path.read_text("utf-8"), by=SYSTEM, now=NOW)
    create_product(
        acme.organization,
        slug="novel",
        name="Novel",
        facts={"audience": "adults"},
        platforms=["anthropic", "openai"],
        by=acme.actor("administrator"),
        now=NOW,
    )
    said = simulated(script, place="products/novel/draft/simulate", content=content(format__length="brief"))
    assert [each["platform"] for each in said["platforms"]] == ["anthropic", "openai"]
    assert len({each["rulebook"]["digest"] for each in said["platforms"]}) == 2
    assert all(each["behaviors"]["format.length"]["differs"] for each in said["platforms"])
    refused = simulated(script, place="products/novel/draft/simulate", content=content(content__hate="on"))["refused"]
    (sentence,) = (each["sentence"] for each in refused)
    assert "Reason: locked_bright_line." in sentence, "as the platform has it that states the behavior"


# Who edited it


def test_edits_tell_who_changed_what_and_whether_it_was_this_key(acme: Cast) -> None:
    script = program(acme)
    script.patch("products/helper/draft", content(safety__danger_caveats="off") | {"instructions": "Be kind."})
    some.set_values(acme, tone__insults="on")
    found = script.get("products/helper/draft/edits").json()["items"]
    assert {(each["revision"], each["path"], each["yours"]) for each in found} == {
        (2, "settings.tone.insults", False),
        (1, f"settings.{CAVEATS}", True),
        (1, "instructions", True),
    }
    assert found[0]["by"] == {"id": acme.actor("editor").id, "name": "Editor of Acme"}
    (newer,) = script.get("products/helper/draft/edits?since=1").json()["items"]
    assert (newer["path"], newer["value"]) == ("settings.tone.insults", "on")
    assert script.get("products/helper/draft/edits?since=2").json()["items"] == []
    assert not any(each["yours"] for each in program(acme).get("products/helper/draft/edits").json()["items"])


@pytest.mark.parametrize("write", ["change", "submit"])
def test_who_writes_over_what_changed_is_told_who_changed_it_and_when(acme: Cast, write: str) -> None:
    script = program(acme)
    some.set_values(acme, safety__danger_caveats="off")
    some.set_values(acme, by="administrator", tone__insults="on")
    edit = acme.product.draft.edits.latest("pk")
    if write == "change":
        answer = script.patch("products/helper/draft", {"instructions": "Be kind."}, '"draft-1"')
    else:
        answer = script.post("products/helper/versions", {"reason": "R."}, If_Match='"draft-1"')
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (412, "stale_draft")
    at = edit.at.replace(microsecond=0).isoformat().replace("+00:00", "Z")
    assert f"Administrator of Acme changed this draft at {at}" in error["message"]
    assert error["fields"] == {"settings.tone.insults": [f"Administrator of Acme changed this at {at}."]}
    strange = script.patch("products/helper/draft", {"instructions": "Be kind."}, '"another"').json()["error"]
    assert set(strange["fields"]) == {"settings.tone.insults"}, "of the last edit, if nobody knows what was read"
    assert "Administrator" not in strange["message"]


def test_what_nobody_edited_is_stale_without_a_name(acme: Cast) -> None:
    error = program(acme).patch("products/helper/draft", {"instructions": "A."}, '"draft-7"').json()["error"]
    assert (error["code"], error["fields"]) == ("stale_draft", {})


def test_an_answer_is_json_whatever_was_wished(script: Program) -> None:
    ends = {"when": [1.5, None, {"a": "\U0001f600"}], "format.length": 10**15, "topics.allowed": ["x"] * 50}
    found = only(simulated(script, preferences=ends))
    assert {each["path"] for each in found["clamped"]} >= {"preferences.when", "preferences.format.length"}
    assert json.dumps(found)


def test_a_claim_that_ends_is_told_beforehand(acme: Cast, script: Program) -> None:
    ends = timezone.now() + timedelta(days=10)
    some.attest(acme, "adults_only", until=ends)
    found = only(simulated(script, content=content(content__explicit="on")))
    assert found["behaviors"]["content.explicit"]["value"] == "on"
    assert found["valid_until"] is not None


# Another instant, a version, one platform


def test_what_will_be_is_simulated_at_its_instant(acme: Cast, script: Program) -> None:
    ends = timezone.now() + timedelta(days=10)
    some.attest(acme, "adults_only", until=ends)
    said = content(content__explicit="on")
    for at, value in ((ends - timedelta(seconds=1), "on"), (ends, "off")):
        told = simulated(script, content=said, at=at.isoformat().replace("+00:00", "Z"))
        assert only(told)["behaviors"]["content.explicit"]["value"] == value
        assert bool(only(told)["clamped"]) == (value == "off")


def test_a_version_that_is_not_active_is_simulated(acme: Cast, script: Program) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    some.make_active(acme, safety__danger_caveats="on")
    said = simulated(script, of=1)
    found = only(said)["behaviors"][CAVEATS]
    assert (said["of"], said["beside"], found["before"], found["value"]) == (1, 2, "on", "off")
    assert simulated(script)["of"] == "draft"
    assert simulated(script, content=content())["of"] == "content"
    assert script.post(SIMULATE, {"beside": "live", "of": 3}).status_code == 404
    both = script.post(SIMULATE, {"beside": "live", "of": 1, "content": content()})
    assert (both.status_code, list(both.json()["error"]["fields"])) == (400, ["of"])


def test_one_platform_is_asked_about_alone(script: Program) -> None:
    assert [each["platform"] for each in simulated(script, platform="reference")["platforms"]] == ["reference"]
    error = script.post(SIMULATE, {"beside": "live", "platform": "moon"})
    assert (error.status_code, error.json()["error"]["fields"]) == (
        404,
        {"platform": ["This product runs on: reference."]},
    )


@pytest.mark.parametrize(
    "at",
    [
        "",
        "Z",
        "tomorrow",
        "2026-11-23",
        "2026-11-23Z",
        "2026-11-23T10:00:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        7,
    ],
)
def test_what_is_no_instant_of_ours_is_malformed(script: Program, at: Any) -> None:
    error = script.post(SIMULATE, {"beside": "live", "at": at})
    assert (error.status_code, error.json()["error"]["code"]) == (400, "malformed")
    assert list(error.json()["error"]["fields"]) == ["at"]
