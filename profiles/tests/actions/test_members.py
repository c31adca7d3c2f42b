"""Who belongs to an organization: invited, changed, removed, and never without an administrator."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from audits.models import Entry
from profiles.access import Role
from profiles.actions.members import (
    LastAdministrator,
    OwnRole,
    add_member,
    change_member,
    invite_member,
    remove_member,
    renew_invitation,
    show_first_steps,
)
from profiles.actions.organizations import found_organization
from profiles.actions.password_links import FORGOTTEN, make_token, uid_of
from profiles.actions.passwords import LinkEnded, account_of, set_password
from profiles.errors import Forbidden, InvalidInput, StaleDraft, WrongState
from profiles.models import Member, Organization, User
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db
WORDS = "nine tall sunflowers"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def invite(acme: Cast, email: str = "new@acme.example", by: str = "administrator", **more: Any) -> Any:
    kept = {"name": "New Person", "role": Role.APPROVER, "now": timezone.now(), **more}
    return invite_member(acme.organization, email=email, by=acme.actor(by), **kept)


def member(acme: Cast, name: str) -> Member:
    return acme.organization.members.get(user=acme.users[name])


def change(acme: Cast, name: str, role: Role, by: str = "administrator", **more: Any) -> Member:
    row = member(acme, name)
    more = {"expires_at": None, "seen": row.role, **more}
    return change_member(row, role=role, by=acme.actor(by), now=timezone.now(), **more)


def kinds(*names: str) -> list[str]:
    return list(Entry.objects.filter(kind__in=names).order_by("id").values_list("kind", flat=True))


# Invited


def test_somebody_new_gets_an_account_a_role_and_a_link(acme: Cast) -> None:
    found = invite(acme, "New.Person@ACME.example")
    user = User.objects.get(email="new.person@acme.example")
    assert found.member.role == Role.APPROVER
    assert not user.has_usable_password()
    assert account_of(uid_of(user), found.token, timezone.now()) == user
    assert kinds("person.created", "organization.member.added")[-2:] == ["person.created", "organization.member.added"]
    assert found.token not in repr(found)
    assert not [entry for entry in Entry.objects.all() if found.token.encode() in bytes(entry.leaf)]


def test_whoever_has_an_account_becomes_a_member_with_it(acme: Cast) -> None:
    rival = some.make_cast("rival", "other")
    found = invite(acme, rival.users["approver"].email.upper())
    assert (found.member.user, found.token) == (rival.users["approver"], "")
    assert found.member.user.name == "Approver of Rival"


def test_an_account_that_nobody_proved_stays_where_it_was_invited(acme: Cast) -> None:
    """Else whoever invited it could set its password, and so look into the other organization."""
    rival = some.make_cast("rival", "other")
    found = invite(acme, "victim@rival.example")
    with pytest.raises(InvalidInput, match="Nobody has shown yet that they read mail"):
        invite(rival, "victim@rival.example")
    set_password(uid_of(found.member.user), token=found.token, password=WORDS, now=timezone.now())
    with pytest.raises(InvalidInput, match="Nobody has shown yet that they read mail"):
        invite(rival, "victim@rival.example")
    mailed = make_token(User.objects.get(pk=found.member.user_id), FORGOTTEN, timezone.now())
    set_password(uid_of(found.member.user), token=mailed, password=f"{WORDS} more", now=timezone.now())
    assert invite(rival, "victim@rival.example").member.organization == rival.organization


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": ""}, "email"),
        ({"email": "a\u202eb@acme.example"}, "email"),
        ({"email": "x" * 250 + "@acme.example"}, "email"),
        ({"email": "editor@acme.example"}, "email"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"role": Role.AUDITOR}, "expires_at"),
        (
            {"role": Role.AUDITOR, "expires_at": datetime(2020, 1, 1, tzinfo=timezone.get_default_timezone())},
            "expires_at",
        ),
        (
            {"role": Role.EDITOR, "expires_at": datetime(2020, 1, 1, tzinfo=timezone.get_default_timezone())},
            "expires_at",
        ),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_whole(acme: Cast, form: dict[str, Any], field: str) -> None:
    people = User.objects.count()
    with pytest.raises(InvalidInput) as refusal:
        invite(acme, **form)
    assert set(refusal.value.fields) == {field}
    assert User.objects.count() == people


def test_a_closed_account_is_not_invited(acme: Cast) -> None:
    User.objects.create_user("gone@acme.example", WORDS, name="Gone", is_active=False)
    with pytest.raises(InvalidInput, match="closed"):
        invite(acme, "gone@acme.example")


@pytest.mark.parametrize("by", ["editor", "approver", "compliance", "auditor", "steward"])
def test_only_an_administrator_invites(acme: Cast, by: str) -> None:
    with pytest.raises(Forbidden):
        invite(acme, by=by)
    assert Entry.objects.get(outcome="refused").kind == "organization.member.added"


def test_a_new_link_ends_the_earlier_one(acme: Cast) -> None:
    first = invite(acme)
    second = renew_invitation(first.member, by=acme.actor("administrator"), now=timezone.now())
    uid = uid_of(second.member.user)
    with pytest.raises(LinkEnded):
        account_of(uid, first.token, timezone.now())
    set_password(uid, token=second.token, password=WORDS, now=timezone.now())
    with pytest.raises(WrongState, match="has set a password"):
        renew_invitation(first.member, by=acme.actor("administrator"), now=timezone.now())


def test_nobody_makes_a_link_for_an_account_that_is_somebodys(acme: Cast) -> None:
    with pytest.raises(WrongState):
        renew_invitation(member(acme, "editor"), by=acme.actor("administrator"), now=timezone.now())
    assert acme.users["editor"].check_password(some.PASSWORD)


# Changed and removed


def test_another_role_holds_and_is_told(acme: Cast) -> None:
    change(acme, "editor", Role.APPROVER)
    assert member(acme, "editor").role == "approver"
    (entry,) = Entry.objects.filter(kind="organization.member.changed")
    assert (entry.target, entry.outcome) == (f"account {acme.users['editor'].pk}", "done")


def test_the_same_again_writes_nothing(acme: Cast) -> None:
    change(acme, "editor", Role.EDITOR)
    assert kinds("organization.member.changed") == []


def test_nobody_changes_or_removes_themselves(acme: Cast) -> None:
    with pytest.raises(OwnRole):
        change(acme, "administrator", Role.EDITOR)
    with pytest.raises(OwnRole):
        remove_member(member(acme, "administrator"), by=acme.actor("administrator"), now=timezone.now())
    assert member(acme, "administrator").role == "administrator"


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMINISTRATOR])
def test_the_last_administrator_stays_one(acme: Cast, role: Role) -> None:
    """Not even the program demotes, ends or removes them."""
    row = member(acme, "administrator")
    until = timezone.now() + timedelta(days=9) if role is Role.ADMINISTRATOR else None
    with pytest.raises(LastAdministrator):
        change_member(row, role=role, expires_at=until, seen="administrator", by=SYSTEM, now=timezone.now())
    with pytest.raises(LastAdministrator):
        remove_member(row, by=SYSTEM, now=timezone.now())
    assert member(acme, "administrator").role == "administrator"


def test_an_administrator_who_never_signed_in_is_none_that_remains(acme: Cast) -> None:
    invite(acme, role=Role.ADMINISTRATOR)
    with pytest.raises(LastAdministrator):
        remove_member(member(acme, "administrator"), by=SYSTEM, now=timezone.now())


def test_a_change_of_what_somebody_else_changed_is_asked_about(acme: Cast) -> None:
    with pytest.raises(StaleDraft):
        change(acme, "editor", Role.APPROVER, seen="compliance")


def test_an_auditor_needs_an_end(acme: Cast) -> None:
    with pytest.raises(InvalidInput) as refusal:
        change(acme, "editor", Role.AUDITOR)
    assert set(refusal.value.fields) == {"expires_at"}
    until = timezone.now() + timedelta(days=9)
    assert change(acme, "editor", Role.AUDITOR, expires_at=until).expires_at == until


def test_whoever_is_removed_is_nobody_there_any_more(acme: Cast) -> None:
    row = member(acme, "editor")
    remove_member(row, by=acme.actor("administrator"), now=timezone.now())
    assert acme.actor("editor").permissions == frozenset()
    assert kinds("organization.member.removed") == ["organization.member.removed"]
    with pytest.raises(WrongState):
        remove_member(row, by=acme.actor("administrator"), now=timezone.now())


@pytest.mark.parametrize("by", ["editor", "approver", "compliance", "auditor", "steward"])
def test_only_an_administrator_changes_or_removes(acme: Cast, by: str) -> None:
    with pytest.raises(Forbidden):
        change(acme, "editor2", Role.ADMINISTRATOR, by=by)
    with pytest.raises(Forbidden):
        remove_member(member(acme, "editor2"), by=acme.actor(by), now=timezone.now())


def test_first_steps_are_ones_own(acme: Cast) -> None:
    show_first_steps(member(acme, "editor"), show=False, by=acme.actor("editor"), now=timezone.now())
    assert member(acme, "editor").hides_first_steps
    with pytest.raises(Forbidden):
        show_first_steps(member(acme, "editor"), show=True, by=acme.actor("administrator"), now=timezone.now())


# Founded


def found(acme: Cast, **more: Any) -> Any:
    form = {"slug": "garden", "name": "Garden", "email": "ada@garden.example", "person": "Ada", **more}
    return found_organization(by=acme.actor("steward"), now=timezone.now(), **form)


def test_a_steward_makes_an_organization_with_somebody_who_looks_after_it(acme: Cast) -> None:
    organization, invitation = found(acme)
    assert [place.slug for place in organization.environments.all()] == ["staging", "production"]
    assert (invitation.member.role, invitation.member.user.name) == ("administrator", "Ada")
    assert invitation.token


@pytest.mark.parametrize(
    "form", [{"slug": "acme"}, {"slug": "No Slug"}, {"email": "none"}, {"name": ""}, {"person": ""}]
)
def test_neither_exists_without_the_other(acme: Cast, form: dict[str, str]) -> None:
    people = User.objects.count()
    with pytest.raises(InvalidInput):
        found(acme, **form)
    assert (Organization.objects.count(), User.objects.count()) == (1, people)


def test_an_administrator_makes_no_organization(acme: Cast) -> None:
    with pytest.raises(Forbidden):
        found_organization(
            slug="g", name="G", email="a@g.example", person="A", by=acme.actor("administrator"), now=timezone.now()
        )


def test_a_member_twice_is_refused_with_their_name(acme: Cast) -> None:
    with pytest.raises(InvalidInput, match="Editor of Acme is a member already"):
        add_member(acme.organization, user=acme.users["editor"], role=Role.EDITOR, by=SYSTEM, now=timezone.now())
