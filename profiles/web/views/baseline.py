"""The organization baseline: everybody of the organization reads it, some change it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from profiles.access import Permission
from profiles.actions.baseline import change_baseline
from profiles.errors import InvalidInput, Malformed, StaleDraft
from profiles.models import Organization, Product
from profiles.rulebook.domains import Domain
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.baseline import (
    Baseline,
    TypedWindow,
    build_baseline,
    build_behavior,
    need_change,
    read_seen,
)

REFUSALS = (InvalidInput, Malformed, StaleDraft)  # what the form itself can say; any other refusal is a page


@require_safe
@signed_in
def baseline(request: PageRequest) -> HttpResponse:
    """All behaviors; the filter asks for the rows alone."""
    page = build_baseline(board(request), query=request.GET.get("q", "")[:100], show=request.GET.get("show", ""))
    fragment = "#rows" if request.headers.get("HX-Request-Type") == "partial" else ""
    return render_page(request, "profiles/baseline.html" + fragment, page, current="baseline")


@require_safe
@signed_in
def behavior(request: PageRequest, key: str) -> HttpResponse:
    """One of them. A window in the address is tried: the page says what it would change."""
    asked = "floor" in request.GET or "ceiling" in request.GET
    found = board(request)
    typed = TypedWindow.of(request.GET) if asked else TypedWindow.stored(found.window(key))
    fragment = "#effect" if asked and request.headers.get("HX-Request-Type") == "partial" else ""
    return show(request, found, key, typed, fragment=fragment)


@require_POST
@signed_in
def change(request: PageRequest, key: str) -> HttpResponse:
    """Narrow, widen or take back; with ``preview`` only say what that would do."""
    found, typed = board(request), TypedWindow.of(request.POST)
    if request.POST.get("preview"):
        return show(request, found, key, typed)
    try:
        carry_out(request, found, key, typed)
    except REFUSALS as error:
        # 412 is the API's word for it; pages say 409, which their forms know how to show.
        status = 409 if isinstance(error, StaleDraft) else error.status
        return show(request, board(request), key, typed.refused(error), status=status)
    messages.success(request, _("Changed. A lower limit holds now; what loosens waits for each next version."))
    return redirect("settings_baseline_behavior", key)


def carry_out(request: PageRequest, found: Baseline, key: str, typed: TypedWindow) -> None:
    """
    Raises:
        DomainError: whatever the form or the action refuses.
    """
    domain = domain_of(found, key)
    window = typed.window(domain) if domain and not request.POST.get("back") else None
    if request.actor.may(Permission.MANAGE_BASELINE):  # whoever may not is refused by the action, which records it
        need_change(found, key, window)
    change_baseline(
        found.organization,
        windows={key: window},
        seen={key: read_seen(request.POST)},
        reason=typed.reason,
        by=request.actor,
        now=request.now,
    )


def domain_of(found: Baseline, key: str) -> Domain | None:
    return found.stated.lead(key).domain if key in found.stated.behaviors else None


def board(request: PageRequest) -> Baseline:
    request.actor.require(Permission.VIEW)
    organization = Organization.objects.of(request.actor).one()
    return Baseline(request.actor, organization, list(Product.objects.of(request.actor)), request.now)


def show(
    request: PageRequest, found: Baseline, key: str, typed: TypedWindow, *, status: int = 200, fragment: str = ""
) -> HttpResponse:
    page = build_behavior(found, key, typed)
    template = "profiles/baseline_behavior.html" + fragment
    return render_page(request, template, page, current="baseline", status=status)
