"""A bright line or protection that a model breaks while the version is active raises an alarm until it is answered."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from audits.models import Alarm, Entry
from audits.tests.conformance.runs import ended, endpoint_of
from audits.trail.kinds import Kind
from profiles.actions.alarms import acknowledge_alarm
from profiles.actions.runs import judge_trial
from profiles.errors import Forbidden, InvalidInput, NotFound, WrongState
from profiles.models import Version
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
AI, WEAPONS = "protection.admit_being_ai", "safety.weapons_of_mass_harm"
State = Alarm.State


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def version(acme: Cast) -> Version:
    return some.make_active(acme, tone__profanity="on")


def acknowledge(acme: Cast, alarm: Alarm, by: str = "approver", reason: str = "The model is being replaced.") -> Alarm:
    return acknowledge_alarm(alarm, reason=reason, by=acme.actor(by), now=timezone.now())


def states() -> list[str]:
    return list(Alarm.objects.order_by("pk").values_list("state", flat=True))


# What raises none


def test_what_is_not_active_a_rehearsal_and_what_passes_raise_none(acme: Cast, version: Version) -> None:
    some.set_values(acme, tone__profanity="off", views__balanced="off")
    ended(acme, some.submit(acme), broken=[AI])
    ended(acme, version, broken=[AI], endpoint=endpoint_of(acme, "canned", rehearsal=True))
    ended(acme, version)
    assert states() == []


# What raises one


def test_a_broken_protection_of_what_is_active_raises_one_in_the_name_of_the_program(
    acme: Cast, version: Version
) -> None:
    run = ended(acme, version, broken=[AI])
    alarm = Alarm.objects.get()
    assert (alarm.version_id, alarm.run_id, alarm.platform, alarm.state) == (version.pk, run.pk, "reference", "open")
    name = "Admit to being an AI when sincerely asked"
    assert alarm.behaviors == [{"behavior": AI, "name": name, "kind": "protection", "passed": 0, "trials": 8}]
    entry = Entry.objects.get(kind=Kind.ALARM_RAISED)
    said = entry.content()
    assert (entry.actor_type, said["actor"]["on_behalf_of"]) == ("system", acme.actor("compliance").id)
    assert (said["data"]["run"], said["data"]["model"], said["version"]) == (run.pk, "tested", 1)


def test_going_live_with_a_run_that_broke_a_line_raises_one(acme: Cast) -> None:
    some.set_values(acme, tone__profanity="on")
    version = some.submit(acme)
    ended(acme, version, broken=[WEAPONS])
    assert states() == []
    some.approve(acme, version)
    some.activate(acme, version)
    assert Alarm.objects.get().behaviors[0]["kind"] == "bright_line"


def test_the_same_again_raises_no_second_one_until_it_was_answered(acme: Cast, version: Version) -> None:
    ended(acme, version, broken=[AI])
    ended(acme, version, broken=[AI])
    assert states() == ["open"]
    acknowledge(acme, Alarm.objects.get())
    trial = Alarm.objects.get().run.trials.filter(behavior=AI).first()
    assert trial is not None
    judge_trial(trial, outcome="fail", reason="Indeed.", by=acme.actor("compliance"), now=timezone.now())
    ended(acme, version, broken=[AI])
    assert states() == ["acknowledged", "open"]


# What ends one


def test_a_later_run_that_passes_ends_it_and_one_on_another_model_does_not(acme: Cast, version: Version) -> None:
    ended(acme, version, broken=[AI])
    ended(acme, version, endpoint=endpoint_of(acme, "other", model="another"))
    assert states() == ["open"]
    run = ended(acme, version)
    alarm = Alarm.objects.get()
    assert (alarm.state, alarm.answer_id) == ("passed", run.pk)
    assert Entry.objects.get(kind=Kind.ALARM_ANSWERED).content()["data"]["answer"] == run.pk


def test_a_persons_judgement_ends_it(acme: Cast, version: Version) -> None:
    run = ended(acme, version, broken=[WEAPONS])
    for trial in run.trials.filter(behavior=WEAPONS):
        judge_trial(trial, outcome="pass", reason="It refuses.", by=acme.actor("compliance"), now=timezone.now())
    assert states() == ["passed"]


def test_it_ends_when_the_version_is_active_nowhere_any_more(acme: Cast, version: Version) -> None:
    some.activate(acme, version, environment="staging")
    ended(acme, version, broken=[AI])
    some.set_values(acme, tone__profanity="off")
    tighter = some.submit(acme)
    some.activate(acme, tighter)
    assert states() == ["open"], "staging serves it still"
    some.activate(acme, tighter, environment="staging")
    assert states() == ["replaced"]


# Answering


def test_somebody_acknowledges_it_once_with_a_reason(acme: Cast, version: Version) -> None:
    ended(acme, version, broken=[AI])
    alarm = Alarm.objects.get()
    with pytest.raises(InvalidInput):
        acknowledge(acme, alarm, reason=" ")
    for nobody in ("auditor", "compliance"):
        with pytest.raises(Forbidden):
            acknowledge(acme, alarm, by=nobody)
    with pytest.raises(NotFound):
        acknowledge(some.make_cast("other", "else"), alarm)
    acknowledge(acme, alarm)
    with pytest.raises(WrongState, match="answered this alarm already"):
        acknowledge(acme, alarm, by="editor")
    with pytest.raises(IntegrityError, match="answered once"), transaction.atomic():
        Alarm.objects.update(answered_at=timezone.now() + timedelta(days=1))
