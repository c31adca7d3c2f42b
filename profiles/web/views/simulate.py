"""What a client would get, and what would have to change for something else. Both only ask: nothing is written."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from profiles.models import Product
from profiles.web.frame import PageRequest, of_product, render_page
from profiles.web.pages.possible import possible_page
from profiles.web.pages.simulate import simulate_page


@require_safe
@of_product
def simulate(request: PageRequest, product: Product) -> HttpResponse:
    """The whole question is in the address. The filter asks for the result alone."""
    page = simulate_page(request.actor, product, request.GET, request.now)
    part = "#result" if request.htmx and request.htmx.request_type != "full" else ""
    status = 422 if page.errors else 200
    return render_page(
        request, f"profiles/simulate.html{part}", page, current="simulate", product=product, status=status
    )


@require_safe
@of_product
def possible(request: PageRequest, product: Product) -> HttpResponse:
    page = possible_page(request.actor, product, request.GET, request.now)
    return render_page(request, "profiles/possible.html", page, current="simulate", product=product)
