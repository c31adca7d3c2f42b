"""Products made, named and removed in the browser, and the sample."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from profiles.actions.products import create_product
from profiles.actions.rulebooks import publish_rulebook
from profiles.models import Draft, Product
from profiles.tests import cast as some
from profiles.tests.cast import LIBRARY, NOW, SYSTEM, Cast

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
PLACE = {"facts.audience": "adults", "facts.jurisdictions": ["eu"], "platforms": ["reference"]}


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def administrator(client: Client, acme: Cast) -> Client:
    client.force_login(acme.users["administrator"])
    return client


def text(answer: Any) -> str:
    return str(answer.content.decode())


def make(client: Client, **form: Any) -> Any:
    return client.post("/products/new/create/", {"name": "Shop helper", "slug": "", **PLACE, **form})


def test_a_product_is_made_and_its_editor_opens(administrator: Client, acme: Cast) -> None:
    answer = make(administrator, description="Sells.", **{"models.reference": "One, Two"})
    assert (answer.status_code, answer["Location"]) == (302, "/products/shop-helper/edit/")
    product = Product.objects.get(slug="shop-helper")
    assert product.facts == {"audience": "adults", "jurisdictions": ["eu"]}
    assert product.model_names == {"reference": ["One", "Two"]}
    assert administrator.get(answer["Location"]).status_code == 200


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": "", "slug": "x"}, "Name: Please fill this in."),
        ({"name": "日本"}, "Name in addresses: Use lower-case letters"),
        ({"slug": "new"}, "new is taken."),
        ({"slug": "helper"}, "helper is taken."),
        ({"platforms": []}, "Platforms: Name one or more platforms"),
        ({"platforms": ["nobody"]}, "Platforms: Name one or more platforms"),
        ({"facts.audience": "martians"}, "Audience: The rulebooks know these"),
        ({"copy_of": "nothing"}, "Start from: There is no such product here."),
        ({"description": "x" * 301}, "Description: Use at most 300 characters"),
    ],
)
def test_a_refused_product_says_why_and_keeps_the_input(
    administrator: Client, acme: Cast, form: dict[str, Any], sentence: str
) -> None:
    answer = make(administrator, **form)
    found = text(answer)
    assert answer.status_code == 422
    assert sentence in found
    assert "name" in form or 'value="Shop helper"' in found
    assert Product.objects.count() == 1


def test_before_it_is_made_the_page_says_what_it_starts_with(administrator: Client, acme: Cast) -> None:
    some.set_values(acme, tone__profanity="on", format__length="brief")
    asked = {"tried": "1", "copy_of": "helper", "facts.audience": "minors", "platforms": "reference"}
    answer = administrator.get("/products/new/", asked, headers=HTMX)
    found = text(answer)
    assert "<html" not in found
    assert "1 setting comes along, with the instructions, from the draft of Helper" in found
    assert "1 setting stays behind" in found
    assert "tone.profanity" in found
    same = text(make(administrator, preview="1", copy_of="helper", **{"facts.audience": "minors"}))
    assert "1 setting stays behind" in same
    assert Product.objects.count() == 1


def test_what_the_page_says_is_what_happens(administrator: Client, acme: Cast) -> None:
    some.set_values(acme, tone__profanity="on", format__length="brief")
    make(administrator, copy_of="helper", **{"facts.audience": "minors"})
    assert Draft.objects.get(product__slug="shop-helper").settings == {"format.length": "brief"}


def test_another_one_like_it_starts_where_the_first_runs(administrator: Client, acme: Cast) -> None:
    found = text(administrator.get("/products/new/", {"copy_of": "helper"}))
    assert '<option value="helper" selected>' in found
    assert 'name="platforms" value="reference" checked' in found


def test_a_product_of_another_organization_is_nothing_to_start_from(administrator: Client, acme: Cast) -> None:
    some.make_cast("rival", "secret")
    assert "Secret" not in text(administrator.get("/products/new/", {"copy_of": "secret"}))
    assert make(administrator, copy_of="secret").status_code == 422


def test_it_is_called_something_else(administrator: Client, acme: Cast) -> None:
    page = "/products/helper/settings/"
    answer = administrator.post("/products/helper/describe/", {"name": "Counter", "description": "Sells."})
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert "Counter" in text(administrator.get(page))
    refused = administrator.post("/products/helper/describe/", {"name": "", "description": "Sells more."})
    assert refused.status_code == 422
    assert "Sells more." in text(refused)


def test_before_it_is_removed_the_page_says_what_happens(administrator: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    found = text(administrator.get("/products/helper/remove/"))
    assert "It is active in Production. From then on clients get 404, at once." in found
    assert "Its versions, reviews and activations stay on record" in found
    assert Product.objects.filter(slug="helper").exists()


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"slug": "", "reason": "R."}, "Type helper to say that this is the one."),
        ({"slug": "Helper", "reason": "R."}, "Type helper to say that this is the one."),
        ({"slug": "helper", "reason": ""}, "Why?: Please fill this in."),
    ],
)
def test_a_slip_of_the_hand_removes_nothing(
    administrator: Client, acme: Cast, form: dict[str, str], sentence: str
) -> None:
    answer = administrator.post("/products/helper/removal/", form)
    assert answer.status_code == 422
    assert sentence in text(answer)
    assert Product.objects.filter(slug="helper").exists()


def test_a_removed_product_is_on_no_page_any_more(administrator: Client, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    answer = administrator.post("/products/helper/removal/", {"slug": "helper", "reason": "Gone."})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    home = text(administrator.get("/"))
    assert "Helper is removed. Clients get 404 from now on." in home
    for address in ("", "edit/", "place/", "versions/1/", "versions/1..1/", "settings/", "remove/"):
        assert administrator.get(f"/products/helper/{address}").status_code == 404, address
    assert administrator.post("/products/helper/removal/", {"slug": "helper", "reason": "R."}).status_code == 404
    assert "Gone." in text(administrator.get("/trail/?kind=product.removed"))


def test_a_sample_is_added_says_its_stage_and_is_removed_with_one_click(administrator: Client, acme: Cast) -> None:
    answer = administrator.post("/products/new/sample/")
    assert (answer.status_code, answer["Location"]) == (302, "/products/sample-assistant/")
    found = text(administrator.get(answer["Location"]))
    assert "This is a sample." in found
    assert "Version 1 was submitted. Whoever did not write it may review it" in found
    assert "Add a sample product" not in text(administrator.get("/products/new/"))
    assert administrator.post("/products/new/sample/").status_code == 409
    assert "Type sample" not in text(administrator.get("/products/sample-assistant/remove/"))
    assert administrator.post("/products/sample-assistant/removal/")["Location"] == "/"


def test_alone_the_sample_says_that_nobody_could_review_it(administrator: Client, acme: Cast) -> None:
    acme.organization.members.exclude(user=acme.users["administrator"]).delete()
    administrator.post("/products/new/sample/")
    assert "Nobody else could review them yet" in text(administrator.get("/products/sample-assistant/"))


def test_the_samples_settings_stand_on_every_platform(administrator: Client, acme: Cast) -> None:
    for path in sorted(LIBRARY.glob("*.toml")):
        publish_rulebook(path.read_text("utf-8"), by=SYSTEM, now=NOW)
    administrator.post("/products/new/sample/")
    assert len(Draft.objects.get(product__is_sample=True).settings) >= 4


def test_the_editor_sees_no_way_to_make_or_remove(client: Client, acme: Cast) -> None:
    client.force_login(acme.users["editor"])
    found = text(client.get("/products/helper/settings/")).split('<main id="main"')[1]
    assert "<form" not in found
    assert "/remove/" not in found
    assert "/products/new/" not in text(client.get("/"))


def test_more_products_cost_the_form_no_more_queries(
    administrator: Client, acme: Cast, django_assert_max_num_queries: Any
) -> None:
    for slug in ("one", "two", "three", "four"):
        create_product(
            acme.organization,
            slug=slug,
            name=slug,
            facts={},
            platforms=["reference"],
            by=acme.actor("administrator"),
            now=timezone.now(),
        )
    with django_assert_max_num_queries(20):
        assert administrator.get("/products/new/", {"copy_of": "one"}).status_code == 200
