"""What anybody may read of a product, and when they may: signed out, with nothing but an address."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audits.commitments.found import find
from audits.conformance import concluding
from audits.ledger import keys
from audits.ledger.sequence import place
from audits.log import proofs
from audits.models import Entry, Log
from audits.tests.conformance import runs
from audits.tests.conformance.trials import KEY, end, finished_run, waiting_run
from profiles.actions.commitments import publish_commitments, withdraw_commitments
from profiles.actions.drafts import edit_draft
from profiles.actions.holds import place_hold
from profiles.actions.products import describe_product, remove_product
from profiles.actions.runs import cancel_run, judge_trial
from profiles.api.schema import description
from profiles.errors import Forbidden, InvalidInput, WrongState
from profiles.models import Environment, Product, Version
from profiles.tests import cast as some
from profiles.tests.api.management.program import conforms
from profiles.tests.cast import Cast
from profiles.web.pages.api_docs import build_api_docs

pytestmark = pytest.mark.django_db
PAGE, DATA, BADGE = "/commitments/acme/helper/", "/commitments/acme/helper.json", "/commitments/acme/helper/badge.svg"
BRIGHT, RATE = "safety.weapons_of_mass_harm", "protection.admit_being_ai"


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    some.set_values(cast, safety__danger_caveats="off")
    return cast


@pytest.fixture
def version(acme: Cast) -> Version:
    return some.make_active(acme, tone__profanity="on")


@pytest.fixture
def public(acme: Cast, version: Version) -> Cast:
    publish(acme)
    return acme


def publish(cast: Cast) -> None:
    by, now = cast.actor("administrator"), timezone.now()
    publish_commitments(cast.product, environment=cast.production, reason="They asked.", by=by, now=now)


def read(address: str = PAGE, **headers: str) -> str:
    answer = Client().get(address, headers=headers)
    assert answer.status_code == 200, answer.status_code
    assert not answer.cookies
    return answer.content.decode()


def data() -> dict[str, Any]:
    return dict(json.loads(read(DATA)))


def said(key: str) -> dict[str, Any]:
    platforms = data()["platforms"]
    return next(one for one in platforms[0]["commitments"] if one["behavior"] == key)


def counts() -> dict[str, int]:
    return dict(data()["platforms"][0]["counts"])


# Who decides that it is public


def test_nothing_is_public_until_somebody_says_so_and_nothing_tells_it_from_what_never_was(
    acme: Cast, version: Version
) -> None:
    def nothing(address: str) -> tuple[int, bytes, str]:
        answer = Client().get(address)
        return answer.status_code, answer.content, answer["Cache-Control"]

    never = nothing("/commitments/nobody/nothing/")
    assert never[0] == 404
    assert "no-store" in never[2]
    assert {nothing(PAGE), nothing("/commitments/acme/other/"), nothing(DATA), nothing(BADGE)} == {never}
    publish(acme)
    assert "Helper" in read()
    assert nothing(f"{PAGE}?platform=google") == never
    withdraw_commitments(acme.product, reason="Too early.", by=acme.actor("administrator"), now=timezone.now())
    assert {nothing(PAGE), nothing(DATA), nothing(BADGE)} == {never}
    kinds = list(
        Entry.objects.filter(kind__startswith="product.commitments").order_by("pk").values_list("kind", flat=True)
    )
    assert kinds == ["product.commitments.published", "product.commitments.withdrawn"]


def test_only_who_looks_after_the_organization_decides_with_a_reason_and_where_something_is_active(
    acme: Cast, version: Version
) -> None:
    now = timezone.now()
    for role in ("editor", "approver", "compliance", "auditor"):
        with pytest.raises(Forbidden):
            publish_commitments(acme.product, environment=acme.production, reason="R.", by=acme.actor(role), now=now)
    by = acme.actor("administrator")
    with pytest.raises(WrongState, match="Nothing is active in Staging"):
        publish_commitments(acme.product, environment=acme.staging, reason="R.", by=by, now=now)
    with pytest.raises(InvalidInput):
        publish_commitments(acme.product, environment=acme.production, reason=" ", by=by, now=now)
    with pytest.raises(WrongState, match="not public"):
        withdraw_commitments(acme.product, reason="R.", by=by, now=now)
    publish(acme)
    with pytest.raises(WrongState, match="public already"):
        publish(acme)


def test_the_page_that_publishes_keeps_what_was_typed_and_says_what_is_shown(acme: Cast, version: Version) -> None:
    client = Client()
    client.force_login(acme.users["administrator"])
    address = "/products/helper/commitments/"
    refused = client.post(f"{address}publish/", {"environment": "nowhere", "reason": "They asked."})
    assert (refused.status_code, "They asked." in refused.content.decode()) == (422, True)
    done = client.post(f"{address}publish/", {"environment": "production", "reason": "They asked."}, follow=True)
    assert f"http://testserver{PAGE}" in done.content.decode()
    assert "&lt;a href=" in done.content.decode()  # what is to be copied is shown as text
    assert client.post(f"{address}withdraw/", {"reason": ""}).status_code == 422
    client.post(f"{address}withdraw/", {"reason": "Too early."})
    assert Client().get(PAGE).status_code == 404


# What is said


def test_without_any_run_everything_is_an_instruction_and_the_badge_says_not_tested(public: Cast) -> None:
    page = read()
    assert "None of them was tested on any model yet." in page
    assert "instructed, not tested" in page
    assert "No run of this version has ended yet." in page
    assert said(RATE)["known"] == "instructed"
    badge = ElementTree.fromstring(read(BADGE))
    title = badge.findtext("{http://www.w3.org/2000/svg}title")
    assert title == "Helper by Acme, commitments: not tested"
    assert "#14653a" not in read(BADGE)


def test_a_rehearsal_says_nothing_about_a_model_and_is_named_as_one(public: Cast, version: Version) -> None:
    finished_run(public, version, rehearsal=True)
    assert counts()["tested"] == 0
    assert "The answers are canned" in read()
    assert "rehearsed only, not tested" in read(BADGE)


def test_what_was_tested_is_said_with_k_of_n_its_interval_the_model_and_the_day(public: Cast, version: Version) -> None:
    run = finished_run(public, version)
    one = said(RATE)
    assert (one["known"], one["outcome"]) == ("tested", "pass")
    (test,) = one["tests"]
    assert (test["passed"], test["trials"], test["model"]) == (8, 8, "tested-model")
    assert test["interval"] == pytest.approx([0.6756, 1.0], abs=1e-4)
    assert test["protocol"] == run.protocol.digest
    assert one["citation"]["section"]
    page = read()
    assert "Kept in 8 of 8 trials" in page
    assert "Crossed in 0 of 4: below 52.8 % of the time, 95 % sure" in page
    assert "Tested on tested-model, " in page
    assert f"2 of {counts()['promises']} promises tested, " in read(BADGE)
    assert "#14653a" not in read(BADGE)  # green is for what was all measured


def test_a_failure_is_shown_also_after_a_run_that_somebody_ended_early(public: Cast, version: Version) -> None:
    run = waiting_run(public, version)
    bright = run.trials.filter(behavior=BRIGHT).order_by("position").values_list("position", flat=True)
    end(run, bright[0], "fail")
    cancel_run(run, by=public.actor("compliance"), now=timezone.now())
    concluding.conclude(run.pk, now=timezone.now())
    assert (said(BRIGHT)["outcome"], said(RATE)["outcome"]) == ("fail", "not_covered")
    assert "Ended early: only what failed counts." in read()
    assert "1 failed" in read(BADGE)
    assert "#b0261c" in read(BADGE)
    finished_run(public, version, name="Second", failing=0)  # the same model, tested whole
    assert said(BRIGHT)["outcome"] == "pass"


def test_what_was_tested_of_another_version_or_value_says_nothing_of_this_one(public: Cast, version: Version) -> None:
    finished_run(public, version)
    assert counts()["tested"] == 2
    some.make_active(public, tone__profanity="off")
    assert counts()["tested"] == 0
    changed = data()["platforms"][0]["history"][0]["changes"]
    assert [(one["behavior"], one["before"], one["after"]) for one in changed] == [("tone.profanity", "on", "off")]
    assert "Profanity: On to Off (stricter)" in read()


def test_it_is_said_anew_as_soon_as_a_person_judges_or_a_hold_binds(public: Cast, version: Version) -> None:
    run = finished_run(public, version, failing=1)
    before = Client().get(PAGE)
    assert said(BRIGHT)["outcome"] == "fail"
    trial = run.trials.get(position=0)
    judge_trial(trial, outcome="pass", reason="It refused.", by=public.actor("compliance"), now=timezone.now())
    assert said(BRIGHT)["outcome"] == "pass"
    by = public.actor("compliance")
    place_hold(public.organization, behavior="tone.profanity", ceiling="off", reason="R.", by=by, now=timezone.now())
    assert said("tone.profanity")["value"] == "off"
    assert Client().get(PAGE, headers={"If-None-Match": before["ETag"]}).status_code == 200


def test_nothing_private_is_said(public: Cast, version: Version) -> None:
    some.set_values(public, tone__profanity="off")
    draft = public.product.draft
    draft.refresh_from_db()
    by, now = public.actor("editor"), timezone.now()
    edit_draft(draft, by=by, now=now, seen=draft.revision, settings={}, instructions="The secret sauce.")
    newer = some.submit(public)
    some.approve(public, newer)
    some.activate(public, newer)
    finished_run(public, newer, failing=1)
    for text in (read(), read(DATA), read(BADGE)):
        assert "secret sauce" not in text
        assert "models.example" not in text
        assert KEY not in text
        assert "They asked." not in text
        assert "Are you human?" not in text
        assert " of Acme" not in text.replace("by Acme", "")  # the end of everybody's name
    assert "instructions changed. Their text is not public." in read()


def test_hostile_names_are_text(public: Cast, version: Version) -> None:
    name = '<script>alert(1)</script>"&'
    by = public.actor("administrator")
    describe_product(public.product, name=name, description="", by=by, now=timezone.now())
    assert "<script>alert" not in read()
    assert "&lt;script&gt;" in read()
    badge = ElementTree.fromstring(read(BADGE))
    assert name in str(badge.findtext("{http://www.w3.org/2000/svg}title"))
    assert data()["product_name"] == name


# What is stale


def fresh() -> dict[str, Any]:
    return dict(data()["platforms"][0]["freshness"])


def test_what_was_measured_is_fresh_until_it_is_older_than_the_environment_asks_for(
    public: Cast, version: Version
) -> None:
    assert (fresh()["state"], fresh()["span_days"]) == ("not_tested", None)
    at = timezone.now() - timedelta(days=2) + timedelta(seconds=30)
    runs.ended(public, version, at=at)
    assert (fresh()["state"], "is stale" in read()) == ("fresh", False)
    Environment.objects.filter(pk=public.production.pk).update(run_days=2)
    assert (fresh()["state"], fresh()["span_days"]) == ("fresh", 2)
    seconds = int(Client().get(PAGE)["Cache-Control"].rpartition("=")[2])
    assert 0 < seconds <= 30, "nobody keeps it past the instant at which it gets too old"
    moments = [timezone.now() + timedelta(seconds=late) for late in (0, 60)]
    tags = {found.tag for at in moments if (found := find("acme", "helper", at))}
    assert len(tags) == 2, "and what is kept here is made anew then"
    Environment.objects.filter(pk=public.production.pk).update(run_days=1)
    assert (fresh()["state"], fresh()["because"], fresh()["stale_promises"]) == ("stale", ["older"], 2)
    assert said(RATE)["tests"][0]["stale_because"] == ["older"]
    page = read()
    assert "What was measured is stale." in page
    assert "2 tested promises were tested longer ago than 1 day," in page
    assert "tested, stale, " in read(BADGE)


def test_a_failure_does_not_get_stale(public: Cast, version: Version) -> None:
    Environment.objects.filter(pk=public.production.pk).update(run_days=2)
    runs.ended(public, version, at=timezone.now() - timedelta(days=9), broken=[RATE])
    assert said(RATE)["tests"][0]["stale_because"] == []
    assert said(BRIGHT)["tests"][0]["stale_because"] == ["older"]
    assert fresh()["stale_promises"] == 1
    assert "Some of what was measured is stale." in read()


def test_another_model_than_the_product_names_is_said_to_be_one(public: Cast, version: Version) -> None:
    runs.ended(public, version)
    Product.objects.update(model_names={"reference": ["Tested"]})
    assert fresh()["state"] == "fresh"
    Product.objects.update(model_names={"reference": ["Another 2"]})
    assert fresh()["because"] == ["other_model"]
    page = read()
    assert "on other models than those that the product names: tested." in page
    assert "Another 2" not in page
    assert "Stale: the product names another model." in page


def test_what_was_measured_of_another_version_is_named_where_nothing_is_known_of_this_one(
    public: Cast, version: Version
) -> None:
    runs.ended(public, version)
    some.make_active(public, tone__profanity="off")
    assert (fresh()["state"], fresh()["because"]) == ("stale", ["other_version"])
    assert (fresh()["other_version"]["version"], fresh()["tested_at"]) == (1, None)
    assert "Nothing is known of version 2. The newest run that ended" in read()
    runs.ended(public, Version.objects.get(number=2))
    assert fresh()["state"] == "fresh"


def test_the_document_of_the_api_says_what_is_answered_to_everybody(public: Cast, version: Version) -> None:
    some.make_active(public, tone__profanity="off")
    finished_run(public, Version.objects.get(number=2), failing=1)
    place(now=timezone.now())
    operation = description()["paths"]["/commitments/{organization}/{product}.json"]["get"]
    assert operation["security"] == []
    answer = Client().get(DATA)
    told = operation["responses"]["200"]
    assert {name for name in told["headers"] if not answer.has_header(name)} == set()
    conforms(answer.json(), told["content"]["application/json"]["schema"])
    badge = description()["paths"]["/commitments/{organization}/{product}/badge.svg"]["get"]
    assert Client().get(BADGE)["Content-Type"] in badge["responses"]["200"]["content"]
    groups = [group for group in build_api_docs().groups if group.name == "Public"]
    commands = [each.command for group in groups for each in group.operations]
    assert len(commands) == 2
    assert "Authorization" not in "".join(commands)


# How it is answered


def test_it_is_the_same_for_everybody_kept_for_a_minute_and_costs_one_query(public: Cast) -> None:
    first = Client().get(PAGE)
    member = Client()
    member.force_login(public.users["editor"])
    member.cookies["theme"] = "dark"
    member.cookies["language"] = "de"
    with CaptureQueriesContext(connection) as queries:
        again = member.get(PAGE)
    assert (again.content, len(queries)) == (first.content, 1)
    assert not first.cookies
    assert "Cookie" not in first["Vary"]
    assert first["Cache-Control"] == "public, max-age=60"
    assert Client().get(PAGE, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert "<script" not in read()
    assert "script-src 'self'" in first["Content-Security-Policy"]
    for address in (DATA, BADGE):
        answer = Client().get(address)
        assert (answer["Access-Control-Allow-Origin"], answer["X-Robots-Tag"]) == ("*", "noindex")


def test_nobody_keeps_it_past_the_end_of_an_attestation(acme: Cast) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(seconds=20))
    some.make_active(acme, content__explicit="on")
    publish(acme)
    assert said("content.explicit")["value"] == "on"
    seconds = int(Client().get(PAGE)["Cache-Control"].rpartition("=")[2])
    assert 0 < seconds <= 20


def test_it_speaks_the_language_that_is_asked_for(public: Cast) -> None:
    german = Client().get(PAGE, headers={"Accept-Language": "de-AT,de;q=0.9"})
    assert (german["Content-Language"], 'lang="de"' in german.content.decode()) == ("de", True)
    assert 'lang="en"' in read(f"{PAGE}?language=en", **{"Accept-Language": "de"})
    assert "not tested" in read(BADGE, **{"Accept-Language": "de"})  # the page of others decides about a badge
    assert data() == json.loads(read(DATA, **{"Accept-Language": "de"}))


def test_a_removed_product_is_gone(public: Cast) -> None:
    remove_product(
        Product.objects.get(), typed_slug="helper", reason="R.", by=public.actor("administrator"), now=timezone.now()
    )
    assert Client().get(PAGE).status_code == 404


def test_anybody_can_prove_that_the_protocol_was_on_record(public: Cast, version: Version) -> None:
    run = finished_run(public, version)
    place(now=timezone.now())
    platforms = data()["platforms"]
    protocol = platforms[0]["runs"][0]["protocol"]
    text = read(protocol["proof"].removeprefix("http://testserver"))
    entry = Entry.objects.get(pk=run.protocol.entry_id)
    verifier = keys.verifiers(Log.objects.get(organization="acme").origin)[0]
    checkpoint = proofs.check(bytes(entry.leaf), text, verifier)
    assert checkpoint.size == Log.objects.get(organization="acme").size
    assert proofs.parse(text).index == protocol["place"]
    assert Client().get(protocol["proof"].replace(protocol["digest"][7:], "0" * 64)).status_code == 404
