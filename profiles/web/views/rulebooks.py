"""The rulebooks of this installation, and the readable form of the API's own description."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from profiles import queries
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.api_docs import build_api_docs
from profiles.web.pages.rulebooks import build_rulebook, build_shelves, find_revision

MAX_QUERY = 100  # characters of a filter that are looked at


@require_safe
@signed_in
def rulebooks(request: PageRequest) -> HttpResponse:
    """The shelf: rulebooks belong to the installation, so everybody who is signed in may read them."""
    page = build_shelves(queries.rulebook_revisions(), request.now)
    return render_page(request, "profiles/rulebooks.html", page, current="rulebooks")


@require_safe
@signed_in
def rulebook(request: PageRequest, platform: str, revision: str) -> HttpResponse:
    """One revision; two texts of one date are told apart by ``?digest=``. The filter asks for the entries alone."""
    mine = queries.rulebook_revisions(platform)
    digest = request.GET.get("digest", "")
    item = find_revision(mine, revision, digest)
    page = build_rulebook(item, mine, request.now, query=request.GET.get("q", "")[:MAX_QUERY], digest=digest)
    fragment = "#book" if "#book" in request.headers.get("HX-Target", "") else ""
    return render_page(request, f"profiles/rulebook.html{fragment}", page, current="rulebooks")


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Public: what a client program may rely on, from the same description that ``/api/schema/`` serves."""
    return render(request, "profiles/api_docs.html", {"page": build_api_docs()})
