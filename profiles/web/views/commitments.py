"""The page on which commitments are made public and withdrawn. What the public reads is in ``audits.web``."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from profiles.actions.commitments import publish_commitments, withdraw_commitments
from profiles.errors import InvalidInput, Malformed, WrongState
from profiles.models import Environment, Product
from profiles.web.frame import PageRequest, of_product, render_page
from profiles.web.pages import commitments as pages
from profiles.web.pages.commitments import TypedCommitments

_REFUSALS = (InvalidInput, Malformed, WrongState)


@require_safe
@of_product
def commitments(request: PageRequest, product: Product) -> HttpResponse:
    return _show(request, product, TypedCommitments())


@require_POST
@of_product
def publish(request: PageRequest, product: Product) -> HttpResponse:
    typed = TypedCommitments.of(request.POST)
    try:
        place = Environment.objects.of(request.actor).filter(slug=typed.environment).first()
        if place is None:
            message = _("Choose an environment.")
            raise InvalidInput(message, fields={"environment": [message]})
        publish_commitments(product, environment=place, reason=typed.reason, by=request.actor, now=request.now)
    except _REFUSALS as error:
        return _show(request, product, typed.refused(error), status=error.status)
    messages.success(request, _("Anybody can read the commitments of %(name)s now.") % {"name": product.name})
    return redirect("product_commitments", product.slug)


@require_POST
@of_product
def withdraw(request: PageRequest, product: Product) -> HttpResponse:
    typed = TypedCommitments.of(request.POST)
    try:
        withdraw_commitments(product, reason=typed.reason, by=request.actor, now=request.now)
    except _REFUSALS as error:
        return _show(request, product, typed.refused(error), status=error.status)
    messages.success(request, _("The commitments of %(name)s are not public any more.") % {"name": product.name})
    return redirect("product_commitments", product.slug)


def _show(request: PageRequest, product: Product, typed: TypedCommitments, *, status: int = 200) -> HttpResponse:
    page = pages.build(request.actor, product, typed, request.build_absolute_uri, request.now)
    return render_page(
        request, "profiles/commitments.html", page, current="product_settings", product=product, status=status
    )
