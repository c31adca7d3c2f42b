"""Organizations: made by stewards, each with somebody who looks after it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from profiles import queries
from profiles.access import Permission
from profiles.actions.members import Invitation
from profiles.actions.organizations import found_organization
from profiles.actions.passwords import mail_invitation
from profiles.errors import InvalidInput, Malformed
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.members import new_link
from profiles.web.pages.organizations import TypedOrganization, build_organizations

REFUSALS = (InvalidInput, Malformed)  # what the form itself can say; any other refusal is a page


@require_safe
@signed_in
def organizations(request: PageRequest) -> HttpResponse:
    return show(request, TypedOrganization())


@sensitive_variables("invitation")
@require_POST
@signed_in
def create(request: PageRequest) -> HttpResponse:
    """The answer is the only place where the link to a new administrator's password ever stands."""
    typed = TypedOrganization.of(request.POST)
    try:
        organization, invitation = found_organization(
            slug=typed.slug,
            name=typed.organization,
            email=typed.email,
            person=typed.name,
            by=request.actor,
            now=request.now,
        )
    except REFUSALS as error:
        return show(request, typed.refused(error), status=error.status)
    names = {"organization": organization.name, "name": invitation.member.user.name}
    messages.success(request, _("%(organization)s exists, and %(name)s looks after it.") % names)
    if invitation.token:
        mail_invitation(invitation.member)
    return show(request, TypedOrganization(), invitation)


@sensitive_variables("invitation")
def show(
    request: PageRequest, typed: TypedOrganization, invitation: Invitation | None = None, *, status: int = 200
) -> HttpResponse:
    request.actor.require(Permission.MANAGE_ORGANIZATIONS)
    new = new_link(invitation) if invitation else None
    page = build_organizations(queries.organizations(), typed, request.now, new)
    return render_page(request, "profiles/organizations.html", page, current="organizations", status=status)
