"""A recheck tells what a rulebook revision would change, in chunks, each whole or not at all; a hold takes effect."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from audits import dispatch
from audits.conformance import recheck as work
from audits.conformance.sweep import sweep
from audits.conformance.waiting import MOST_ATTEMPTS, SWEEP_AFTER
from audits.models import Entry, Recheck, RecheckChunk, RecheckResult
from profiles.actions.holds import lift_hold, place_hold
from profiles.actions.revisions import preview_revision, settle_behavior, start_revision
from profiles.actions.rulebooks import publish_rulebook
from profiles.models import Product, PublishedProfile, RulebookRevision
from profiles.rulebook import revise
from profiles.tests import cast as some
from profiles.tests.cast import LIBRARY, SYSTEM, Cast
from profiles.tests.harbor import NEWER, NEWER_DAY, add_boat, behavior, document, import_charter, publish_harbor

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    publish_harbor()
    return some.make_cast()


def boat(acme: Cast, slug: str = "boat", **values: object) -> Cast:
    cast = Cast(acme.organization, add_boat(acme, slug), acme.users)
    some.make_active(cast, **values)
    return cast


def next_harbor(**of_near_ships: Any) -> RulebookRevision:
    """The next revision, in which one behavior is another one."""
    behaviors = document()["behaviors"]
    behaviors["course.near_ships"] = {**behavior("moorings"), **of_near_ships}
    return publish_harbor(published="2026-09-01", behaviors=behaviors)


def closed() -> RulebookRevision:
    return next_harbor(organization={"floor": "off", "ceiling": "off"})


def run(recheck: Recheck) -> Recheck:
    for pk in recheck.chunks.values_list("pk", flat=True):
        work.execute_chunk(pk, now=timezone.now())
    recheck.refresh_from_db()
    return recheck


def told(kind: str) -> list[dict[str, Any]]:
    return [entry.content() for entry in Entry.objects.filter(kind=kind).order_by("id")]


def test_a_product_whose_setting_is_no_longer_allowed_is_told(acme: Cast) -> None:
    affected = boat(acme, course__near_ships="on")
    boat(acme, "quiet", course__tide="on")
    recheck = run(Recheck.objects.get(revision=closed()))
    assert (recheck.state, recheck.total) == ("finished", 2)
    result = RecheckResult.objects.get()
    assert (result.product, result.version, result.direction) == (affected.product, 1, "tightening")
    assert result.refused == ["course.near_ships"]
    (change,) = result.changes
    assert (change["platform"], change["behavior"], change["before"], change["after"]) == (
        "harbor",
        "course.near_ships",
        "on",
        "off",
    )
    assert (change["direction"], change["reason"]) == ("tightening", "locked_platform")
    (entry,) = told("profile.affected")
    assert (entry["organization"], entry["product"], entry["target"]) == ("acme", "boat", "rulebook harbor 2026-09-01")
    (end,) = told("recheck.finished")
    assert end["data"]["affected"] == 1


def test_what_is_active_stays_as_it_is(acme: Cast) -> None:
    affected = boat(acme, course__near_ships="on")
    digest = affected.product.published_profiles.get().digest
    run(Recheck.objects.get(revision=closed()))
    assert affected.product.published_profiles.get().digest == digest


def test_a_product_that_has_no_version_is_looked_at_by_its_draft(acme: Cast) -> None:
    product = add_boat(acme)
    some.set_values(Cast(acme.organization, product, acme.users), course__near_ships="on")
    run(Recheck.objects.get(revision=closed()))
    assert RecheckResult.objects.get().version is None


def test_a_changed_default_reaches_products_that_set_nothing(acme: Cast) -> None:
    boat(acme, course__tide="on")
    run(Recheck.objects.get(revision=next_harbor(default="on")))
    result = RecheckResult.objects.get()
    assert (result.direction, result.refused) == ("loosening", [])


def test_a_first_revision_of_a_platform_nobody_runs_on_asks_for_nothing(acme: Cast) -> None:
    assert not Recheck.objects.exists()


def test_a_law_pack_is_looked_at_for_the_products_within_its_reach(acme: Cast) -> None:
    """Ours has no fact about places; the reference product is given one."""
    product = acme.product
    product.facts = {"audience": "adults", "jurisdictions": ["eu"]}
    product.save()
    publish_rulebook((LIBRARY / "law-eu-ai-act-2024-07-12.toml").read_text(), by=SYSTEM, now=timezone.now())
    some.set_values(acme, disclosure__ai_notice="on")
    Product.objects.filter(pk=product.pk).update(facts={"audience": "adults", "jurisdictions": ["us"]})
    recheck = run(Recheck.objects.get(revision__platform="eu-ai-act"))
    assert (recheck.total, recheck.results.count()) == (1, 0)


def test_a_preview_shows_the_impact_of_a_revision_that_is_not_published(acme: Cast) -> None:
    boat(acme, course__near_ships="on")
    steward, now = acme.actor("steward"), timezone.now()
    draft = start_revision(
        import_charter(), after=import_charter(NEWER, NEWER_DAY), published=NEWER_DAY, by=steward, now=now
    )
    text = revise.part_of(draft.document, "course.near_ships").replace('ceiling = "on"', 'ceiling = "off"')
    draft = settle_behavior(draft, behavior="course.near_ships", text=text, seen=0, by=steward, now=now)
    recheck = run(preview_revision(draft, by=steward, now=now))
    assert (recheck.kind, recheck.draft_revision, recheck.state) == ("preview", 1, "finished")
    assert recheck.results.get().refused == ["course.near_ships"]
    assert told("profile.affected") == []  # nothing happened yet
    assert not RulebookRevision.objects.filter(published=NEWER_DAY).exists()


# Chunks


@pytest.fixture
def small_chunks() -> Any:
    with patch.object(dispatch, "CHUNK", 2):
        yield


def test_products_are_divided_into_chunks_that_miss_none(acme: Cast, small_chunks: None) -> None:
    for number in range(5):
        boat(acme, f"boat-{number}", course__near_ships="on")
    recheck = Recheck.objects.get(revision=closed())
    assert list(recheck.chunks.values_list("products", flat=True)) == [2, 2, 1]
    run(recheck)
    assert recheck.results.count() == 5
    assert len(told("recheck.finished")) == 1


def test_a_chunk_that_comes_twice_is_carried_out_once(acme: Cast, small_chunks: None) -> None:
    for number in range(3):
        boat(acme, f"boat-{number}", course__near_ships="on")
    recheck = run(Recheck.objects.get(revision=closed()))
    run(recheck)
    assert recheck.results.count() == 3
    assert len(told("profile.affected")) == 3


def test_a_chunk_that_breaks_in_the_middle_leaves_nothing_and_the_sweep_sends_it_again(
    acme: Cast, small_chunks: None
) -> None:
    for number in range(3):
        boat(acme, f"boat-{number}", course__near_ships="on")
    recheck = Recheck.objects.get(revision=closed())
    first, second = recheck.chunks.all()
    with patch.object(work, "record_all", side_effect=OSError), pytest.raises(OSError):
        work.execute_chunk(first.pk, now=timezone.now())
    assert not recheck.results.exists()
    work.execute_chunk(second.pk, now=timezone.now())
    recheck.refresh_from_db()
    assert recheck.state == "running"
    assert sweep(now=timezone.now() + SWEEP_AFTER + timedelta(seconds=1)) >= 1
    work.execute_chunk(first.pk, now=timezone.now())
    recheck.refresh_from_db()
    assert (recheck.state, recheck.results.count()) == ("finished", 3)


def test_a_chunk_that_fails_time_and_again_is_given_up_and_says_so(acme: Cast) -> None:
    boat(acme, course__near_ships="on")
    recheck = Recheck.objects.get(revision=closed())
    RecheckChunk.objects.update(attempts=MOST_ATTEMPTS)
    sweep(now=timezone.now() + SWEEP_AFTER + timedelta(seconds=1))
    recheck.refresh_from_db()
    assert recheck.state == "failed"
    (entry,) = told("recheck.finished")
    assert (entry["outcome"], entry["data"]["failed_chunks"]) == ("failed", 1)


# Holds


def test_a_hold_for_everybody_publishes_what_is_active_again(acme: Cast) -> None:
    held = boat(acme, course__near_ships="on")
    placed = place_hold(
        None,
        behavior="course.near_ships",
        ceiling="off",
        reason="An accident.",
        by=acme.actor("steward"),
        now=timezone.now(),
    )
    assert value(held) == "on"  # until the chunk ran
    run(Recheck.objects.get(hold=placed))
    assert value(held) == "off"
    lift_hold(placed, reason="Solved.", by=acme.actor("steward"), now=timezone.now())
    run(Recheck.objects.filter(hold=placed).latest("id"))
    assert value(held) == "on"


def value(cast: Cast) -> Any:
    row = PublishedProfile.objects.filter(product=cast.product).first()
    assert row is not None
    return json.loads(bytes(row.body))["behaviors"]["course.near_ships"]["value"]
