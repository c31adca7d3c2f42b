"""A product's versions and their differences, its activations, and what counted at an instant."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from profiles.models import Product
from profiles.web.frame import PageRequest, of_product, render_page
from profiles.web.pages import reads
from profiles.web.pages.compare import compare_page, draft_sides, version_sides
from profiles.web.pages.history import history_page
from profiles.web.pages.moment import moment_page
from profiles.web.pages.versions import comparison, versions_page


@require_safe
@of_product
def versions(request: PageRequest, product: Product) -> HttpResponse:
    """Every version. Two that are chosen in its form lead to their difference."""
    problem = ""
    if "compare" in request.GET:
        if address := comparison(product, request.GET):
            return redirect(address)
        problem = _("Choose two versions to compare.")
    page = versions_page(request.actor, product, request.GET.dict(), request.now, problem=problem)
    template = f"profiles/versions.html{_part(request, 'list')}"
    return render_page(request, template, page, current="versions", product=product, status=422 if problem else 200)


@require_safe
@of_product
def diff(request: PageRequest, product: Product, a: int, b: int) -> HttpResponse:
    one, other = (reads.version(request.actor, product, number) for number in (a, b))
    sides = version_sides(product, one, other, request.now)
    page = compare_page(request.actor, product, sides, request.now, as_json=request.GET.get("as") == "json")
    return render_page(request, "profiles/diff.html", page, current="versions", product=product)


@require_safe
@of_product
def draft_diff(request: PageRequest, product: Product, a: int) -> HttpResponse:
    """What the draft changes of any version."""
    found, draft = reads.version(request.actor, product, a), reads.draft(request.actor, product)
    sides = draft_sides(product, found, draft, request.now)
    page = compare_page(request.actor, product, sides, request.now, as_json=request.GET.get("as") == "json")
    return render_page(request, "profiles/diff.html", page, current="versions", product=product)


@require_safe
@of_product
def history(request: PageRequest, product: Product) -> HttpResponse:
    """Every activation. The filter asks for the list alone."""
    page = history_page(request.actor, product, request.GET.dict(), request.now)
    template = f"profiles/history.html{_part(request, 'list')}"
    return render_page(request, template, page, current="history", product=product)


@require_safe
@of_product
def at(request: PageRequest, product: Product) -> HttpResponse:
    """What clients got at an instant, and why."""
    page = moment_page(request.actor, product, request.GET.dict(), request.now)
    status = 422 if page.error else 200
    return render_page(request, "profiles/at.html", page, current="history", product=product, status=status)


def _part(request: PageRequest, name: str) -> str:
    return f"#{name}" if request.htmx and request.htmx.request_type != "full" else ""
