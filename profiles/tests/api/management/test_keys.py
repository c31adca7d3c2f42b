"""Who a key is: its scopes, its organization, and whose work its work is."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Alarm, Check, Entry, Protocol, Run, RunSchedule
from profiles.access import Scope
from profiles.actions.reviews import approve_version
from profiles.errors import OwnWork
from profiles.models import Attestation, Version
from profiles.queries import waiting
from profiles.tests import cast as some
from profiles.tests.api.management.program import ALL, client_program, program
from profiles.tests.api.management.test_document import GOOD, OPERATIONS, Told, ask, make_world
from profiles.tests.cast import Cast
from profiles.tests.everything.stage import undone

pytestmark = pytest.mark.django_db
EDIT: Final = {"settings": {"format.length": "brief"}}


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def edit_and_submit(cast: Cast, **more: Any) -> Version:
    script = program(cast, **more)
    assert script.patch("products/helper/draft", EDIT).status_code == 200
    assert script.post("products/helper/versions", {"reason": "R."}, If_Match="*").status_code == 201
    return Version.objects.latest("pk")


def approve(cast: Cast, version: Version, by: str) -> None:
    approve_version(version, digest=version.digest, by=cast.actor(by), now=timezone.now())


# Scopes


@pytest.mark.parametrize("scope", ALL)
def test_a_key_does_what_its_scope_says_and_nothing_else(scope: str) -> None:
    world = make_world()
    script = program(world.acme, [scope])
    for told in OPERATIONS:
        with undone():
            answer = ask(world, told, by=script)
        if told.scope == scope:
            assert answer.status_code in (200, 201), (str(told), answer.content)
        else:
            assert answer.status_code == 403, (str(told), answer.content)
            needed = told.scope or "person"
            assert needed in answer.json()["error"]["message"]


def test_renaming_a_product_needs_the_scope_products_and_nothing_is_kept_of_a_half(acme: Cast) -> None:
    body = {"name": "Another", "facts": {"audience": "minors"}}
    for scopes, missing in ((["write"], "products"), (["products"], "write")):
        answer = program(acme, scopes).patch("products/helper", body)
        assert (answer.status_code, missing in answer.json()["error"]["message"]) == (403, True)
        acme.product.refresh_from_db()
        assert (acme.product.name, acme.product.facts) == ("Helper", {"audience": "adults"})
    assert program(acme, ["products", "write"]).patch("products/helper", body).json()["name"] == "Another"


def test_a_client_key_manages_nothing_and_an_organization_key_reads_no_profile(acme: Cast) -> None:
    answer = client_program(acme).get("products")
    assert answer.status_code == 403
    assert "organization key" in answer.json()["error"]["message"]
    assert program(acme).get("profile").status_code == 403


def test_a_person_signed_in_is_nobody_here(acme: Cast) -> None:
    client = Client()
    client.force_login(acme.users["administrator"])
    assert client.get("/api/v1/products").status_code == 401
    assert client.patch("/api/v1/products/helper/draft", "{}", content_type="application/json").status_code == 401


# Four eyes


def test_a_version_of_a_key_is_reviewed_by_a_person(acme: Cast) -> None:
    version = edit_and_submit(acme)
    assert version.author_id.startswith("key:bl_")
    assert version in waiting(acme.actor("approver"))
    approve(acme, version, "approver")
    answer = program(acme).post(
        "products/helper/activations", {"version": 1, "environment": "production", "reason": "Agreed."}
    )
    assert (answer.status_code, answer.json()["basis"]) == (201, "approved")
    assert answer.json()["by"]["id"].startswith("key:")


def test_nobody_approves_by_hand_what_they_wrote_by_key(acme: Cast) -> None:
    version = edit_and_submit(acme, by="administrator")
    assert acme.actor("administrator").id in version.writers
    with pytest.raises(OwnWork):
        approve(acme, version, "administrator")
    assert version not in waiting(acme.actor("administrator"))


def test_nor_if_somebody_else_submits_it(acme: Cast) -> None:
    program(acme, by="administrator").patch("products/helper/draft", EDIT)
    version = some.submit(acme, by="editor")
    with pytest.raises(OwnWork):
        approve(acme, version, "administrator")
    approve(acme, version, "approver")


def test_a_key_reviews_nothing_whoever_wrote_it(acme: Cast) -> None:
    some.set_values(acme, format__length="brief")
    version = some.submit(acme)
    for decision in ("approved", "changes_requested", "declined"):
        body = {"decision": decision, "digest": version.digest, "comment": "C."}
        answer = program(acme).post("products/helper/versions/1/reviews", body)
        assert answer.status_code == 403
        assert "a person's word" in answer.json()["error"]["message"]
    assert not version.reviews.exists()
    refused = Entry.objects.filter(outcome="refused")
    assert [entry.content()["actor"]["type"] for entry in refused] == ["key"] * 3


def test_a_key_activates_nothing_that_lacks_its_approval(acme: Cast) -> None:
    some.set_values(acme, tone__insults="on", safety__danger_caveats="off")
    some.submit(acme)
    answer = program(acme).post(
        "products/helper/activations", {"version": 1, "environment": "production", "reason": "Now."}
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_approved")


# The wall between organizations


@pytest.mark.parametrize("told", [told for told in OPERATIONS if "{" in told.path or told.method == "POST"], ids=str)
def test_what_belongs_to_somebody_else_is_not_there(told: Told) -> None:
    world = make_world()
    stranger = program(some.make_cast("other", "thing"))
    everybodys = told.path.startswith(("/api/v1/rulebooks", "/api/v1/suites"))
    if everybodys or str(told) in {"products_create", "evidence_take"}:
        return  # everybody's; and one's own
    answer = ask(world, told, by=stranger)
    missing = ask(world, told, by=stranger, missing=True)
    assert answer.status_code == missing.status_code == 404
    assert answer.json() == missing.json()


def test_lists_hold_ones_own_alone() -> None:
    world = make_world()
    stranger = program(some.make_cast("other", "thing"))
    lists = [
        told
        for told in OPERATIONS
        if is_list(told) and str(told) not in {"trail_export", "log_get", "budget_get", "budget_limits_get"}
    ]
    listed = {told.path: ask(world, told, by=stranger).json()["items"] for told in lists}
    for path, items in listed.items():
        if "rulebooks" not in path:
            assert "acme" not in json.dumps(items), path
            assert "helper" not in json.dumps(items), path
    assert {item["organization"] for item in stranger.get("trail").json()["items"]} == {"other"}
    for query in (
        "attestations?product=helper",
        "runs?product=helper",
        "alarms?product=helper",
        "findings?product=helper",
    ):
        assert stranger.get(query).json()["items"] == []
    assert stranger.get("trail?product=helper").json()["items"] == []
    assert stranger.post("products", GOOD["products_create"](world) | {"copy_of": "helper"}).status_code == 422


def is_list(told: Told) -> bool:
    return told.method == "GET" and "{" not in told.path


def test_numbers_of_others_lead_nowhere() -> None:
    world = make_world()
    stranger = program(some.make_cast("other", "thing"))
    rows: list[Any] = [
        ("attestations", Attestation.objects.latest("pk")),
        ("checks", Check.objects.latest("pk")),
        ("runs", Run.objects.latest("pk")),
        ("alarms", Alarm.objects.latest("pk")),
        ("run-schedules", RunSchedule.objects.latest("pk")),
        ("protocols", Protocol.objects.latest("pk")),
        ("trail", Entry.objects.filter(organization="acme").latest("pk")),
    ]
    for name, row in rows:
        assert world.script.get(f"{name}/{row.pk}").status_code == 200
        assert stranger.get(f"{name}/{row.pk}").status_code == 404


def test_scopes_are_named_in_one_place() -> None:
    assert set(ALL) == {scope.value for scope in Scope}
    assert {told.scope for told in OPERATIONS} == {*ALL, ""}
