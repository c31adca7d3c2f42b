"""Versions made from others, what is said of them, and what was to happen later."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from profiles.actions import restoring, reviews, schedules
from profiles.errors import DomainError
from profiles.models import Product, Schedule, Version
from profiles.web.frame import PageRequest, find_in_mine, of_product, render_page, signed_in
from profiles.web.pages import reads
from profiles.web.pages.comments import Said, thread_page
from profiles.web.pages.lineage import rebase_page, restore_page
from profiles.web.views.versions import page_of

CHOICE = "choice."


@require_safe
@of_product
def restore(request: PageRequest, product: Product, number: int) -> HttpResponse:
    """What would change if an earlier version came back."""
    return _restore_page(request, reads.version(request.actor, product, number))


@require_POST
@of_product
def submit_restored(request: PageRequest, product: Product, number: int) -> HttpResponse:
    """A new version that says what an earlier one said."""
    found, note = reads.version(request.actor, product, number), request.POST.get("note", "")
    try:
        made = restoring.restore_version(found, note_text=note, by=request.actor, now=request.now)
    except DomainError as error:
        return _restore_page(request, found, error, note)
    return _to_submitted(request, made)


@require_safe
@of_product
def rebase(request: PageRequest, product: Product, number: int) -> HttpResponse:
    """Choose, behavior by behavior, between a stale version and what is live."""
    return _rebase_page(request, reads.version(request.actor, product, number))


@require_POST
@of_product
def submit_rebased(request: PageRequest, product: Product, number: int) -> HttpResponse:
    """The version that results from the choices."""
    found, note = reads.version(request.actor, product, number), request.POST.get("note", "")
    choices = {name.removeprefix(CHOICE): request.POST[name] for name in request.POST if name.startswith(CHOICE)}
    seen = request.POST.get("live", "")
    try:
        made = restoring.rebase_version(
            found,
            live=int(seen) if seen.isdecimal() and len(seen) < 10 else 0,
            choices=choices,
            note_text=note,
            by=request.actor,
            now=request.now,
        )
    except DomainError as error:
        return _rebase_page(request, found, error, choices, note)
    return _to_submitted(request, made)


@require_POST
@of_product
def comment(request: PageRequest, product: Product, number: int) -> HttpResponse:
    """Say something of one behavior of a version, or of all of it."""
    found = reads.version(request.actor, product, number)
    behavior, text = request.POST.get("behavior", ""), request.POST.get("text", "")
    try:
        row = reviews.comment_version(found, behavior=behavior, text=text, by=request.actor, now=request.now)
    except DomainError as error:
        said = Said(error, behavior, text)
        return _thread(request, found, behavior, said) if request.htmx else page_of(request, found, said)
    if request.htmx:
        return trigger_client_event(_thread(request, found, behavior), "say", {"text": _("Your comment is kept.")})
    messages.success(request, _("Your comment is kept."))
    return redirect(f"{reverse('version', args=[product.slug, number])}#comment-{row.pk}")


@require_POST
@signed_in
def cancel(request: PageRequest, pk: int) -> HttpResponse:
    """Call off an activation that waits for its time."""
    found = find_in_mine(request, lambda actor: Schedule.objects.of(actor).filter(pk=pk).first())
    schedule = reads.schedule(request.actor, found.pk)
    schedules.cancel_schedule(schedule, by=request.actor, now=request.now)
    messages.success(request, _("The scheduled activation is canceled. What is active stays as it is."))
    return redirect("version", slug=schedule.version.product.slug, number=schedule.version.number)


def _restore_page(
    request: PageRequest, found: Version, error: DomainError | None = None, note: str = ""
) -> HttpResponse:
    page = restore_page(request.actor, found, request.now, error=error, note=note)
    status, product = error.status if error else 200, found.product
    return render_page(request, "profiles/restore.html", page, current="versions", product=product, status=status)


def _rebase_page(
    request: PageRequest,
    found: Version,
    error: DomainError | None = None,
    choices: dict[str, str] | None = None,
    note: str = "",
) -> HttpResponse:
    page = rebase_page(request.actor, found, error=error, choices=choices, note=note)
    status, product = error.status if error else 200, found.product
    return render_page(request, "profiles/rebase.html", page, current="versions", product=product, status=status)


def _to_submitted(request: PageRequest, made: Version) -> HttpResponse:
    messages.success(request, _("Version %(number)d is submitted.") % {"number": made.number})
    return redirect("version", slug=made.product.slug, number=made.number)


def _thread(request: PageRequest, found: Version, behavior: str, said: Said | None = None) -> HttpResponse:
    thread = thread_page(request.actor, found, behavior, request.now, said)
    status = said.error.status if said else 200
    return render(request, "profiles/_thread.html", {"thread": thread, "open": True}, status=status)
