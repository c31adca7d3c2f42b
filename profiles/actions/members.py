"""Who belongs to an organization, and the accounts behind it.

An account belongs to a person, not to an organization, and whoever invites somebody is shown a link that sets its
password. So the one who invites could become the one who is invited; in their own organization that gains them nothing
which the trail would not tell. In another organization it would: therefore an account that was made by an invitation
stays in that organization alone until somebody has set its password by a link that was mailed to its address.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.utils.translation import gettext as _

from audits.log.disclosures import personal
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission, Role
from profiles.actions.base import action, note
from profiles.actions.password_links import SHOWN, make_token
from profiles.actions.text import clean_email, clean_text, once
from profiles.errors import DomainError, Forbidden, InvalidInput, StaleDraft, WrongState
from profiles.models import Member, Organization, User


class OwnRole(Forbidden):
    """Nobody gives or takes their own role."""

    code = "own_role"


class LastAdministrator(WrongState):
    code = "last_administrator"


@dataclass(frozen=True, slots=True)
class Invitation:
    """``token`` belongs to a link that sets the new account's password. It is kept nowhere, so it is shown once; it is
    empty where the person has an account already."""

    member: Member
    token: str

    def __repr__(self) -> str:
        return f"Invitation({self.member!r})"  # never the token: a repr ends up in logs


# Accounts


def create_person(
    *,
    email: str,
    name: str,
    password: str,
    by: Actor,
    now: datetime,
    is_steward: bool = False,
    organization: Organization | None = None,
    role: Role = Role.EDITOR,
    expires_at: datetime | None = None,
    is_demo: bool = False,
) -> User:
    """An account with a password, for a steward or a member of an organization; for commands, whose caller answers for
    the address. A demo's account is refused outside the embedded mode.

    Raises:
        InvalidInput: the address is none or taken, or the person would be able to see nothing.
    """
    return _create_person(
        organization or "installation",
        email=email,
        name=name,
        password=password,
        is_steward=is_steward,
        role=role,
        expires_at=expires_at,
        is_demo=is_demo,
        by=by,
        now=now,
    )


@action(Kind.PERSON_CREATED)
def _create_person(
    place: Organization | str,
    *,
    email: str,
    name: str,
    password: str,
    is_steward: bool,
    role: Role,
    expires_at: datetime | None,
    is_demo: bool,
    by: Actor,
    now: datetime,
) -> User:
    by.require(Permission.MANAGE_ORGANIZATIONS if isinstance(place, str) else Permission.MANAGE_MEMBERS)
    if isinstance(place, str) and not is_steward:
        raise InvalidInput(_("Name an organization, or make the person a steward: else there is nothing to see."))
    user = _account(
        place, email=email, name=name, password=password, by=by, now=now, is_steward=is_steward, is_demo=is_demo
    )
    if isinstance(place, Organization):
        add_member(place, user=user, role=role, by=by, now=now, expires_at=expires_at)
    return user


def _account(
    place: Organization | str, *, email: str, name: str, password: str | None, by: Actor, now: datetime, **more: bool
) -> User:
    email, name = clean_email(email), clean_text(name, field="name", most=120, required=True)
    if User.objects.filter(email__iexact=email).exists():
        message = _("There is an account with this address.")
        raise InvalidInput(message, fields={"email": [message]})
    with once(email, "email"):
        user = User.objects.create_user(email, password, name=name, created_at=now, **more)
    after, data = {"steward": user.is_steward}, _whose(user)
    note(Kind.PERSON_CREATED, place, by=by, now=now, target=f"account {user.pk}", after=after, data=data)
    return user


# Members


@action(Kind.MEMBER_ADDED)
def add_member(
    organization: Organization, *, user: User, role: Role, by: Actor, now: datetime, expires_at: datetime | None = None
) -> Member:
    """Give a person a role. An auditor's must end."""
    by.require(Permission.MANAGE_MEMBERS)
    return _join(organization, user, role, by=by, now=now, expires_at=expires_at)


@action(Kind.MEMBER_ADDED)
def invite_member(
    organization: Organization,
    *,
    email: str,
    name: str,
    role: Role,
    by: Actor,
    now: datetime,
    expires_at: datetime | None = None,
) -> Invitation:
    """Make somebody a member by their e-mail address: with the account that they have, or with a new one.

    Args:
        name: of the person, for a new account; who has one is called what they call themselves.

    Raises:
        InvalidInput: no address, a member already, an auditor without an end, or an account that is not ready for a
            second organization.
    """
    by.require(Permission.MANAGE_MEMBERS)
    return invite(organization, email=email, name=name, role=role, by=by, now=now, expires_at=expires_at)


def invite(
    organization: Organization,
    *,
    email: str,
    name: str,
    role: Role,
    by: Actor,
    now: datetime,
    expires_at: datetime | None = None,
) -> Invitation:
    """The part of an action that it shares with the founding of an organization."""
    email = clean_email(email)
    Organization.objects.select_for_update().get(pk=organization.pk)
    user = User.objects.filter(email__iexact=email).first()
    if user is None:
        user = _account(organization, email=email, name=name, password=None, by=by, now=now, is_unproven=True)
        token = make_token(user, SHOWN, now)
    else:
        _need_ready(user)
        token = ""
    return Invitation(_join(organization, user, role, by=by, now=now, expires_at=expires_at), token)


def _need_ready(user: User) -> None:
    message = ""
    if not user.is_active:
        message = _("The account with this address is closed.")
    elif user.is_unproven and user.memberships.exists():
        message = _(
            "Nobody has shown yet that they read mail at this address. Ask the person to choose a password with "
            "“Forgotten your password?” on the sign-in page, then add them."
        )
    if message:
        raise InvalidInput(message, fields={"email": [message]})


def _join(
    organization: Organization, user: User, role: Role, *, by: Actor, now: datetime, expires_at: datetime | None
) -> Member:
    _need_end(role, expires_at, now)
    message = _("%(name)s is a member already.") % {"name": user.name}
    if organization.members.filter(user=user).exists():
        raise InvalidInput(message, fields={"email": [message]})
    with once(user.name, "email"):
        member = Member.objects.create(
            organization=organization, user=user, role=role.value, expires_at=expires_at, created_at=now
        )
    note(Kind.MEMBER_ADDED, member, by=by, now=now, after=_said(member), data=_whose(user))
    return member


def _need_end(role: Role, expires_at: datetime | None, now: datetime) -> None:
    message = ""
    if role is Role.AUDITOR and expires_at is None:
        message = _("An auditor's view must end: give a date in the future.")
    elif expires_at is not None and expires_at <= now:
        message = _("Give a date in the future.")
    if message:
        raise InvalidInput(message, fields={"expires_at": [message]})


def _said(member: Member) -> dict[str, str | None]:
    return {"role": member.role, "expires_at": member.expires_at.isoformat() if member.expires_at else None}


def _whose(user: User) -> dict[str, Any]:
    return {"account": personal(user.name)}


@action(Kind.PASSWORD_LINK_MADE)
def renew_invitation(member: Member, *, by: Actor, now: datetime) -> Invitation:
    """Another link for somebody who was invited and has set no password yet; earlier ones end.

    Raises:
        WrongState: the account is somebody's already.
    """
    by.require(Permission.MANAGE_MEMBERS)
    user = User.objects.select_for_update().get(pk=member.user_id)
    if refusal := renewal_refusal(user):
        raise refusal
    user.set_unusable_password()  # another one than before, which ends what was made for that
    user.save(update_fields=["password"])
    note(Kind.PASSWORD_LINK_MADE, member, by=by, now=now, data={"way": "page", **_whose(user)})
    member.user = user
    return Invitation(member, make_token(user, SHOWN, now))


def renewal_refusal(user: User) -> DomainError | None:
    """Why nobody else makes a link for this account any more; None while it waits for its person."""
    if user.is_unproven and not user.has_usable_password() and user.memberships.count() == 1:
        return None
    return WrongState(
        _("%(name)s has set a password. On the sign-in page they can ask for another by mail.") % {"name": user.name}
    )


@action(Kind.MEMBER_CHANGED)
def change_member(
    member: Member, *, role: Role, expires_at: datetime | None, seen: str, by: Actor, now: datetime
) -> Member:
    """Give a member another role or another end.

    Args:
        seen: the role that the writer looked at.

    Raises:
        OwnRole: nobody changes their own.
        LastAdministrator: nobody would look after the organization any more.
        StaleDraft: somebody else changed it meanwhile.
        InvalidInput: an auditor without an end, or an end that is past.
    """
    by.require(Permission.MANAGE_MEMBERS)
    member = _locked(member)
    if refusal := own_role_refusal(member, by=by):
        raise refusal
    if member.role != seen:
        raise StaleDraft(_("Somebody changed this member meanwhile. Look at it again."))
    if expires_at != member.expires_at or role != member.role:
        _need_end(role, expires_at, now)
    before = _said(member)
    member.role, member.expires_at = role.value, expires_at
    if (after := _said(member)) != before:
        member.save(update_fields=["role", "expires_at"])
        _need_administrator(member.organization)
        note(Kind.MEMBER_CHANGED, member, by=by, now=now, before=before, after=after, data=_whose(member.user))
    return member


@action(Kind.MEMBER_REMOVED)
def remove_member(member: Member, *, by: Actor, now: datetime) -> None:
    """Take somebody out of an organization. Their next request finds nothing of it any more, whatever page was open;
    what they scheduled is refused when it is due.

    Raises:
        OwnRole: nobody removes themselves.
        LastAdministrator: nobody would look after the organization any more.
        WrongState: they are no member any more.
    """
    by.require(Permission.MANAGE_MEMBERS)
    member = _locked(member)
    if refusal := own_role_refusal(member, by=by):
        raise refusal
    Member.objects.filter(pk=member.pk).delete()
    _need_administrator(member.organization)
    note(Kind.MEMBER_REMOVED, member, by=by, now=now, before=_said(member), data=_whose(member.user))


def own_role_refusal(member: Member, *, by: Actor) -> DomainError | None:
    """Why this person may not change this member, as pages say beforehand; None if they may."""
    if member.user_id == by.user_id:
        return OwnRole(_("This is you. Another administrator changes your role or removes you."))
    return by.refusal(Permission.MANAGE_MEMBERS)


def _locked(member: Member) -> Member:
    # The organization, not the row: whether an administrator remains is a question about all of its members.
    organization = Organization.objects.select_for_update().get(pk=member.organization_id)
    row = Member.objects.select_related("user").filter(pk=member.pk).first()
    if row is None:
        raise WrongState(_("%(name)s is no member any more.") % {"name": member.user.name})
    row.organization = organization
    return row


def _need_administrator(organization: Organization) -> None:
    """
    Raises:
        LastAdministrator: nobody is left who can sign in, look after the organization, and does not end.
    """
    administrators = organization.members.filter(
        role=Role.ADMINISTRATOR.value, expires_at__isnull=True, user__is_active=True
    )
    if not administrators.exclude(user__password__startswith=UNUSABLE_PASSWORD_PREFIX).exists():
        raise LastAdministrator(
            _("An organization keeps at least one administrator who can sign in and whose role does not end.")
        )


@action(Kind.PREFERENCES_CHANGED)
def show_first_steps(member: Member, *, show: bool, by: Actor, now: datetime) -> None:
    """Put the checklist of first steps onto somebody's own first page, or away."""
    if member.user_id != by.user_id:
        raise Forbidden(_("This is somebody else's page."))
    if Member.objects.filter(pk=member.pk, hides_first_steps=show).update(hides_first_steps=not show):
        after = {"first_steps": show}
        note(Kind.PREFERENCES_CHANGED, member, by=by, now=now, after=after, data=_whose(member.user))
