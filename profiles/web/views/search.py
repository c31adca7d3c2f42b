"""Searching: a page, and the same as the palette's list."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from profiles.web.frame import PageRequest, render_page, signed_in
from profiles.web.pages.search import IN_PALETTE, search_page


@require_safe
@signed_in
def search(request: PageRequest) -> HttpResponse:
    """``?q=``; ``?product=`` names the one that is looked at. The palette asks for the list alone: ``?in=palette``."""
    text, product = request.GET.get("q", ""), request.GET.get("product", "")
    if request.GET.get("in") == "palette" and request.htmx:
        page = search_page(request.actor, text, product=product, most=IN_PALETTE)
        return render(request, "profiles/_palette_hits.html", {"page": page})
    page = search_page(request.actor, text, product=product)
    if request.htmx:
        return render(request, "profiles/_search_hits.html", {"page": page})
    return render_page(request, "profiles/search.html", page, current="search")
