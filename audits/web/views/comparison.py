"""Runs of a product beside one another: two of them, and all over time."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from audits.conformance import comparing, reads
from audits.web.pages.conformance import trend
from audits.web.pages.conformance.comparison import build_comparison
from profiles.access import Permission
from profiles.errors import NotFound
from profiles.models import Product
from profiles.web.frame import PageRequest, find_in_mine, of_product, render_page, signed_in


@require_safe
@signed_in
def comparison(request: PageRequest, a: int, b: int) -> HttpResponse:
    """Two finished runs, the first one taken as the earlier."""
    found = find_in_mine(request, lambda actor: reads.runs_for(actor, a, b) or None)
    request.actor.require(Permission.VIEW)
    if not comparing.can_compare(*found):
        raise NotFound(_("Two finished runs of one product can be compared, and these are not."))
    page = build_comparison(request.actor, comparing.contrast(*found), request.now)
    return render_page(request, "audits/run_comparison.html", page, current="conformance")


@require_safe
@of_product
def product_trend(request: PageRequest, product: Product) -> HttpResponse:
    """Charts; the choice of a series asks for them alone."""
    page = trend.build_trend(request.actor, product, trend.Asked.of(request.GET), request.now)
    part = "#trend" if request.headers.get("HX-Request-Type") == "partial" else ""
    return render_page(request, f"audits/trend.html{part}", page, current="conformance")
