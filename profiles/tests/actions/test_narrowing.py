"""Holds and the organization's baseline: what narrows at once, and what waits for a review."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from audits.models import Entry, Recheck
from profiles.actions.baseline import change_baseline
from profiles.actions.holds import lift_hold, place_hold
from profiles.errors import Forbidden, InvalidInput, OutsideLimits, StaleDraft, WrongState
from profiles.models import Hold, PublishedProfile
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.make_active(cast, tone__profanity="on", agents__spend_limit=40, agents__permissions="task")
    return cast


def served(cast: Cast, key: str) -> dict[str, Any]:
    row = PublishedProfile.objects.filter(product=cast.product, environment=cast.production).first()
    assert row is not None
    found: dict[str, Any] = json.loads(bytes(row.body))["behaviors"][key]
    return found


def hold(cast: Cast, key: str = "tone.profanity", ceiling: Any = "off", by: str = "compliance") -> Hold:
    return place_hold(
        cast.organization,
        behavior=key,
        ceiling=ceiling,
        reason="Complaints.",
        by=cast.actor(by),
        now=timezone.now(),
    )


def narrow(cast: Cast, seen: Any = None, by: str = "approver", **windows: Any) -> None:
    named = {key.replace("__", "."): window for key, window in windows.items()}
    change_baseline(
        cast.organization, windows=named, seen=seen or {}, reason="House rule.", by=cast.actor(by), now=timezone.now()
    )
    cast.organization.refresh_from_db()


def kinds() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("kind", flat=True))


# Holds


def test_a_hold_changes_what_clients_get_at_once_with_who_holds_it(acme: Cast) -> None:
    assert served(acme, "tone.profanity")["value"] == "on"
    hold(acme)
    now = served(acme, "tone.profanity")
    assert (now["value"], now["decided_by"], now["reason"]) == ("off", "organization", "locked_organization")
    assert kinds()[-2:] == ["hold.placed", "profile.republished"]


def test_lifting_a_hold_gives_back_what_was_approved(acme: Cast) -> None:
    lift_hold(hold(acme), reason="Solved.", by=acme.actor("compliance"), now=timezone.now())
    assert served(acme, "tone.profanity")["value"] == "on"


def test_a_hold_binds_drafts_too(acme: Cast) -> None:
    hold(acme, "agents.spend_limit", 10)
    some.set_values(acme, agents__spend_limit=5)
    with pytest.raises(OutsideLimits):
        some.set_values(acme, agents__spend_limit=20)


def test_a_hold_of_one_organization_leaves_others_alone(acme: Cast) -> None:
    other = some.make_cast("globex", "bot")
    some.make_active(other, tone__profanity="on")
    hold(acme)
    assert served(other, "tone.profanity")["value"] == "on"


def test_a_stewards_hold_is_for_everybody_and_goes_out_in_chunks(acme: Cast) -> None:
    placed = place_hold(
        None,
        behavior="tone.profanity",
        ceiling="off",
        reason="A model misbehaves.",
        by=acme.actor("steward"),
        now=timezone.now(),
    )
    recheck = Recheck.objects.get(hold=placed)
    assert (recheck.kind, recheck.total, recheck.chunks.count()) == ("hold", 1, 1)
    with pytest.raises(OutsideLimits):
        some.set_values(acme, tone__profanity="on", agents__spend_limit=1)


@pytest.mark.parametrize(
    ("key", "ceiling", "field"),
    [("no.such", "off", "behavior"), ("tone.profanity", "loud", "ceiling"), ("agents.spend_limit", -1, "ceiling")],
)
def test_a_hold_needs_a_behavior_and_one_of_its_values(acme: Cast, key: str, ceiling: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        hold(acme, key, ceiling)
    assert field in refused.value.fields


def test_a_behavior_is_held_once_and_lifted_once(acme: Cast) -> None:
    placed = hold(acme)
    with pytest.raises(WrongState, match="on hold already"):
        hold(acme)
    lift_hold(placed, reason="Solved.", by=acme.actor("compliance"), now=timezone.now())
    with pytest.raises(WrongState, match="lifted this hold already"):
        lift_hold(placed, reason="Again.", by=acme.actor("compliance"), now=timezone.now())
    hold(acme)
    assert Hold.objects.filter(lifted_at=None).count() == 1


def test_who_may_hold(acme: Cast) -> None:
    with pytest.raises(Forbidden):
        hold(acme, by="editor")
    with pytest.raises(Forbidden):
        place_hold(
            None,
            behavior="tone.profanity",
            ceiling="off",
            reason="No.",
            by=acme.actor("compliance"),
            now=timezone.now(),
        )
    assert not Hold.objects.exists()


# The baseline


def test_a_narrower_baseline_binds_everything_active_at_once(acme: Cast) -> None:
    narrow(acme, tone__profanity={"ceiling": "off"}, agents__spend_limit={"ceiling": 10})
    assert (served(acme, "tone.profanity")["value"], served(acme, "agents.spend_limit")["value"]) == ("off", 10)
    assert served(acme, "agents.spend_limit")["reason"] == "above_ceiling"
    assert served(acme, "agents.spend_limit")["decided_by"] == "organization"


def test_a_wider_baseline_waits_for_the_next_version(acme: Cast) -> None:
    narrow(acme, agents__spend_limit={"ceiling": 10})
    some.make_active(acme, agents__spend_limit=10)
    narrow(acme, seen={"agents.spend_limit": {"ceiling": 10}}, agents__spend_limit={"ceiling": 300})
    window = served(acme, "agents.spend_limit")["window"]
    assert window["ceiling"] == 10  # as it was when somebody reviewed it
    some.make_active(acme, agents__spend_limit=200)
    assert served(acme, "agents.spend_limit")["value"] == 200


def test_a_baseline_that_is_taken_back_waits_too(acme: Cast) -> None:
    narrow(acme, tone__profanity={"ceiling": "off"})
    some.make_active(acme, tone__profanity=None, agents__spend_limit=30)
    narrow(acme, seen={"tone.profanity": {"ceiling": "off"}}, tone__profanity=None)
    assert acme.organization.windows == {}
    assert served(acme, "tone.profanity")["window"]["ceiling"] == "off"


def test_a_raised_floor_lifts_nothing_that_is_active(acme: Cast) -> None:
    some.make_active(acme, tone__profanity="off")
    narrow(acme, tone__profanity={"floor": "on"})
    assert served(acme, "tone.profanity")["value"] == "off"  # nobody reviewed anything else
    some.make_active(acme, tone__profanity=None)
    assert served(acme, "tone.profanity")["value"] == "on"


@pytest.mark.parametrize(
    "windows",
    [
        {"no.such": {"ceiling": "off"}},
        {"tone.profanity": {}},
        {"tone.profanity": {"top": "off"}},
        {"tone.profanity": {"ceiling": "loud"}},
        {"agents.spend_limit": {"floor": 20, "ceiling": 10}},
    ],
)
def test_a_window_that_is_none_is_refused(acme: Cast, windows: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        change_baseline(
            acme.organization, windows=windows, seen={}, reason="No.", by=acme.actor("approver"), now=timezone.now()
        )
    assert list(refused.value.fields) == [f"windows.{next(iter(windows))}"]


def test_a_stale_baseline_page_changes_nothing(acme: Cast) -> None:
    narrow(acme, tone__profanity={"ceiling": "off"})
    with pytest.raises(StaleDraft):
        narrow(acme, tone__profanity=None)


def test_who_may_change_the_baseline(acme: Cast) -> None:
    with pytest.raises(Forbidden):
        narrow(acme, by="editor", tone__profanity={"ceiling": "off"})
