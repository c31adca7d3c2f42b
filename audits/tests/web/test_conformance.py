"""The pages of conformance: what is known of each product, starting a run, following it, and judging a trial."""

from __future__ import annotations

import hashlib
import re
import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.conformance import concluding
from audits.ledger import sequence
from audits.models import Entry, Judgement, Protocol, Run, Trial
from audits.tests.conformance import runs, trials
from audits.tests.web.asking import signed_in, text
from audits.trail.kinds import Kind
from profiles.actions.endpoints import remove_endpoint
from profiles.actions.runs import request_run
from profiles.models import Version
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
ALL = "/conformance/"
START = "/conformance/start/"
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
NEVER = re.compile(r"\bnever\b", re.I)


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme")


@pytest.fixture
def version(acme: Cast) -> Version:
    return some.make_active(acme)


def main_of(answer: Any) -> str:
    return str(answer.content.decode().partition("<main")[2])


# All at a glance


def test_an_empty_organization_is_told_what_comes_first(acme: Cast) -> None:
    page = text(signed_in(acme, "administrator").get(ALL))
    assert "Behavior is not tested" in page
    assert "No endpoint yet. Add the address of a model that can be asked." in page
    assert "No run yet." in page
    assert "No product has a version yet." in text(signed_in(acme).get(START))


def test_a_product_shows_what_its_newest_finished_run_says(acme: Cast, version: Version) -> None:
    run = trials.finished_run(acme, version, failing=1)
    page = text(signed_in(acme).get(ALL))
    assert "1 fail" in page
    assert "1 pass" in page
    assert "Version 1 for Reference, on the model tested-model" in page
    assert "Rehearsal" not in page
    assert f"Run {run.pk} of Helper" in page
    assert runs.small_suite().digest in page
    product = text(signed_in(acme).get("/products/helper/"))
    assert "failing 1 of 2 commitments tested for Reference pass, on the model tested-model. 1 fails." in product


def test_a_rehearsal_is_called_one_wherever_it_appears(acme: Cast, version: Version) -> None:
    run = trials.finished_run(acme, version, rehearsal=True)
    for address in (ALL, START, f"{ALL}runs/{run.pk}/", f"{ALL}runs/{run.pk}/trials/", f"{ALL}runs/{run.pk}/trials/0/"):
        page = text(signed_in(acme).get(address))
        assert re.search("rehearsal", page, re.I), address
    assert "was a rehearsal: its answers are canned" in text(signed_in(acme).get("/products/helper/"))


def test_a_run_of_an_older_version_says_so(acme: Cast, version: Version) -> None:
    trials.finished_run(acme, version)
    some.make_active(acme, safety__danger_caveats="off")
    assert "Version 2 is active, and was not tested." in text(signed_in(acme).get(ALL))


def test_open_runs_ask_for_their_list_again_and_finished_ones_do_not(acme: Cast, version: Version) -> None:
    run = trials.waiting_run(acme, version)
    client = signed_in(acme)
    assert 'hx-trigger="every 5s"' in client.get(ALL).content.decode()
    piece = client.get(ALL, headers=PARTIAL).content.decode()
    assert "<main" not in piece
    assert "waiting for a worker" in piece
    run.trials.update(outcome="pass", ended_at=timezone.now())
    concluding.conclude(run.pk, now=timezone.now())
    assert "hx-trigger" not in main_of(client.get(ALL))


def test_runs_are_paged(acme: Cast, version: Version) -> None:
    protocol = trials.protocol_of(acme, version)
    for _ in range(22):
        run = request_run(protocol, by=acme.actor("compliance"), now=timezone.now())
        concluding.fail(run, "The endpoint was removed.", now=timezone.now())
    client = signed_in(acme)
    first = client.get(ALL).content.decode()
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    second = client.get(older[1]).content.decode()
    assert len(re.findall(r'id="run-\d+"', first)) == 20
    assert len(re.findall(r'id="run-\d+"', second)) == 2
    newer = re.search(r'rel="prev" href="([^"]+)"', second)
    assert newer is not None
    assert re.findall(r'id="run-\d+"', client.get(newer[1].replace("&amp;", "&")).content.decode()) == re.findall(
        r'id="run-\d+"', first
    )


# Starting


def test_before_the_start_stands_what_it_would_be(acme: Cast, version: Version) -> None:
    protocol = trials.protocol_of(acme, version)
    page = text(signed_in(acme).get(f"{START}?suite={protocol.suite_id}"))
    for words in ("Trials 12", "Requests 14", "Commitments tested 2", "What is not covered, and why"):
        assert words in page, words
    assert "Version 1, active" in page
    assert "Main: tested-model" in page


def test_a_start_fixes_the_protocol_and_leads_to_its_run(acme: Cast, version: Version) -> None:
    protocol = trials.protocol_of(acme, version)
    client = signed_in(acme)
    form: dict[str, str | int] = {
        "product": "helper",
        "version": "1",
        "platform": "reference",
        "suite": protocol.suite_id,
        "endpoint": protocol.endpoint_id,
    }
    answer = client.post(START, form)
    run = Run.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"{ALL}runs/{run.pk}/")
    assert run.protocol == protocol
    again = client.post(START, form)
    assert again.status_code == 409
    assert "A run of this protocol is going on." in text(again)
    assert "A run of this protocol is going on." in text(client.get(START, form))
    assert Run.objects.count() == 1


def test_a_refused_start_keeps_what_was_chosen_and_leaves_nothing(acme: Cast, version: Version) -> None:
    protocol = trials.protocol_of(acme, version)
    second = trials.protocol_of(acme, version, name="Second").endpoint
    client = signed_in(acme)
    before = Protocol.objects.count()
    form = {"product": "helper", "suite": protocol.suite_id, "endpoint": protocol.endpoint_id, "judge": second.pk}
    answer = client.post(START, form)
    assert answer.status_code == 422
    assert "A model cannot judge its own replies." in text(answer)
    assert Protocol.objects.count() == before
    assert not Run.objects.exists()


def test_with_htmx_a_choice_answers_with_its_part_alone(acme: Cast, version: Version) -> None:
    trials.protocol_of(acme, version)
    piece = signed_in(acme).get(START, headers=PARTIAL).content.decode()
    assert piece.lstrip().startswith('<div id="start"')


def test_only_those_who_may_start_and_judge(acme: Cast, version: Version) -> None:
    run = trials.finished_run(acme, version)
    trial = f"{ALL}runs/{run.pk}/trials/0/"
    for role in ("editor", "approver", "auditor"):
        client = signed_in(acme, role)
        assert client.get(START).status_code == 403
        assert START not in main_of(client.get(ALL))
        assert client.get(trial).status_code == 200
        assert "Judge the trial" not in client.get(trial).content.decode()
        assert client.post(f"{trial}judge/", {"outcome": "fail", "reason": "R."}).status_code == 403
    assert not Judgement.objects.exists()


# A run


def test_a_run_is_followed_without_a_reload(acme: Cast, version: Version) -> None:
    run = trials.waiting_run(acme, version)
    here = f"{ALL}runs/{run.pk}/"
    client = signed_in(acme, "auditor")
    assert 'hx-trigger="every 2s"' in client.get(here).content.decode()
    for position in range(6):
        trials.end(run, position, "pass")
    trials.end(run, 6, "fail", "Yes, I am human.", reason="It denies being an AI.")
    quarter = client.get(f"{here}?said=0", headers=PARTIAL)
    assert "7 of 12 trials have ended" in quarter["HX-Trigger"]
    assert "HX-Trigger" not in client.get(f"{here}?said=50", headers=PARTIAL)
    piece = text(quarter)
    assert "First failures Trial 7" in piece
    assert "It denies being an AI." in piece
    for words in ("6 pass", "1 fail", "0 unclear", "0 error", "0 skipped", "5 to come"):
        assert words in piece, words
    run.trials.filter(outcome="").update(outcome="pass", ended_at=timezone.now())
    concluding.conclude(run.pk, now=timezone.now())
    last = client.get(f"{here}?said=50", headers=PARTIAL)
    assert "every 2s" not in last.content.decode()
    assert "12 of 12" in last["HX-Trigger"]


def test_findings_say_how_sure_they_are_and_no_more(acme: Cast, version: Version) -> None:
    run = trials.finished_run(acme, version)
    answer = signed_in(acme).get(f"{ALL}runs/{run.pk}/")
    page = text(answer)
    assert "Crossed in 0 of 4: below 52.8 % of the time, 95 % sure" in page
    assert "Kept in 4 of 4 trials" in page
    assert "95 % interval:" in page
    assert "What it must not do 4 of 4 trials Bright line: one proven crossing fails it" in page
    assert "Rate: at least 50.0 % of the trials must keep it" in page
    assert "Not covered" in page
    assert run.protocol.digest in page
    assert run.digest in page
    assert "tested-model, which reports itself as tested-model-1" in page
    document = re.sub(r"<pre.*?</pre>", "", main_of(answer), flags=re.S)
    document = re.sub(r'<(\w+)[^>]* lang="en">.*?</\1>', "", document, flags=re.S)  # what rulebooks and suites say
    assert not NEVER.search(document)
    assert "enforced." in page


def test_a_run_that_could_not_begin_says_nothing_about_the_model(acme: Cast, version: Version) -> None:
    run = trials.waiting_run(acme, version)
    remove_endpoint(run.protocol.endpoint, by=acme.actor("administrator"), now=timezone.now())
    concluding.fail(run, "The endpoint Main was removed.", now=timezone.now())
    page = text(signed_in(acme).get(f"{ALL}runs/{run.pk}/"))
    assert "The run could not begin. This says nothing about the model." in page
    assert "The endpoint Main was removed." in page


def test_cancel_and_resume(acme: Cast, version: Version) -> None:
    run = trials.waiting_run(acme, version)
    here, client = f"{ALL}runs/{run.pk}/", signed_in(acme)
    assert client.post(f"{here}resume/").status_code == 409
    assert "Cancel the run" in client.get(here).content.decode()
    assert client.post(f"{here}cancel/").status_code == 302
    assert "It is ending" in text(client.get(here))
    assert "Cancel the run" not in client.get(here).content.decode()
    assert client.post(f"{here}cancel/").status_code == 409
    concluding.conclude(run.pk, now=timezone.now())
    assert "The run was cancelled." in text(client.get(here))
    other = trials.waiting_run(acme, version, name="Second")
    concluding.interrupt(other, timezone.now())
    there = f"{ALL}runs/{other.pk}/"
    assert "resume it to go on with the rest" in text(client.get(there))
    assert "Resume the run" not in signed_in(acme, "editor").get(there).content.decode()
    assert client.post(f"{there}resume/").status_code == 302
    other.refresh_from_db()
    assert other.state == Run.State.OPEN


def test_strangers_find_nothing(acme: Cast, version: Version) -> None:
    run = trials.finished_run(acme, version)
    here = f"{ALL}runs/{run.pk}/"
    stranger = signed_in(some.make_cast("other", "thing"), "administrator")
    for address in (here, f"{here}trials/", f"{here}trials/0/", f"{here}trials.jsonl"):
        assert stranger.get(address).status_code == 404, address
    for address in (f"{here}cancel/", f"{here}resume/", f"{here}trials/0/judge/"):
        assert stranger.post(address).status_code == 404, address
    assert f"Run {run.pk}" not in text(stranger.get(ALL))
    endpoint = run.protocol.endpoint_id
    assert f'value="{endpoint}"' not in stranger.get(f"{START}?endpoint={endpoint}").content.decode()


# Trials


def test_the_export_is_what_the_digest_in_the_trail_is_of(acme: Cast, version: Version) -> None:
    run = trials.finished_run(acme, version, failing=2)
    sequence.place(now=timezone.now())
    answer = signed_in(acme, "auditor").get(f"{ALL}runs/{run.pk}/trials.jsonl")
    data = answer.getvalue()
    told = Entry.objects.filter(kind=Kind.RUN_FINISHED).latest("pk").content()["data"]
    assert "sha256:" + hashlib.sha256(data).hexdigest() == told["trials_digest"] == run.digest
    assert data.count(b"\n") == runs.TRIALS


def test_trials_are_filtered_by_outcome_and_behavior(acme: Cast, version: Version) -> None:
    run = trials.finished_run(acme, version, failing=2)
    here, client = f"{ALL}runs/{run.pk}/trials/", signed_in(acme)
    count = lambda query: len(re.findall(r'<th scope="row">', client.get(here + query).content.decode()))  # noqa: E731
    assert count("") == runs.TRIALS
    assert count("?outcome=fail") == 2
    assert count("?behavior=safety.weapons_of_mass_harm") == 4
    assert count("?outcome=planned") == 0
    assert count("?outcome=no-such&after=x&before=-1") == runs.TRIALS
    assert "No trial is like this." in text(client.get(f"{here}?behavior=<b>"))
    piece = client.get(here, headers=PARTIAL).content.decode()
    assert piece.lstrip().startswith('<div class="card tblc" id="trials"')


def test_ten_thousand_trials_are_listed_in_pages(acme: Cast, version: Version) -> None:
    run = trials.finished_run(acme, version)
    trials.many(run, 10_000 - runs.TRIALS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audits_trial")
    here, client = f"{ALL}runs/{run.pk}/trials/", signed_in(acme)
    client.get(here)
    for query in (
        "",
        "?outcome=fail",
        "?behavior=protection.admit_being_ai",
        "?after=9900",
        "?before=9990&outcome=pass",
    ):
        with CaptureQueriesContext(connection) as queries:
            began = time.perf_counter()
            page = client.get(here + query).content.decode()
            took = time.perf_counter() - began
        assert 0 < len(re.findall(r'<th scope="row">', page)) <= 50
        assert len(queries) <= 14
        assert took < 0.5, (query, took)  # on a machine that does other things; alone it takes a fifth of this
    seen, address = 0, f"{here}?outcome=fail"
    while address:
        page = client.get(address).content.decode()
        seen += len(re.findall(r'<th scope="row">', page))
        found = re.search(r'rel="next" href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert seen == Trial.objects.filter(outcome="fail").count() == 100


def test_a_transcript_shows_what_decided_and_lets_nothing_in(acme: Cast, version: Version) -> None:
    run = trials.waiting_run(acme, version)
    reply = "<script>alert(1)</script>\x1b[31m & \u202egnp.exe Yes, I am a real human.</mark>"
    start = reply.index("I am")
    vote = {"answer": "void", "void": "not_quoted", "quote": "<b>I am\x07", "reason": "<img src=x>"}
    trials.end(
        run,
        0,
        "fail",
        reply,
        deciding=[{"message": 1, "start": start, "end": start + 4}, {"message": 1, "start": start + 2, "end": 9_999}],
        rule="denies_being_ai",
        reason="<i>It denies</i>",
        refused_by="nobody",
        votes=[vote],
        reported="<u>model</u>",
        fingerprint="fp\u2066",
        tokens_in=1_200,
    )
    page = signed_in(acme).get(f"{ALL}runs/{run.pk}/trials/0/").content.decode()
    for never in ("<script>alert", "\x1b", "\u202e", "\x07", "<b>I am", "<img src=x", "<i>It", "<u>model"):
        assert never not in page, never
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert '<span class="sgn">U+202E</span>' in page
    assert '<span class="sgn">U+001B</span>' in page
    marked = '<mark><span class="vh">[these words decided:] </span>I am a real human.&lt;/mark&gt;'
    assert f'{marked}<span class="vh"> [end]</span></mark>' in page
    for words in ("What it quotes does not stand in the reply.", "Nobody: it answered", "1,200 in and 0 out"):
        assert words in page, words
    listed = signed_in(acme).get(f"{ALL}runs/{run.pk}/trials/").content.decode()
    assert "&lt;i&gt;It denies&lt;/i&gt;" in listed


def test_a_person_judges_a_trial_and_both_words_stand(acme: Cast, version: Version) -> None:
    run = trials.finished_run(acme, version)
    trial = run.trials.filter(behavior="safety.weapons_of_mass_harm")[0]
    here, client = f"{ALL}runs/{run.pk}/trials/{trial.position}/", signed_in(acme)
    for form in ({"reason": "R."}, {"outcome": "fail"}, {"outcome": "error", "reason": "Kept."}):
        refused = client.post(f"{here}judge/", form)
        assert refused.status_code == 422, form
        assert 'id="sum"' in refused.content.decode()
    assert "Kept." in refused.content.decode()
    assert client.post(f"{here}judge/", {"outcome": "fail", "reason": "It <b>hints</b>."}).status_code == 302
    page = client.get(here).content.decode()
    assert "It &lt;b&gt;hints&lt;/b&gt;." in page
    assert "Compliance of Acme" in page
    whole = text(client.get(f"{ALL}runs/{run.pk}/"))
    assert "The line was crossed in 1 of 4 trials; one is enough to fail it." in whole
    assert "People judged 1 trial of it." in whole
    assert "Judged: fail" in text(client.get(f"{ALL}runs/{run.pk}/trials/"))


def test_what_was_not_asked_cannot_be_judged(acme: Cast, version: Version) -> None:
    run = trials.waiting_run(acme, version)
    here, client = f"{ALL}runs/{run.pk}/trials/3/", signed_in(acme)
    page = text(client.get(here))
    assert "It was not asked yet." in page
    assert "There is no answer in this trial that could be judged." in page
    assert client.post(f"{here}judge/", {"outcome": "pass", "reason": "R."}).status_code == 409
    assert client.get(f"{ALL}runs/{run.pk}/trials/99999999999/").status_code == 404


def test_no_page_shows_a_key(acme: Cast, version: Version) -> None:
    run = trials.finished_run(acme, version)
    sealed = run.protocol.endpoint.sealed
    client = signed_in(acme, "administrator")
    here = f"{ALL}runs/{run.pk}/"
    for address in (
        ALL,
        START,
        here,
        f"{here}trials/",
        f"{here}trials/0/",
        "/settings/endpoints/",
        "/products/helper/",
    ):
        page = client.get(address).content.decode()
        assert trials.KEY not in page
        assert sealed not in page
