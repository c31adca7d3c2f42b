"""A new rulebook revision on the first page and on a product's, until a version was submitted against it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from audits import queries
from audits.conformance.recheck import execute_chunk
from audits.models import Recheck, RecheckResult
from profiles.actions.products import change_product
from profiles.models import RulebookRevision
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.harbor import add_boat, behavior, document, publish_harbor

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    publish_harbor()
    return some.make_cast()


def boat(cast: Cast, slug: str = "boat", **values: object) -> Cast:
    """A product on that platform with something active."""
    made = Cast(cast.organization, add_boat(cast, slug), cast.users)
    some.make_active(made, **({"course__near_ships": "on"} | values))
    return made


def revised(day: str = "2026-09-01", *, closed: bool = True) -> RulebookRevision:
    """The next revision, rechecked: ``closed`` takes away what a boat uses."""
    behaviors = document()["behaviors"]
    window = {"floor": "off", "ceiling": "off" if closed else "on"}
    behaviors["course.near_ships"] = {**behavior("moorings"), "organization": window}
    behaviors["course.tide"]["name"] = f"About the tide of {day}"
    revision = publish_harbor(published=day, behaviors=behaviors)
    recheck_all()
    return revision


def recheck_all() -> None:
    for recheck in Recheck.objects.filter(state=Recheck.State.RUNNING):
        for pk in recheck.chunks.values_list("pk", flat=True):
            execute_chunk(pk, now=timezone.now())


def told(cast: Cast) -> list[tuple[str, str]]:
    rows = queries.affected(cast.actor("editor"))
    return [(row.product.slug, str(row.recheck.revision)) for row in rows]


def page(client: Client, cast: Cast, who: str, address: str = "/") -> str:
    client.force_login(cast.users[who])
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


# What is asked


def test_a_product_is_told_of_until_a_version_was_submitted_against_the_revision(acme: Cast) -> None:
    made = boat(acme)
    boat(acme, "quiet", course__near_ships="off", course__tide="on")
    assert told(acme) == []
    revised()
    assert told(acme) == [("boat", "harbor 2026-09-01")]
    some.set_values(made, course__near_ships="off")
    assert told(acme) == [("boat", "harbor 2026-09-01")]
    some.submit(made)
    assert told(acme) == []


def test_only_the_newest_revision_of_a_rulebook_counts(acme: Cast) -> None:
    boat(acme)
    revised()
    revised("2026-10-01", closed=False)
    assert told(acme) == [], "it takes back what the one before would have changed"
    revised("2026-11-01")
    assert told(acme) == [("boat", "harbor 2026-11-01")]


def test_a_product_that_left_the_platform_is_no_longer_concerned(acme: Cast) -> None:
    made = boat(acme)
    revised()
    change_product(
        made.product,
        facts=made.product.facts,
        platforms=["reference"],
        model_names={},
        seen=made.product.place_tag,
        by=acme.actor("editor"),
        now=timezone.now(),
    )
    assert len(told(acme)) == 1
    some.set_values(made, course__near_ships=None, safety__danger_caveats="off")
    some.submit(made)
    assert told(acme) == []


def test_nothing_of_one_organization_is_told_to_another(acme: Cast) -> None:
    boat(acme)
    rival = some.make_cast("rival", "other")
    revised()
    assert RecheckResult.objects.count() == 1
    assert told(rival) == []
    assert queries.affected(acme.actor("steward")) == []


def test_each_product_has_its_own(acme: Cast, django_assert_max_num_queries) -> None:
    boats = [boat(acme, slug) for slug in ("one", "two", "three")]
    revised()
    assert sorted(slug for slug, _revision in told(acme)) == ["one", "three", "two"]
    (row,) = queries.affected_product(acme.actor("editor"), boats[1].product)
    assert row.product == boats[1].product
    editor = acme.actor("editor")
    with django_assert_max_num_queries(2):
        queries.affected(editor)


# The pages


def test_the_first_page_says_what_would_change_and_where_to_adopt_it(client: Client, acme: Cast) -> None:
    boat(acme)
    revised()
    recheck = RecheckResult.objects.get().recheck_id
    found = page(client, acme, "editor")
    assert "Harbor, 2026-09-01, would change 1 behavior of Boat: 1 stricter." in found
    assert f'href="/rulebooks/rechecks/{recheck}/"' in found
    assert 'href="/products/boat/edit/">Open the editor' in found
    assert "For your information" not in found


def test_those_who_cannot_adopt_it_are_informed(client: Client, acme: Cast) -> None:
    boat(acme)
    revised()
    found = page(client, acme, "auditor")
    notes = found[found.index("For your information") :]
    assert "Harbor, 2026-09-01, would change 1 behavior of Boat" in notes
    assert "Open the editor" not in notes


@pytest.mark.parametrize("who", ["editor", "auditor"])
def test_the_product_says_so_too(client: Client, acme: Cast, who: str) -> None:
    made = boat(acme)
    assert "A new rulebook revision" not in page(client, acme, who, "/products/boat/")
    revised()
    found = page(client, acme, who, "/products/boat/")
    assert "A new rulebook revision: Harbor, 2026-09-01." in found
    assert ("Nothing changed for your clients; edit and submit to adopt it." in found) is (who == "editor")
    assert ("Nothing changes for your clients until an editor submits a version." in found) is (who == "auditor")
    assert "What would change" in found
    assert "A new rulebook revision" not in page(client, acme, who, "/products/helper/")
    some.set_values(made, course__near_ships="off")
    some.submit(made)
    assert "A new rulebook revision" not in page(client, acme, who, "/products/boat/")
