"""Auditors: added and removed on the page of the log, and what they hand in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from audits.ledger import cosignatures, read
from audits.models import Auditor
from audits.web.pages.auditors import TypedAuditor
from audits.web.views.log_page import show
from audits.witnessing import handed_in
from profiles.access import Permission
from profiles.actions.auditors import INSTALLATION, add_auditor, remove_auditor
from profiles.errors import DomainError, InvalidInput, Malformed, NotFound, WrongState
from profiles.models import Organization
from profiles.web.frame import PageRequest, signed_in
from profiles.web.pages.typed import texts


@require_POST
@signed_in
def add(request: PageRequest) -> HttpResponse:
    """For the organization that is looked at, or for the installation."""
    typed = TypedAuditor(**texts(request.POST, "name", "key", "email", "rhythm"))
    try:
        add_auditor(
            _owner(request),
            name=typed.name,
            key=typed.key,
            email=typed.email,
            rhythm=typed.rhythm,
            by=request.actor,
            now=request.now,
        )
    except (InvalidInput, Malformed, WrongState) as error:
        return show(request, typed.refused(error), status=error.status)
    messages.success(request, _("Added. What they cosign counts from now on."))
    return redirect("trail_log")


@require_POST
@signed_in
def remove(request: PageRequest, pk: int) -> HttpResponse:
    remove_auditor(_one(request, pk), by=request.actor, now=request.now)
    messages.success(request, _("Removed. What they cosigned until now stays."))
    return redirect("trail_log")


@csrf_exempt
@require_POST
def cosignature(request: HttpRequest, log: str) -> HttpResponse:
    """Nobody signs in here: a signature of a known key is what counts. Sentences as plain text, for people at a
    command line."""
    try:
        found = read.log_of(log)
        if found is None:
            raise NotFound(_("There is no such log."))
        row = handed_in.take(found, _body(request), now=timezone.now())
    except DomainError as error:
        return HttpResponse(f"{error.message}\n", status=error.status, content_type="text/plain; charset=utf-8")
    return HttpResponse(cosignatures.note_of(row), content_type="text/plain; charset=utf-8")


def _body(request: HttpRequest) -> bytes:
    """As it stands, or out of a form."""
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return request.POST.get("note", "").encode("utf-8", "replace")
    return request.read(handed_in.MOST + 1)  # more than that is refused, however much more it is


def _owner(request: PageRequest) -> Organization | str:
    if request.membership is not None:
        return request.membership.organization
    request.actor.require(Permission.MANAGE_ORGANIZATIONS)
    return INSTALLATION


def _one(request: PageRequest, pk: int) -> Auditor:
    if request.membership is None:
        request.actor.require(Permission.MANAGE_ORGANIZATIONS)
        return cosignatures.auditor_of_installation(pk)
    return Auditor.objects.of(request.actor).select_related("organization").one(pk=pk, removed_at=None)
