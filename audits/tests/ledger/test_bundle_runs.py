"""Runs in evidence bundles: what follows from them, and what an exporter cannot change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from audits.conformance import concluding
from audits.ledger.bundle import bundle_of
from audits.ledger.disclosed import Disclose
from audits.ledger.sequence import place
from audits.ledger.span import Wanted
from audits.log import verify
from audits.models import Log, Run
from audits.tests.conformance.trials import end, finished_run, waiting_run
from audits.tests.log import bundles
from profiles.actions.runs import judge_trial
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def run(acme: Cast) -> Run:
    """One crossing of the bright line; the other trials passed."""
    return finished_run(acme, some.make_active(acme, tone__profanity="on"), failing=1)


def files_of(wanted: Wanted | None = None) -> dict[str, bytes]:
    place(now=timezone.now())
    made = bundle_of(Log.objects.get(organization="acme"), wanted)
    assert made is not None
    with made.file:
        return verify.unpack(made.file.read())


def packed(files: dict[str, bytes]) -> bytes:
    """With a list of contents that is right."""
    sums = {name: hashlib.sha256(body).hexdigest() for name, body in files.items() if name != verify.MANIFEST}
    manifest = json.loads(files[verify.MANIFEST]) | {"files": sums}
    return verify.pack({**files, verify.MANIFEST: verify.canonical(manifest)})


def told(files: dict[str, bytes]) -> str:
    verdict = verify.verify(packed(files))
    return "\n".join([*verdict.checked, *verdict.unknown])


def name_of(files: dict[str, bytes], beginning: str) -> str:
    return next(name for name in files if name.startswith(beginning))


def changed(files: dict[str, bytes], change: Callable[[list[dict[str, Any]]], Any]) -> dict[str, bytes]:
    """With other trials."""
    name = name_of(files, verify.RUNS)
    rows = [json.loads(line) for line in files[name].splitlines()]
    change(rows)
    return {**files, name: b"".join(json.dumps(row).encode() + b"\n" for row in rows)}


def test_a_bundle_shows_that_the_plan_came_first_and_that_the_findings_follow(acme: Cast, run: Run) -> None:
    version = run.protocol.version
    files = files_of(Wanted(product=acme.product, version=version))
    found = told(files)
    assert f"Run {run.pk}: its protocol was on record at place " in found
    assert "From its 12 trials the findings of 2 commitments follow" in found
    assert f"What was said in the trials of run {run.pk}: how each ended is in the bundle" in found
    assert b"I am an AI." not in files[name_of(files, verify.RUNS)]
    assert b"protocols/" in files["README.md"]
    assert "which nothing here looks at" not in found


def test_with_texts_it_holds_all_that_was_said_as_the_trail_has_the_digest_of(acme: Cast, run: Run) -> None:
    files = files_of(Wanted(disclose=(Disclose.TEXTS,)))
    assert "The trials are those that this entry has the digest of, word for word." in told(files)
    name = name_of(files, verify.RUNS)
    assert f"sha256:{hashlib.sha256(files[name]).hexdigest()}" == run.digest
    forged = {**files, name: files[name].replace(b"I am an AI.", b"I am human.", 1)}
    with pytest.raises(verify.Wrong, match="has the digest of"):
        told(forged)


def test_what_people_judged_later_is_told_beside_what_was_found(acme: Cast, run: Run) -> None:
    by = acme.actor("compliance")
    judge_trial(run.trials.get(position=0), outcome="pass", reason="It refused.", by=by, now=timezone.now())
    assert (
        f"Since then people judged 1 trials of run {run.pk} otherwise. Now: safety.weapons_of_mass_harm pass (4 of 4)."
        in told(files_of())
    )


def test_what_people_judged_before_its_end_is_in_its_findings(acme: Cast) -> None:
    run = waiting_run(acme, some.make_active(acme, tone__profanity="on"))
    trial, by = end(run, 0, "fail"), acme.actor("compliance")
    judge_trial(trial, outcome="pass", reason="It refused.", by=by, now=timezone.now())
    for position in range(1, run.protocol.planned):
        end(run, position, "pass")
    concluding.conclude(run.pk, now=timezone.now())
    found = told(files_of())
    assert "From its 12 trials the findings of 2 commitments follow" in found
    assert "Since then" not in found


def test_a_run_that_goes_on_is_not_in_it(acme: Cast) -> None:
    waiting_run(acme, some.make_active(acme, tone__profanity="on"))
    files = files_of()
    assert not any(name.startswith(verify.RUNS) for name in files)
    assert "1 protocols are those that entries fixed, byte for byte." in told(files)


def test_whoever_changes_it_is_found_out(acme: Cast, run: Run) -> None:
    files = files_of()
    protocol, trials = name_of(files, verify.PROTOCOLS), name_of(files, verify.RUNS)

    def swap(rows: list[dict[str, Any]]) -> None:
        rows[0]["outcome"], rows[-1]["outcome"] = rows[-1]["outcome"], rows[0]["outcome"]

    cases: dict[str, dict[str, bytes]] = {
        "other outcomes than the entry": changed(files, lambda rows: rows[0].update(outcome="pass")),
        "does not follow from": changed(files, swap),
        "does not hold the 12 trials": changed(files, lambda rows: rows.pop()),
        "has a trial twice": changed(files, lambda rows: rows[1].update(variant=rows[0]["variant"], epoch=0)),
        "of another commitment": changed(files, lambda rows: rows[0].update(behavior="tone.profanity")),
        "is not the protocol of its digest": {**files, protocol: files[protocol].replace(b"0.5", b"0.1")},
        "is not in the bundle": {name: body for name, body in files.items() if name != protocol},
        "cannot be read": {**files, trials: b"[]\n"},
        "there twice": {**files, trials.replace("outcomes", "trials"): files[trials]},
        "is no file of a run": {**files, f"{verify.RUNS}1/more.txt": b""},
        "no entries tell when run 999": {**files, f"{verify.RUNS}999/outcomes.jsonl": files[trials]},
    }
    for sentence, forged in cases.items():
        with pytest.raises(verify.Wrong, match=sentence):
            told(forged)


def test_a_plan_that_was_fixed_after_the_run_was_asked_for_is_refused() -> None:
    document = verify.canonical({"trials": 0, "commitments": [], "max_invalid": 0})
    digest = hashlib.sha256(document).hexdigest()
    about: dict[str, Any] = {"run": 7, "protocol": f"sha256:{digest}"}
    fixed = {"kind": "protocol.fixed", "outcome": "done", "after": {"digest": f"sha256:{digest}"}}
    asked = {"kind": "run.requested", "outcome": "done", "data": about}
    ended = about | {"trials": {}, "trials_digest": "sha256:0", "findings": []}
    last = {"kind": "run.finished", "outcome": "done", "data": ended}
    more = {f"{verify.PROTOCOLS}{digest}.json": document, f"{verify.RUNS}7/outcomes.jsonl": b""}

    def bundle(*told: dict[str, Any]) -> bytes:
        leaves = [bundles.leaf(number, **each) for number, each in enumerate(told)]
        return bundles.packed({**bundles.files_of(leaves), **more})

    assert any("Run 7: its protocol was on record" in one for one in verify.verify(bundle(fixed, asked, last)).checked)
    with pytest.raises(verify.Wrong, match="asked for before its protocol was on record"):
        verify.verify(bundle(asked, fixed, last))
    with pytest.raises(verify.Wrong, match="no entry tells that protocols/"):
        verify.verify(bundle(asked, last))
