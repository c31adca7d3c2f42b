"""The page of a product's health, and what the API says of the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.health import measuring
from audits.models import CheckResult
from audits.tests.conformance import trials
from audits.web.pages.health import health_page
from profiles.actions.api_keys import create_api_key
from profiles.actions.products import change_product
from profiles.models import Product
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.web.pages.product import product_page
from profiles.web.pages.state import read_state

pytestmark = pytest.mark.django_db
PAGE = "/products/helper/health/"


@pytest.fixture
def acme(settings: Any) -> Cast:
    settings.BRIGHTLINE_CHECK_URL = "http://127.0.0.1:9"  # where nobody answers
    cast = some.make_cast()
    some.make_active(cast, safety__danger_caveats="off")
    return cast


def page(cast: Cast, role: str = "compliance", path: str = PAGE, **more: Any) -> str:
    client = Client()
    client.force_login(cast.users[role])
    return client.get(path, **more).content.decode()


def test_it_says_of_all_six_checks_what_is_known_and_what_to_do(acme: Cast) -> None:
    before = page(acme)
    assert before.count("Never measured") == 6
    assert "6 checks not measured" in before
    measuring.measure(acme.product.pk, now=timezone.now())
    after = page(acme)
    for name in ("Limits", "Instructions", "Behavior", "Serving", "Expiry", "Drift"):
        assert f"<h3>{name}</h3>" in after
    assert "nothing could be measured: http://127.0.0.1:9 did not answer." in after
    assert "no run is complete." in after
    assert "What to do:" in after
    assert "Activated: version 1" in after  # what changed


def test_what_is_old_is_shown_as_old(acme: Cast) -> None:
    measuring.measure(acme.product.pk, now=timezone.now())
    CheckResult.objects.update(measured_at=timezone.now() - timedelta(days=40))
    assert page(acme).count("This was measured too long ago") == 6
    CheckResult.objects.update(measured_at=timezone.now(), version=7)
    assert "This is about version 7. Version 1 became active since." in page(acme)
    assert "6 checks not measured" in page(acme)


def test_a_failing_check_is_seen_at_home_and_on_the_page_of_the_product(acme: Cast) -> None:
    measuring.measure(acme.product.pk, now=timezone.now())
    point = {"code": "other_bytes", "outcome": "fail", "values": {"platform": "reference"}}
    CheckResult.objects.filter(kind="serving").update(outcome="fail", points=[point])
    for path in ("/", "/products/helper/", PAGE):
        assert "1 check fails" in page(acme, "editor", path)
    assert "clients get other bytes" in page(acme, "auditor")
    assert "1 Kontrolle schlägt fehl" in page(acme, "auditor", HTTP_ACCEPT_LANGUAGE="de")


def both(cast: Cast) -> tuple[str, str]:
    """How the model keeps its commitments, as the page of health and the page of the product have it."""
    measuring.measure(cast.product.pk, now=timezone.now())
    auditor, product = cast.actor("auditor"), Product.objects.get(pk=cast.product.pk)
    (place,) = health_page(auditor, product, timezone.now()).places
    (tile,) = (each for each in place.tiles if each.name == "Behavior")
    (shown,) = product_page(auditor, read_state(product, product.draft, timezone.now())).fresh
    assert tile.text == shown.text or tile.word != "Not measured"
    return tile.word, shown.pill.text


def test_the_check_of_behavior_and_the_page_of_the_product_know_the_same(acme: Cast) -> None:
    first, by = acme.product.versions.get(), acme.actor("editor")
    assert both(acme) == ("Not measured", "not tested")
    trials.finished_run(acme, first, name="Canned", rehearsal=True)
    assert both(acme) == ("Not measured", "not tested")
    trials.finished_run(acme, first)
    assert both(acme) == ("Pass", "passing")
    place: dict[str, Any] = {**acme.product.place, "facts": {**acme.product.facts, "surface": ["api"]}}
    change_product(acme.product, **place, seen=acme.product.place_tag, by=by, now=timezone.now())
    assert some.make_active(acme).number == 2
    assert both(acme) == ("Pass", "passing"), "the model is told nothing else"
    other = some.make_active(acme, format__length="brief")
    assert both(acme) == ("Not measured", "not tested")
    trials.finished_run(acme, other, name="Anew", failing=1)
    assert both(acme) == ("Fail", "failing")


def test_whoever_may_run_checks_has_everything_measured_again(acme: Cast) -> None:
    client = Client()
    client.force_login(acme.users["compliance"])
    answer = client.post(PAGE + "measure/", follow=True)
    assert "Every check will be measured in a moment." in answer.content.decode()
    assert "Measure now" in page(acme)
    assert "Measure now" not in page(acme, "editor")


def test_where_nothing_is_active_there_is_nothing_to_measure() -> None:
    cast = some.make_cast()
    assert "Nothing is active yet" in page(cast, "administrator")


def test_the_api_says_the_same(acme: Cast) -> None:
    measuring.measure(acme.product.pk, now=timezone.now())
    by, now = acme.actor("administrator"), timezone.now()
    _row, key = create_api_key(acme.organization, name="script", scopes=["read"], by=by, now=now)
    _other, theirs = create_api_key(
        some.make_cast("other", "theirs").organization, name="script", scopes=["read"], by=some.SYSTEM, now=now
    )

    def asked(text: str, query: str = "") -> Any:
        return Client().get(f"/api/v1/checks/current{query}", HTTP_AUTHORIZATION=f"Bearer {text}").json()

    assert len(asked(key)["items"]) == 6
    (found,) = asked(key, "?kind=serving&product=helper")["items"]
    assert (found["outcome"], found["environment"], found["version"]) == ("not_measured", "production", 1)
    assert found["points"][0]["text"].endswith("did not answer.")
    assert asked(key, "?outcome=fail")["items"] == []
    assert asked(theirs)["items"] == []
