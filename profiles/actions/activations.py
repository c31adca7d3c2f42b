"""Activation: the act that makes a version the active one of an environment."""

from __future__ import annotations

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
from profiles.errors import NotApproved, NotFound, OutsideLimits, StaleVersion
from profiles.models import Activation, Environment, Product, Version
from profiles.queries import Stored, refused, standing


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
    version.product = Product.objects.select_for_update().select_related("organization").get(pk=version.product_id)
    current = Activation.objects.filter(product=version.product, environment=environment).order_by("-id").first()
    _need_newer(version, current)
    _need_approval(version, environment)
    stored = Stored.version(version)
    _need_inside(stored, now)
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
        rulebooks=[revision.digest for revision in stored.revisions],
        before={"version": current.version.number if current else None},
        after={"version": version.number, "environment": environment.slug},
        data={"reason": reason, "digest": version.digest, "published": [row.digest for row in rows]},
    )
    request_check(version, trigger=Check.Trigger.ACTIVATION, by=by, now=now)
    return activation


def _need_newer(version: Version, current: Activation | None) -> None:
    if current is None or current.version.number < version.number:
        return
    if current.version_id == version.pk:
        raise StaleVersion(_("Version %(number)d is active there already.") % {"number": version.number})
    raise StaleVersion(
        _("Version %(current)d is active there and newer than version %(number)d. To go back, submit a new one.")
        % {"current": current.version.number, "number": version.number}
    )


def _need_approval(version: Version, environment: Environment) -> None:
    reviews = standing(version)
    if reviews.is_approved(environment.approvals_needed):
        return
    if reviews.objections:
        raise NotApproved(_("%(name)s asked for changes.") % {"name": reviews.objections[0].reviewer_name})
    message = ngettext(
        "%(environment)s needs %(needed)d approval by somebody else than the author; there are %(count)d.",
        "%(environment)s needs %(needed)d approvals by others than the author; there are %(count)d.",
        environment.approvals_needed,
    )
    counts = {"needed": environment.approvals_needed, "count": len(reviews.approvals)}
    raise NotApproved(message % {"environment": environment.name, **counts})


def _need_inside(stored: Stored, now: datetime) -> None:
    resolutions = stored.resolve(now)
    clamps = {key: clamp for key in sorted(stored.settings) if (clamp := refused(resolutions, key))}
    if clamps:
        raise OutsideLimits(
            _("The limits changed since this was approved: %(count)d settings would not hold. Submit a new version.")
            % {"count": len(clamps)},
            fields={f"settings.{key}": [explain(clamp)] for key, clamp in clamps.items()},
        )
