"""Drift: found in runs, in the daily look at an endpoint and in a revised rulebook; told once, and run again where a
schedule says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from audits.checks import drift
from audits.checks.results import Outcome
from audits.conformance import concluding, drifting, looking
from audits.conformance.rehearsal.asked import Asked, Said
from audits.health import looking as looking_at_checks
from audits.health.place import places_of
from audits.models import Drift, Endpoint, Entry, Look, Occasion, Run, RunSchedule
from audits.tests.conformance import runs, trials
from audits.trail.kinds import Kind
from audits.trail.record import record
from profiles.actions.run_schedules import Wish, schedule_runs
from profiles.actions.runs import request_run
from profiles.models import Product, RulebookRevision, Version
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme")


@pytest.fixture
def version(acme: Cast) -> Version:
    return some.make_active(acme)


def watched(cast: Cast, version: Version, endpoint: Endpoint, **more: Any) -> RunSchedule:
    wish = Wish(version.platforms[0], (runs.small_suite(),), endpoint, on_drift=True, **more)
    return schedule_runs(
        cast.product, environment=cast.production, wish=wish, by=cast.actor("compliance"), now=timezone.now()
    )


def finish(run: Run, model: str) -> None:
    for position in range(run.protocol.planned):
        trials.end(run, position, "pass", reported=model)
    concluding.conclude(run.pk, now=timezone.now())
    run.refresh_from_db()


def look_at(endpoint: Endpoint, days: int = 0) -> Look:
    now = timezone.now() + timedelta(days=days)
    looking.request_due(now=now)
    row = Look.objects.filter(endpoint=endpoint).latest("pk")
    assert looking.look(row.pk, now=now)
    row.refresh_from_db()
    return row


def test_a_run_whose_model_calls_itself_otherwise_is_drift_once(acme: Cast, version: Version) -> None:
    first = trials.finished_run(acme, version)
    assert not Drift.objects.exists(), "there was nothing to compare with"
    now = timezone.now()
    second = request_run(first.protocol, by=acme.actor("compliance"), now=now)
    finish(second, "tested-model-2")
    drifting.after_run(second, now=now)
    found = Drift.objects.get()
    assert found.changes == [{"aspect": "model", "before": "tested-model-1", "now": "tested-model-2"}]
    assert (found.compared, found.run, found.cause) == (["model"], first, "model")
    told = Entry.objects.get(kind=Kind.DRIFT_FOUND).content()["data"]
    assert told["not_compared"] == ["fingerprint", "answers"]
    assert told["runs_again"] is False


def test_what_the_model_became_stands_among_the_checks_of_its_product(acme: Cast, version: Version) -> None:
    run, now = trials.finished_run(acme, version), timezone.now()
    seen = drift.Seen({"tested-model-2": 1}).told()
    look = Look.objects.create(
        endpoint=run.protocol.endpoint, day=now.date(), state="finished", sent_at=now, finished_at=now, seen=seen
    )
    assert drifting.after_look(look, now=timezone.now())
    (place,) = places_of(acme.product, now)
    assert [(point.code, point.outcome) for point in looking_at_checks.drift(place).points] == [
        ("drifted_model", Outcome.ATTENTION)
    ]
    finish(request_run(run.protocol, by=acme.actor("compliance"), now=timezone.now()), "tested-model-2")
    assert [point.code for point in looking_at_checks.drift(place).points] == ["newest_rulebooks"], "it was tested"


def changing(state: dict[str, str]) -> Callable[[Asked], Said]:
    def respond(asked: Asked) -> Said:
        return Said(f"{state['says']} {asked.last}", model=state["model"], fingerprint=state["fingerprint"])

    return respond


@pytest.mark.django_db(transaction=True)
def test_the_daily_look_finds_what_changed_and_has_it_run_again() -> None:
    acme = some.make_cast("acme")
    version = some.make_active(acme)
    state = {"says": "A", "model": "tested-model-1", "fingerprint": ""}
    with runs.answering(changing(state)) as server:
        endpoint = runs.endpoint_at(acme, server)
        run = runs.requested(acme, runs.protocol_of(acme, version, endpoint))
        finish(run, "tested-model-1")
        watched(acme, version, endpoint)
        same = look_at(endpoint)
        assert (same.state, same.seen["models"]) == ("finished", {"tested-model-1": looking.REQUESTS})
        assert looking.request_due(now=timezone.now()) == 0, "once a day"
        assert not looking.look(same.pk, now=timezone.now()), "a message that comes twice finds it done"
        assert not Drift.objects.exists()
        state["says"] = "B"
        look_at(endpoint, days=1)
        (change,) = Drift.objects.get().changes
        assert change == {"aspect": "answers", "before": "5", "now": "5"}
        assert Drift.objects.get().compared == ["model", "answers"]
        occasion = Occasion.objects.get()
        assert (occasion.cause, occasion.about) == ("drift", f"drift {Drift.objects.get().pk}")
        look_at(endpoint, days=2)
        assert Drift.objects.count() == 1, "the same drift again is no other"
        state["model"] = "tested-model-2"
        look_at(endpoint, days=3)
        assert Drift.objects.count() == 2
    failed = look_at(endpoint, days=4)
    assert (failed.state, failed.seen["models"]) == ("failed", {})
    assert Drift.objects.count() == 2, "no answer says nothing about the model"


def test_endpoints_are_asked_only_where_a_schedule_wants_to_know(acme: Cast, version: Version) -> None:
    run = trials.finished_run(acme, version)
    assert looking.request_due(now=timezone.now()) == 0
    watched(acme, version, run.protocol.endpoint)
    assert looking.request_due(now=timezone.now()) == 1
    assert looking.request_due(now=timezone.now() - timedelta(days=1)) == 0, "a clock that jumped back"


def test_a_revised_rulebook_is_drift_of_what_was_tested(acme: Cast, version: Version) -> None:
    products = Product.objects.filter(pk=acme.product.pk)
    assert drifting.after_publication(products, now=timezone.now()) == []
    run = trials.finished_run(acme, version)
    watched(acme, version, run.protocol.endpoint)
    assert drifting.after_publication(products, now=timezone.now()) == [], "it was made against the newest"
    newest = RulebookRevision.objects.get(platform="reference")
    newest.pk, newest.digest, newest.published = None, "sha256:" + "7" * 64, newest.published + timedelta(days=30)
    newest._state.adding = True
    with transaction.atomic():
        newest.save()
        record(Kind.RULEBOOK_PUBLISHED, who=some.SYSTEM, at=timezone.now(), organization="")
    (found,) = drifting.after_publication(products, now=timezone.now())
    assert found.cause == "rulebook"
    assert found.changes[0]["now"] == f"reference {newest.revision}"
    assert Occasion.objects.get().cause == "drift"
    actor = acme.actor("compliance")
    assert drifting.standing(actor, [acme.product])[acme.product.pk] == found
    stranger = some.make_cast("other", "thing").actor("administrator")
    assert drifting.standing(stranger, [acme.product]) == {}
