"""Attestations: requested by an operator, decided by a steward, ended by time or revocation."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audits.log.disclosures import personal
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.publishing import republish
from profiles.actions.text import clean_text
from profiles.errors import InvalidInput, OwnWork, WrongState
from profiles.evidence import accept, keep
from profiles.models import Attestation, Product
from profiles.queries import latest_rulebooks
from profiles.rulebook.model import AttestationKind


def attestation_kinds(product: Product) -> dict[str, AttestationKind]:
    """What the rulebooks of a product's platforms ask for, by key."""
    revisions = latest_rulebooks(product.platforms)
    return {key: kind for item in revisions for key, kind in item.rulebook().attestations.items()}


@action(Kind.ATTESTATION_REQUESTED)
def request_attestation(
    product: Product,
    *,
    kind: str,
    evidence: str,
    link: str = "",
    file: tuple[str, bytes] | None = None,
    by: Actor,
    now: datetime,
) -> Attestation:
    """Claim something about a product, with evidence for the steward who decides. Where such a claim counts already,
    this asks to renew it.

    Args:
        link: an https address where the evidence can be seen.
        file: a file's name and bytes.

    Raises:
        InvalidInput: no rulebook of the product asks for such a claim, or the evidence is not acceptable.
        WrongState: one waits for a decision already.
    """
    by.require(Permission.REQUEST_ATTESTATION)
    if kind not in attestation_kinds(product):
        message = _("No rulebook of this product asks for %(kind)s.") % {"kind": kind[:60]}
        raise InvalidInput(message, fields={"kind": [message]})
    Product.objects.select_for_update().get(pk=product.pk)
    if product.attestations.filter(kind=kind, state=Attestation.State.REQUESTED).exists():
        raise WrongState(_("This was requested already and waits for a steward."))
    evidence = clean_text(evidence, field="evidence", most=4_000, required=not (link or file))
    link = _link(link)
    handed_in = accept(*file) if file else None
    if file and handed_in:
        keep(handed_in, file[1])
    counting = product.attestations.filter(kind=kind, state=Attestation.State.GRANTED, expires_at__gt=now)
    attestation = Attestation.objects.create(
        organization=product.organization,
        product=product,
        kind=kind,
        evidence=evidence,
        link=link,
        file_name=handed_in.name if handed_in else "",
        file_type=handed_in.type if handed_in else "",
        file_size=handed_in.size if handed_in else 0,
        file_digest=handed_in.digest if handed_in else "",
        renews=counting.order_by("-expires_at").first(),
        requested_by=by.name,
        requested_by_id=by.id,
        requested_at=now,
    )
    data = {"evidence": personal(evidence), "link": personal(link), "file": handed_in.digest if handed_in else ""}
    note(Kind.ATTESTATION_REQUESTED, attestation, by=by, now=now, data=data)
    return attestation


def _link(raw: str) -> str:
    link = clean_text(raw, field="link", most=500)
    try:
        if link:
            URLValidator(schemes=["https"])(link)
    except ValidationError:
        message = _("Give a whole address that begins with https://.")
        raise InvalidInput(message, fields={"link": [message]}) from None
    return link


@action(Kind.ATTESTATION_GRANTED, across=True)
def grant_attestation(
    attestation: Attestation, *, expires_at: datetime, comment: str = "", by: Actor, now: datetime
) -> Attestation:
    """Let a claim count from now until it expires.

    Raises:
        OwnWork: a steward who is a member as well asked for it.
        InvalidInput: the expiry is past, or further away than the rulebook lets this claim last.
    """
    by.require(Permission.DECIDE_ATTESTATION)
    attestation = _locked(attestation, Attestation.State.REQUESTED)
    if attestation.requested_by_id == by.id:
        raise OwnWork(_("You requested this attestation. Another steward must decide it."))
    longest = attestation_kinds(attestation.product)[attestation.kind].longest_days
    if not now < expires_at <= now + timedelta(days=longest):
        message = _("Choose an expiry in the future, at most %(days)d days away.") % {"days": longest}
        raise InvalidInput(message, fields={"expires_at": [message]})
    _decide(attestation, Attestation.State.GRANTED, comment, by, now)
    attestation.expires_at = expires_at
    attestation.save()
    note(Kind.ATTESTATION_GRANTED, attestation, by=by, now=now, after={"expires_at": expires_at.isoformat()})
    republish(attestation.product, because=gettext_noop("An attestation was granted."), by=by, now=now)
    return attestation


@action(Kind.ATTESTATION_DECLINED, across=True)
def decline_attestation(attestation: Attestation, *, comment: str, by: Actor, now: datetime) -> Attestation:
    by.require(Permission.DECIDE_ATTESTATION)
    attestation = _locked(attestation, Attestation.State.REQUESTED)
    comment = clean_text(comment, field="comment", most=1_000, required=True)
    _decide(attestation, Attestation.State.DECLINED, comment, by, now)
    attestation.save()
    note(Kind.ATTESTATION_DECLINED, attestation, by=by, now=now, data={"comment": personal(comment)})
    return attestation


@action(Kind.ATTESTATION_REVOKED, across=True)
def revoke_attestation(attestation: Attestation, *, comment: str, by: Actor, now: datetime) -> Attestation:
    """End a claim at once. What it opened falls back in the same transaction."""
    by.require(Permission.DECIDE_ATTESTATION)
    attestation = _locked(attestation, Attestation.State.GRANTED)
    attestation.state = Attestation.State.REVOKED
    attestation.revoked_at = now
    attestation.decision_note = clean_text(comment, field="comment", most=1_000, required=True)
    attestation.save()
    note(Kind.ATTESTATION_REVOKED, attestation, by=by, now=now, data={"comment": personal(comment)})
    republish(attestation.product, because=gettext_noop("An attestation was revoked."), by=by, now=now)
    return attestation


def _locked(attestation: Attestation, state: Attestation.State) -> Attestation:
    # The product first, as everything that publishes does, so that two of them cannot wait for each other.
    Product.objects.select_for_update().get(pk=attestation.product_id)
    row = (
        Attestation.objects.select_for_update(of=("self",))
        .select_related("product__organization", "organization")
        .get(pk=attestation.pk)
    )
    if row.state != state:
        raise WrongState(_("This attestation is %(state)s.") % {"state": row.get_state_display().lower()})
    return row


def _decide(attestation: Attestation, state: Attestation.State, comment: str, by: Actor, now: datetime) -> None:
    attestation.state = state
    attestation.decided_by = by.name
    attestation.decided_at = now
    attestation.decision_note = clean_text(comment, field="comment", most=1_000)
