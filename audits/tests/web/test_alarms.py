"""Alarms where people meet them: on every page about what is active, and on a page with honest ways to answer."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Alarm, Run
from audits.telling import fan_out
from audits.tests.conformance.runs import ended, loose_suite
from audits.tests.web.asking import text
from profiles.models import Environment, Notice, Version
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
AI, CAVEATS = "protection.admit_being_ai", "safety.danger_caveats"
SAID = "Alarm: Version 2 of Helper is active, and the model tested breaks 1 promise that nobody may break"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def version(acme: Cast) -> Version:
    """The second one, which shows what the first did not: caveats are off."""
    first = some.make_active(acme, tone__profanity="on")
    ended(acme, first, suite=loose_suite())
    return some.make_active(acme, safety__danger_caveats="off")


@pytest.fixture
def run(acme: Cast, version: Version) -> Run:
    # What the suite asks of caveats does not depend on their value, so that it can fail with either.
    return ended(acme, version, broken=[AI, CAVEATS], suite=loose_suite())


def client(acme: Cast, role: str) -> Client:
    found = Client()
    found.force_login(acme.users[role])
    return found


def page(acme: Cast, address: str, role: str = "editor") -> str:
    return text(client(acme, role).get(address))


def here() -> str:
    return f"/conformance/alarms/{Alarm.objects.get().pk}/"


def test_it_stands_wherever_the_version_does_and_leads_to_its_page(acme: Cast, run: Run) -> None:
    for address in ("/", "/products/helper/", "/products/helper/versions/2/", f"/conformance/runs/{run.pk}/"):
        answer = client(acme, "auditor").get(address)
        assert SAID in text(answer), address
        assert f'href="{here()}"' in answer.content.decode(), address
    assert SAID not in page(acme, "/products/helper/versions/1/")
    assert "Alarm, Helper" in page(acme, "/", "approver")


def test_everybody_is_told_and_the_notices_lead_to_alarm_and_run(acme: Cast, run: Run) -> None:
    fan_out.tell(now=timezone.now())
    told = {notice.entry.kind: notice for notice in Notice.objects.filter(user=acme.users["auditor"]).order_by("pk")}
    auditor = client(acme, "auditor")
    for kind, address in (("alarm.raised", here()), ("run.finished", f"/conformance/runs/{run.pk}/")):
        assert auditor.get(f"/inbox/{told[kind].pk}/")["Location"] == address
    assert told["alarm.raised"].topic == "alerts"
    inbox = text(auditor.get("/inbox/?show=all"))
    assert "Alarm: version 2 of Helper is active, and a model breaks what it promises" in inbox


def test_the_page_offers_what_helps_and_pretends_nothing(acme: Cast, run: Run) -> None:
    said = page(acme, here())
    assert "no text of a profile enforces it" in said
    assert "0 of 8 trials keep it" in said
    assert "Version 1 kept all of this on the same model" in said
    assert 'href="/products/helper/versions/1/restore/"' in client(acme, "editor").get(here()).content.decode()
    assert "was Off now On" in said
    reader = client(acme, "auditor").get(here()).content.decode()
    assert "/tighten/" not in reader
    assert "/acknowledge/" not in reader


def test_the_tightening_goes_into_the_draft_at_once_and_no_further(acme: Cast, run: Run) -> None:
    answer = client(acme, "editor").post(f"{here()}tighten/", follow=True)
    assert answer.redirect_chain == [("/products/helper/edit/", 302)]
    acme.product.draft.refresh_from_db()
    assert acme.product.draft.settings[CAVEATS] == "on"
    assert Alarm.objects.get().state == "open", "nothing is live yet"
    again = client(acme, "editor").post(f"{here()}tighten/")
    assert again.status_code == 409
    assert "Nothing that this run fails can be set stricter" in text(again)
    some.activate(acme, some.submit(acme))
    assert Alarm.objects.get().state == "replaced"
    assert "Another version is active everywhere since." in page(acme, here())


def test_an_acknowledgement_needs_a_reason_keeps_what_was_typed_and_is_shown(acme: Cast, run: Run) -> None:
    approver = client(acme, "approver")
    refused = approver.post(f"{here()}acknowledge/", {"reason": "x" * 1_001})
    assert refused.status_code == 422
    assert "x" * 1_001 in refused.content.decode()
    assert approver.post(f"{here()}acknowledge/", {"reason": "The model goes on Monday."}).status_code == 302
    said = page(acme, here())
    assert "Approver of Acme: The model goes on Monday." in said
    assert "What can be done" not in said
    late = client(acme, "editor").post(f"{here()}acknowledge/", {"reason": "Me too."})
    assert late.status_code == 409
    assert "Approver of Acme answered this alarm already" in text(late)
    assert SAID not in page(acme, "/")


def test_what_runs_say_stands_beside_the_promise_and_with_its_date(acme: Cast, run: Run) -> None:
    for address in ("/products/helper/", "/products/helper/versions/2/", "/products/helper/simulate/"):
        assert "1 of 3 commitments tested for Reference pass, on the model tested." in page(acme, address), address
    editor = client(acme, "editor").get("/products/helper/edit/").content.decode()
    row = editor.partition(f'id="{CAVEATS}"')[2].partition("</article>")[0]
    assert "tst-bad" in row
    assert "0 of 6" in row
    some.set_values(acme, views__balanced="off")
    some.submit(acme)
    reviews = page(acme, "/reviews/", "approver")
    assert "Not tested for Reference. Run" in reviews
    assert "told the model something else." in reviews


def test_each_environment_says_what_runs_say_of_what_is_active_there(acme: Cast) -> None:
    first = some.make_active(acme, tone__profanity="on")
    some.activate(acme, first, environment="staging")
    ended(acme, first, at=timezone.now() - timedelta(days=3))
    some.make_active(acme, safety__danger_caveats="off")
    Environment.objects.filter(pk=acme.staging.pk).update(run_days=2)
    html = client(acme, "auditor").get("/products/helper/").content.decode()
    cards = dict(re.findall(r'<p class="env-n">(\w+)</p>(.*?)</li>', html, re.DOTALL))
    staging, production = (" ".join(re.sub(r"<[^>]+>", " ", cards[name]).split()) for name in ("Staging", "Production"))
    assert "stale 2 of 2 commitments tested for Reference pass, on the model tested." in staging
    assert "3 days ago" in staging
    assert "not tested Not tested for Reference." in production
    assert "of version 1, told the model something else." in production


def test_an_environment_is_told_what_to_ask_for_and_the_version_says_beforehand(acme: Cast) -> None:
    admin, rules = client(acme, "administrator"), acme.production.rules_tag
    form = {"name": "Production", "approvals": "1", "at_once": "1", "seen": rules}
    refused = admin.post("/settings/environments/production/change/", {**form, "run_days": "400"})
    assert refused.status_code == 422
    assert "Give 1 to 365 days" in text(refused)
    assert 'value="400"' in refused.content.decode()
    assert admin.post("/settings/environments/production/change/", {**form, "run_days": "30"}).status_code == 302
    assert "not older than 30 days" in text(admin.get("/settings/environments/production/"))
    some.set_values(acme, tone__profanity="on")
    some.approve(acme, some.submit(acme))
    said = page(acme, "/products/helper/versions/1/", "approver")
    assert "For reference no run is complete. Start one under Conformance." in said
    posted = {"environment": "production", "reason": "Agreed."}
    answer = client(acme, "approver").post("/products/helper/versions/1/activate/", posted)
    assert answer.status_code == 409
    late = {**posted, "due_at": "2030-01-01T10:00"}
    assert client(acme, "approver").post("/products/helper/versions/1/schedule/", late).status_code in (409, 422)
