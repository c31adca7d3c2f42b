"""One version: to read, to review and to activate it, now or later."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from profiles.access import Permission
from profiles.actions import activations, reviews, schedules
from profiles.errors import DomainError, InvalidInput
from profiles.models import Product, Review, Version
from profiles.web.frame import PageRequest, of_product, render_page
from profiles.web.pages import reads
from profiles.web.pages.activation import Tried, no_time
from profiles.web.pages.dates import read_moment
from profiles.web.pages.version import Decided, Refused, version_page
from profiles.web.presenters.parts import When


@require_safe
@of_product
def version(request: PageRequest, product: Product, number: int) -> HttpResponse:
    return page_of(request, reads.version(request.actor, product, number))


@require_POST
@of_product
def review(request: PageRequest, product: Product, number: int) -> HttpResponse:
    """Approve exactly what was seen, ask for changes, or decline."""
    found = reads.version(request.actor, product, number)
    decision, comment = request.POST.get("decision", ""), request.POST.get("comment", "")
    try:
        given = _decide(request, found, decision, comment)
    except DomainError as error:
        return page_of(request, found, Decided(error, decision, comment))
    messages.success(request, _said(Review.Decision(given.decision)) % {"number": number})
    return redirect("version", slug=product.slug, number=number)


@require_POST
@of_product
def activate(request: PageRequest, product: Product, number: int) -> HttpResponse:
    """Make it what clients of an environment get; in an emergency without approval."""
    found = reads.version(request.actor, product, number)
    environment = reads.environment(request.actor, request.POST.get("environment", ""))
    reason, emergency = request.POST.get("reason", ""), "break_glass" in request.POST
    typed = request.POST.get("due_at", "")
    try:
        request.actor.require(Permission.ACTIVATE)  # before a typing error is answered
        no_time(typed)
        activations.activate_version(
            found,
            environment=environment,
            reason=reason,
            break_glass=emergency,
            by=request.actor,
            now=request.now,
        )
    except DomainError as error:
        return page_of(request, found, Tried(environment.slug, error, reason, typed, emergency))
    text = _("Version %(number)d is active in %(environment)s.")
    messages.success(request, text % {"number": number, "environment": environment.name})
    return redirect("version", slug=product.slug, number=number)


@require_POST
@of_product
def schedule(request: PageRequest, product: Product, number: int) -> HttpResponse:
    """Have it become what clients of an environment get, at a time."""
    found = reads.version(request.actor, product, number)
    environment = reads.environment(request.actor, request.POST.get("environment", ""))
    reason, typed = request.POST.get("reason", ""), request.POST.get("due_at", "")
    try:
        request.actor.require(Permission.ACTIVATE)  # before a typing error is answered
        row = schedules.schedule_activation(
            found,
            environment=environment,
            due_at=read_moment(typed, "due_at"),
            reason=reason,
            by=request.actor,
            now=request.now,
        )
    except DomainError as error:
        return page_of(request, found, Tried(environment.slug, error, reason, typed))
    text = _("Version %(number)d becomes active in %(environment)s at %(when)s.")
    when = When.of(row.due_at).shown
    messages.success(request, text % {"number": number, "environment": environment.name, "when": when})
    return redirect("version", slug=product.slug, number=number)


def page_of(request: PageRequest, found: Version, refused: Refused | None = None) -> HttpResponse:
    """The page as things are now, with what was refused, if anything was."""
    page = version_page(request.actor, found.product, found, request.now, refused)
    status = refused.error.status if refused else 200
    return render_page(request, "profiles/version.html", page, current="versions", product=found.product, status=status)


def _said(decision: Review.Decision) -> str:
    if decision is Review.Decision.APPROVED:
        return _("You approved version %(number)d.")
    if decision is Review.Decision.DECLINED:
        return _("You declined version %(number)d. It never goes live.")
    return _("You asked for changes of version %(number)d.")


def _decide(request: PageRequest, found: Version, decision: str, comment: str) -> Review:
    """
    Raises:
        InvalidInput: none of the decisions was chosen.
        DomainError: whatever the action refuses.
    """
    actions = {
        "approve": reviews.approve_version,
        "request_changes": reviews.request_changes,
        "changes_requested": reviews.request_changes,
        "decline": reviews.decline_version,
    }
    if decision not in actions:
        message = _("Choose one of these.")
        raise InvalidInput(message, fields={"decision": [message]})
    digest = request.POST.get("digest", "")
    return actions[decision](found, digest=digest, comment=comment, by=request.actor, now=request.now)
