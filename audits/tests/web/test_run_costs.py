"""What runs cost, on pages and for programs: before they begin, while they go on and for the month."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.conformance import concluding
from audits.models import Endpoint, Protocol, Run
from audits.tests.conformance import runs
from audits.tests.web.asking import signed_in, text
from profiles.access import Scope
from profiles.actions.api_keys import create_api_key
from profiles.actions.endpoints import TypedPrices, remove_endpoint, set_endpoint_prices
from profiles.actions.runs import request_run
from profiles.models import Version
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db
START = "/conformance/start/"
BUDGET = "/settings/budget/"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme")


@pytest.fixture
def version(acme: Cast) -> Version:
    return some.make_active(acme)


def priced(cast: Cast, row: Endpoint, currency: str = "USD") -> Endpoint:
    typed = TypedPrices("3", "15", currency)
    return set_endpoint_prices(row, typed=typed, by=cast.actor("administrator"), now=timezone.now())


@pytest.fixture
def asked(acme: Cast, version: Version) -> dict[str, str]:
    suite, endpoint = runs.small_suite(), runs.endpoint_of(acme)
    return {"product": version.product.slug, "suite": str(suite.pk), "endpoint": str(endpoint.pk)}


def test_a_cap_is_asked_for_where_there_are_prices(acme: Cast, asked: dict[str, str]) -> None:
    client = signed_in(acme)
    page = text(client.get(START, {**asked, "cap": "5"}))
    assert "Cap in" not in page
    assert "Cost" not in page, "without prices nothing is said of money"
    priced(acme, Endpoint.objects.get())
    page = text(client.get(START, asked))
    assert "Cap in USD" in page
    assert "Cost, at most about 0.24 USD" in page
    assert "Cap none" in page
    assert "Ends after all planned trials, or before the cap" in text(client.get(START, {**asked, "cap": "2.5"}))
    for wrong, told in (("2,5", "Give a cap with a point"), ("0.001", "not one trial could begin")):
        answer = client.get(START, {**asked, "cap": wrong})
        assert told in text(answer)
        assert f'value="{wrong}"' in answer.content.decode()
        assert 'aria-describedby="cap-e cap-h"' in answer.content.decode()
        assert client.post(START, {**asked, "cap": wrong}).status_code == 422
    assert not Protocol.objects.exists()
    assert client.post(START, {**asked, "cap": "2.5"}).status_code == 302
    run = Run.objects.get()
    assert json.loads(bytes(run.protocol.document))["money"]["cap"] == "2.5"
    page = text(client.get(f"/conformance/runs/{run.pk}/"))
    assert "Cap 2.50 USD" in page
    assert "Prices of the model 3.00 USD in and 15.00 USD out for a million tokens" in page
    assert "Cost 0.00 USD (cap: 2.50 USD)" in page


def test_a_run_that_stopped_before_its_cap_says_so(acme: Cast, version: Version) -> None:
    run = request_run(
        runs.protocol_of(acme, version, runs.endpoint_of(acme)), by=acme.actor("compliance"), now=timezone.now()
    )
    run.trials.filter(position=0).update(outcome="pass", tokens_in=9, unmetered=0, ended_at=timezone.now())
    run.trials.filter(position=1).update(outcome="pass", unmetered=1, ended_at=timezone.now())
    concluding.conclude(run.pk, because="The next request could pass the cap of the run: so it is.", now=timezone.now())
    client = signed_in(acme)
    page = text(client.get(f"/conformance/runs/{run.pk}/"))
    assert "The run stopped before its cap." in page
    assert "10 skipped" in page
    assert "Tokens of the model 9 in and 0 out; of 1 answer not reported by the endpoint" in page
    told = text(client.get(f"/conformance/runs/{run.pk}/trials/2/"))
    assert "because the next request could pass the cap of the run" in told
    assert "Tokens not reported by the endpoint" in text(client.get(f"/conformance/runs/{run.pk}/trials/1/"))


def test_what_was_run_once_is_planned_again_on_whoever_stands_there_now(acme: Cast, version: Version) -> None:
    endpoint = priced(acme, runs.endpoint_of(acme))
    run = runs.ended(acme, version, endpoint=endpoint)
    client, by, now = signed_in(acme), acme.actor("administrator"), timezone.now()
    page = client.get(f"/conformance/runs/{run.pk}/").content.decode()
    assert f'href="/conformance/start/?again={run.pk}"' in page
    remove_endpoint(endpoint, by=by, now=now)
    again = priced(acme, runs.endpoint_of(acme, "Second"))
    page = client.get(f"{START}?again={run.pk}").content.decode()
    assert f'<option value="{again.pk}" selected>' in page
    assert "was removed" not in page
    for nobody in ("0", "x", "9" * 30):
        assert client.get(f"{START}?again={nobody}").status_code == 200
    stranger = signed_in(some.make_cast("other", "thing"))
    assert version.product.name not in text(stranger.get(f"{START}?again={run.pk}"))


def test_an_interrupted_run_whose_endpoint_is_gone_says_what_to_do(acme: Cast, version: Version) -> None:
    endpoint = runs.endpoint_of(acme)
    run = request_run(runs.protocol_of(acme, version, endpoint), by=acme.actor("compliance"), now=timezone.now())
    concluding.stop_short(run.pk, "The budget of the month is used up.", now=timezone.now())
    client = signed_in(acme)
    assert "Resume the run" in text(client.get(f"/conformance/runs/{run.pk}/"))
    remove_endpoint(endpoint, by=acme.actor("administrator"), now=timezone.now())
    page = text(client.get(f"/conformance/runs/{run.pk}/"))
    assert "Resume the run" not in page
    assert "Add one with the same address, model and format again, or start a new run on another endpoint." in page
    assert "Plan it again" in page
    assert client.post(f"/conformance/runs/{run.pk}/resume/").status_code == 409


def test_money_stands_beside_the_other_limits(acme: Cast, version: Version) -> None:
    client = signed_in(acme, "administrator")
    page = text(client.get(BUDGET))
    assert "Money a month" in page
    refused = client.post(f"{BUDGET}set/", {"money": "12,5x", "currency": "USD"})
    assert refused.status_code == 422
    assert "Give an amount with a point" in text(refused)
    assert "Give the three capital letters" in text(client.post(f"{BUDGET}set/", {"money": "12"}))
    assert client.post(f"{BUDGET}set/", {"money": "1,250.50", "currency": "USD"}).status_code == 302
    run = runs.ended(acme, version, endpoint=priced(acme, runs.endpoint_of(acme)))
    assert run.protocol.currency == "USD"
    assert "0.00 USD of 1,250.50 USD used" in text(client.get(BUDGET))


def test_programs_read_prices_caps_and_what_was_spent(acme: Cast, asked: dict[str, str], client: Client) -> None:
    scopes = [Scope.READ, Scope.RUN]
    _key, token = create_api_key(acme.organization, name="k", scopes=scopes, by=SYSTEM, now=timezone.now())
    headers = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/v1/endpoints", headers=headers).json()["items"][0]["prices"] is None
    priced(acme, Endpoint.objects.get())
    prices = {"input": "3", "output": "15", "currency": "USD"}
    assert client.get("/api/v1/endpoints", headers=headers).json()["items"][0]["prices"] == prices
    wanted = {
        **asked, "version": 1, "platform": Version.objects.get().platforms[0], "suite": int(asked["suite"]),
        "endpoint": int(asked["endpoint"]), "cap": "2.50",
    }  # fmt: skip

    def post(path: str, body: Any) -> Any:
        return client.post(path, json.dumps(body), content_type="application/json", headers=headers)

    assert post("/api/v1/protocols", {**wanted, "cap": 2.5}).status_code == 400
    assert post("/api/v1/protocols", {**wanted, "cap": "0"}).json()["error"]["fields"]["cap"]
    protocol = post("/api/v1/protocols", wanted).json()
    money = protocol["document"]["money"]
    assert (money["cap"], money["currency"], money["judge"]) == ("2.5", "USD", None)
    assert Decimal(money["estimate"]) > 0
    run = post("/api/v1/runs", {"protocol": protocol["id"]}).json()
    assert run["spent"] == {
        "model": {"tokens_in": 0, "tokens_out": 0, "not_reported": 0},
        "judge": None,
        "cost": {"amount": "0", "currency": "USD", "cap": "2.5", "at_most": False},
    }
    Run.objects.get().trials.filter(position=0).update(outcome="pass", unmetered=1, cost=1, ended_at=timezone.now())
    spent = client.get(f"/api/v1/runs/{run['id']}", headers=headers).json()["spent"]
    assert spent["model"] == {"tokens_in": None, "tokens_out": None, "not_reported": 1}
    assert (spent["cost"]["amount"], spent["cost"]["at_most"]) == ("1", True)
    budget = client.get("/api/v1/budget", headers=headers).json()
    assert (budget["currency"], budget["money_a_month"], budget["answers_not_reported"]) == (None, None, 1)
