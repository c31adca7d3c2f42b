"""Alarms, schedules of runs and the budget by API: what the pages do, by the same actions, and in whose name."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from audits.models import Alarm, Entry, RunSchedule
from audits.tests.conformance.runs import ended, endpoint_of, loose_suite, small_suite
from audits.trail.kinds import Kind
from profiles.access import Role
from profiles.actions.api_keys import create_api_key
from profiles.models import Version
from profiles.tests import cast as some
from profiles.tests.api.management.program import Program, program
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db
AI, CAVEATS = "protection.admit_being_ai", "safety.danger_caveats"
WHY = {"reason": "The model is being replaced."}


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def alarm(acme: Cast) -> Alarm:
    """Of version 2, on the model on which version 1 kept what it promised."""
    ended(acme, some.make_active(acme, tone__profanity="on"), suite=loose_suite())
    ended(acme, some.make_active(acme, safety__danger_caveats="off"), broken=[AI, CAVEATS], suite=loose_suite())
    return Alarm.objects.get()


# Alarms


def test_an_open_alarm_says_what_is_broken_and_what_can_be_done(acme: Cast, alarm: Alarm) -> None:
    said = program(acme, ["read"]).get(f"alarms/{alarm.pk}").json()
    assert (said["state"], said["version"], said["model"], said["run"]) == ("open", 2, "tested", alarm.run_id)
    assert [each["behavior"] for each in said["behaviors"]] == [AI]
    assert said["ways"]["tightenings"] == [{"behavior": CAVEATS, "now": "off", "strictest": "on"}]
    assert said["ways"]["back"]["version"] == 1


def test_it_is_acknowledged_once_and_the_same_request_again_is_answered_alike(acme: Cast, alarm: Alarm) -> None:
    script, place = program(acme, ["read", "activate"]), f"alarms/{alarm.pk}/acknowledgement"
    first = script.post(place, WHY, Idempotency_Key="night-1")
    again = script.post(place, WHY, Idempotency_Key="night-1")
    assert (first.status_code, again.content, again["Idempotency-Replayed"]) == (200, first.content, "true")
    assert (first.json()["state"], first.json()["answered_by"], first.json()["ways"]) == (
        "acknowledged",
        "Repository",
        None,
    )
    late = script.post(place, WHY)
    assert (late.status_code, late.json()["error"]["message"]) == (
        409,
        "Repository answered this alarm already. Look at how.",
    )
    actor = Entry.objects.get(kind=Kind.ALARM_ANSWERED, outcome="done").content()["actor"]
    assert (actor["id"], actor["on_behalf_of"]) == (script.id, acme.actor("administrator").id)
    states = {state: len(script.get(f"alarms?state={state}").json()["items"]) for state in ("open", "acknowledged")}
    assert states == {"open": 0, "acknowledged": 1}


def test_a_tightening_goes_into_the_draft_can_be_submitted_at_once_and_answers_no_alarm(
    acme: Cast, alarm: Alarm
) -> None:
    script, place = program(acme), f"alarms/{alarm.pk}/tightening"
    other = script.post(place, {"behaviors": [CAVEATS, AI]})
    assert (other.status_code, list(other.json()["error"]["fields"])) == (422, ["behaviors"])
    done = script.post(place, {"behaviors": [CAVEATS]})
    assert (done.status_code, done.json()["settings"][CAVEATS]) == (200, "on")
    assert script.post(place, {"behaviors": [CAVEATS]}).status_code == 409
    assert script.get(f"alarms/{alarm.pk}").json()["state"] == "open"
    sent = script.post("products/helper/versions", {"reason": "An alarm."}, If_Match=done["ETag"])
    assert (sent.status_code, sent.json()["direction"]) == (201, "tightening")


# Schedules of runs


@pytest.fixture
def version(acme: Cast) -> Version:
    return some.make_active(acme, tone__profanity="on")


def wanted(acme: Cast, **more: Any) -> dict[str, Any]:
    wish = {"platform": "reference", "suites": [small_suite().slug], "endpoint": endpoint_of(acme).pk}
    return {"product": "helper", "environment": "production", **wish, "every_days": 7, **more}


def test_a_schedule_runs_in_the_name_of_whoever_made_the_key(acme: Cast, version: Version) -> None:
    script = program(acme)
    made = script.post("run-schedules", wanted(acme))
    assert made.status_code == 201
    place = made["Location"]
    row = RunSchedule.objects.get()
    assert (row.set_by, row.every_days) == (acme.users["administrator"], 7)
    assert script.post("run-schedules", wanted(acme)).status_code == 409
    tag = script.get(place)["ETag"]
    changed = script.ask("PATCH", place, {"every_days": 1, "on_drift": True}, If_Match=tag)
    assert (changed.status_code, changed.json()["suites"], changed.json()["every_days"]) == (200, ["small"], 1)
    assert script.ask("PATCH", place, {"every_days": 2}, If_Match=tag).status_code == 412
    both = script.ask("PATCH", place, {"state": "ended", "every_days": 2}, If_Match="*")
    assert both.status_code == 422
    assert script.ask("PATCH", place, {"state": "ended"}, If_Match="*").json()["state"] == "ended"
    assert script.get("run-schedules").json()["items"] == []
    assert script.post("run-schedules", wanted(acme)).status_code == 201, "the place is free again"


def test_nobody_schedules_by_key_what_they_may_not_start(acme: Cast, version: Version) -> None:
    script, body = program(acme), wanted(acme)
    acme.organization.members.filter(user=acme.users["administrator"]).update(role=Role.EDITOR)
    refused = script.post("run-schedules", body)
    assert (refused.status_code, "may not start runs any more" in refused.json()["error"]["message"]) == (403, True)
    key = create_api_key(acme.organization, name="Command", scopes=["run"], by=SYSTEM, now=timezone.now())
    refused = Program(*key).post("run-schedules", body)
    assert (refused.status_code, "that a person made" in refused.json()["error"]["message"]) == (403, True)
    assert not RunSchedule.objects.exists()


# The budget


def test_who_spends_does_not_set_what_may_be_spent(acme: Cast) -> None:
    refused = program(acme, ["run", "read"]).patch("budget/limits", {"trials_a_month": 10})
    assert (refused.status_code, "the scope budget" in refused.json()["error"]["message"]) == (403, True)
    script = program(acme, ["read", "budget"])
    tag = script.get("budget/limits")["ETag"]
    set_to = script.patch("budget/limits", {"trials_a_month": 10, "requests_a_minute": 60}, tag)
    no_money = {"money_a_month": None, "currency": None}
    assert set_to.json() == {"trials_a_month": 10, "tokens_a_month": None, "requests_a_minute": 60, **no_money}
    assert script.patch("budget/limits", {"trials_a_month": 20}, tag).status_code == 412
    assert script.patch("budget/limits", {"trials_a_month": None}, set_to["ETag"]).json()["trials_a_month"] is None
    priced = script.patch("budget/limits", {"money_a_month": "12.50", "currency": "EUR"}).json()
    assert (priced["money_a_month"], priced["currency"], priced["requests_a_minute"]) == ("12.5", "EUR", 60)
    assert script.patch("budget/limits", {"trials_a_month": 30}).json()["money_a_month"] == "12.5"
    alone = script.patch("budget/limits", {"currency": None})
    assert (alone.status_code, list(alone.json()["error"]["fields"])) == (422, ["currency"])
    assert script.patch("budget/limits", no_money).json()["currency"] is None
    wrong = script.patch("budget/limits", {"requests_a_minute": 1})
    assert (wrong.status_code, list(wrong.json()["error"]["fields"])) == (422, ["requests_a_minute"])
    assert Entry.objects.filter(kind=Kind.BUDGET_CHANGED, outcome="done").count() == 5
