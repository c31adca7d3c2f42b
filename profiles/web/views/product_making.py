"""Products made, named and removed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from profiles.access import Permission
from profiles.actions.products import create_product, describe_product, remove_product
from profiles.actions.samples import add_sample_product
from profiles.errors import InvalidInput, Malformed, WrongState
from profiles.models import Organization, Product
from profiles.web.frame import PageRequest, of_product, render_page, signed_in
from profiles.web.pages import products as pages
from profiles.web.pages import reads
from profiles.web.pages.place import Place
from profiles.web.pages.products import TypedName, TypedProduct, TypedRemoval

REFUSALS = (InvalidInput, Malformed, WrongState)  # what the form itself can say; any other refusal is a page


@require_safe
@signed_in
def new(request: PageRequest) -> HttpResponse:
    """The form. What stands in the address is tried: the page says what the product would start with."""
    found, asked = board(request), "tried" in request.GET
    typed = TypedProduct.of(request.GET, found)
    if not asked:
        original = next((item for item in reads.products(request.actor) if item.slug == typed.copy_of), None)
        typed = TypedProduct(copy_of=typed.copy_of, place=pages.like(original)) if original else TypedProduct()
    fragment = "#effect" if asked and request.headers.get("HX-Request-Type") == "partial" else ""
    return show_new(request, found, typed, fragment=fragment)


@require_POST
@signed_in
def create(request: PageRequest) -> HttpResponse:
    """Make it; with ``preview`` only say what it would start with."""
    found = board(request)
    typed = TypedProduct.of(request.POST, found)
    if request.POST.get("preview"):
        return show_new(request, found, typed)
    try:
        product = carry_out(request, found, typed)
    except REFUSALS as error:
        return show_new(request, found, typed.refused(error), status=error.status)
    messages.success(
        request, _("%(name)s exists. Nothing is live yet: look through its defaults.") % {"name": product.name}
    )
    return redirect("product_edit", product.slug)


def carry_out(request: PageRequest, found: Place, typed: TypedProduct) -> Product:
    """
    Raises:
        DomainError: whatever the form or the action refuses.
    """
    original = next((item for item in reads.products(request.actor) if item.slug == typed.copy_of), None)
    if typed.copy_of and original is None:
        message = _("There is no such product here.")
        raise InvalidInput(message, fields={"copy_of": [message]})
    return create_product(
        found.product.organization,
        slug=typed.chosen_slug,
        name=typed.name,
        description=typed.description,
        facts=typed.place.facts,
        platforms=typed.place.platforms,
        model_names=typed.place.model_names,
        copy_of=original,
        by=request.actor,
        now=request.now,
    )


@require_POST
@signed_in
def sample(request: PageRequest) -> HttpResponse:
    request.actor.require(Permission.VIEW)
    organization = Organization.objects.of(request.actor).one()
    product = add_sample_product(organization, by=request.actor, now=request.now)
    messages.success(
        request, _("Here is a sample. Everything about it is real, except that there is nothing behind it.")
    )
    return redirect("product", product.slug)


@require_safe
@of_product
def settings(request: PageRequest, product: Product) -> HttpResponse:
    return show_settings(request, product, TypedName.stored(product))


@require_POST
@of_product
def describe(request: PageRequest, product: Product) -> HttpResponse:
    typed = TypedName.of(request.POST)
    try:
        describe_product(product, name=typed.name, description=typed.description, by=request.actor, now=request.now)
    except REFUSALS as error:
        return show_settings(request, product, typed.refused(error), status=error.status)
    messages.success(request, _("Saved."))
    return redirect("product_settings", product.slug)


@require_safe
@of_product
def remove(request: PageRequest, product: Product) -> HttpResponse:
    """What will happen, before it does."""
    return show_remove(request, product, TypedRemoval())


@require_POST
@of_product
def carry_out_removal(request: PageRequest, product: Product) -> HttpResponse:
    typed = TypedRemoval.of(request.POST)
    try:
        remove_product(product, typed_slug=typed.slug, reason=typed.reason, by=request.actor, now=request.now)
    except REFUSALS as error:
        return show_remove(request, product, typed.refused(error), status=error.status)
    messages.success(request, _("%(name)s is removed. Clients get 404 from now on.") % {"name": product.name})
    return redirect("home")


def board(request: PageRequest) -> Place:
    request.actor.require(Permission.VIEW)
    product, draft = pages.blank(Organization.objects.of(request.actor).one())
    return Place(request.actor, product, draft, request.now)


def show_new(
    request: PageRequest, found: Place, typed: TypedProduct, *, status: int = 200, fragment: str = ""
) -> HttpResponse:
    request.actor.require(Permission.MANAGE_PRODUCTS)
    page = pages.build_new(found, typed, reads.products(request.actor))
    return render_page(request, "profiles/product_new.html" + fragment, page, current="product_new", status=status)


def show_settings(request: PageRequest, product: Product, typed: TypedName, *, status: int = 200) -> HttpResponse:
    page = pages.build_settings(request.actor, product, typed)
    return render_page(
        request, "profiles/product_settings.html", page, current="product_settings", product=product, status=status
    )


def show_remove(request: PageRequest, product: Product, typed: TypedRemoval, *, status: int = 200) -> HttpResponse:
    request.actor.require(Permission.MANAGE_PRODUCTS)
    page = pages.build_remove(request.actor, product, typed)
    return render_page(
        request, "profiles/product_remove.html", page, current="product_settings", product=product, status=status
    )
