"""Products made, perhaps like another one, called something else, and removed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from audits.models import Entry
from config.tests import support
from profiles.access import Role
from profiles.actions.api_keys import create_api_key, recognize
from profiles.actions.attestations import request_attestation
from profiles.actions.members import add_member, remove_member
from profiles.actions.products import create_product, describe_product, remove_product
from profiles.actions.samples import add_sample_product
from profiles.errors import Forbidden, InvalidInput, NotFound, WrongState
from profiles.models import Activation, ApiKey, Draft, Organization, Product, Schedule, User, Version
from profiles.queries import attestations_for, waiting
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def make(acme: Cast, slug: str = "second", by: str = "administrator", **more: Any) -> Product:
    form = {"name": "Second", "facts": {"audience": "adults"}, "platforms": ["reference"], **more}
    return create_product(acme.organization, slug=slug, by=acme.actor(by), now=timezone.now(), **form)


def remove(acme: Cast, by: str = "administrator", **more: Any) -> None:
    form = {"typed_slug": acme.product.slug, "reason": "Nobody uses it.", **more}
    remove_product(acme.product, by=acme.actor(by), now=timezone.now(), **form)


def key_of(acme: Cast) -> str:
    _key, text = create_api_key(
        acme.organization,
        name="Gateway",
        product=acme.product,
        environment=acme.production,
        by=acme.actor("administrator"),
        now=timezone.now(),
    )
    return text


def fetch(key: str) -> Any:
    return Client().get("/api/v1/profile", headers={"Authorization": f"Bearer {key}"})


def told(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = Entry.objects.get(kind=kind, outcome="done", product="second").content()
    return found


# Made


def test_an_address_is_given_once_and_new_means_something_else(acme: Cast) -> None:
    for slug in ("helper", "new", "No Slug", ""):
        with pytest.raises(InvalidInput) as refusal:
            make(acme, slug)
        assert set(refusal.value.fields) == {"slug"}


def test_a_copy_takes_what_stands_inside_its_own_limits(acme: Cast) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=60))
    some.make_active(acme, content__explicit="on", tone__profanity="on", format__length="brief")
    some.set_values(acme, format__length="thorough")
    product = make(acme, copy_of=acme.product)
    draft = Draft.objects.get(product=product)
    assert draft.settings == {"tone.profanity": "on", "format.length": "brief"}, (
        "what is live, without what was attested"
    )
    entry = told("product.created")
    assert entry["data"]["copied_from"] == "helper"
    assert set(entry["data"]["left_out"]) == {"content.explicit"}
    assert not product.versions.exists()


def test_a_copy_for_children_leaves_behind_what_is_not_for_them(acme: Cast) -> None:
    some.set_values(acme, tone__profanity="on", format__length="brief")
    product = make(acme, facts={"audience": "minors"}, copy_of=acme.product)
    draft = Draft.objects.get(product=product)
    assert draft.settings == {"format.length": "brief"}
    assert set(told("product.created")["data"]["left_out"]) == {"tone.profanity"}


def test_a_copy_of_what_says_nothing_says_nothing(acme: Cast) -> None:
    draft = Draft.objects.get(product=make(acme, copy_of=acme.product))
    assert (draft.settings, draft.windows, draft.instructions, draft.revision) == ({}, {}, "", 0)


def test_nothing_is_copied_from_another_organization(acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    with pytest.raises(InvalidInput) as refusal:
        make(acme, copy_of=rival.product)
    assert set(refusal.value.fields) == {"copy_of"}
    assert not Product.objects.filter(slug="second").exists()


@pytest.mark.parametrize("by", ["editor", "approver", "compliance", "auditor", "steward"])
def test_only_an_administrator_makes_renames_and_removes(acme: Cast, by: str) -> None:
    with pytest.raises(Forbidden):
        make(acme, by=by)
    with pytest.raises(Forbidden):
        remove(acme, by=by)
    with pytest.raises(Forbidden):
        describe_product(acme.product, name="X", description="", by=acme.actor(by), now=timezone.now())
    assert Product.objects.get(slug="helper").name == "Helper"


# Called


def test_another_name_is_told_and_the_address_stays(acme: Cast) -> None:
    by = acme.actor("administrator")
    describe_product(acme.product, name=" Shop helper ", description="Sells.", by=by, now=timezone.now())
    product = Product.objects.get(slug="helper")
    assert (product.name, product.description) == ("Shop helper", "Sells.")
    describe_product(acme.product, name="Shop helper", description="Sells.", by=by, now=timezone.now())
    assert Entry.objects.filter(kind="product.described").count() == 1
    for name in ("", "x" * 121, "a\u202eb"):
        with pytest.raises(InvalidInput):
            describe_product(acme.product, name=name, description="", by=by, now=timezone.now())


# Removed


def test_a_removed_product_is_served_to_nobody_from_that_instant(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    key = key_of(acme)
    assert fetch(key).status_code == 200
    remove(acme)
    answer = fetch(key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert "was removed" in answer.json()["error"]["message"]
    with pytest.raises(NotFound):
        recognize(key, now=timezone.now())
    assert ApiKey.objects.get().revoked_at is not None


def test_its_versions_and_entries_stay(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    entries = Entry.objects.count()
    key_of(acme)
    remove(acme)
    assert (Version.objects.count(), Activation.objects.count()) == (1, 1)
    kinds = Entry.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds)[entries:] == ["api_key.created", "product.removed", "api_key.revoked"]


def test_what_waits_for_it_waits_no_more(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    request_attestation(acme.product, kind="adults_only", evidence="E", by=acme.actor("editor"), now=timezone.now())
    schedule = Schedule.objects.create(
        product=acme.product,
        environment=acme.production,
        version=version,
        due_at=timezone.now() + timedelta(days=1),
        reason="Monday.",
        by=acme.users["approver"],
        requested_at=timezone.now(),
    )
    remove(acme)
    schedule.refresh_from_db()
    assert (schedule.state, schedule.ended_by) == ("cancelled", "Administrator of Acme")
    assert Entry.objects.filter(kind="profile.activation.cancelled").count() == 1
    assert waiting(acme.actor("approver")) == []
    assert attestations_for(acme.actor("steward")) == []


def test_its_address_can_be_given_again_and_nothing_comes_with_it(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    key = key_of(acme)
    remove(acme)
    again = make(acme, "helper")
    assert again.pk != acme.product.pk
    assert not again.versions.exists()
    assert fetch(key).status_code == 404


@pytest.mark.parametrize(("form", "field"), [({"typed_slug": "helpe"}, "slug"), ({"reason": " "}, "reason")])
def test_a_slip_of_the_hand_removes_nothing(acme: Cast, form: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        remove(acme, **form)
    assert set(refusal.value.fields) == {field}
    assert Product.objects.filter(slug="helper").exists()


def test_it_is_removed_once(acme: Cast) -> None:
    remove(acme)
    with pytest.raises(WrongState, match="was removed"):
        remove(acme)
    with pytest.raises(WrongState):
        describe_product(acme.product, name="X", description="", by=SYSTEM, now=timezone.now())


# Samples


def sample(acme: Cast, by: str = "administrator") -> Product:
    return add_sample_product(acme.organization, by=acme.actor(by), now=timezone.now())


def test_a_sample_waits_for_somebody_else_like_any_version(acme: Cast) -> None:
    product = sample(acme)
    (version,) = product.versions.all()
    assert product.is_sample
    assert version.author_name == "Administrator of Acme"
    assert not version.reviews.exists()
    assert not product.activations.exists()
    assert version in waiting(acme.actor("approver"))
    assert version not in waiting(acme.actor("administrator"))


def test_where_nobody_else_could_review_it_is_not_submitted(acme: Cast) -> None:
    for row in acme.organization.members.exclude(user=acme.users["administrator"]):
        remove_member(row, by=acme.actor("administrator"), now=timezone.now())
    product = sample(acme)
    assert not product.versions.exists()
    assert Draft.objects.get(product=product).settings


def test_there_is_one_sample_at_a_time_and_it_goes_without_a_reason(acme: Cast) -> None:
    product = sample(acme)
    with pytest.raises(WrongState, match="a sample product already"):
        sample(acme)
    remove_product(product, typed_slug="", reason="", by=acme.actor("administrator"), now=timezone.now())
    assert sample(acme).slug == "sample-assistant"


def test_a_sample_makes_way_for_a_product_of_its_name(acme: Cast) -> None:
    make(acme, "sample-assistant")
    assert sample(acme).slug == "sample-assistant-2"


def test_without_a_rulebook_there_is_nothing_to_stand_on(db: None) -> None:
    with support.unrecorded():
        organization = Organization.objects.create(slug="empty", name="Empty", created_at=timezone.now())
    with pytest.raises(WrongState, match="No rulebook is loaded"), transaction.atomic():
        add_sample_product(organization, by=SYSTEM, now=timezone.now())


@pytest.mark.parametrize("by", ["editor", "approver", "compliance", "auditor", "steward"])
def test_only_an_administrator_adds_a_sample(acme: Cast, by: str) -> None:
    with pytest.raises(Forbidden):
        sample(acme, by)


def test_an_administrator_of_two_organizations_writes_into_the_one_that_is_named(acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    both: User = acme.users["administrator"]
    add_member(rival.organization, user=both, role=Role.ADMINISTRATOR, by=SYSTEM, now=timezone.now())
    assert sample(Cast(rival.organization, rival.product, rival.users | {"administrator": both})).organization.slug == (
        "rival"
    )
