"""The rulebooks of this installation, and the readable form of the API's own description."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from profiles import queries
from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.api_docs import build_api_docs
from profiles.web.pages.crosswalk import Asked, View, build_crosswalk
from profiles.web.pages.crosswalk_csv import to_csv
from profiles.web.pages.rulebook_diff import build_rulebook_diff
from profiles.web.pages.rulebooks import build_rulebook, find_revision
from profiles.web.pages.shelf import build_shelves
from profiles.web.pages.sources import rulebook_work

MAX_QUERY = 100  # characters of a filter that are looked at


@require_safe
@signed_in
def rulebooks(request: PageRequest) -> HttpResponse:
    """The shelf: rulebooks belong to the installation, so everybody who is signed in may read them."""
    page = build_shelves(queries.rulebook_revisions(), request.now)
    work = rulebook_work(request.actor, request.now)
    return render_page(request, "profiles/rulebooks.html", page, current="rulebooks", work=work)


@require_safe
@signed_in
def rulebook(request: PageRequest, platform: str, revision: str) -> HttpResponse:
    """One revision; two texts of one date are told apart by ``?digest=``. The filter asks for the entries alone."""
    mine = queries.rulebook_revisions(platform)
    digest = request.GET.get("digest", "")
    item = find_revision(mine, revision, digest)
    page = build_rulebook(item, mine, request.now, query=request.GET.get("q", "")[:MAX_QUERY], digest=digest)
    fragment = "#book" if _is_partial(request) else ""
    return render_page(request, f"profiles/rulebook.html{fragment}", page, current="rulebooks")


@require_safe
@signed_in
def rulebook_diff(request: PageRequest, platform: str, a: str, b: str) -> HttpResponse:
    """What changed between two revisions; ``?from=`` and ``?to=`` tell texts of one date apart."""
    mine = queries.rulebook_revisions(platform)
    old, new = find_revision(mine, a, request.GET.get("from", "")), find_revision(mine, b, request.GET.get("to", ""))
    page = build_rulebook_diff(old, new, mine)
    return render_page(request, "profiles/rulebook_diff.html", page, current="rulebooks")


@require_safe
@signed_in
def compare(request: PageRequest) -> HttpResponse:
    """The crosswalk. Each view of it has an address; with ``format=csv`` the same as a file."""
    view = View.of(Asked.of(request.GET), queries.latest_of_all())
    if request.GET.get("format") == "csv":
        name = f"brightline-crosswalk-{request.now:%Y-%m-%d}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(to_csv(view), content_type="text/csv; charset=utf-8; header=present", headers=headers)
    fragment = "#table" if _is_partial(request) else ""
    page = build_crosswalk(view)
    return render_page(request, f"profiles/crosswalk.html{fragment}", page, current="rulebooks_compare")


def _is_partial(request: PageRequest) -> bool:
    return request.headers.get("HX-Request-Type") == "partial"


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """Public: what a client program may rely on, from the same description that ``/api/schema/`` serves."""
    return render(request, "profiles/api_docs.html", {"page": build_api_docs()})
