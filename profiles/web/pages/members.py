"""From members to their pages, and what the forms for them held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.access import ROLE_NAMES, ROLE_PERMISSIONS, Actor, Permission, Role
from profiles.actions.members import Invitation, own_role_refusal, renewal_refusal
from profiles.actions.password_links import SHOWN, uid_of
from profiles.errors import InvalidInput
from profiles.models import Member, User
from profiles.web.moments import day_words, local
from profiles.web.pages import dates
from profiles.web.pages.attestations import soon_words
from profiles.web.pages.baseline import needs
from profiles.web.pages.settings import PERMISSION_WORDS, ROLE_WORDS
from profiles.web.pages.typed import TypedForm, texts
from profiles.web.presenters.members import (
    MemberForm,
    MemberLine,
    MemberPage,
    MembersPage,
    NewLink,
    RoleChoice,
    RoleEntry,
)
from profiles.web.presenters.parts import Crumb, Message, Person, Pill, Problem, When


@dataclass(frozen=True, slots=True)
class TypedMember(TypedForm):
    """What a form for a member held, kept after a refusal."""

    email: str = ""
    name: str = ""
    role: str = ""
    expires: str = ""
    seen: str = ""

    @classmethod
    def of(cls, form: QueryDict) -> Self:
        return cls(**texts(form, "email", "name", "role", "expires", "seen"))

    @classmethod
    def stored(cls, row: Member) -> Self:
        expires = row.expires_at.astimezone(UTC).date().isoformat() if row.expires_at else ""
        return cls(role=row.role, expires=expires, seen=row.role)

    def chosen(self) -> Role:
        """
        Raises:
            InvalidInput: none was chosen.
        """
        if self.role not in set(Role):
            message = _("Choose a role.")
            raise InvalidInput(message, fields={"role": [message]})
        return Role(self.role)

    def until(self) -> datetime | None:
        """
        Raises:
            InvalidInput: this is no day.
        """
        return dates.read_day(self.expires, "expires_at") if self.expires else None


# All of them


def build_members(
    rows: Sequence[Member], typed: TypedMember, actor: Actor, now: datetime, new: NewLink | None = None
) -> MembersPage:
    counting = [row for row in rows if row.expires_at is None or row.expires_at > now]
    may = actor.may(Permission.MANAGE_MEMBERS)
    return MembersPage(
        lead=_("Who may do what here. Whoever is no member sees nothing of this organization."),
        members=tuple(_member(row, actor, now) for row in rows),
        roles=tuple(_role(role, counting) for role in ROLE_PERMISSIONS),
        form=_form(typed, now) if may else None,
        no_form="" if may else needs(Permission.MANAGE_MEMBERS),
        eyes=four_eyes(counting) if may else None,
        new=new,
        problems=_problems(typed, "members"),
    )


def four_eyes(rows: Sequence[Member]) -> Message | None:
    """Said while nobody could review what somebody else writes; nothing once two people can do it between them."""
    writers = {row.user_id for row in _with(Permission.SUBMIT, rows)}
    reviewers = {row.user_id for row in _with(Permission.REVIEW, rows)}
    if writers and reviewers and len(writers | reviewers) > 1:
        return None
    text = _("Nothing can go live yet: whoever writes a version never approves it. Invite somebody who reviews.")
    return Message("warn", text, _("Four eyes need two people."))


def _with(permission: Permission, rows: Iterable[Member]) -> list[Member]:
    return [row for row in rows if permission in ROLE_PERMISSIONS[Role(row.role)]]


def _member(row: Member, actor: Actor, now: datetime) -> MemberLine:
    pill = Pill("draft", _("You")) if row.user_id == actor.user_id else None
    if is_waiting(row.user):
        pill = Pill("warn", _("Invited"))
    if row.expires_at is not None:
        soon = soon_words(row.expires_at, now)
        pill = (Pill("warn", soon) if soon else pill) if row.expires_at > now else Pill("bad", _("Ended"))
    return MemberLine(
        id=row.user_id,
        person=Person.of(row.user.name),
        email=row.user.email,
        role=str(ROLE_NAMES[Role(row.role)]),
        since=When.of(row.created_at, now),
        since_day=day_words(local(row.created_at).date()),
        expires=When.of(row.expires_at, now) if row.expires_at else None,
        pill=pill,
        href=reverse("settings_member", args=[row.pk]) if actor.may(Permission.MANAGE_MEMBERS) else "",
    )


def is_waiting(user: User) -> bool:
    """Whether somebody was invited and has set no password yet."""
    return not user.has_usable_password()


def _role(role: Role, rows: Iterable[Member]) -> RoleEntry:
    count = sum(1 for row in rows if row.role == role)
    given = ROLE_PERMISSIONS[role]
    return RoleEntry(
        id=f"role-{role.value}",
        name=str(ROLE_NAMES[role]),
        count=ngettext("%(n)d member", "%(n)d members", count) % {"n": count},
        may=tuple(str(text) for permission, text in PERMISSION_WORDS.items() if permission in given),
        text=str(ROLE_WORDS[role]),
    )


def _form(typed: TypedMember, now: datetime) -> MemberForm:
    return MemberForm(
        roles=tuple(
            RoleChoice(role.value, str(ROLE_NAMES[role]), str(ROLE_WORDS[role]), typed.role == role) for role in Role
        ),
        earliest=dates.first_day(now).isoformat(),
        expires=typed.expires,
        email=typed.email,
        name=typed.name,
        seen=typed.seen,
        email_error=typed.errors.get("email", ""),
        name_error=typed.errors.get("name", ""),
        role_error=typed.errors.get("role", ""),
        expires_error=typed.errors.get("expires_at", ""),
    )


def _problems(typed: TypedMember, page: str) -> tuple[Problem, ...]:
    ids = {"expires_at": "expires", "role": "roles"}
    labels = {"email": _("E-mail"), "name": _("Name"), "expires_at": _("Ends on")}
    return typed.problems(page, labels=labels, ids=ids)


# One of them


def build_member(
    row: Member, typed: TypedMember, actor: Actor, now: datetime, organization: str, new: NewLink | None = None
) -> MemberPage:
    refusal = own_role_refusal(row, by=actor)
    home = Crumb(organization, reverse("home"))
    return MemberPage(
        pk=row.pk,
        line=_member(row, actor, now),
        crumbs=(home, Crumb(_("Members"), reverse("settings_members"))),
        form=_form(typed, now) if refusal is None else None,
        no_form=refusal.message if refusal else "",
        can_link=refusal is None and renewal_refusal(row.user) is None,
        new=new,
        trail_href=f"{reverse('trail')}?actor=user:{row.user_id}",
        problems=_problems(typed, "member"),
    )


def new_link(invitation: Invitation) -> NewLink | None:
    """What is shown once of an invitation; nothing for somebody who has an account."""
    if not invitation.token:
        return None
    user = invitation.member.user
    address = reverse("set_password", args=[uid_of(user), invitation.token])
    days = SHOWN.lasts.days
    mailed = _("The same went to %(email)s by mail.") if settings.EMAIL_HOST else no_mail_words()
    return NewLink(
        address=f"{settings.BRIGHTLINE_BASE_URL}{address}",
        name=user.name,
        email=user.email,
        lasts=ngettext("It works once, within %(n)d day.", "It works once, within %(n)d days.", days) % {"n": days},
        mailed=mailed % {"email": user.email} if settings.EMAIL_HOST else mailed,
    )


def no_mail_words() -> str:
    return _("This installation sends no mail: give them this address yourself.")
