"""Saving a search of the trail, giving it another name, sharing it, letting it go. All of it leads back to the page."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from audits import queries
from audits.models import SavedSearch
from audits.web.pages.filters import read_query
from audits.web.pages.searches import address
from profiles.access import Permission
from profiles.actions import searches as actions
from profiles.errors import DomainError, NotFound
from profiles.models import Organization
from profiles.web.frame import PageRequest, signed_in


@require_POST
@signed_in
def save(request: PageRequest) -> HttpResponse:
    """The search that the page shows, for oneself or for everybody."""
    request.actor.require(Permission.VIEW_TRAIL)
    asked = read_query(request.POST.get("query", ""))
    organization = Organization.objects.of(request.actor).first()
    if organization is None:
        raise NotFound(_("Searches are saved in an organization, and you look at none."))
    name, now = request.POST.get("name", ""), request.now
    try:
        found = actions.save_search(organization, name=name, query=asked.query, by=request.actor, now=now)
        if "shared" in request.POST:
            actions.share_search(found, name=name, by=request.actor, now=now)
    except DomainError as error:
        return _back(request, asked.href(), error)
    messages.success(request, _("Saved as “%(name)s”.") % {"name": found.name})
    return redirect(asked.href())


@require_POST
@signed_in
def change(request: PageRequest, pk: int) -> HttpResponse:
    """Its name, and whether it is shared."""
    found = _own(request, pk)
    name, wanted = request.POST.get("name", ""), "shared" in request.POST
    try:
        if wanted:
            actions.share_search(found, name=name, by=request.actor, now=request.now)
        elif found.shared:
            actions.withdraw_search(found, name=name, by=request.actor, now=request.now)
        else:
            actions.rename_search(found, name=name, by=request.actor)
    except DomainError as error:
        return _back(request, address(found), error)
    messages.success(request, _("Saved as “%(name)s”.") % {"name": found.name})
    return redirect(address(found))


@require_POST
@signed_in
def remove(request: PageRequest, pk: int) -> HttpResponse:
    found = _own(request, pk)
    actions.remove_search(found, by=request.actor, now=request.now)
    messages.success(request, _("“%(name)s” is gone.") % {"name": found.name})
    return redirect("trail")


def _own(request: PageRequest, pk: int) -> SavedSearch:
    found = queries.saved_search(request.actor, pk)
    if found is None:
        raise NotFound(_("There is nothing here, or it is not yours to see."))
    return found


def _back(request: PageRequest, href: str, error: DomainError) -> HttpResponse:
    """What was typed is short; the sentence says what to type instead."""
    if error.status in (403, 404):
        raise error
    messages.error(request, error.message)
    return redirect(href)
