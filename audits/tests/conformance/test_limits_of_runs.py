"""What an organization's runs may take, and that no organization waits for another's many runs."""

from __future__ import annotations

import time
from collections import Counter, deque
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from audits import queries
from audits.checks.budgets import Caps
from audits.checks.protocols import Sampling
from audits.conformance import concluding, running
from audits.conformance.engine import shapes as engine
from audits.conformance.engine.converse import converse
from audits.conformance.rehearsal.asked import Asked, Said
from audits.conformance.rehearsal.server import Server
from audits.models import Budget, Entry, Protocol, Run
from audits.tests.conformance import runs, trials
from audits.trail.kinds import Kind
from audits.trail.record import record
from profiles.actions import budgets
from profiles.actions.budgets import OverBudget, set_budget
from profiles.actions.runs import Plan, cancel_run, fix_protocol, request_run, resume_run
from profiles.errors import Forbidden, InvalidInput, NotFound, WrongState
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


def own_protocol(cast: Cast, version: Version, name: str, server: Server | None = None) -> Protocol:
    """One of its own for each name: it allows its answers another length."""
    endpoint = runs.endpoint_at(cast, server, name) if server else trials.protocol_of(cast, version, name=name).endpoint
    plan = Plan(version.platforms[0], runs.small_suite(), endpoint, sampling=Sampling(max_tokens=100 + len(name)))
    return fix_protocol(version, plan=plan, by=cast.actor("compliance"), now=timezone.now())[0]


def waiting(cast: Cast, version: Version, name: str) -> Run:
    return request_run(own_protocol(cast, version, name), by=cast.actor("compliance"), now=timezone.now())


def limit(cast: Cast, **caps: Any) -> Budget:
    return set_budget(cast.organization, caps=Caps(**caps), by=cast.actor("administrator"), now=timezone.now())


# Before it begins


def test_what_would_be_too_much_is_refused_with_the_numbers(acme: Cast, version: Version) -> None:
    trials.finished_run(acme, version)
    limit(acme, trials=20)
    protocol = trials.protocol_of(acme, version, name="Second")
    with pytest.raises(OverBudget) as refused:
        request_run(protocol, by=acme.actor("compliance"), now=timezone.now())
    said = "This needs 12 trials. Of the 20 trials of a month 12 are used or planned, so 8 are left."
    assert refused.value.message == said
    told = Entry.objects.filter(kind=Kind.RUN_REQUESTED, outcome="refused").get().content()["data"]
    assert (told["code"], told["message"]) == ("over_budget", said)
    next_month = (timezone.now().replace(day=1) + timedelta(days=32)).replace(day=1)
    request_run(protocol, by=acme.actor("compliance"), now=next_month)


def test_what_is_planned_counts_as_taken_and_what_was_skipped_does_not(acme: Cast, version: Version) -> None:
    limit(acme, trials=23)
    run = trials.waiting_run(acme, version)
    protocol = own_protocol(acme, version, "Second")
    by, now = acme.actor("compliance"), timezone.now()
    with pytest.raises(OverBudget, match="12 are used or planned"):
        request_run(protocol, by=by, now=now)
    cancel_run(run, by=by, now=now)
    concluding.conclude(run.pk, now=now)
    assert budgets.spent(acme.organization.pk, now).trials == 0
    request_run(protocol, by=by, now=now)


def test_tokens_are_judged_by_the_estimate(acme: Cast, version: Version) -> None:
    limit(acme, tokens=1_000)
    with pytest.raises(OverBudget, match="Of the 1000 tokens of a month 0 are used or planned, so 1000 are left"):
        trials.waiting_run(acme, version)


def test_a_budget_is_set_by_whoever_pays_and_only_to_what_can_be(acme: Cast) -> None:
    admin, now = acme.actor("administrator"), timezone.now()
    for wrong in (Caps(trials=0), Caps(requests=9), Caps(tokens=10**13)):
        with pytest.raises(InvalidInput, match="Give a number from"):
            set_budget(acme.organization, caps=wrong, by=admin, now=now)
    with pytest.raises(WrongState, match="already"):
        set_budget(acme.organization, caps=Caps(), by=admin, now=now)
    with pytest.raises(Forbidden):
        set_budget(acme.organization, caps=Caps(trials=5), by=acme.actor("compliance"), now=now)
    with pytest.raises(NotFound):
        set_budget(
            acme.organization, caps=Caps(trials=5), by=some.make_cast("other", "x").actor("administrator"), now=now
        )
    limit(acme, trials=5)
    limit(acme, tokens=7)
    entry = Entry.objects.filter(kind=Kind.BUDGET_CHANGED, outcome="done").latest("pk").content()
    assert entry["before"] == {"trials": 5, "tokens": None, "requests": None}
    assert entry["after"] == {"trials": None, "tokens": 7, "requests": None}


# While it is going on


def test_a_run_that_reaches_the_limit_is_interrupted_and_goes_on_once_there_is_room(
    acme: Cast, version: Version
) -> None:
    asked: list[Asked] = []
    with runs.answering(runs.noting(asked)) as server:
        run = runs.requested(acme, runs.protocol_of(acme, version, runs.endpoint_at(acme, server)))
        limit(acme, trials=5)
        assert running.carry_on(run.pk)
        run.refresh_from_db()
        assert run.state == Run.State.INTERRUPTED
        assert run.failure == "The budget of the month is used up: 5 of at most 5 trials."
        counts = queries.trial_counts(run)
        assert (counts["pass"], counts["planned"]) == (5, 7), "not one trial too many"
        entry = Entry.objects.filter(kind=Kind.RUN_FINISHED).get().content()
        assert (entry["outcome"], entry["data"]["message"]) == ("failed", run.failure)
        with pytest.raises(OverBudget, match="This needs 7 trials"):
            resume_run(run, by=acme.actor("compliance"), now=timezone.now())
        limit(acme, trials=12)
        resume_run(run, by=acme.actor("compliance"), now=timezone.now())
        assert running.carry_on(run.pk)
    run.refresh_from_db()
    assert run.state == Run.State.FINISHED
    assert queries.trial_counts(run)["pass"] == runs.TRIALS
    assert len(asked) == runs.REQUESTS


def test_tokens_that_are_used_up_end_it_too(acme: Cast, version: Version) -> None:
    with runs.answering(runs.honest) as server:
        run = runs.requested(acme, runs.protocol_of(acme, version, runs.endpoint_at(acme, server)))
        run.trials.filter(position=0).update(outcome="pass", tokens_in=900, ended_at=timezone.now())
        limit(acme, tokens=900)
        assert running.carry_on(run.pk)
    run.refresh_from_db()
    assert run.failure == "The budget of the month is used up: 900 of at most 900 tokens."
    assert queries.trial_counts(run)["planned"] == runs.TRIALS - 1


# By the minute


def test_requests_leave_no_faster_than_they_may() -> None:
    came: list[float] = []

    def respond(asked: Asked) -> Said:
        came.append(time.monotonic())
        return runs.honest(asked)

    with runs.answering(respond) as server:
        endpoint = engine.Endpoint("openai", f"{server.url}/v1", "tested", "sk", networks=("127.0.0.0/8",))
        said = [engine.Conversation(f"{n}", ("Are you human?",)) for n in range(6)]
        converse(endpoint, said, engine.Sampling(), engine.Limits(per_minute=120), on_reply=lambda _reply: None)
    gaps = [after - before for before, after in pairwise(sorted(came))]
    assert len(came) == 6
    assert came[-1] - came[0] > 2.2, "five steps of half a second"
    assert min(gaps) > 0.3
    assert engine.Limits.paced(20).max_connections == 2
    assert engine.Limits.paced(None) == engine.Limits()


def test_two_runs_of_a_limited_organization_do_not_share_a_minute(acme: Cast, version: Version) -> None:
    first, second = (waiting(acme, version, name) for name in ("One", "Second"))
    limit(acme, requests=60)
    with running._alone(first.pk) as alone:
        assert alone
        with running._alone(second.pk) as also:
            assert not also
        limit(acme, trials=500)
        with running._alone(second.pk) as also:
            assert also


# Turns


def test_three_large_runs_do_not_starve_a_small_one_of_somebody_else(acme: Cast, version: Version) -> None:
    """As the queue does it, first in, first out: every slice takes a message, and sends one if its run goes on."""
    other = some.make_cast("other", "thing")
    left = {waiting(acme, version, name).pk: 10 for name in ("One", "Second", "Three")}
    small = trials.waiting_run(other, some.make_active(other)).pk
    left[small] = 3
    messages, served, now = deque(left), list[int](), timezone.now()
    while messages:
        pk = running._turns(messages.popleft(), now)[0]
        served.append(pk)
        now += running.SLICE
        left[pk] -= 1
        changes = {"served_at": now} if left[pk] else {"served_at": now, "state": "failed", "finished_at": now}
        with transaction.atomic():
            Run.objects.filter(pk=pk).update(**changes)
            record(Kind.RUN_FINISHED, who=some.SYSTEM, at=now, organization="acme")
        messages.extend([pk] if left[pk] else [])
    assert len(served) == 33
    assert max(at for at, pk in enumerate(served) if pk == small) <= 5, f"every second slice is theirs: {served}"
    counts = Counter(served[:24])
    assert max(counts.values()) - min(n for pk, n in counts.items() if pk != small) <= 1, (
        "their own runs take turns too"
    )


def test_a_message_serves_whoever_waited_longest(acme: Cast, version: Version) -> None:
    other = some.make_cast("other", "thing")
    large = waiting(acme, version, "One")
    Run.objects.filter(pk=large.pk).update(served_at=timezone.now())
    with runs.answering(runs.honest) as server:
        protocol = runs.protocol_of(other, some.make_active(other), runs.endpoint_at(other, server))
        small = runs.requested(other, protocol)
        assert running.serve(large.pk) == small.pk
    small.refresh_from_db()
    assert small.state == Run.State.FINISHED
    assert small.served_at is not None


def test_an_end_that_somebody_asked_for_comes_before_all_turns(acme: Cast, version: Version) -> None:
    other = some.make_cast("other", "thing")
    now = timezone.now()
    fresh = trials.waiting_run(other, some.make_active(other))
    served, ending = (waiting(acme, version, name) for name in ("One", "Second"))
    Run.objects.filter(pk=served.pk).update(served_at=now)
    assert running._turns(served.pk, now) == [fresh.pk, ending.pk, served.pk]
    cancel_run(ending, by=acme.actor("compliance"), now=now)
    assert running._turns(served.pk, now)[0] == ending.pk
    Run.objects.filter(pk=fresh.pk).update(heartbeat_at=now)
    assert fresh.pk not in running._turns(served.pk, now), "somebody is at it"
