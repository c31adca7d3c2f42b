"""An alarm, and the ways to answer it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audits.models import Alarm
from audits.web.pages.conformance.alarm import Typed, build_alarm
from profiles import queries
from profiles.access import Permission
from profiles.actions.alarms import acknowledge_alarm, tighten_draft
from profiles.errors import InvalidInput, StaleDraft, WrongState
from profiles.models import Draft
from profiles.web.frame import PageRequest, find_in_mine, render_page, signed_in


@require_safe
@signed_in
def alarm(request: PageRequest, pk: int) -> HttpResponse:
    return _show(request, _one(request, pk))


@require_POST
@signed_in
def acknowledge(request: PageRequest, pk: int) -> HttpResponse:
    row, reason = _one(request, pk), request.POST.get("reason", "")
    try:
        acknowledge_alarm(row, reason=reason, by=request.actor, now=request.now)
    except (InvalidInput, WrongState) as refusal:
        return _show(request, _one(request, pk), Typed(reason, refusal), refusal.status)
    messages.success(request, _("Acknowledged. The version stays active; a later run that breaks it raises an alarm."))
    return redirect("alarm", pk)


@require_POST
@signed_in
def tighten(request: PageRequest, pk: int) -> HttpResponse:
    """Put the strictest values into the draft, which changes nothing for clients before it is submitted."""
    row = _one(request, pk)
    try:
        tighten_draft(row, by=request.actor, now=request.now)
    except (InvalidInput, StaleDraft, WrongState) as refusal:
        return _show(request, row, Typed(error=refusal), refusal.status)
    messages.success(
        request,
        _("The draft holds the strictest values. Say why and submit it: what only tightens may go live at once."),
    )
    return redirect("product_edit", row.version.product.slug)


def _one(request: PageRequest, pk: int) -> Alarm:
    found = find_in_mine(request, lambda actor: queries.alarm_for(actor, pk))
    request.actor.require(Permission.VIEW)
    return found


def _show(request: PageRequest, row: Alarm, typed: Typed | None = None, status: int = 200) -> HttpResponse:
    draft = Draft.objects.of(request.actor).one(product=row.version.product)
    draft.product = row.version.product
    page = build_alarm(request.actor, row, queries.ways(row, draft, request.now), request.now, typed)
    return render_page(request, "audits/alarm.html", page, current="conformance", status=status)
