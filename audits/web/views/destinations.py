"""Destinations of the trail: for those who manage webhooks, since addresses may hold secrets."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from audits.ledger import read
from audits.models import Destination
from audits.web.pages.destinations import TypedDestination, TypedReplay, build_destination, build_destinations
from profiles.access import Permission
from profiles.actions import destinations as actions
from profiles.errors import InvalidInput, Malformed, WrongState
from profiles.models import Organization
from profiles.web.frame import PageRequest, render_page, signed_in

REFUSALS = (InvalidInput, Malformed, WrongState)


@require_safe
@signed_in
def destinations(request: PageRequest) -> HttpResponse:
    is_bucket = request.GET.get("kind") == "bucket"
    return _show_all(request, TypedDestination(kind="bucket" if is_bucket else "webhook"))


@sensitive_post_parameters("secret")
@sensitive_variables("secret", "typed")
@require_POST
@signed_in
def create(request: PageRequest) -> HttpResponse:
    """Make one. For a webhook the answer is the only place where its secret ever stands."""
    request.actor.require(Permission.MANAGE_WEBHOOKS)
    typed = TypedDestination.read(request.POST)
    organization = Organization.objects.of(request.actor).one()
    try:
        row, secret = actions.create_destination(
            organization, kind=typed.kind, place=typed.place(), by=request.actor, now=request.now
        )
    except REFUSALS as error:
        return _show_all(request, typed.refused(error), error.status)
    return _show(request, row, secret=secret)


@require_safe
@signed_in
def destination(request: PageRequest, pk: int) -> HttpResponse:
    return _show(request, _one(request, pk))


@sensitive_post_parameters("secret")
@sensitive_variables("typed")
@require_POST
@signed_in
def change(request: PageRequest, pk: int) -> HttpResponse:
    row, typed = _one(request, pk), TypedDestination.read(request.POST)
    try:
        actions.change_destination(row, place=typed.place(), by=request.actor, now=request.now)
    except REFUSALS as error:
        return _show(request, row, typed.refused(error), status=error.status)
    messages.success(request, _("Saved. The next batch goes there."))
    return redirect("settings_destination", pk)


@require_POST
@signed_in
def switch(request: PageRequest, pk: int) -> HttpResponse:
    """Stop it, or start it again."""
    row = _one(request, pk)
    act = actions.start_destination if request.POST.get("to") == "started" else actions.stop_destination
    try:
        act(row, by=request.actor, now=request.now)
    except WrongState as error:
        return _show(request, row, TypedDestination.of(row).refused(error), status=error.status)
    return redirect("settings_destination", pk)


@require_POST
@signed_in
def replay(request: PageRequest, pk: int) -> HttpResponse:
    """Send again what was sent, from a place or a time on."""
    row = _one(request, pk)
    typed = TypedReplay(place=request.POST.get("place", "").strip(), since=request.POST.get("since", "").strip())
    try:
        place, since = typed.asked()
        actions.replay_destination(row, place=place, since=since, by=request.actor, now=request.now)
    except REFUSALS as error:
        return _show(request, row, replay=typed.refused(error), status=error.status)
    messages.success(request, _("It is sent again, in the same batches under the same names."))
    return redirect("settings_destination", pk)


@require_POST
@signed_in
def remove(request: PageRequest, pk: int) -> HttpResponse:
    actions.remove_destination(_one(request, pk), by=request.actor, now=request.now)
    messages.success(request, _("Removed. Nothing is sent there any more."))
    return redirect("settings_destinations")


def _one(request: PageRequest, pk: int) -> Destination:
    rows = Destination.objects.of(request.actor).filter(removed_at=None).select_related("organization")
    found = rows.one(pk=pk)  # first: to strangers it is not there
    request.actor.require(Permission.MANAGE_WEBHOOKS)
    return found


def _size(request: PageRequest) -> int:
    newest = read.signed(request.actor.organization_slug)
    return newest.size if newest else 0


def _show_all(request: PageRequest, typed: TypedDestination, status: int = 200) -> HttpResponse:
    request.actor.require(Permission.MANAGE_WEBHOOKS)
    rows = list(Destination.objects.of(request.actor).filter(removed_at=None))
    page = build_destinations(rows, _size(request), typed)
    return render_page(request, "audits/destinations.html", page, current="settings", status=status)


def _show(
    request: PageRequest,
    row: Destination,
    typed: TypedDestination | None = None,
    replay: TypedReplay | None = None,
    *,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    typed = typed or TypedDestination.of(row)
    page = build_destination(row, _size(request), typed, replay or TypedReplay(), request.now, secret=secret)
    return render_page(request, "audits/destination.html", page, current="settings", status=status)
