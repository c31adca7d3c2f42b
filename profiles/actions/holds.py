"""Holds: a behavior narrowed by hand, at once, with a reason: by a steward for everybody, or for one organization."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audits.dispatch import request_recheck
from audits.log.disclosures import personal
from audits.models import Recheck
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.publishing import republish_all
from profiles.actions.text import clean_text
from profiles.actions.values import points_everywhere
from profiles.errors import WrongState
from profiles.models import Hold, Organization
from profiles.queries import products_on


def place_hold(
    organization: Organization | None, *, behavior: str, ceiling: Any, reason: str, by: Actor, now: datetime
) -> Hold:
    """Let nobody go past ``ceiling`` from now on: in one organization, or everywhere without one.

    What is active follows: the products of one organization in this transaction, everybody's in the background.

    Raises:
        InvalidInput: no rulebook states the behavior, or the value is not one of its values.
        WrongState: the behavior is on hold already.
    """
    return _place(
        organization or "installation",
        organization=organization,
        behavior=behavior,
        ceiling=ceiling,
        reason=reason,
        by=by,
        now=now,
    )


@action(Kind.HOLD_PLACED)
def _place(
    _about: Organization | str,
    *,
    organization: Organization | None,
    behavior: str,
    ceiling: Any,
    reason: str,
    by: Actor,
    now: datetime,
) -> Hold:
    by.require(_permission(organization))
    reason = clean_text(reason, field="reason", most=1_000, required=True)
    points_everywhere(behavior, {"ceiling": ceiling}, unknown="behavior", malformed="ceiling")
    if Hold.objects.filter(organization=organization, behavior=behavior, lifted_at__isnull=True).exists():
        raise WrongState(_("%(key)s is on hold already. Lift that hold first.") % {"key": behavior})
    hold = Hold.objects.create(
        organization=organization,
        behavior=behavior,
        ceiling=ceiling,
        reason=reason,
        placed_by=by.name,
        placed_by_id=by.id,
        placed_at=now,
    )
    note(Kind.HOLD_PLACED, hold, by=by, now=now, after={"ceiling": ceiling}, data={"reason": personal(reason)})
    _follow(hold, because=gettext_noop("A hold was placed on %(key)s.") % {"key": behavior}, by=by, now=now)
    return hold


@action(Kind.HOLD_LIFTED)
def lift_hold(hold: Hold, *, reason: str, by: Actor, now: datetime) -> Hold:
    """End a hold. What versions were approved with holds again at once.

    Raises:
        WrongState: it was lifted already.
    """
    by.require(_permission(hold.organization))
    reason = clean_text(reason, field="reason", most=1_000, required=True)
    hold = Hold.objects.select_for_update(of=("self",)).select_related("organization").get(pk=hold.pk)
    if hold.lifted_at is not None:
        raise WrongState(_("%(name)s lifted this hold already.") % {"name": hold.lifted_by})
    hold.lifted_by, hold.lifted_at, hold.lifted_reason = by.name, now, reason
    hold.save()
    note(Kind.HOLD_LIFTED, hold, by=by, now=now, before={"ceiling": hold.ceiling}, data={"reason": personal(reason)})
    _follow(hold, because=gettext_noop("The hold on %(key)s was lifted.") % {"key": hold.behavior}, by=by, now=now)
    return hold


def _permission(organization: Organization | None) -> Permission:
    return Permission.PLACE_HOLD if organization else Permission.HOLD_EVERYBODY


def _follow(hold: Hold, *, because: str, by: Actor, now: datetime) -> None:
    if hold.organization:
        republish_all(hold.organization, because=because, by=by, now=now)
        return
    products = products_on("").filter(activations__isnull=False).distinct()
    target = f"hold {hold.behavior}"
    request_recheck(Recheck.Kind.HOLD, products, target=target, by=by, now=now, hold=hold)
