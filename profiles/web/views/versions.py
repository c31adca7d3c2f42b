"""One version: to read, to review and to activate it; and the difference of two."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from profiles.actions import activations, reviews
from profiles.errors import DomainError, InvalidInput
from profiles.models import Product, Review, Version
from profiles.web.frame import PageRequest, of_product, render_page
from profiles.web.pages import reads
from profiles.web.pages.diff import diff_page
from profiles.web.pages.version import Refused, version_page


@require_safe
@of_product
def version(request: PageRequest, product: Product, number: int) -> HttpResponse:
    return _page(request, reads.version(request.actor, product, number))


@require_safe
@of_product
def diff(request: PageRequest, product: Product, a: int, b: int) -> HttpResponse:
    one, other = (reads.version(request.actor, product, number) for number in (a, b))
    page = diff_page(request.actor, product, one, other, request.now)
    return render_page(request, "profiles/diff.html", page, current="versions", product=product)


@require_POST
@of_product
def review(request: PageRequest, product: Product, number: int) -> HttpResponse:
    """Approve exactly what was seen, or ask for changes."""
    found = reads.version(request.actor, product, number)
    decision, comment = request.POST.get("decision", ""), request.POST.get("comment", "")
    try:
        given = _decide(request, found, decision, comment)
    except DomainError as error:
        return _page(request, found, Refused("review", error, decision, comment))
    if given.decision == Review.Decision.APPROVED:
        text = _("You approved version %(number)d.")
    else:
        text = _("You asked for changes of version %(number)d.")
    messages.success(request, text % {"number": number})
    return redirect("version", slug=product.slug, number=number)


@require_POST
@of_product
def activate(request: PageRequest, product: Product, number: int) -> HttpResponse:
    """Make it what clients of an environment get."""
    found = reads.version(request.actor, product, number)
    environment = reads.environment(request.actor, request.POST.get("environment", ""))
    reason = request.POST.get("reason", "")
    try:
        activations.activate_version(found, environment=environment, reason=reason, by=request.actor, now=request.now)
    except DomainError as error:
        return _page(request, found, Refused(environment.slug, error, reason=reason))
    text = _("Version %(number)d is active in %(environment)s.")
    messages.success(request, text % {"number": number, "environment": environment.name})
    return redirect("version", slug=product.slug, number=number)


def _page(request: PageRequest, found: Version, refused: Refused | None = None) -> HttpResponse:
    """The page as things are now, with what was refused, if anything was."""
    page = version_page(request.actor, found.product, found, request.now, refused)
    status = refused.error.status if refused else 200
    return render_page(request, "profiles/version.html", page, current="versions", product=found.product, status=status)


def _decide(request: PageRequest, found: Version, decision: str, comment: str) -> Review:
    """
    Raises:
        InvalidInput: neither decision was chosen.
        DomainError: whatever the action refuses.
    """
    actions = {
        "approve": reviews.approve_version,
        "request_changes": reviews.request_changes,
        "changes_requested": reviews.request_changes,
    }
    if decision not in actions:
        message = _("Choose one of the two.")
        raise InvalidInput(message, fields={"decision": [message]})
    digest = request.POST.get("digest", "")
    return actions[decision](found, digest=digest, comment=comment, by=request.actor, now=request.now)
