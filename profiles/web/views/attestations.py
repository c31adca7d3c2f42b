"""Attestations: requested by an operator, decided by a steward."""

from __future__ import annotations

from django.contrib import messages
from django.core.validators import slug_re
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from profiles import evidence, queries
from profiles.access import Permission
from profiles.actions import attestations as actions
from profiles.errors import DomainError, InvalidInput, Malformed, NotFound, WrongState
from profiles.models import Attestation, Product
from profiles.web.frame import PageRequest, own_product, render_page, signed_in
from profiles.web.pages.attestations import Board, Typed, build_attestations
from profiles.web.pages.dates import read_day
from profiles.web.uploads import sent_file

REFUSALS = (InvalidInput, Malformed, WrongState)  # what the form itself can say; any other refusal is a page
FIELDS = ("product", "kind", "evidence", "link", "renew")


@require_safe
@signed_in
def attestations(request: PageRequest) -> HttpResponse:
    """Those of the organization; for a steward those of all. ``?product=&kind=`` choose in the request form, and
    ``?renew=`` fixes them."""
    if not request.actor.may(Permission.DECIDE_ATTESTATION):
        request.actor.require(Permission.VIEW)
    asked = request.GET
    return show(request, Typed(asked.get("product", ""), asked.get("kind", ""), renew=asked.get("renew", "")))


@require_POST
@signed_in
def request_attestation(request: PageRequest) -> HttpResponse:
    """Claim something about a product of mine, or ask to renew such a claim."""
    post = request.POST
    product, kind, text, link, renew = (post.get(name, "") for name in FIELDS)
    typed = Typed(product, kind, text, link, renew)
    try:
        chosen = chosen_product(request, product)
        if not kind:
            message = _("Choose what you claim.")
            raise InvalidInput(message, fields={"kind": [message]})
        file = sent_file(request, "file")
        actions.request_attestation(
            chosen, kind=kind, evidence=text, link=link, file=file, by=request.actor, now=request.now
        )
    except REFUSALS as error:
        return refuse(request, typed, error)
    messages.success(request, _("Requested. A steward decides; until then nothing changes."))
    return redirect("attestations")


@require_safe
@signed_in
def attestation_evidence(request: PageRequest, pk: int) -> HttpResponse:
    """The file of a claim that this person may see. It is somebody else's: a browser saves it and opens nothing."""
    attestation = queries.attestation_for(request.actor, pk)
    if not attestation.file_digest:
        raise NotFound(_("There is nothing here, or it is not yours to see."))
    response = HttpResponse(evidence.read(attestation.file_digest), content_type=attestation.file_type)
    response["Content-Disposition"] = content_disposition_header(True, attestation.file_name)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@signed_in
def decide(request: PageRequest, pk: int) -> HttpResponse:
    """Grant, decline or revoke. Whoever may see the claim but not decide it gets 403."""
    post = request.POST
    typed = Typed(
        pk=pk, decision=post.get("decision", ""), expires=post.get("expires", ""), comment=post.get("comment", "")
    )
    attestation = queries.attestation_for(request.actor, pk)
    try:
        said = carry_out(request, attestation, typed)
    except REFUSALS as error:
        return refuse(request, typed, error)
    messages.success(request, said)
    return redirect("attestations")


def carry_out(request: PageRequest, attestation: Attestation, typed: Typed) -> str:
    """The decision as it was sent; returns the sentence that says what happened."""
    by, now = request.actor, request.now
    if typed.decision == "revoke":
        actions.revoke_attestation(attestation, comment=typed.comment, by=by, now=now)
        return _("Revoked. What it opened has fallen back.")
    if typed.decision == "decline":
        actions.decline_attestation(attestation, comment=typed.comment, by=by, now=now)
        return _("Declined. The operator sees your comment.")
    if typed.decision == "grant":
        # Whoever may not decide is refused by the action, which puts that on record, whatever date they sent.
        until = read_day(typed.expires, "expires_at") if by.may(Permission.DECIDE_ATTESTATION) else now
        actions.grant_attestation(attestation, expires_at=until, comment=typed.comment, by=by, now=now)
        return _("Granted. What it opens can be set from now on.")
    by.require(Permission.DECIDE_ATTESTATION)
    message = _("Choose whether to grant or to decline.")
    raise InvalidInput(message, fields={"decision": [message]})


def chosen_product(request: PageRequest, slug: str) -> Product:
    """
    Raises:
        InvalidInput: none was chosen, or what came is no slug.
        NotFound: it is not one of mine.
        Forbidden: this person could not request one anyway.
    """
    if not slug_re.fullmatch(slug):
        request.actor.require(Permission.REQUEST_ATTESTATION)
        message = _("Choose a product.")
        raise InvalidInput(message, fields={"product": [message]})
    return own_product(request, slug)


def refuse(request: PageRequest, typed: Typed, error: DomainError) -> HttpResponse:
    return show(request, typed.refused(error), status=error.status)


def show(request: PageRequest, typed: Typed, status: int = 200) -> HttpResponse:
    products = list(Product.objects.of(request.actor).order_by("name"))
    board = Board(request.actor, queries.attestations_for(request.actor), products, typed, request.now)
    return render_page(
        request, "profiles/attestations.html", build_attestations(board), current="attestations", status=status
    )
