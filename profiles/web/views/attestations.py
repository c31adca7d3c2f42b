"""Attestations: requested by an operator, decided by a steward."""

from __future__ import annotations

from django.contrib import messages
from django.core.validators import slug_re
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from profiles import queries
from profiles.access import Permission
from profiles.actions import attestations as actions
from profiles.errors import DomainError, InvalidInput, Malformed, WrongState
from profiles.models import Attestation, Product
from profiles.web.frame import PageRequest, own_product, render_page, signed_in
from profiles.web.pages.attestations import Board, Typed, build_attestations
from profiles.web.pages.dates import read_day

REFUSALS = (InvalidInput, Malformed, WrongState)  # what the form itself can say; any other refusal is a page


@require_safe
@signed_in
def attestations(request: PageRequest) -> HttpResponse:
    """Those of the organization; for a steward those of all. ``?product=&kind=`` choose in the request form."""
    if not request.actor.may(Permission.DECIDE_ATTESTATION):
        request.actor.require(Permission.VIEW)
    return show(request, Typed(product=request.GET.get("product", ""), kind=request.GET.get("kind", "")))


@require_POST
@signed_in
def request_attestation(request: PageRequest) -> HttpResponse:
    """Claim something about a product of mine."""
    post = request.POST
    typed = Typed(post.get("product", ""), post.get("kind", ""), post.get("evidence", ""))
    try:
        product = chosen_product(request, typed.product)
        if not typed.kind:
            message = _("Choose what you claim.")
            raise InvalidInput(message, fields={"kind": [message]})
        actions.request_attestation(
            product, kind=typed.kind, evidence=typed.evidence, by=request.actor, now=request.now
        )
    except REFUSALS as error:
        return refuse(request, typed, error)
    messages.success(request, _("Requested. A steward decides; until then nothing changes."))
    return redirect("attestations")


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
