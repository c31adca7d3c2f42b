"""Holds: an organization's own, and those of stewards that bind everybody."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from profiles import queries
from profiles.access import Permission
from profiles.actions.holds import lift_hold, place_hold
from profiles.errors import InvalidInput, Malformed, WrongState
from profiles.models import Hold, Organization
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.holds import EVERYBODY, Holds, TypedHold, TypedLift, build_hold, build_holds

REFUSALS = (InvalidInput, Malformed, WrongState)  # what the form itself can say; any other refusal is a page


@require_safe
@signed_in
def holds(request: PageRequest) -> HttpResponse:
    """Those that bind me. A behavior in the address is chosen in the form; a value with it is tried."""
    typed = TypedHold.of(request.GET)
    partial = request.headers.get("HX-Request-Type") == "partial"
    fragment = ("#effect" if typed.asked else "#form") if partial else ""
    return show(request, typed, fragment=fragment)


@require_POST
@signed_in
def place(request: PageRequest) -> HttpResponse:
    """Hold a behavior; with ``preview`` only say what that would do."""
    typed, found = TypedHold.of(request.POST), board(request)
    if request.POST.get("preview"):
        return show(request, typed)
    domain = found.domain(typed.behavior)
    try:
        hold = place_hold(
            None if found.scope(typed.scope) == EVERYBODY else found.organization,
            behavior=typed.behavior,
            ceiling=typed.ceiling.raw(domain) if domain else typed.ceiling.chosen,
            reason=typed.reason,
            by=request.actor,
            now=request.now,
        )
    except REFUSALS as error:
        return show(request, typed.refused(error), status=error.status)
    messages.success(request, _("On hold. Nobody goes further from now on."))
    return redirect("settings_hold", hold.pk)


@require_safe
@signed_in
def hold(request: PageRequest, pk: int) -> HttpResponse:
    return show_one(request, board(request), queries.hold_for(request.actor, pk), TypedLift())


@require_POST
@signed_in
def lift(request: PageRequest, pk: int) -> HttpResponse:
    found, row = board(request), queries.hold_for(request.actor, pk)
    typed = TypedLift(request.POST.get("reason", ""))
    try:
        lift_hold(row, reason=typed.reason, by=request.actor, now=request.now)
    except REFUSALS as error:
        again = queries.hold_for(request.actor, pk)
        return show_one(request, found, again, typed.refused(error), status=error.status)
    messages.success(request, _("Lifted. What versions were approved with holds again."))
    return redirect("settings_hold", pk)


def board(request: PageRequest) -> Holds:
    if not request.actor.may(Permission.HOLD_EVERYBODY):
        request.actor.require(Permission.VIEW)
    organization = Organization.objects.of(request.actor).first()
    return Holds(request.actor, organization, queries.holds_for(request.actor), request.now)


def show(request: PageRequest, typed: TypedHold, *, status: int = 200, fragment: str = "") -> HttpResponse:
    page = build_holds(board(request), typed)
    return render_page(request, "profiles/holds.html" + fragment, page, current="holds", status=status)


def show_one(request: PageRequest, found: Holds, row: Hold, typed: TypedLift, *, status: int = 200) -> HttpResponse:
    page = build_hold(found, row, typed)
    return render_page(request, "profiles/hold.html", page, current="holds", status=status)
