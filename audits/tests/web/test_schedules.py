"""The pages of runs that start themselves, of the budget, and what API and review say of them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.checks.budgets import Caps
from audits.models import Budget, Drift, Run, RunSchedule
from audits.tests.conformance import trials
from audits.tests.conformance.test_drifting import finish
from audits.tests.web.asking import signed_in, text
from profiles.actions import occasions
from profiles.actions.api_keys import create_api_key
from profiles.actions.budgets import set_budget
from profiles.actions.endpoints import remove_endpoint
from profiles.actions.runs import request_run
from profiles.models import Version
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
ALL = "/conformance/schedules/"
HERE = "/conformance/schedules/helper/production/"
BUDGET = "/settings/budget/"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme")


@pytest.fixture
def version(acme: Cast) -> Version:
    return some.make_active(acme)


def filled(cast: Cast, version: Version, **more: str) -> dict[str, Any]:
    protocol = trials.protocol_of(cast, version)
    return {
        "platform": protocol.platform,
        "endpoint": protocol.endpoint_id,
        "suites": [protocol.suite_id],
        "every_days": "7",
        "at_hour": "3",
    } | more


def test_a_schedule_is_set_shown_changed_and_ended(acme: Cast, version: Version) -> None:
    client = signed_in(acme)
    assert "Nothing is scheduled." in text(client.get(ALL))
    assert "There is no endpoint yet" in text(client.get(HERE))
    form = filled(acme, version, on_submission="on")
    assert client.post(f"{HERE}set/", form).status_code == 302
    page = text(client.get(ALL))
    for words in ("Every 7 days at 03:00 UTC", "When a version is submitted", "Next:", "set by Compliance of Acme"):
        assert words in page, words
    shown = client.get(HERE).content.decode()
    assert 'value="7"' in shown
    assert 'name="on_submission" checked' in shown
    assert re.search(rf'name="suites" value="{form["suites"][0]}" checked', shown)
    assert client.post(f"{HERE}end/").status_code == 302
    assert client.post(f"{HERE}end/").status_code == 409
    assert "Nothing is scheduled." in text(client.get(ALL))


def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(acme: Cast, version: Version) -> None:
    client, form = signed_in(acme), filled(acme, version)
    for wrong, said in (
        ({"every_days": "x"}, "Give a whole number."),
        ({"suites": []}, "Choose at least one suite."),
        ({"endpoint": ""}, "Choose an endpoint."),
        ({"every_days": ""}, "Choose when runs start"),
    ):
        refused = client.post(f"{HERE}set/", form | wrong)
        assert refused.status_code == 422, wrong
        assert said in text(refused)
        assert 'id="sum"' in refused.content.decode()
    assert 'value="x"' in client.post(f"{HERE}set/", form | {"every_days": "x"}).content.decode()
    assert not RunSchedule.objects.exists()


def test_a_run_that_did_not_start_and_one_that_would_not_are_shown_with_the_reason(
    acme: Cast, version: Version
) -> None:
    client = signed_in(acme)
    client.post(f"{HERE}set/", filled(acme, version))
    schedule = RunSchedule.objects.get()
    remove_endpoint(schedule.endpoint, by=acme.actor("administrator"), now=timezone.now())
    page = text(client.get(ALL))
    assert "As it is now, the next run would not start: The endpoint Main was removed." in page
    assert schedule.due_at is not None
    occasions.start_due(now=schedule.due_at)
    page = text(signed_in(acme, "auditor").get(ALL))
    assert "did not start" in page
    assert page.count("The endpoint Main was removed.") == 2
    trail = text(signed_in(acme, "administrator").get("/trail/"))
    assert "Run did not start" in trail


def test_a_submitted_version_leads_its_reviewers_to_its_run(acme: Cast, version: Version) -> None:
    client = signed_in(acme)
    client.post(f"{HERE}set/", filled(acme, version, every_days="", on_submission="on"))
    some.set_values(acme, safety__danger_caveats="off")
    submitted = some.submit(acme)
    occasions.start_due(now=timezone.now())
    run = Run.objects.get()
    page = signed_in(acme, "approver").get(f"/products/helper/versions/{submitted.number}/").content.decode()
    assert f'href="/conformance/runs/{run.pk}/"' in page
    assert "Started When the version was submitted" in text(client.get(f"/conformance/runs/{run.pk}/"))
    assert f"Run {run.pk}" in text(client.get(ALL))


def test_drift_is_shown_until_a_complete_run_came_after_it(acme: Cast, version: Version) -> None:
    first = trials.finished_run(acme, version)
    by = acme.actor("compliance")
    finish(request_run(first.protocol, by=by, now=timezone.now()), "tested-model-2")
    client, told = signed_in(acme), "the model called itself tested-model-1, and now tested-model-2"
    for address in ("/conformance/", "/products/helper/"):
        page = text(client.get(address))
        assert f"Drift since the last complete run: {told}. Compared: the model&#x27;s name" in page, address
    finish(request_run(first.protocol, by=by, now=timezone.now() + timedelta(seconds=1)), "tested-model-2")
    assert Drift.objects.count() == 1
    assert told not in text(client.get("/products/helper/"))


def test_only_whoever_may_start_runs_schedules_them(acme: Cast, version: Version) -> None:
    form = filled(acme, version)
    for role in ("editor", "approver", "auditor"):
        client = signed_in(acme, role)
        assert client.get(ALL).status_code == 200
        assert client.get(HERE).status_code == 403
        assert client.post(f"{HERE}set/", form).status_code == 403
    stranger = signed_in(some.make_cast("other", "thing"), "administrator")
    assert stranger.post(f"{HERE}set/", form).status_code == 404
    assert not RunSchedule.objects.exists()


# The budget


def test_a_budget_is_set_seen_and_said_before_a_start(acme: Cast, version: Version) -> None:
    admin = signed_in(acme, "administrator")
    refused = admin.post(f"{BUDGET}set/", {"trials": "many", "requests": "5"})
    assert refused.status_code == 422
    assert "Give a whole number, or nothing." in text(refused)
    assert 'value="many"' in refused.content.decode()
    assert admin.post(f"{BUDGET}set/", {"trials": "20", "tokens": "", "requests": "60"}).status_code == 302
    trials.finished_run(acme, version)
    page = text(signed_in(acme, "editor").get(BUDGET))
    assert "12 of 20 used, up to 0 planned by runs that are going on" in page
    assert "At most 60" in page
    assert "An administrator sets these limits." in page
    protocol = trials.protocol_of(acme, version, name="Second")
    start = text(signed_in(acme).get(f"/conformance/start/?suite={protocol.suite_id}"))
    assert "This needs 12 trials. Of the 20 trials of a month 12 are used or planned, so 8 are left." in start
    assert signed_in(acme).post(f"{BUDGET}set/", {"trials": "1"}).status_code == 403
    assert Budget.objects.get().trials == 20


def test_programs_read_both(acme: Cast, version: Version) -> None:
    signed_in(acme).post(f"{HERE}set/", filled(acme, version))
    admin, now = acme.actor("administrator"), timezone.now()
    set_budget(acme.organization, caps=Caps(trials=30), by=admin, now=now)
    _row, key = create_api_key(acme.organization, name="script", scopes=["read"], by=admin, now=now)
    head = {"Authorization": f"Bearer {key}"}
    (item,) = Client().get("/api/v1/run-schedules", headers=head).json()["items"]
    assert (item["product"], item["suites"], item["every_days"], item["last"]) == ("helper", ["small"], 7, None)
    budget = Client().get("/api/v1/budget", headers=head).json()
    assert (budget["trials_a_month"], budget["tokens_a_month"], budget["trials_used"]) == (30, None, 0)
