"""One product."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audits.conformance.execute import request_by_person
from profiles.access import Permission
from profiles.errors import WrongState
from profiles.models import Product
from profiles.web.frame import PageRequest, of_product, render_page
from profiles.web.pages import reads
from profiles.web.pages.product import product_page, subject


@require_safe
@of_product
def product(request: PageRequest, found: Product) -> HttpResponse:
    page = product_page(request.actor, found, request.now)
    return render_page(request, "profiles/product.html", page, current="product", product=found)


@require_POST
@of_product
def request_check(request: PageRequest, found: Product) -> HttpResponse:
    """Have the limits of what is active checked now, or of the newest version where nothing is."""
    request.actor.require(Permission.RUN_CHECK)
    active = reads.current(reads.activations(request.actor, found))
    version = subject(found, active, reads.versions(request.actor, found))
    if version is None:
        raise WrongState(_("There is no version yet that could be checked."))
    request_by_person(version, by=request.actor, now=request.now)
    text = _("Version %(number)d will be checked in a moment. The result stands under Conformance.")
    messages.success(request, text % {"number": version.number})
    return redirect("product", slug=found.slug)
