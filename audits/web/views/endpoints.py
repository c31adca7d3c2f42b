"""Endpoints of an organization: for those who manage them, since they cost money and addresses may hold secrets."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from audits.conformance import reads
from audits.conformance.engine.connection import probe_connection
from audits.conformance.reaching import reached
from audits.models import Endpoint
from audits.web.pages.conformance.endpoints import Tried, TypedEndpoint, build_endpoints, read_prices
from profiles.access import Permission
from profiles.actions import endpoints as actions
from profiles.errors import InvalidInput, WrongState
from profiles.models import Organization
from profiles.sealing import Unreadable
from profiles.web.frame import PageRequest, render_page, signed_in


@require_safe
@signed_in
def endpoints(request: PageRequest) -> HttpResponse:
    return _show(request, TypedEndpoint())


@sensitive_post_parameters("key")
@sensitive_variables("typed")
@require_POST
@signed_in
def create(request: PageRequest) -> HttpResponse:
    request.actor.require(Permission.MANAGE_ENDPOINTS)
    typed = TypedEndpoint.read(request.POST)
    organization = Organization.objects.of(request.actor).one()
    try:
        row = actions.create_endpoint(
            organization,
            name=typed.name,
            reached=typed.reached(),
            rehearsal=typed.rehearsal,
            by=request.actor,
            now=request.now,
        )
    except (InvalidInput, WrongState) as refusal:
        return _show(request, typed.refused(refusal), status=refusal.status)
    messages.success(
        request, _("Added “%(name)s”. Test the connection before a run depends on it.") % {"name": row.name}
    )
    return redirect("settings_endpoints")


@sensitive_post_parameters("key")
@require_POST
@signed_in
def replace_key(request: PageRequest, pk: int) -> HttpResponse:
    row = _one(request, pk)
    try:
        actions.replace_endpoint_key(row, key=request.POST.get("key", ""), by=request.actor, now=request.now)
    except InvalidInput as refusal:
        return _show(request, TypedEndpoint(), Tried(pk, key_error=refusal.message), status=refusal.status)
    messages.success(request, _("Saved. The next request is made with this key."))
    return redirect("settings_endpoints")


@require_POST
@signed_in
def set_prices(request: PageRequest, pk: int) -> HttpResponse:
    row, typed = _one(request, pk), read_prices(request.POST)
    try:
        actions.set_endpoint_prices(row, typed=typed, by=request.actor, now=request.now)
    except (InvalidInput, WrongState) as refusal:
        return _show(request, TypedEndpoint(), Tried(pk, prices=typed, refused=refusal), status=refusal.status)
    messages.success(request, _("Saved. Protocols that are fixed from now on have these prices."))
    return redirect("settings_endpoints")


@require_POST
@signed_in
def test(request: PageRequest, pk: int) -> HttpResponse:
    """Ask the model for one word, now: what came of it stands on the page that this answers with."""
    row = _one(request, pk)
    try:
        connection = probe_connection(reached(row))
    except Unreadable:
        refusal = _("The key cannot be read any more, since SECRET_KEY changed. Give it anew.")
        return _show(request, TypedEndpoint(), Tried(pk, key_error=refusal), status=WrongState.status)
    return _show(request, TypedEndpoint(), Tried(pk, connection))


@require_POST
@signed_in
def remove(request: PageRequest, pk: int) -> HttpResponse:
    actions.remove_endpoint(_one(request, pk), by=request.actor, now=request.now)
    messages.success(request, _("Removed. Its key is forgotten, and what was found with it stays."))
    return redirect("settings_endpoints")


def _one(request: PageRequest, pk: int) -> Endpoint:
    rows = Endpoint.objects.of(request.actor).filter(removed_at=None).select_related("organization")
    found = rows.one(pk=pk)  # first: to strangers it is not there
    request.actor.require(Permission.MANAGE_ENDPOINTS)
    return found


def _show(request: PageRequest, typed: TypedEndpoint, tried: Tried | None = None, *, status: int = 200) -> HttpResponse:
    request.actor.require(Permission.MANAGE_ENDPOINTS)
    page = build_endpoints(request.actor, reads.endpoints(request.actor), typed, request.now, tried)
    return render_page(request, "audits/endpoints.html", page, current="settings", status=status)
