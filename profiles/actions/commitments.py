"""What a product promises, shown to everybody or to nobody outside: an organization's choice, for each product."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from audits.log.disclosures import personal
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.text import clean_text
from profiles.errors import InvalidInput, NotFound, WrongState
from profiles.models import Activation, Environment, Product


@action(Kind.COMMITMENTS_PUBLISHED)
def publish_commitments(
    product: Product, *, environment: Environment, reason: str, by: Actor, now: datetime
) -> Product:
    """Let anybody read what a product promises in an environment, and what was tested of it.

    Raises:
        InvalidInput: the environment belongs to another organization, or the reason is missing.
        WrongState: nothing is active there, so nothing is promised; or they are public already.
    """
    by.require(Permission.PUBLISH_COMMITMENTS)
    reason = clean_text(reason, field="reason", most=1_000, required=True)
    product = _locked(product)
    if environment.organization_id != product.organization_id:
        message = _("There is no such environment here.")
        raise InvalidInput(message, fields={"environment": [message]})
    if refusal := publishing_refusal(product, environment):
        raise refusal
    before = _told(product)
    product.public_environment, product.public_since = environment, now
    product.save(update_fields=["public_environment", "public_since"])
    data = {"reason": personal(reason)}
    note(Kind.COMMITMENTS_PUBLISHED, product, by=by, now=now, before=before, after=_told(product), data=data)
    return product


def publishing_refusal(product: Product, environment: Environment) -> WrongState | None:
    """Why what it promises in an environment cannot be made public; None if it can."""
    if product.public_environment_id is not None:
        return WrongState(_("The commitments of %(name)s are public already.") % {"name": product.name})
    if not Activation.objects.filter(product=product, environment=environment).exists():
        return WrongState(
            _("Nothing is active in %(name)s, so nothing is promised there.") % {"name": environment.name}
        )
    return None


@action(Kind.COMMITMENTS_WITHDRAWN)
def withdraw_commitments(product: Product, *, reason: str, by: Actor, now: datetime) -> Product:
    """Show them to nobody outside any more. What somebody kept, they keep.

    Raises:
        InvalidInput: the reason is missing.
        WrongState: they are not public.
    """
    by.require(Permission.PUBLISH_COMMITMENTS)
    reason = clean_text(reason, field="reason", most=1_000, required=True)
    product = _locked(product)
    if product.public_environment_id is None:
        raise WrongState(_("The commitments of %(name)s are not public.") % {"name": product.name})
    before = _told(product)
    product.public_environment = product.public_since = None
    product.save(update_fields=["public_environment", "public_since"])
    data = {"reason": personal(reason)}
    note(Kind.COMMITMENTS_WITHDRAWN, product, by=by, now=now, before=before, after=_told(product), data=data)
    return product


def _told(product: Product) -> dict[str, str | None]:
    return {"public": product.public_environment.slug if product.public_environment else None}


def _locked(product: Product) -> Product:
    rows = Product.objects.select_for_update(of=("self",)).select_related("organization", "public_environment")
    row: Product | None = rows.filter(pk=product.pk).first()
    if row is None:
        raise NotFound(_("There is no such product."))
    return row
