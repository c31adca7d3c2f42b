"""Runs that start themselves: once, late or early, in the name of whoever wanted them, and not silently not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from audits.checks.budgets import Caps
from audits.models import Entry, Occasion, Run, RunSchedule
from audits.tests.conformance import runs, trials
from audits.trail.kinds import Kind
from profiles.access import Role
from profiles.actions import members, occasions
from profiles.actions.budgets import set_budget
from profiles.actions.endpoints import remove_endpoint
from profiles.actions.run_schedules import Wish, schedule_runs, unschedule_runs
from profiles.actions.runs import cancel_run
from profiles.actions.suites import EVERYBODY, publish_suite, read_suite
from profiles.errors import Forbidden, InvalidInput, NotFound, WrongState
from profiles.models import Version
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme")


@pytest.fixture
def version(acme: Cast) -> Version:
    return some.make_active(acme)


def wish(cast: Cast, version: Version, **more: Any) -> Wish:
    protocol = trials.protocol_of(cast, version, name=f"Model {Occasion.objects.count()}-{RunSchedule.objects.count()}")
    given = {"every_days": 7, "at_hour": 3} | more
    return Wish(protocol.platform, (protocol.suite,), protocol.endpoint, **given)


def scheduled(cast: Cast, version: Version, by: str = "compliance", **more: Any) -> RunSchedule:
    asked = wish(cast, version, **more)
    return schedule_runs(cast.product, environment=cast.production, wish=asked, by=cast.actor(by), now=timezone.now())


def tick(now: datetime) -> int:
    return occasions.start_due(now=now)


def long_after(schedule: RunSchedule) -> datetime:
    assert schedule.due_at is not None
    return schedule.due_at + timedelta(days=30)


def lapsed() -> Iterator[str]:
    return (str(entry.content()["data"]["message"]) for entry in Entry.objects.filter(kind=Kind.RUN_LAPSED))


def test_what_is_due_starts_in_the_name_of_whoever_set_it(acme: Cast, version: Version) -> None:
    schedule = scheduled(acme, version)
    assert schedule.due_at is not None
    assert tick(schedule.due_at - timedelta(seconds=1)) == 0
    assert tick(schedule.due_at) == 1
    run = Run.objects.get()
    assert (run.trigger, run.protocol.version) == ("schedule", version)
    setter = f"user:{acme.users['compliance'].pk}"
    for kind in (Kind.RUN_REQUESTED,):
        actor = Entry.objects.get(kind=kind).content()["actor"]
        assert (actor["type"], actor["name"], actor["on_behalf_of"]) == ("system", "scheduler", setter)
    assert run.requested_by_id == setter
    assert tick(schedule.due_at) == 0
    occasion = Occasion.objects.get()
    assert (occasion.state, occasion.run) == ("started", run)


def test_a_late_start_catches_up_once_and_a_clock_that_jumps_back_starts_nothing(acme: Cast, version: Version) -> None:
    schedule = scheduled(acme, version)
    late = long_after(schedule)
    assert tick(late) == 1
    schedule.refresh_from_db()
    assert schedule.due_at is not None
    assert late < schedule.due_at <= late + timedelta(days=7)
    assert schedule.due_at.hour == 3
    assert tick(late - timedelta(days=20)) == 0
    assert tick(late) == 0
    assert Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_start_one_run() -> None:
    acme = some.make_cast("acme")
    schedule = scheduled(acme, some.make_active(acme))
    late, ready = long_after(schedule), threading.Barrier(2)

    def work() -> None:
        try:
            ready.wait(30)
            tick(late)
        finally:
            connection.close()

    both = [threading.Thread(target=work) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join(60)
    tick(late)
    assert Run.objects.count() == 1
    assert [each.state for each in Occasion.objects.all()] == ["started"]
    assert Entry.objects.filter(kind=Kind.RUN_REQUESTED).count() == 1


def test_what_a_killed_worker_left_waits_for_the_next_tick(
    acme: Cast, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = scheduled(acme, version)
    late = long_after(schedule)
    occasions.ask_due(schedule.pk, now=late)  # and the worker is gone
    assert not Run.objects.exists()
    assert not occasions.ask_due(schedule.pk, now=late)
    assert tick(late) == 1
    assert Run.objects.count() == 1


def test_a_submission_runs_the_submitted_version(acme: Cast, version: Version) -> None:
    scheduled(acme, version, every_days=0, on_submission=True)
    some.set_values(acme, safety__danger_caveats="off")
    submitted = some.submit(acme)
    assert tick(timezone.now()) == 1
    run = Run.objects.get()
    assert (run.trigger, run.protocol.version) == ("submission", submitted)
    assert submitted.number == version.number + 1


def test_a_schedule_that_time_alone_does_not_start_waits_for_what_happens(acme: Cast, version: Version) -> None:
    assert scheduled(acme, version, every_days=0, on_drift=True).due_at is None
    assert tick(timezone.now() + timedelta(days=400)) == 0


def test_what_cannot_start_says_why_in_the_trail_and_on_the_occasion(acme: Cast, version: Version) -> None:
    schedule, admin, now = scheduled(acme, version), acme.actor("administrator"), timezone.now()
    remove_endpoint(schedule.endpoint, by=admin, now=now)
    assert tick(long_after(schedule)) == 1
    assert not Run.objects.exists()
    occasion = Occasion.objects.get()
    assert occasion.state == "lapsed"
    assert [occasion.because] == list(lapsed())
    assert "was removed" in occasion.because
    entry = Entry.objects.get(kind=Kind.RUN_LAPSED).content()
    assert entry["outcome"] == "refused"
    assert entry["actor"]["on_behalf_of"] == f"user:{acme.users['compliance'].pk}"


def test_it_starts_by_what_whoever_set_it_may_do_by_then(acme: Cast, version: Version) -> None:
    schedule, admin, now = scheduled(acme, version), acme.actor("administrator"), timezone.now()
    member = acme.organization.members.get(user=acme.users["compliance"])
    members.change_member(member, role=Role.EDITOR, expires_at=None, seen="compliance", by=admin, now=now)
    tick(long_after(schedule))
    assert "may not start runs any more" in next(lapsed())
    member.refresh_from_db()
    members.remove_member(member, by=admin, now=now)
    schedule.refresh_from_db()
    tick(long_after(schedule))
    assert any("no member any more" in each for each in lapsed())
    assert not Run.objects.exists()


def test_a_budget_that_is_used_up_is_a_reason(acme: Cast, version: Version) -> None:
    schedule = scheduled(acme, version)
    set_budget(acme.organization, caps=Caps(trials=5), by=acme.actor("administrator"), now=timezone.now())
    tick(long_after(schedule))
    assert "This needs 12 trials. Of the 5 trials of a month 0 are used or planned, so 5 are left." in next(lapsed())


def test_nothing_active_is_a_reason(acme: Cast, version: Version) -> None:
    asked = wish(acme, version)
    schedule = schedule_runs(
        acme.product, environment=acme.staging, wish=asked, by=acme.actor("compliance"), now=timezone.now()
    )
    tick(long_after(schedule))
    assert "Nothing is active in Staging" in next(lapsed())


def test_it_waits_for_its_turn_and_not_for_ever(acme: Cast, version: Version) -> None:
    schedule = scheduled(acme, version)
    late = long_after(schedule)
    tick(late)
    run = Run.objects.get()
    schedule.refresh_from_db()
    again = long_after(schedule)
    assert tick(again) == 0
    waiting = Occasion.objects.get(state="waiting")
    assert "is going on" in waiting.because
    cancel_run(run, by=acme.actor("compliance"), now=timezone.now())
    assert tick(again + timedelta(hours=23)) == 0
    assert tick(again + timedelta(hours=25)) == 1
    waiting.refresh_from_db()
    assert waiting.state == "lapsed"


def test_an_ended_schedule_starts_nothing_more(acme: Cast, version: Version) -> None:
    schedule = scheduled(acme, version)
    late = long_after(schedule)
    occasions.ask_due(schedule.pk, now=late)
    by = acme.actor("compliance")
    unschedule_runs(schedule, by=by, now=timezone.now())
    tick(late)
    assert "was ended before its run began" in next(lapsed())
    with pytest.raises(WrongState, match="ended already"):
        unschedule_runs(schedule, by=by, now=timezone.now())
    assert not Run.objects.exists()


def test_a_schedule_is_refused_with_what_is_missing_and_to_whoever_may_not(acme: Cast, version: Version) -> None:
    good, now = wish(acme, version), timezone.now()
    place = acme.production
    wrongs: dict[str, dict[str, Any]] = {
        "platform": {"platform": "google"},
        "suites": {"suites": ()},
        "every_days": {"every_days": 0},
        "at_hour": {"at_hour": 24},
    }
    for field, wrong in wrongs.items():
        with pytest.raises(InvalidInput) as refused:
            schedule_runs(
                acme.product, environment=place, wish=replace(good, **wrong), by=acme.actor("compliance"), now=now
            )
        assert list(refused.value.fields) == [field]
    with pytest.raises(Forbidden):
        schedule_runs(acme.product, environment=place, wish=good, by=acme.actor("editor"), now=now)
    stranger = some.make_cast("other", "thing").actor("administrator")
    with pytest.raises(NotFound):
        schedule_runs(acme.product, environment=place, wish=good, by=stranger, now=now)
    assert not RunSchedule.objects.exists()


def test_setting_it_anew_replaces_it_and_the_trail_has_both(acme: Cast, version: Version) -> None:
    first = scheduled(acme, version)
    second = scheduled(acme, version, every_days=1, at_hour=23)
    assert first.pk == second.pk
    entry = Entry.objects.filter(kind=Kind.RUNS_SCHEDULED).latest("pk").content()
    assert (entry["before"]["every_days"], entry["after"]["every_days"]) == (7, 1)
    assert second.due_at is not None
    assert second.due_at.astimezone(UTC).hour == 23


def test_suites_stand_for_their_newest_number(acme: Cast, version: Version) -> None:
    schedule = scheduled(acme, version)
    newer, _is_new = publish_suite(
        EVERYBODY,
        suite=read_suite(runs.SMALL.replace("number = 1", "number = 2")),
        by=some.SYSTEM,
        now=timezone.now(),
    )
    tick(long_after(schedule))
    assert Run.objects.get().protocol.suite == newer
