"""The first run: an empty organization, and what waits later on."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audits.models import Check
from profiles.access import Role
from profiles.actions.api_keys import create_api_key
from profiles.actions.members import add_member, invite_member
from profiles.actions.organizations import create_organization
from profiles.actions.products import create_product
from profiles.models import Activation, Product, Schedule, User
from profiles.tests import cast as some
from profiles.tests.cast import NOW, PASSWORD, SYSTEM, Cast, load_reference

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    return str(answer.content.decode())


def home(client: Client, user: User) -> str:
    client.force_login(user)
    return text(client.get("/")).split('<main id="main"')[1]


def steps(page: str) -> list[tuple[str, str]]:
    """The checklist: each step with "done", "next" or nothing."""
    return re.findall(r'<li class="(done|next|)"[^>]*>.*?<h3>([^<]+?)\s*<', page, re.DOTALL)


def done(page: str) -> list[str]:
    return [title for state, title in steps(page) if state == "done"]


def next_one(page: str) -> str:
    (title,) = (title for state, title in steps(page) if state == "next")
    return title


@pytest.fixture
def garden() -> Cast:
    """An organization with nobody but its administrator."""
    load_reference()
    organization = create_organization(slug="garden", name="Garden", by=SYSTEM, now=NOW)
    users = {
        name: User.objects.create_user(f"{name}@g.example", PASSWORD, name=name) for name in ("administrator", "x")
    }
    user = users["administrator"]
    add_member(organization, user=user, role=Role.ADMINISTRATOR, by=SYSTEM, now=timezone.now())
    return Cast(organization, Product(), users)


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def test_an_empty_organization_shows_the_next_step_and_no_empty_tables(client: Client, garden: Cast) -> None:
    page = home(client, garden.users["administrator"])
    assert len(steps(page)) == 7
    assert "0 of 7 done" in page
    assert next_one(page) == "Create a product"
    assert "Add a sample product" in page
    for absent in ("Last activity", "Waiting for you", '<h2 id="prod-h">'):
        assert absent not in page


def test_each_step_is_done_when_the_data_says_so(client: Client, garden: Cast) -> None:
    boss = garden.users["administrator"]
    by, now = garden.actor("administrator"), timezone.now()
    made = create_product(
        garden.organization, slug="helper", name="Helper", facts={}, platforms=["reference"], by=by, now=now
    )
    cast = Cast(garden.organization, made, garden.users)
    assert next_one(home(client, boss)) == "Look through its defaults"
    some.set_values(cast, "administrator", tone__profanity="on")
    assert next_one(home(client, boss)) == "Invite a second person"
    found = invite_member(
        garden.organization, email="ben@g.example", name="Ben", role=Role.APPROVER, by=by, now=timezone.now()
    )
    page = home(client, boss)
    assert "Somebody is invited, and has set no password yet." in page
    assert next_one(page) == "Invite a second person"
    found.member.user.set_password(PASSWORD)
    found.member.user.save()
    garden.users["approver"] = found.member.user
    assert next_one(home(client, boss)) == "Submit a version"
    version = some.submit(cast, "administrator")
    assert next_one(home(client, boss)) == "Have it approved"
    some.approve(cast, version)
    page = home(client, boss)
    assert next_one(page) == "Activate it"
    assert 'href="/products/helper/versions/1/"' in page
    some.activate(cast, version)
    assert next_one(home(client, boss)) == "Create a client key"
    create_api_key(garden.organization, name="k", product=made, environment=cast.production, by=by, now=timezone.now())
    assert steps(home(client, boss)) == []


def test_two_who_only_write_are_not_four_eyes(client: Client, garden: Cast) -> None:
    add_member(garden.organization, user=garden.users["x"], role=Role.COMPLIANCE, by=SYSTEM, now=timezone.now())
    assert "Invite a second person" not in done(home(client, garden.users["administrator"]))
    garden.organization.members.filter(role="compliance").update(role="editor")
    assert "Invite a second person" in done(home(client, garden.users["administrator"]))


def test_the_list_is_put_away_and_had_back(client: Client, acme: Cast) -> None:
    assert steps(home(client, acme.users["editor"]))
    client.post("/first-steps/", {"show": "0"})
    assert steps(home(client, acme.users["editor"])) == []
    assert steps(home(client, acme.users["administrator"])), "it is put away for one person alone"
    client.force_login(acme.users["editor"])
    assert "Show it again" in text(client.get("/settings/"))
    client.post("/first-steps/", {"show": "1"})
    assert steps(home(client, acme.users["editor"]))


def test_those_who_only_read_have_no_list_and_are_told_why_there_is_nothing(client: Client, garden: Cast) -> None:
    add_member(garden.organization, user=garden.users["x"], role=Role.COMPLIANCE, by=SYSTEM, now=timezone.now())
    page = home(client, garden.users["x"])
    assert steps(page) == []
    assert "There is no product yet. An administrator creates one" in page
    assert "Add a sample product" not in page


# What waits


def waiting(page: str) -> str:
    return page[page.index("Waiting for you") :].split("</section>", maxsplit=1)[0]


def notes(page: str) -> str:
    return page[page.index("For your information") :].split("</section>", maxsplit=1)[0]


def test_a_draft_that_nobody_submitted_waits_for_those_who_may(client: Client, acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    found = waiting(home(client, acme.users["editor2"]))
    assert "Draft of Helper" in found
    assert "Draft of Helper" not in waiting(home(client, acme.users["approver"]))
    some.submit(acme)
    assert "Draft of Helper" not in waiting(home(client, acme.users["editor2"]))


def test_a_failing_check_waits_for_those_who_can_do_something(client: Client, acme: Cast) -> None:
    version = some.make_active(acme, safety__danger_caveats="off")
    ended = {"state": Check.State.FINISHED, "total": 1, "finished_at": timezone.now()}
    Check.objects.filter(version=version).update(outcome=Check.Outcome.FAIL, passed=0, **ended)
    assert "Limits check of Helper" in waiting(home(client, acme.users["editor"]))
    assert "Limits check of Helper" in waiting(home(client, acme.users["compliance"]))
    assert "Limits check of Helper" in notes(home(client, acme.users["auditor"]))
    Check.objects.filter(version=version).update(outcome=Check.Outcome.PASS, passed=1)
    assert "Limits check of Helper" not in home(client, acme.users["editor"])


def test_what_goes_live_by_itself_is_announced_and_waits_for_nobody(client: Client, acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    assert "approved, not active yet" in waiting(home(client, acme.users["editor"]))
    Schedule.objects.create(
        product=acme.product,
        environment=acme.production,
        version=version,
        due_at=timezone.now() + timedelta(days=1),
        reason="After the fair.",
        by=acme.users["approver"],
        requested_at=timezone.now(),
    )
    page = home(client, acme.users["editor"])
    assert "Version 1 of Helper goes live in Production" in notes(page)
    assert "After the fair." in notes(page)
    assert "approved, not active yet" not in waiting(page)


@pytest.mark.parametrize("basis", [Activation.Basis.TIGHTENING, Activation.Basis.BREAK_GLASS])
def test_what_is_live_without_review_is_told_until_it_is_reviewed(client: Client, acme: Cast, basis: str) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    Activation.objects.create(
        product=acme.product,
        environment=acme.production,
        version=version,
        basis=basis,
        reason="A reader was hurt.",
        by_id="user:1",
        by_name="Administrator of Acme",
        at=timezone.now(),
    )
    told = "until somebody else has approved it"
    assert told in home(client, acme.users["auditor"])
    some.approve(acme, version)
    assert told not in home(client, acme.users["auditor"])


def test_nothing_of_another_organization_waits_or_is_told(client: Client, acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    some.set_values(acme, safety__danger_caveats="off")
    assert "Helper" not in home(client, rival.users["editor"])
