"""Real workers, on a real queue in a real PostgreSQL; one is killed in the middle of its work."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from audits.conformance.sweep import sweep
from audits.conformance.waiting import SWEEP_AFTER
from audits.models import Check, Entry, Recheck, RecheckResult
from audits.tasks import carry_out_schedules
from config.processes import until
from config.tests import support
from config.tests.support import Worker
from profiles.models import Activation, PublishedProfile, Schedule
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.harbor import add_boat, behavior, document, publish_harbor

Start = Callable[..., AbstractContextManager[Worker]]
LATER = SWEEP_AFTER + timedelta(seconds=1)


@pytest.fixture
def acme(broker: str, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Nobody is told of anything here, so that the queue holds nothing but what these tests are about."""
    monkeypatch.setattr("audits.trail.record.TOLD", frozenset())
    return some.make_cast()


def submitted(acme: Cast) -> Check:
    some.set_values(acme, safety__danger_caveats="off", tone__profanity="on")
    return Check.objects.get(version=some.submit(acme))


def is_finished(check: Check) -> bool:
    check.refresh_from_db()
    return check.state == Check.State.FINISHED


def finished_entries() -> list[dict[str, Any]]:
    return [entry.content() for entry in Entry.objects.filter(kind="check.finished")]


def ask(dsn: str, question: str) -> Any:
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def in_queue(dsn: str) -> Any:
    return ask(dsn, "SELECT count(*) FROM pgmq.q_brightline")


def someone_waits_for_the_trail(dsn: str) -> bool:
    question = "SELECT count(*) FROM pg_locks WHERE relation = 'audits_entry'::regclass AND NOT granted"
    return bool(ask(dsn, question))


def nobody_holds_a_check(dsn: str) -> bool:
    question = "SELECT count(*) FROM pg_locks WHERE relation = 'audits_check'::regclass"
    return not ask(dsn, question)


def test_a_worker_carries_out_the_check_of_a_submission(broker: str, worker: Start, acme: Cast) -> None:
    check = submitted(acme)
    with worker() as running:
        assert until(lambda: is_finished(check), seconds=20), running.log.read_text()
        assert until(lambda: in_queue(broker) == 0, seconds=10)
    assert (check.outcome, check.passed, check.total, check.attempts) == ("pass", 2, 2, 1)
    (entry,) = finished_entries()
    assert (entry["target"], entry["data"]["outcome"]) == (f"check {check.pk}", "pass")


def test_a_worker_carries_out_what_is_submitted_while_it_runs(broker: str, worker: Start, acme: Cast) -> None:
    with worker() as running:
        check = submitted(acme)
        assert until(lambda: is_finished(check), seconds=20), running.log.read_text()


def test_a_worker_that_is_killed_in_the_middle_of_a_check_loses_nothing_and_doubles_nothing(
    broker: str, worker: Start, acme: Cast
) -> None:
    check = submitted(acme)
    entries = Entry.objects.count()

    # It has the row, and waits for the table that its entry goes into.
    with psycopg.connect(broker) as obstacle:
        obstacle.execute("LOCK TABLE audits_entry IN ACCESS EXCLUSIVE MODE")
        with worker() as running:
            assert until(lambda: someone_waits_for_the_trail(broker), seconds=20), running.log.read_text()
            running.kill()
        obstacle.rollback()

    # PostgreSQL finds out that its client is gone, and takes back what it had done.
    assert until(lambda: nobody_holds_a_check(broker), seconds=20)
    check.refresh_from_db()
    assert (check.state, check.outcome, check.findings, check.attempts) == ("waiting", "", [], 1)
    assert check.finished_at is None
    assert Entry.objects.count() == entries
    assert in_queue(broker) == 1  # never acknowledged, and invisible for now

    assert sweep(now=timezone.now() + LATER) == 1
    with worker() as running:
        assert until(lambda: is_finished(check), seconds=20), running.log.read_text()
        # The first message becomes visible again at last: the work is done already.
        ask(broker, "SELECT count(*) FROM pgmq.q_brightline, pgmq.set_vt('brightline', msg_id, 0)")
        assert until(lambda: in_queue(broker) == 0, seconds=20), running.log.read_text()
    check.refresh_from_db()
    assert (check.outcome, check.passed, check.total) == ("pass", 2, 2)
    (entry,) = finished_entries()
    assert entry["data"]["check"] == check.pk
    assert Entry.objects.count() == entries + 1


@pytest.fixture
def due(acme: Cast) -> Schedule:
    """An approved version that is to go live now."""
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    row = some.schedule(acme, version)
    with support.unrecorded():
        Schedule.objects.update(due_at=timezone.now())
    Check.objects.all().delete()  # only the schedule is to be carried out
    return row


def is_carried_out(row: Schedule) -> bool:
    row.refresh_from_db()
    return row.state == Schedule.State.DONE


def nobody_holds_a_schedule(dsn: str) -> bool:
    return not ask(dsn, "SELECT count(*) FROM pg_locks WHERE relation = 'profiles_schedule'::regclass")


def test_a_worker_that_is_killed_while_it_activates_what_is_due_loses_nothing_and_doubles_nothing(
    broker: str, worker: Start, due: Schedule
) -> None:
    carry_out_schedules.delay()
    with psycopg.connect(broker) as obstacle:
        obstacle.execute("LOCK TABLE audits_entry IN ACCESS EXCLUSIVE MODE")
        with worker() as running:
            assert until(lambda: someone_waits_for_the_trail(broker), seconds=20), running.log.read_text()
            running.kill()
        obstacle.rollback()

    assert until(lambda: nobody_holds_a_schedule(broker), seconds=20)
    due.refresh_from_db()
    assert due.state == Schedule.State.WAITING
    assert not Activation.objects.exists()
    assert not PublishedProfile.objects.exists()

    carry_out_schedules.delay()  # the next tick
    carry_out_schedules.delay()
    with worker() as running:
        assert until(lambda: is_carried_out(due), seconds=20), running.log.read_text()
        ask(broker, "SELECT count(*) FROM pgmq.q_brightline, pgmq.set_vt('brightline', msg_id, 0)")
        assert until(lambda: in_queue(broker) == 0, seconds=20), running.log.read_text()
    assert Activation.objects.get().schedule == due
    assert Entry.objects.filter(kind="profile.version.activated").count() == 1


@pytest.fixture
def three_boats(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> Recheck:
    """Three products that a new rulebook revision concerns, each in a chunk of its own."""
    publish_harbor()
    for number in range(3):
        boat = Cast(acme.organization, add_boat(acme, f"boat-{number}"), acme.users)
        some.make_active(boat, course__near_ships="on")
    Check.objects.all().delete()  # only the recheck is to be done
    monkeypatch.setattr("audits.dispatch.CHUNK", 1)
    behaviors = {**document()["behaviors"], "course.near_ships": behavior("moorings")}
    behaviors["course.near_ships"]["organization"] = {"floor": "off", "ceiling": "off"}
    return Recheck.objects.get(revision=publish_harbor(published="2026-09-01", behaviors=behaviors))


def test_a_worker_that_is_killed_in_the_middle_of_a_recheck_loses_nothing_and_doubles_nothing(
    broker: str, worker: Start, three_boats: Recheck
) -> None:
    with psycopg.connect(broker) as obstacle:
        obstacle.execute("LOCK TABLE audits_entry IN ACCESS EXCLUSIVE MODE")
        with worker() as running:
            assert until(lambda: someone_waits_for_the_trail(broker), seconds=20), running.log.read_text()
            running.kill()
        obstacle.rollback()
    assert not RecheckResult.objects.exists()

    found: list[int] = []

    def all_are_found() -> bool:  # one of them only once the dead worker's lock is gone
        found.append(sweep(now=timezone.now() + LATER))
        return sum(found) == 3

    assert until(all_are_found, seconds=20)
    with worker() as running:
        assert until(lambda: is_done(three_boats), seconds=30), running.log.read_text()
        # All messages come twice at last: the work is done already.
        ask(broker, "SELECT count(*) FROM pgmq.q_brightline, pgmq.set_vt('brightline', msg_id, 0)")
        assert until(lambda: in_queue(broker) == 0, seconds=20), running.log.read_text()
    assert RecheckResult.objects.count() == 3
    assert Entry.objects.filter(kind="profile.affected").count() == 3
    assert Entry.objects.filter(kind="recheck.finished").count() == 1


def is_done(recheck: Recheck) -> bool:
    recheck.refresh_from_db()
    return recheck.state == Recheck.State.FINISHED
