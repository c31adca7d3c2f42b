"""Where a product runs."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from profiles.actions.products import change_product
from profiles.errors import InvalidInput, Malformed, StaleDraft
from profiles.models import Product
from profiles.web.frame import PageRequest, of_product, render_page
from profiles.web.pages import reads
from profiles.web.pages.place import Place, TypedPlace, build_place

REFUSALS = (InvalidInput, Malformed, StaleDraft)  # what the form itself can say; any other refusal is a page


@require_safe
@of_product
def place(request: PageRequest, product: Product) -> HttpResponse:
    """Facts, platforms and models. A place in the address is tried: the page says what it would change."""
    found, asked = board(request, product), "tried" in request.GET
    typed = TypedPlace.of(request.GET, product, found.known) if asked else TypedPlace.stored(product)
    fragment = "#effect" if asked and request.headers.get("HX-Request-Type") == "partial" else ""
    return show(request, found, typed, fragment=fragment)


@require_POST
@of_product
def change(request: PageRequest, product: Product) -> HttpResponse:
    """Say it anew; with ``preview`` only say what that would do."""
    found = board(request, product)
    typed = TypedPlace.of(request.POST, product, found.known)
    if request.POST.get("preview"):
        return show(request, found, typed)
    try:
        change_product(
            product,
            facts=typed.facts,
            platforms=typed.platforms,
            model_names=typed.model_names,
            seen=request.POST.get("seen", ""),
            by=request.actor,
            now=request.now,
        )
    except REFUSALS as error:
        # 412 is the API's word for a stale write; pages say 409, which their forms know how to show.
        status = 409 if isinstance(error, StaleDraft) else error.status
        return show(request, board(request, product), typed.refused(error), status=status)
    messages.success(request, _("Saved in the draft. Clients get it with the next version: submit it for review."))
    return redirect("product_place", product.slug)


def board(request: PageRequest, product: Product) -> Place:
    return Place(request.actor, product, reads.draft(request.actor, product), request.now)


def show(
    request: PageRequest, found: Place, typed: TypedPlace, *, status: int = 200, fragment: str = ""
) -> HttpResponse:
    page, product = build_place(found, typed), found.product
    return render_page(request, "profiles/place.html" + fragment, page, current="place", product=product, status=status)
