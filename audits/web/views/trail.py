"""The audit trail: what happened, and one entry with all that is known of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from audits import queries
from audits.web.pages.filters import read
from audits.web.pages.trail import build_entry, build_trail
from profiles.access import Permission
from profiles.web.frame import PageRequest, find_in_mine, render_page, signed_in


@require_safe
@signed_in
def trail(request: PageRequest) -> HttpResponse:
    """Entries, newest first. The filter asks for the list alone."""
    request.actor.require(Permission.VIEW_TRAIL)
    page = build_trail(read(request.GET), request.actor, request.now)
    return render_page(request, f"audits/trail.html{_part(request, 'entries')}", page, current="trail")


@require_safe
@signed_in
def entry(request: PageRequest, pk: int) -> HttpResponse:
    """One entry. The list asks for its details alone."""
    found = find_in_mine(request, lambda actor: queries.entries(actor).filter(pk=pk).first())
    request.actor.require(Permission.VIEW_TRAIL)
    page = build_entry(found, request.actor)
    if _part(request, "details"):
        return render_page(request, "audits/trail.html#details", page, current="trail", entry=page.entry)
    return render_page(request, "audits/entry.html", page, current="trail")


def _part(request: PageRequest, name: str) -> str:
    return f"#{name}" if request.htmx and request.htmx.request_type != "full" else ""
