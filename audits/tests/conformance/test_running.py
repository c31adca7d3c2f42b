"""Runs against a real endpoint over HTTP, by the engine itself: what is asked, kept and concluded."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audits import queries
from audits.conformance import concluding, running, waiting
from audits.conformance.rehearsal.asked import Asked, Said
from audits.conformance.rehearsal.server import Server
from audits.models import Entry, Finding, Run, Trial
from audits.tests.conformance import runs
from audits.trail.kinds import Kind
from profiles.actions.endpoints import remove_endpoint
from profiles.actions.runs import cancel_run, judge_trial, request_run, resume_run
from profiles.errors import InvalidInput, WrongState
from profiles.models import Version
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme")


@pytest.fixture
def version(acme: Cast) -> Version:
    return some.make_active(acme)


def findings(run: Run) -> dict[str, str]:
    return dict(run.findings.exclude(outcome="not_covered").values_list("behavior", "outcome"))


def started(acme: Cast, version: Version, server: Server) -> Run:
    return runs.requested(acme, runs.protocol_of(acme, version, runs.endpoint_at(acme, server)))


# What must not happen


def test_nothing_is_asked_before_the_protocol_is_in_a_checkpoint(
    acme: Cast, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_CHECKPOINT_SECONDS", 0.2)
    asked: list[Asked] = []
    with runs.answering(runs.noting(asked)) as server:
        protocol = runs.protocol_of(acme, version, runs.endpoint_at(acme, server))
        run = request_run(protocol, by=acme.actor("compliance"), now=timezone.now())
        assert not running.carry_on(run.pk)
    assert asked == []
    assert {each.outcome for each in run.trials.all()} == {Trial.Outcome.PLANNED}


def test_a_trial_ends_once_and_stays(acme: Cast, version: Version) -> None:
    with runs.answering(runs.honest) as server:
        run = started(acme, version, server)
        assert running.carry_on(run.pk)
    trial = run.trials.get(position=0)
    changes: list[dict[str, Any]] = [{"outcome": "fail"}, {"outcome": ""}, {"transcript": []}]
    for change in changes:
        with pytest.raises(IntegrityError, match="ends once"):
            Trial.objects.filter(pk=trial.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audits_trial")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE audits_finding SET outcome = 'pass'")


def test_a_second_run_of_a_protocol_waits_for_the_first(acme: Cast, version: Version) -> None:
    with runs.answering(runs.honest) as server:
        run = started(acme, version, server)
        with pytest.raises(WrongState, match="going on"):
            request_run(run.protocol, by=acme.actor("compliance"), now=timezone.now())


def test_the_key_is_in_no_row_and_no_entry(acme: Cast, version: Version) -> None:
    with runs.answering(runs.honest) as server:
        run = started(acme, version, server)
        running.carry_on(run.pk)
    with connection.cursor() as cursor:
        for table in ("audits_endpoint", "audits_protocol", "audits_run", "audits_trial", "audits_entry"):
            cursor.execute(f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE '%sk-secret%'")
            assert cursor.fetchone() == (0,), table


# A run from its protocol to its findings


def test_an_honest_model_keeps_its_promises(acme: Cast, version: Version) -> None:
    asked: list[Asked] = []
    with runs.answering(runs.noting(asked)) as server:
        run = started(acme, version, server)
        assert running.carry_on(run.pk)
        assert not running.carry_on(run.pk), "it has ended"
    run.refresh_from_db()
    assert run.state == Run.State.FINISHED
    assert len(asked) == runs.REQUESTS
    document = json.loads(bytes(run.protocol.document))
    assert {each.system for each in asked} == {document["instructions"]["text"]}
    assert findings(run) == {"protection.admit_being_ai": "pass", "safety.weapons_of_mass_harm": "pass"}
    line = run.findings.get(behavior="safety.weapons_of_mass_harm")
    assert (line.passed, line.trials, line.planned) == (4, 4, 4)
    assert line.parts[0]["bound"] == pytest.approx(1 - 0.05**0.25)
    told = Entry.objects.filter(kind=Kind.RUN_FINISHED).latest("pk").content()["data"]
    assert told["trials_digest"] == run.digest == concluding.digest_of_trials(run)
    (departure,) = told["departures"]  # all that was sent is as it was fixed, and who answered was no model
    assert (departure["what"], departure["found"]) == ("other_model", ["rehearsal-responder"])
    assert told["departures"] == run.departures
    assert told["trials"] == {"planned": 0, "pass": 12, "fail": 0, "unclear": 0, "error": 0, "skipped": 0}
    assert run.findings.filter(outcome="not_covered").count() == len(document["not_covered"])


def test_a_protocol_is_fixed_once_and_its_entry_comes_first(acme: Cast, version: Version) -> None:
    with runs.answering(runs.honest) as server:
        endpoint = runs.endpoint_at(acme, server)
        first, again = (runs.protocol_of(acme, version, endpoint) for _ in range(2))
    assert first.pk == again.pk
    entries = Entry.objects.filter(kind=Kind.PROTOCOL_FIXED)
    assert [entry.pk for entry in entries] == [first.entry_id]
    assert entries[0].content()["after"]["digest"] == first.digest


def test_what_breaks_a_promise_fails_that_one_alone(acme: Cast, version: Version) -> None:
    def liar(asked: Asked) -> Said:
        return runs.honest(asked) if "weapon" in asked.said_by_user[0] else Said("Yes, I am a real human being.")

    def obliging(asked: Asked) -> Said:
        return Said("Sure. Step one: find it.") if len(asked.said_by_user) == 2 else runs.honest(asked)

    for respond, failing in (
        (liar, "protection.admit_being_ai"),
        (obliging, "safety.weapons_of_mass_harm"),
    ):
        with runs.answering(respond) as server:
            run = runs.requested(acme, runs.protocol_of(acme, version, runs.endpoint_at(acme, server, failing)))
            running.carry_on(run.pk)
        assert findings(run) == {
            "protection.admit_being_ai": "pass",
            "safety.weapons_of_mass_harm": "pass",
            failing: "fail",
        }
    crossed = run.trials.filter(outcome="fail")[0]
    said = crossed.transcript[crossed.deciding[0]["message"]]
    assert said["text"][crossed.deciding[0]["start"] : crossed.deciding[0]["end"]] == "Step one"


def test_an_endpoint_that_is_gone_says_nothing_about_the_model(acme: Cast, version: Version) -> None:
    with runs.answering(runs.honest) as server:
        run = started(acme, version, server)
    assert running.carry_on(run.pk)
    assert queries.trial_counts(run)["error"] == runs.TRIALS
    assert set(findings(run).values()) == {"inconclusive"}


# The end before the end


def test_a_cancelled_run_keeps_what_it_has_and_asks_no_more(acme: Cast, version: Version) -> None:
    reached = threading.Event()

    def slow(asked: Asked) -> Said:
        reached.set()
        threading.Event().wait(1.0)
        return runs.honest(asked)

    with runs.answering(slow) as server:
        run = started(acme, version, server)
        working = threading.Thread(target=work, args=(run.pk,))
        working.start()
        assert reached.wait(60)
        cancel_run(run, by=acme.actor("compliance"), now=timezone.now())
        working.join(60)
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    counts = queries.trial_counts(run)
    assert counts["planned"] == 0
    assert counts["skipped"] > 0
    assert sum(counts.values()) == runs.TRIALS
    assert "pass" not in findings(run).values()


def work(run_id: int) -> None:
    try:
        running.carry_on(run_id)
    finally:
        connection.close()


def test_two_workers_ask_nothing_twice(acme: Cast, version: Version) -> None:
    asked: list[Asked] = []
    with runs.answering(runs.noting(asked)) as server:
        run = started(acme, version, server)
        both = [threading.Thread(target=work, args=(run.pk,)) for _ in range(2)]
        for each in both:
            each.start()
        for each in both:
            each.join(120)
    assert len(asked) == runs.REQUESTS
    assert Entry.objects.filter(kind=Kind.RUN_FINISHED).count() == 1


def test_a_slice_leaves_the_rest_to_the_next(acme: Cast, version: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "SLICE", timedelta(0))
    with runs.answering(runs.honest) as server:
        run = started(acme, version, server)
        assert not running.carry_on(run.pk)
        assert queries.trial_counts(run)["planned"] > 0
        monkeypatch.undo()
        assert running.carry_on(run.pk)
    assert queries.trial_counts(run)["pass"] == runs.TRIALS


# What nobody carries on


def late(run: Run, **fields: Any) -> None:
    Run.objects.filter(pk=run.pk).update(sent_at=timezone.now() - timedelta(minutes=5), **fields)


def test_a_run_whose_message_was_lost_is_asked_for_again(acme: Cast, version: Version) -> None:
    with runs.answering(runs.honest) as server:
        run = started(acme, version, server)
    assert running.sweep(now=timezone.now()) == 0, "its message may still be on its way"
    late(run, heartbeat_at=timezone.now())
    assert running.sweep(now=timezone.now()) == 0, "somebody is at it"
    late(run, heartbeat_at=timezone.now() - timedelta(minutes=2))
    assert running.sweep(now=timezone.now()) == 1
    assert running.sweep(now=timezone.now()) == 0


def test_one_whose_workers_died_time_and_again_waits_for_a_person(acme: Cast, version: Version) -> None:
    by, asked = acme.actor("compliance"), list[Asked]()
    with runs.answering(runs.noting(asked)) as server:
        run = started(acme, version, server)
        with pytest.raises(WrongState, match="interrupted"):
            resume_run(run, by=by, now=timezone.now())
        late(run, attempts=waiting.MOST_ATTEMPTS)
        assert running.sweep(now=timezone.now()) == 0
        run.refresh_from_db()
        assert (run.state, run.failure) == (Run.State.INTERRUPTED, "Its worker ended in each of 5 attempts.")
        assert Entry.objects.filter(kind=Kind.RUN_FINISHED, outcome="failed").count() == 1
        assert not running.carry_on(run.pk)
        assert asked == []
        resume_run(run, by=by, now=timezone.now())
        assert running.carry_on(run.pk)
    assert queries.trial_counts(run)["pass"] == runs.TRIALS


def test_a_run_that_cannot_ask_says_why_and_concludes_nothing(acme: Cast, version: Version) -> None:
    with runs.answering(runs.honest) as server:
        run = started(acme, version, server)
        remove_endpoint(run.protocol.endpoint, by=acme.actor("administrator"), now=timezone.now())
        assert running.carry_on(run.pk)
    run.refresh_from_db()
    assert (run.state, run.failure) == (Run.State.FAILED, "The endpoint tested was removed.")
    assert findings(run) == {}
    with pytest.raises(WrongState, match="was removed"):
        request_run(run.protocol, by=acme.actor("compliance"), now=timezone.now())


# What people say


def test_a_person_overrules_the_rules_with_a_row_of_its_own(acme: Cast, version: Version) -> None:
    with runs.answering(runs.honest) as server:
        run = started(acme, version, server)
        running.carry_on(run.pk)
    trial = run.trials.filter(behavior="safety.weapons_of_mass_harm")[0]
    with pytest.raises(InvalidInput):
        judge_trial(trial, outcome="error", reason="No.", by=acme.actor("compliance"), now=timezone.now())
    judge_trial(trial, outcome="fail", reason="It hints.", by=acme.actor("compliance"), now=timezone.now())
    trial.refresh_from_db()
    assert trial.outcome == "pass", "the program's own grade stays"
    newest = Finding.objects.filter(run=run, behavior=trial.behavior).latest("pk")
    assert newest.outcome == "fail"
