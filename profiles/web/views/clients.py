"""Programs that fetch a product's profile. All three pages only ask: nothing is written."""

from __future__ import annotations

from typing import cast

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from profiles import queries
from profiles.models import Product
from profiles.web.frame import PageRequest, of_product, render_page
from profiles.web.pages.connect import connect_page
from profiles.web.pages.receipts import csv_lines, receipts_page
from profiles.web.pages.trying import try_page


@require_safe
@of_product
def connect(request: PageRequest, product: Product) -> HttpResponse:
    """Snippets; another environment or platform swaps them alone."""
    page = connect_page(request.actor, product, request.GET.dict(), request.now)
    return render_page(request, f"profiles/connect.html{_part(request)}", page, current="clients", product=product)


@require_safe
@of_product
def try_it(request: PageRequest, product: Product) -> HttpResponse:
    page = try_page(request.actor, product, request.GET, request.now)
    status = 422 if page.errors else 200
    template = f"profiles/try.html{_part(request)}"
    return render_page(request, template, page, current="clients", product=product, status=status)


@require_safe
@of_product
def receipts(request: PageRequest, product: Product) -> HttpResponse:
    """Who was handed what; with ``format=csv`` every receipt as a file."""
    if request.GET.get("format") == "csv":
        name = f"receipts-{product.slug}-{request.now:%Y-%m-%d}.csv"
        lines = csv_lines(queries.every_receipt(request.actor, product))
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        stream = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8; header=present", headers=headers)
        return cast("HttpResponse", stream)  # what is around a view only sets headers
    page = receipts_page(request.actor, product, request.GET.dict(), request.now)
    return render_page(request, f"profiles/receipts.html{_part(request)}", page, current="clients", product=product)


def _part(request: PageRequest) -> str:
    return "#list" if request.htmx and request.htmx.request_type != "full" else ""
