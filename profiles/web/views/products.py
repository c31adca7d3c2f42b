"""One product."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from audits.conformance.execute import request_by_person
from profiles import queries
from profiles.access import Permission
from profiles.errors import WrongState
from profiles.models import Product
from profiles.web.frame import PageRequest, of_product, render_page
from profiles.web.pages import reads
from profiles.web.pages.product import product_page
from profiles.web.pages.state import read_state


@require_safe
@of_product
def product(request: PageRequest, found: Product) -> HttpResponse:
    state = read_state(found, found.draft, request.now)
    page = product_page(request.actor, state)
    return render_page(
        request, "profiles/product.html", page, current="product", product=found, has_draft=state.is_changed
    )


@require_POST
@of_product
def request_check(request: PageRequest, found: Product) -> HttpResponse:
    """Have the limits of what is active checked now, or of the newest version where nothing is."""
    request.actor.require(Permission.RUN_CHECK)
    version = queries.live_version(found) or reads.newest_versions(request.actor, [found]).get(found.pk)
    if version is None:
        raise WrongState(_("There is no version yet that could be checked."))
    version.product = found
    request_by_person(version, by=request.actor, now=request.now)
    text = _("Version %(number)d will be checked in a moment. The result stands under Conformance.")
    messages.success(request, text % {"number": version.number})
    return redirect("product", slug=found.slug)
