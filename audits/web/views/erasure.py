"""Erasing personal data from the trail."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from audits import queries
from audits.web.pages.erasure import Typed, of_entry, of_person
from audits.web.presenters.erasure import ErasurePage
from profiles.actions.erasure import erase_of_entry, erase_of_person, needed
from profiles.errors import InvalidInput, WrongState
from profiles.models import Organization
from profiles.web.frame import PageRequest, find_in_mine, render_page, signed_in

_REFUSALS = (InvalidInput, WrongState)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def entry(request: PageRequest, pk: int) -> HttpResponse:
    """Some of what one entry says about people."""
    found = find_in_mine(request, lambda actor: queries.entries(actor).filter(pk=pk).first())
    request.actor.require(needed(found.organization))
    typed = Typed.of(request.POST)
    if request.method != "POST":
        return _show(request, of_entry(found, typed))
    try:
        told = erase_of_entry(found, paths=typed.paths, reason=typed.reason, by=request.actor, now=request.now)
    except _REFUSALS as error:
        return _show(request, of_entry(found, replace(typed, error=error)), error.status)
    messages.success(request, _("Erased. Entry %(number)d tells of it.") % {"number": told.pk})
    return redirect("trail_entry", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def person(request: PageRequest) -> HttpResponse:
    """Somebody's name, and what they wrote, in all entries."""
    request.actor.require(needed(request.actor.organization_slug))
    typed = Typed.of(request.POST)
    if request.method != "POST":
        return _show(request, of_person(request.actor, typed))
    place = Organization.objects.of(request.actor).first() or "installation"
    try:
        if not typed.person:
            message = _("Choose a person.")
            raise InvalidInput(message, fields={"person": [message]})
        told = erase_of_person(
            place, actor_id=typed.person, texts=typed.texts, reason=typed.reason, by=request.actor, now=request.now
        )
    except _REFUSALS as error:
        return _show(request, of_person(request.actor, replace(typed, error=error)), error.status)
    messages.success(request, _("Erased from every entry so far."))
    return redirect("trail_entry", told.pk)


def _show(request: PageRequest, page: ErasurePage, status: int = 200) -> HttpResponse:
    return render_page(request, "audits/erasure.html", page, current="trail", status=status)
