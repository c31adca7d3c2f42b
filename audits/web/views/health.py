"""How a product is."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audits.dispatch import send_measure
from audits.web.pages.health import health_page
from profiles.access import Permission
from profiles.models import Product
from profiles.web.frame import PageRequest, of_product, render_page


@require_safe
@of_product
def health(request: PageRequest, product: Product) -> HttpResponse:
    page = health_page(request.actor, product, request.now)
    return render_page(request, "audits/health.html", page, current="health", product=product)


@require_POST
@of_product
def measure(request: PageRequest, product: Product) -> HttpResponse:
    """Have every check measured now. It is no act upon the product: what comes out otherwise is an entry."""
    request.actor.require(Permission.RUN_CHECK)
    send_measure(product.pk)
    messages.success(request, _("Every check will be measured in a moment. Reload the page to see what came out."))
    return redirect("product_health", slug=product.slug)
