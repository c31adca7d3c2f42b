"""How long the trail is kept, and legal holds: of the organization that is looked at, or for a steward who looks at
none, of the installation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audits.models import LegalHold
from audits.web.pages.retention import Typed, TypedLegalHold, TypedRelease, TypedRetention, build_retention
from profiles.access import Permission
from profiles.actions.retention import (
    INSTALLATION,
    legal_holds,
    place_legal_hold,
    release_legal_hold,
    set_retention,
)
from profiles.errors import InvalidInput, Malformed, WrongState
from profiles.models import Organization
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.typed import texts

_REFUSALS = (InvalidInput, Malformed, WrongState)


@require_safe
@signed_in
def retention(request: PageRequest) -> HttpResponse:
    return _show(request, Typed())


@require_POST
@signed_in
def put(request: PageRequest) -> HttpResponse:
    """Set how long entries are kept."""
    typed = TypedRetention(**texts(request.POST, "keep", "months"))
    try:
        set_retention(_owner(request), months=typed.asked(), by=request.actor, now=request.now)
    except _REFUSALS as error:
        return _show(request, Typed(retention=typed.refused(error)), error.status)
    messages.success(request, _("Saved. Nothing is pruned for seven days."))
    return redirect("settings_retention")


@require_POST
@signed_in
def place(request: PageRequest) -> HttpResponse:
    typed = TypedLegalHold(**texts(request.POST, "reference", "reason"))
    try:
        place_legal_hold(
            _owner(request), reference=typed.reference, reason=typed.reason, by=request.actor, now=request.now
        )
    except _REFUSALS as error:
        return _show(request, Typed(hold=typed.refused(error)), error.status)
    messages.success(request, _("The legal hold stands. Nothing is pruned or erased until it is released."))
    return redirect("settings_retention")


@require_POST
@signed_in
def release(request: PageRequest, pk: int) -> HttpResponse:
    typed = TypedRelease(pk=pk, **texts(request.POST, "reason"))
    try:
        release_legal_hold(_one(request, pk), reason=typed.reason, by=request.actor, now=request.now)
    except _REFUSALS as error:
        return _show(request, Typed(release=typed.refused(error)), error.status)
    messages.success(request, _("Released."))
    return redirect("settings_retention")


def _owner(request: PageRequest) -> Organization | str:
    if request.membership is not None:
        return request.membership.organization
    request.actor.require(Permission.MANAGE_ORGANIZATIONS)
    return INSTALLATION


def _one(request: PageRequest, pk: int) -> LegalHold:
    if request.membership is None:
        request.actor.require(Permission.MANAGE_ORGANIZATIONS)
    return legal_holds(request.actor.organization_slug).one(pk=pk)


def _show(request: PageRequest, typed: Typed, status: int = 200) -> HttpResponse:
    request.actor.require(Permission.VIEW_TRAIL)
    organization = request.membership.organization if request.membership else None
    if organization is None:
        request.actor.require(Permission.MANAGE_ORGANIZATIONS)
    page = build_retention(request.actor, organization, typed, request.now)
    return render_page(request, "audits/retention.html", page, current="settings", status=status)
