"""Activation: the act that makes a version the active one of an environment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.dispatch import request_check
from audits.models import Check
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.drafts import explain
from profiles.actions.publishing import publish
from profiles.actions.text import clean_text
from profiles.errors import DomainError, NotApproved, NotFound, OutsideLimits, StaleVersion
from profiles.models import Activation, Environment, Product, Version
from profiles.queries import Standing, Stored, not_honored, standing
from profiles.resolution.types import Clamp


@action(Kind.VERSION_ACTIVATED)
def activate_version(
    version: Version, *, environment: Environment, reason: str, by: Actor, now: datetime
) -> Activation:
    """Make an approved version the one that clients of an environment get.

    Raises:
        InvalidInput: no reason is given; the trail and everybody after you will ask.
        NotApproved: too few approvals of this digest, or somebody asked for changes.
        StaleVersion: a version with a higher number is active there; going back is a new version.
        OutsideLimits: a setting is honored on no platform any more, so this is not what was approved.
    """
    by.require(Permission.ACTIVATE)
    reason = clean_text(reason, field="reason", most=1_000, required=True)
    if environment.organization_id != version.product.organization_id:
        raise NotFound(_("There is no such environment."))
    # One activation of a product at a time: the second waits here, then meets the number of the first.
    version.product = (
        Product.objects.select_for_update(of=("self",)).select_related("organization").get(pk=version.product_id)
    )
    current = Activation.objects.filter(product=version.product, environment=environment).order_by("-id").first()
    stored = Stored.version(version)
    outside = not_honored(stored.settings, stored.resolve(now))
    active, reviews = current.version if current else None, standing(version)
    if refusal := activation_refusal(version, environment, by=by, active=active, reviews=reviews, outside=outside):
        raise refusal
    activation = Activation.objects.create(
        product=version.product,
        environment=environment,
        version=version,
        previous=current.version if current else None,
        reason=reason,
        by_id=by.id,
        by_name=by.name,
        at=now,
    )
    rows = publish(activation, now)
    note(
        Kind.VERSION_ACTIVATED,
        version,
        by=by,
        now=now,
        rulebooks=[item["digest"] for item in version.rulebooks],
        before={"version": current.version.number if current else None},
        after={"version": version.number, "environment": environment.slug},
        data={"reason": reason, "digest": version.digest, "published": [row.digest for row in rows]},
    )
    request_check(version, trigger=Check.Trigger.ACTIVATION, by=by, now=now)
    return activation


def activation_refusal(
    version: Version,
    environment: Environment,
    *,
    by: Actor,
    active: Version | None,
    reviews: Standing,
    outside: Mapping[str, Clamp],
) -> DomainError | None:
    """Why a version cannot become active there now; None if it can. Pages say beforehand what the action would say.

    Args:
        active: what the environment serves now.
        outside: the version's settings that no platform honors any more.
    """
    return (
        _not_newer(version, active)
        or _not_approved(environment, reviews)
        or _not_inside(outside)
        or by.refusal(Permission.ACTIVATE)
    )


def _not_newer(version: Version, active: Version | None) -> StaleVersion | None:
    if active is None or active.number < version.number:
        return None
    if active == version:
        return StaleVersion(_("Version %(number)d is active there already.") % {"number": version.number})
    return StaleVersion(
        _("Version %(current)d is active there and newer than version %(number)d. To go back, submit a new version.")
        % {"current": active.number, "number": version.number}
    )


def _not_approved(environment: Environment, reviews: Standing) -> NotApproved | None:
    if reviews.is_approved(environment.approvals_needed):
        return None
    if reviews.objections:
        return NotApproved(_("%(name)s asked for changes.") % {"name": reviews.objections[0].reviewer_name})
    message = ngettext(
        "%(environment)s needs %(needed)d approval by somebody else than the author; there are %(count)d.",
        "%(environment)s needs %(needed)d approvals by others than the author; there are %(count)d.",
        environment.approvals_needed,
    )
    counts = {"needed": environment.approvals_needed, "count": len(reviews.approvals)}
    return NotApproved(message % {"environment": environment.name, **counts})


def _not_inside(outside: Mapping[str, Clamp]) -> OutsideLimits | None:
    if not outside:
        return None
    message = ngettext(
        "The limits changed since this was approved: %(n)d setting would not hold. Submit a new version.",
        "The limits changed since this was approved: %(n)d settings would not hold. Submit a new version.",
        len(outside),
    )
    return OutsideLimits(
        message % {"n": len(outside)},
        fields={f"settings.{key}": [explain(clamp)] for key, clamp in outside.items()},
    )
