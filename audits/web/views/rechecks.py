"""A recheck: how far it is, and what would change. Everybody who is signed in may look; members see their products."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django_htmx.http import trigger_client_event

from audits import queries
from audits.web.pages.rechecks import Asked, Look, build_recheck
from profiles.web.frame import PageRequest, render_page, signed_in


@require_safe
@signed_in
def recheck(request: PageRequest, pk: int) -> HttpResponse:
    """The page; while it runs, the page asks for its own middle again and again."""
    asked = Asked.of(request.GET)
    page = build_recheck(Look(queries.recheck_for(request.actor, pk), request.actor, asked, request.now))
    if request.headers.get("HX-Request-Type") != "partial":
        return render_page(request, "audits/recheck.html", page, current="rulebooks")
    response = render(request, "audits/recheck.html#status", {"page": page})
    if asked.said < page.quarter or not page.poll_href:
        trigger_client_event(response, "say", {"text": page.bar.text})
    return response
