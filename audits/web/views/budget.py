"""The budget of an organization's runs: everybody of it sees what is left, and whoever pays sets it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audits.web.pages.conformance.budget import TypedBudget, build_budget
from profiles.access import Permission
from profiles.actions import budgets
from profiles.errors import InvalidInput, WrongState
from profiles.models import Organization
from profiles.web.frame import PageRequest, render_page, signed_in


@require_safe
@signed_in
def budget(request: PageRequest) -> HttpResponse:
    return _show(request, None)


@require_POST
@signed_in
def set_budget(request: PageRequest) -> HttpResponse:
    request.actor.require(Permission.SET_BUDGET)
    typed = TypedBudget.read(request.POST)
    organization = Organization.objects.of(request.actor).one()
    try:
        budgets.set_budget(organization, caps=typed.caps(), by=request.actor, now=request.now)
    except (InvalidInput, WrongState) as refusal:
        return _show(request, typed.refused(refusal), status=refusal.status)
    messages.success(request, _("Saved. It holds at once, also for runs that are going on."))
    return redirect("settings_budget")


def _show(request: PageRequest, typed: TypedBudget | None, *, status: int = 200) -> HttpResponse:
    request.actor.require(Permission.VIEW)
    page = build_budget(request.actor, typed, request.now)
    return render_page(request, "audits/budget.html", page, current="settings", status=status)
