"""A recheck's page: live while it runs, all products for stewards, their own for members, and older previews."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits import dispatch
from audits.conformance import recheck as work
from audits.models import Recheck, RecheckChunk, RecheckResult
from audits.web.pages import rechecks
from profiles.actions.holds import place_hold
from profiles.actions.revisions import abandon_revision, preview_revision, settle_behavior, start_revision
from profiles.models import Product, RulebookDraft
from profiles.rulebook import revise
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.harbor import NEWER, NEWER_DAY, add_boat, behavior, document, import_charter, publish_harbor

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def acme() -> Cast:
    publish_harbor()
    return some.make_cast()


@pytest.fixture
def other() -> Cast:
    return some.make_cast("other", "thing")


def boat(cast: Cast, slug: str = "boat", **values: object) -> Cast:
    made = Cast(cast.organization, add_boat(cast, slug), cast.users)
    some.make_active(made, **(values or {"course__near_ships": "on"}))
    return made


def publish_closed() -> Recheck:
    """A revision in which nobody may open what the boats have open."""
    behaviors = document()["behaviors"]
    behaviors["course.near_ships"] = {**behavior("moorings"), "organization": {"floor": "off", "ceiling": "off"}}
    return Recheck.objects.get(revision=publish_harbor(published="2026-09-01", behaviors=behaviors))


def run(recheck: Recheck, most: int = 1_000) -> Recheck:
    for pk in recheck.chunks.values_list("pk", flat=True)[:most]:
        work.execute_chunk(pk, now=timezone.now())
    recheck.refresh_from_db()
    return recheck


def start_draft(cast: Cast) -> RulebookDraft:
    before, after = import_charter(), import_charter(NEWER, NEWER_DAY)
    by = cast.actor("steward")
    return start_revision(before, after=after, published=NEWER_DAY, by=by, now=timezone.now())


def read(cast: Cast, who: str, recheck: Recheck, query: str = "", **headers: str) -> Any:
    client = Client()
    client.force_login(cast.users[who])
    return client.get(f"/rulebooks/rechecks/{recheck.pk}/{query}", headers=headers or None)


def text(response: Any) -> str:
    assert response.status_code == 200
    return unescape(response.content.decode())


def plain(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text(response)).split())


def test_a_steward_sees_what_would_change_for_every_product(acme: Cast, other: Cast) -> None:
    boat(acme)
    boat(other, "yacht")
    boat(acme, "quiet", course__tide="on")
    found = plain(read(acme, "steward", run(publish_closed())))
    assert "What Harbor, 2026-09-01 would change" in found
    assert "3 of 3 products looked at" in found
    assert "2 affected 2 stricter" in found
    assert "Boat stricter Acme · Version 1, which is live" in found
    assert "Yacht stricter Other · Version 1, which is live" in found
    assert "About moorings course.near_ships Harbor was On now Off stricter" in found
    assert "Locked by the platform. The charter says so." in found
    assert "No platform would honor its setting of: About moorings." in found
    assert "Quiet" not in found


def test_a_member_sees_the_products_of_their_organization_alone(acme: Cast, other: Cast) -> None:
    boat(acme)
    boat(other, "yacht")
    boat(other, "ferry")
    recheck = run(publish_closed())
    answer = read(acme, "auditor", recheck)
    found = plain(answer)
    assert "1 of yours affected" in found
    assert 'href="/products/boat/"' in text(answer)
    for secret in ("Yacht", "Ferry", "Other", "3 of 3", "3 products", "2 affected"):
        assert secret not in found


def test_whose_products_stay_as_they_are_is_told_so(acme: Cast, other: Cast) -> None:
    boat(acme)
    recheck = run(publish_closed())
    assert "None of your products would change." in plain(read(other, "editor", recheck))


def test_a_running_one_asks_again_until_it_is_finished(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "CHUNK", 1)
    for slug in ("a", "b", "c", "d"):
        boat(acme, slug)
    recheck = run(publish_closed(), most=1)
    whole = read(acme, "steward", recheck)
    assert "<h1>" in text(whole)
    assert "1 of 4 products looked at" in plain(whole)
    address = re.search(r'hx-get="([^"]+)" hx-trigger="every 2s"', text(whole))
    assert address
    assert address[1].endswith("?said=25")
    part = read(acme, "steward", recheck, "?said=25", **HTMX)
    assert "<h1>" not in text(part)
    assert "HX-Trigger" not in part.headers, "25 % is said already"
    run(recheck, most=3)
    part = read(acme, "steward", recheck, "?said=25", **HTMX)
    assert json.loads(part.headers["HX-Trigger"])["say"]["text"] == "3 of 4 products looked at"
    assert "every 2s" in text(part)
    run(recheck)
    part = read(acme, "steward", recheck, "?said=75", **HTMX)
    assert "hx-trigger" not in text(part)
    assert json.loads(part.headers["HX-Trigger"])["say"]["text"] == "4 of 4 products looked at"


def test_while_it_runs_members_are_told_how_far_and_not_how_many(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "CHUNK", 1)
    for slug in ("a", "b"):
        boat(acme, slug)
    found = plain(read(acme, "editor", run(publish_closed(), most=1)))
    assert "50 % of all products looked at" in found
    assert "of 2" not in found


def test_a_chunk_that_was_given_up_is_said(acme: Cast) -> None:
    boat(acme)
    recheck = publish_closed()
    work.give_up(RecheckChunk.objects.get(recheck=recheck), timezone.now())
    found = plain(read(acme, "steward", recheck))
    assert "finished with failures" in found
    assert "1 product could not be looked at" in found
    assert "Some products could not be looked at" in plain(read(acme, "editor", recheck))


def test_many_products_come_page_by_page_and_by_direction(acme: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rechecks, "SIZE", 2)
    for slug in ("a", "b", "c", "d", "e"):
        boat(acme, slug)
    recheck = run(publish_closed())
    RecheckResult.objects.filter(product__slug="e").update(direction="mixed")
    names: list[str] = []
    query = ""
    while True:
        found = text(read(acme, "steward", recheck, query))
        names += re.findall(r"<h3>.*?>?([A-E])<", found)
        more = re.search(r'rel="next" href="[^"?]+(\?[^"]+)"', found)
        if not more:
            break
        query = more[1]
    assert names == ["A", "B", "C", "D", "E"]
    mixed = plain(read(acme, "steward", recheck, "?direction=mixed"))
    assert "E looser and stricter" in mixed
    assert "D stricter" not in mixed


@pytest.mark.parametrize(
    "query", ["?after=x", "?after=99999999999999999999", "?direction=<b>", "?said=-3", "?after=-1"]
)
def test_an_odd_address_is_harmless(acme: Cast, query: str) -> None:
    boat(acme)
    assert '<b>"' not in text(read(acme, "steward", run(publish_closed()), query))


def test_what_is_not_there_is_not_found(acme: Cast) -> None:
    client = Client()
    client.force_login(acme.users["steward"])
    assert client.get("/rulebooks/rechecks/999/").status_code == 404


# Previews


def test_a_preview_tells_what_the_draft_would_change_and_when_it_is_older_than_that(acme: Cast) -> None:
    boat(acme)
    draft, by = start_draft(acme), acme.actor("steward")
    content = revise.part_of(draft.document, "course.near_ships").replace('ceiling = "on"', 'ceiling = "off"')
    draft = settle_behavior(draft, behavior="course.near_ships", text=content, seen=0, by=by, now=timezone.now())
    recheck = run(preview_revision(draft, by=by, now=timezone.now()))
    fresh = read(acme, "steward", recheck)
    assert "What the next revision of Harbor would change" in plain(fresh)
    assert "was On now Off" in plain(fresh)
    assert f'href="/rulebooks/next/{draft.pk}/"' in text(fresh)
    assert "older state" not in plain(fresh)
    settle_behavior(draft, behavior="course.tide", text=None, seen=1, by=by, now=timezone.now())
    older = read(acme, "steward", recheck)
    assert "The revision was edited since this preview: it shows an older state." in plain(older)
    assert f'action="/rulebooks/next/{draft.pk}/preview/"' in text(older)
    assert "Preview again" not in plain(read(acme, "editor", recheck))


def test_a_preview_of_an_abandoned_revision_says_so(acme: Cast) -> None:
    boat(acme)
    draft, by = start_draft(acme), acme.actor("steward")
    recheck = run(preview_revision(draft, by=by, now=timezone.now()))
    abandon_revision(draft, by=by, now=timezone.now())
    assert "The revision was abandoned since then." in plain(read(acme, "editor", recheck))


def test_a_preview_without_a_product_is_finished_at_once(acme: Cast) -> None:
    recheck = preview_revision(start_draft(acme), by=acme.actor("steward"), now=timezone.now())
    found = plain(read(acme, "steward", recheck))
    assert "0 of 0 products looked at" in found
    assert "No product would change." in found


# Holds


def test_a_hold_on_everybody_tells_how_far_it_is_and_nothing_of_others(acme: Cast, other: Cast) -> None:
    boat(acme)
    boat(other, "yacht")
    by = acme.actor("steward")
    place_hold(None, behavior="course.near_ships", ceiling="off", reason="Until we know.", by=by, now=timezone.now())
    recheck = run(Recheck.objects.get(kind="hold"))
    assert "Hold on course.near_ships" in plain(read(acme, "editor", recheck))
    assert "2 published again" in plain(read(acme, "steward", recheck))
    assert "published again 2" not in plain(read(acme, "editor", recheck))
    assert "2 published" not in plain(read(acme, "editor", recheck))


def test_a_product_with_a_draft_alone_is_told_so(acme: Cast) -> None:
    product = add_boat(acme)
    some.set_values(Cast(acme.organization, product, acme.users), course__near_ships="on")
    recheck = run(publish_closed())
    assert "Its draft; nothing is live" in plain(read(acme, "editor", recheck))
    assert Product.objects.get(pk=product.pk).slug == "boat"
