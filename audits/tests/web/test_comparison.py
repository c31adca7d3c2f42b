"""Runs beside one another: two of them, all over time, and what departed from their protocols."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.conformance import concluding
from audits.models import Entry, Protocol, Run
from audits.tests.conformance import trials
from audits.tests.web.asking import signed_in, text
from audits.trail.kinds import Kind
from profiles.access import Scope
from profiles.actions.api_keys import create_api_key
from profiles.actions.runs import Plan, fix_protocol, judge_trial, request_run
from profiles.models import Version
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme")


@pytest.fixture
def version(acme: Cast) -> Version:
    return some.make_active(acme)


@pytest.fixture
def protocol(acme: Cast, version: Version) -> Protocol:
    return trials.protocol_of(acme, version)


def of_version(acme: Cast, version: Version, protocol: Protocol) -> Protocol:
    """The same asked about another version."""
    plan = Plan(protocol.platform, protocol.suite, protocol.endpoint)
    made, _is_new = fix_protocol(version, plan=plan, by=acme.actor("compliance"), now=timezone.now())
    return made


def finished(acme: Cast, protocol: Protocol, failing: int = 0, reported: str = "tested-model-1", **more: Any) -> Run:
    run = request_run(protocol, by=acme.actor("compliance"), now=timezone.now())
    for position in range(protocol.planned):
        outcome = "fail" if position < failing else "pass"
        trials.end(run, position, outcome, rule="r", reason="It says so.", reported=reported, **more)
    concluding.conclude(run.pk, now=timezone.now())
    run.refresh_from_db()
    return run


# Two runs


def test_two_runs_are_compared_variant_by_variant_with_what_changed(acme: Cast, protocol: Protocol) -> None:
    earlier = finished(acme, protocol)
    later_version = some.make_active(acme, safety__danger_caveats="off")
    later = finished(acme, of_version(acme, later_version, protocol), failing=4)
    client = signed_in(acme)
    here = f"/conformance/runs/{earlier.pk}..{later.pk}/"
    assert f'href="{here}"' in client.get(f"/conformance/runs/{later.pk}/").content.decode()
    answer = client.get(here)
    page = text(answer)
    assert "0 worse, 0 better, no difference shown for 2." in page
    assert "Version 1, then 2" in page
    assert "One thing changed" in page
    assert "Of 2 variants 0 better and 2 worse, p = 0.500" in page
    assert "Where no difference is shown there may still be one" in page
    assert "/products/helper/versions/1..2/" in answer.content.decode()
    assert not re.search(r"\bnever\b", page, re.I)


def test_a_person_s_word_counts_in_a_comparison(acme: Cast, protocol: Protocol) -> None:
    earlier, later = finished(acme, protocol), finished(acme, protocol)
    for row in later.trials.filter(behavior="protection.admit_being_ai"):
        judge_trial(row, outcome="fail", reason="It hints.", by=acme.actor("compliance"), now=timezone.now())
    page = text(signed_in(acme).get(f"/conformance/runs/{earlier.pk}..{later.pk}/"))
    assert "Of 4 variants 0 better and 4 worse, p = 0.125" in page
    assert "Nothing that was fixed changed." in page


def test_a_run_that_is_not_finished_or_not_theirs_is_not_compared(acme: Cast, protocol: Protocol) -> None:
    done = finished(acme, protocol)
    going_on = request_run(protocol, by=acme.actor("compliance"), now=timezone.now())
    client = signed_in(acme)
    for pair in (f"{done.pk}..{going_on.pk}", f"{done.pk}..{done.pk}", f"{done.pk}..99999999"):
        assert client.get(f"/conformance/runs/{pair}/").status_code == 404, pair
    other = some.make_cast("other", "thing")
    theirs = trials.finished_run(other, some.make_active(other))
    assert client.get(f"/conformance/runs/{theirs.pk}..{done.pk}/").status_code == 404


def test_programs_compare_with_the_run_before_or_one_they_name(acme: Cast, protocol: Protocol, client: Client) -> None:
    _key, token = create_api_key(acme.organization, name="k", scopes=[Scope.READ], by=SYSTEM, now=timezone.now())
    key = {"Authorization": f"Bearer {token}"}
    first, second, third = finished(acme, protocol), finished(acme, protocol), finished(acme, protocol, failing=4)
    here = f"/api/v1/runs/{third.pk}/comparison"
    found = client.get(here, headers=key).json()
    assert (found["earlier"], found["later"], found["differs"]) == (second.pk, third.pk, [])
    line = next(each for each in found["commitments"] if each["behavior"] == "safety.weapons_of_mass_harm")
    assert (line["change"], line["variants"], line["worse"]) == (
        "not_shown",
        2,
        ["weapons/ladder", "weapons/plain"],
    )
    assert client.get(f"{here}?with={first.pk}", headers=key).json()["earlier"] == first.pk
    assert client.get(f"/api/v1/runs/{first.pk}/comparison", headers=key).status_code == 404
    assert client.get(f"{here}?with={third.pk}", headers=key).status_code == 404


# Over time


def test_charts_show_each_run_with_its_interval_and_what_changed(acme: Cast, protocol: Protocol) -> None:
    first = finished(acme, protocol)
    later_version = some.make_active(acme, safety__danger_caveats="off")
    second = finished(acme, of_version(acme, later_version, protocol), reported="tested-model-2")
    answer = signed_in(acme).get("/conformance/products/helper/")
    html, page = answer.content.decode(), text(answer)
    assert "style=" not in html.partition("<main")[2]
    assert html.count('class="tr"') == 2
    assert '<path class="tr-v"' in html
    assert ">v2</text>" in html
    assert '<path class="tr-t" d="M' in html  # the threshold of the rate
    for run in (first, second):
        assert f'<a href="/conformance/runs/{run.pk}/" tabindex="-1" aria-label="Run {run.pk}: ' in html
        assert f'<a href="/conformance/runs/{run.pk}/">Run {run.pk}</a>' in html  # in the table
    assert "another version and model" in page
    assert "8 of 8, 95 % interval: 67.6 % to 100 %, pass" in page
    part = signed_in(acme).get("/conformance/products/helper/", headers=PARTIAL).content.decode()
    assert part.lstrip().startswith('<div id="trend"')


def test_long_series_are_paged_and_an_empty_product_says_so(acme: Cast, protocol: Protocol) -> None:
    client = signed_in(acme)
    assert "No run of this product has finished yet." in text(client.get("/conformance/products/helper/"))
    for _n in range(13):
        Run.objects.create(
            protocol=protocol,
            trigger="request",
            state="finished",
            requested_at=timezone.now(),
            sent_at=timezone.now(),
            finished_at=timezone.now(),
            digest="sha256:0",
        )
    first = client.get("/conformance/products/helper/").content.decode()
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is None  # they say nothing of any commitment
    for run in Run.objects.all():
        run.findings.create(
            behavior="protection.admit_being_ai",
            outcome="pass",
            passed=8,
            trials=8,
            planned=8,
            low=0.6,
            high=1.0,
            parts=[PART],
            at=timezone.now(),
        )
    first = client.get("/conformance/products/helper/").content.decode()
    assert first.count('class="tr-ok"') == 12 + 1  # and the one that explains it
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older
    second = client.get(older[1].replace("&amp;", "&")).content.decode()
    assert second.count('class="tr-ok"') == 1 + 1
    assert 'rel="prev"' in second


PART = {
    "direction": "must_do", "kind": "rate", "threshold": 0.5, "probes": ["is-ai"], "outcome": "pass",
    "why": "above_threshold", "passed": 8, "failed": 0, "invalid": 0, "planned": 8, "low": 0.6, "high": 1.0,
    "bound": None, "needed": 0,
}  # fmt: skip


# Departures


def test_departures_stand_with_the_run_in_its_entry_and_for_programs(
    acme: Cast, protocol: Protocol, client: Client
) -> None:
    run = finished(acme, protocol, reported="mini", observed={"sent": {"max_tokens": 600}, "retries": 1})
    page = text(signed_in(acme).get(f"/conformance/runs/{run.pk}/"))
    assert "Departures from the protocol 3" in page
    assert "The endpoint was asked for tested-model and reported mini. 12 trials" in page
    assert "The temperature was not in the request" in page
    assert "A request failed and was sent again. 12 trials" in page
    entry = Entry.objects.filter(kind=Kind.RUN_FINISHED).latest("pk")
    assert [each["what"] for each in entry.content()["data"]["departures"]] == [
        "other_model",
        "sampling_left_out",
        "retried",
    ]
    assert "3 departures from the protocol" in text(signed_in(acme).get(f"/trail/{entry.pk}/"))
    _key, token = create_api_key(acme.organization, name="k", scopes=[Scope.READ], by=SYSTEM, now=timezone.now())
    key = {"Authorization": f"Bearer {token}"}
    whole = client.get(f"/api/v1/runs/{run.pk}", headers=key).json()
    assert whole["departures"][0] == {
        "what": "other_model",
        "trials": 12,
        "planned": "tested-model",
        "found": ["mini"],
        "name": "",
    }
    assert all(each["departed"] for each in whole["findings"])


def test_a_run_that_followed_its_protocol_says_so_and_an_old_one_that_nobody_looked(
    acme: Cast, protocol: Protocol
) -> None:
    run = finished(acme, protocol, observed={"sent": {"temperature": 1.0, "max_tokens": 600}})
    client = signed_in(acme)
    assert run.departures == []
    here = f"/conformance/runs/{run.pk}/"
    assert "None: what was sent and what came back is as it was fixed." in text(client.get(here))
    Run.objects.filter(pk=run.pk).update(departures=None)
    assert "This run ended before departures were recorded" in text(client.get(here))


# Many trials


def test_trials_are_filtered_and_both_files_hold_what_the_filter_leaves(acme: Cast, protocol: Protocol) -> None:
    run = request_run(protocol, by=acme.actor("compliance"), now=timezone.now())
    trials.end(run, 0, "unclear", refused_by="vendor_filter", reason="=1+1")
    trials.end(run, 1, "unclear", reason="Nothing.")
    trials.end(run, 2, "fail", refused_by="nobody", reason="It says so.")
    judge_trial(
        run.trials.get(position=1), outcome="pass", reason="R.", by=acme.actor("compliance"), now=timezone.now()
    )
    client, here = signed_in(acme), f"/conformance/runs/{run.pk}/trials"
    for query, positions in (
        ("person=yes", [1]),
        ("refused=vendor_filter", [1]),
        ("probe=is-ai&outcome=fail", [3]),
        ("refused=nonsense&outcome=unclear", [1, 2]),
    ):
        listed = client.get(f"{here}/?{query}").content.decode()
        assert [int(n) for n in re.findall(r'<th scope="row"><a[^>]+>(\d+)<', listed)] == positions, query
        lines = read(client.get(f"{here}.csv?{query}"))
        assert [int(line["trial"]) for line in lines] == positions
        assert len(whole(client.get(f"{here}.jsonl?{query}")).splitlines()) == len(positions)
    assert read(client.get(f"{here}.csv?person=yes"))[0]["reason"] == "'=1+1"
    assert [line["judged"] for line in read(client.get(f"{here}.csv?outcome=unclear"))] == ["", "pass"]


def test_the_whole_file_is_still_what_the_digest_is_of(acme: Cast, protocol: Protocol) -> None:
    run = finished(acme, protocol)
    data = whole(signed_in(acme).get(f"/conformance/runs/{run.pk}/trials.jsonl"))
    assert run.digest == f"sha256:{hashlib.sha256(data).hexdigest()}"


def whole(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def read(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(whole(answer).decode(), newline="")))
