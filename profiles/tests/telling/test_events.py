"""What webhooks are told; no database."""

import json
from typing import Any

import pytest

from audits.trail.kinds import TOLD, Kind, Outcome
from profiles.telling.events import CHECKPOINT, KINDS, NAMES, TYPES, event_type, payload
from profiles.telling.happening import Happening
from profiles.tests.telling.test_rules import happening
from profiles.web.pages.webhooks import EVENT_WORDS

SAID = "Jana said something private in this reason."


def said(it: Happening) -> dict[str, Any]:
    return payload(it, organization="acme", entry=12, base_url="https://brightline.example")


def test_every_event_is_a_kind_that_is_told_and_has_words_on_the_page() -> None:
    assert set(TYPES) <= TOLD
    assert len(KINDS) == len(TYPES)
    assert {name for options in EVENT_WORDS.values() for name in options} == set(NAMES) == {*TYPES.values(), CHECKPOINT}


def test_an_activation_says_where_and_from_what() -> None:
    it = happening(
        Kind.VERSION_ACTIVATED,
        before={"version": 2},
        after={"version": 3, "environment": "production"},
        data={"reason": SAID, "digest": "sha256:1", "basis": "approved"},
    )
    assert said(it) == {
        "type": "profile.version.activated",
        "timestamp": "2026-11-23T14:00:00Z",
        "data": {
            "id": "e-1",
            "entry": 12,
            "organization": "acme",
            "product": "helper",
            "version": 3,
            "actor": {"type": "person", "name": "Somebody"},
            "url": "https://brightline.example/trail/12/",
            "environment": "production",
            "previous_version": 2,
            "basis": "approved",
            "digest": "sha256:1",
        },
    }


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_no_event_holds_what_somebody_wrote_or_anybodys_id(kind: Kind) -> None:
    texts = dict.fromkeys(("reason", "note", "comment", "text", "message", "evidence", "by"), SAID)
    body = json.dumps(said(happening(kind, by="user:77", data=texts, after=texts, before=texts)))
    assert SAID not in body
    assert "user:77" not in body


def test_a_hold_for_everybody_leads_to_no_entry_that_the_organization_cannot_see() -> None:
    data = said(happening(Kind.HOLD_PLACED, organization="", product="", target="hold tone.profanity"))["data"]
    assert "url" not in data
    assert (data["behavior"], data["for_everybody"], data["organization"]) == ("tone.profanity", True, "acme")


def test_refused_attempts_are_no_events_except_what_lapsed() -> None:
    assert event_type(happening(Kind.VERSION_ACTIVATED, outcome=Outcome.REFUSED)) == ""
    assert event_type(happening(Kind.ACTIVATION_LAPSED, outcome=Outcome.REFUSED)) == "profile.activation.lapsed"
    assert event_type(happening(Kind.CHECK_FINISHED, outcome=Outcome.FAILED)) == "check.finished"
    assert event_type(happening(Kind.MEMBER_ADDED)) == ""


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_an_entry_without_the_usual_members_is_still_an_event(kind: Kind) -> None:
    assert said(happening(kind, version=None, target=""))["type"] == TYPES[kind]
