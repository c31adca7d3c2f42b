"""Members: listed, invited, changed, removed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from profiles.access import Permission, Role
from profiles.actions.members import Invitation, change_member, invite_member, remove_member, renew_invitation
from profiles.actions.passwords import mail_invitation
from profiles.errors import InvalidInput, Malformed, StaleDraft, WrongState
from profiles.models import Member, Organization
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.members import TypedMember, build_member, build_members, new_link

REFUSALS = (InvalidInput, Malformed, StaleDraft, WrongState)  # what the form itself can say; any other is a page


@require_safe
@signed_in
def members(request: PageRequest) -> HttpResponse:
    request.actor.require(Permission.VIEW)
    return show_all(request, TypedMember())


@sensitive_variables("invitation")
@require_POST
@signed_in
def invite(request: PageRequest) -> HttpResponse:
    """The answer is the only place where the link to a new account's password ever stands."""
    typed = TypedMember.of(request.POST)
    request.actor.require(Permission.VIEW)
    try:
        invitation = carry_out(request, typed)
    except REFUSALS as error:
        return show_all(request, typed.refused(error), status=error.status)
    if not invitation.token:
        text = _("%(name)s has an account and is a member now.") % {"name": invitation.member.user.name}
        messages.success(request, text)
        return redirect("settings_members")
    mail_invitation(invitation.member)
    return show_all(request, TypedMember(), invitation)


def carry_out(request: PageRequest, typed: TypedMember) -> Invitation:
    """
    Raises:
        DomainError: whatever the form or the action refuses.
    """
    organization = Organization.objects.of(request.actor).one()
    may = request.actor.may(Permission.MANAGE_MEMBERS)  # whoever may not is refused by the action, which records it
    return invite_member(
        organization,
        email=typed.email,
        name=typed.name,
        role=typed.chosen() if may else Role.EDITOR,
        expires_at=typed.until() if may else None,
        by=request.actor,
        now=request.now,
    )


@require_safe
@signed_in
def member(request: PageRequest, pk: int) -> HttpResponse:
    row = one(request, pk)
    return show(request, row, TypedMember.stored(row))


@require_POST
@signed_in
def change(request: PageRequest, pk: int) -> HttpResponse:
    row, typed = one(request, pk), TypedMember.of(request.POST)
    try:
        role = typed.chosen() if request.actor.may(Permission.MANAGE_MEMBERS) else Role(row.role)
        until = typed.until() if typed.expires != TypedMember.stored(row).expires else row.expires_at
        change_member(row, role=role, expires_at=until, seen=typed.seen, by=request.actor, now=request.now)
    except REFUSALS as error:
        status = 409 if isinstance(error, StaleDraft) else error.status
        return show(request, one(request, pk), typed.refused(error), status=status)
    messages.success(request, _("Saved. It holds from their next click on."))
    return redirect("settings_members")


@require_POST
@signed_in
def remove(request: PageRequest, pk: int) -> HttpResponse:
    row = one(request, pk)
    try:
        remove_member(row, by=request.actor, now=request.now)
    except REFUSALS as error:
        return show(request, row, TypedMember.stored(row).refused(error), status=error.status)
    text = _("%(name)s is no member any more and sees nothing of this organization.") % {"name": row.user.name}
    messages.success(request, text)
    return redirect("settings_members")


@sensitive_variables("invitation")
@require_POST
@signed_in
def link(request: PageRequest, pk: int) -> HttpResponse:
    """Another link for somebody who has set no password yet."""
    row = one(request, pk)
    try:
        invitation = renew_invitation(row, by=request.actor, now=request.now)
    except REFUSALS as error:
        return show(request, row, TypedMember.stored(row).refused(error), status=error.status)
    mail_invitation(invitation.member)
    return show(request, row, TypedMember.stored(row), invitation)


def one(request: PageRequest, pk: int) -> Member:
    return Member.objects.of(request.actor).select_related("user", "organization").one(pk=pk)


@sensitive_variables("invitation")
def show_all(
    request: PageRequest, typed: TypedMember, invitation: Invitation | None = None, *, status: int = 200
) -> HttpResponse:
    rows = list(Member.objects.of(request.actor).select_related("user"))
    new = new_link(invitation) if invitation else None
    page = build_members(rows, typed, request.actor, request.now, new)
    return render_page(request, "profiles/members.html", page, current="members", status=status)


@sensitive_variables("invitation")
def show(
    request: PageRequest, row: Member, typed: TypedMember, invitation: Invitation | None = None, *, status: int = 200
) -> HttpResponse:
    request.actor.require(Permission.MANAGE_MEMBERS)
    new = new_link(invitation) if invitation else None
    page = build_member(row, typed, request.actor, request.now, row.organization.name, new)
    return render_page(request, "profiles/member.html", page, current="members", status=status)
