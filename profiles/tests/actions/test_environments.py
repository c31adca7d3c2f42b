"""What an environment asks for, and the order of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from audits.models import Entry
from profiles.actions.environments import MOST, MOST_APPROVALS, add_environment, change_environment, move_environment
from profiles.errors import Forbidden, InvalidInput, NotApproved, StaleDraft, WrongState
from profiles.models import Environment
from profiles.queries import live_version
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def add(acme: Cast, slug: str = "canary", by: str = "administrator", **more: Any) -> Environment:
    rules = {"name": slug.title(), "approvals_needed": 1, "tightening_at_once": True, **more}
    return add_environment(acme.organization, slug=slug, by=acme.actor(by), now=timezone.now(), **rules)


def change(acme: Cast, by: str = "administrator", **more: Any) -> Environment:
    row = acme.production
    rules = {**row.rules, "reason": "", "seen": row.rules_tag, **more}
    return change_environment(row, by=acme.actor(by), now=timezone.now(), **rules)


def order(acme: Cast) -> list[str]:
    return list(acme.organization.environments.values_list("slug", flat=True))


def entries() -> list[Entry]:
    return list(Entry.objects.filter(kind__startswith="organization.environment").order_by("id"))


def test_a_new_one_comes_last(acme: Cast) -> None:
    add(acme, approvals_needed=2)
    assert order(acme) == ["staging", "production", "canary"]
    assert [entry.kind for entry in entries()] == ["organization.environment.created"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"slug": "staging"}, "slug"),
        ({"slug": "No Slug"}, "slug"),
        ({"slug": "x" * 41}, "slug"),
        ({"name": ""}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"approvals_needed": 0}, "approvals_needed"),
        ({"approvals_needed": -1}, "approvals_needed"),
        ({"approvals_needed": MOST_APPROVALS + 1}, "approvals_needed"),
    ],
)
def test_what_cannot_be_is_refused(acme: Cast, form: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        add(acme, **form)
    assert set(refusal.value.fields) == {field}
    assert order(acme) == ["staging", "production"]


def test_there_are_never_too_many(acme: Cast) -> None:
    for number in range(MOST - 2):
        add(acme, f"place-{number}")
    with pytest.raises(WrongState):
        add(acme, "one-more")


def test_asking_for_more_needs_no_reason_and_holds_for_what_waits(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    change(acme, approvals_needed=2)
    with pytest.raises(NotApproved):
        some.activate(acme, version)
    some.approve(acme, version, "approver2")
    some.activate(acme, version)


@pytest.mark.parametrize("lower", [{"approvals_needed": 1}, {"tightening_at_once": True}])
def test_asking_for_less_needs_a_reason_which_is_told(acme: Cast, lower: dict[str, Any]) -> None:
    change(acme, approvals_needed=2, tightening_at_once=False)
    with pytest.raises(InvalidInput) as refusal:
        change(acme, **lower)
    assert set(refusal.value.fields) == {"reason"}
    change(acme, **lower, reason="Two of us left.")
    assert entries()[-1].content()["data"] == {"reason": "Two of us left.", "loosens": True}


def test_what_is_live_stays_live_whatever_is_asked_for_now(acme: Cast) -> None:
    version = some.make_active(acme, safety__danger_caveats="off")
    change(acme, approvals_needed=2)
    assert live_version(acme.product) == version


def test_what_somebody_else_changed_is_asked_about(acme: Cast) -> None:
    seen = acme.production.rules_tag
    change(acme, approvals_needed=2)
    with pytest.raises(StaleDraft):
        change(acme, approvals_needed=1, reason="R.", seen=seen)


def test_the_same_again_writes_nothing(acme: Cast) -> None:
    change(acme)
    assert entries() == []


def test_they_change_places(acme: Cast) -> None:
    add(acme)
    by, now = acme.actor("administrator"), timezone.now()
    move_environment(Environment.objects.get(slug="canary"), later=False, by=by, now=now)
    assert order(acme) == ["staging", "canary", "production"]
    move_environment(Environment.objects.get(slug="staging"), later=True, by=by, now=now)
    assert order(acme) == ["canary", "staging", "production"]
    for slug, later in (("canary", False), ("production", True)):
        with pytest.raises(WrongState):
            move_environment(Environment.objects.get(slug=slug), later=later, by=by, now=now)


@pytest.mark.parametrize("by", ["editor", "approver", "compliance", "auditor", "steward"])
def test_only_an_administrator_sets_them(acme: Cast, by: str) -> None:
    with pytest.raises(Forbidden):
        add(acme, by=by)
    with pytest.raises(Forbidden):
        change(acme, by=by, approvals_needed=2)
    with pytest.raises(Forbidden):
        move_environment(acme.staging, later=True, by=acme.actor(by), now=timezone.now())
    assert [entry.outcome for entry in entries()] == ["refused"] * 3
