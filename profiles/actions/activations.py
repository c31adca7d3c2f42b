"""Activation: the act that makes a version the active one of an environment."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.dispatch import request_check, send_measure
from audits.log.disclosures import personal
from audits.models import Check
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.alarms import settle_alarms
from profiles.actions.base import action, note
from profiles.actions.carrying import carry_draft
from profiles.actions.drafts import explain
from profiles.actions.lacking import missing_words
from profiles.actions.publishing import publish
from profiles.actions.text import clean_text
from profiles.errors import DomainError, NotApproved, NotFound, NotTested, OutsideLimits, StaleVersion, WrongState
from profiles.models import Activation, Environment, Product, Schedule, Version
from profiles.queries import Readiness, live_version, readiness

Basis = Activation.Basis


@action(Kind.VERSION_ACTIVATED)
def activate_version(
    version: Version,
    *,
    environment: Environment,
    reason: str,
    by: Actor,
    now: datetime,
    break_glass: bool = False,
    schedule: int | None = None,
) -> Activation:
    """Make a version the one that clients of an environment get.

    It needs the environment's approvals of its digest. Where the environment allows it, what only becomes stricter goes
    live at once and is reviewed afterwards. Otherwise there is ``break_glass``, for tightening or restoring alone.

    Args:
        schedule: the id of the schedule that this fulfils.

    Raises:
        InvalidInput: no reason is given; the trail and everybody after you will ask.
        NotApproved: too few approvals of this digest, or somebody asked for changes.
        WrongState: somebody declined it.
        StaleVersion: another version went live since it was made: it would undo what came between.
        OutsideLimits: a setting is honored on no platform any more, so this is not what was approved.
        NotTested: the environment asks for a passing, fresh run, and there is none of what the version tells models.
    """
    by.require(Permission.ACTIVATE)
    reason = clean_text(reason, field="reason", most=1_000, required=True)
    if environment.organization_id != version.product.organization_id:
        raise NotFound(_("There is no such environment."))
    # One activation of a product at a time: the second waits here, then meets the number of the first.
    version.product = (
        Product.objects.select_for_update(of=("self",)).select_related("organization").one(pk=version.product_id)
    )
    environment.refresh_from_db(fields=["approvals_needed", "tightening_at_once", "run_days"])
    ready = readiness(version, [environment], now)[environment.pk]
    if refusal := activation_refusal(ready, by=by, break_glass=break_glass):
        raise refusal
    basis = basis_of(ready, break_glass=break_glass)
    assert basis is not None, "what nothing allows is refused"
    activation = Activation.objects.create(
        product=version.product,
        environment=environment,
        version=version,
        previous=ready.active,
        basis=basis,
        reason=reason,
        by_id=by.id,
        by_name=by.name,
        at=now,
    )
    rows = publish(activation, now)
    _overtake(activation, schedule, by, now)
    note(
        Kind.VERSION_ACTIVATED,
        version,
        by=by,
        now=now,
        rulebooks=[item["digest"] for item in version.rulebooks],
        before={"version": ready.active.number if ready.active else None},
        after={"version": version.number, "environment": environment.slug},
        data={
            "reason": personal(reason),
            "basis": basis.value,
            "digest": version.digest,
            "published": [row.digest for row in rows],
            **({"schedule": schedule} if schedule else {}),
            **_proof(ready),
        },
    )
    settle_alarms(version.product, by=by, now=now)
    _bring_draft_along(version, ready.live, by, now)
    request_check(version, trigger=Check.Trigger.ACTIVATION, by=by, now=now)
    send_measure(version.product_id)
    return activation


def _proof(ready: Readiness) -> dict[str, Any]:
    """For the entry, where a run is asked for: how old it may be, and what is still lacking."""
    if not ready.environment.run_days:
        return {}
    lacks = [{"platform": each.wanted.platform, "lack": each.lack.value} for each in ready.untested]
    return {"run_days": ready.environment.run_days, "untested": lacks}


def _overtake(activation: Activation, schedule: int | None, by: Actor, now: datetime) -> None:
    """End what was to become active there later and can not any more, since this is as new. What is being carried out
    at this moment is left to that: it meets the number of this one."""
    waiting = Schedule.objects.select_for_update(of=("self",), skip_locked=True).filter(
        environment=activation.environment,
        version__product=activation.product,
        version__number__lte=activation.version.number,
        state=Schedule.State.WAITING,
    )
    for row in waiting.exclude(pk=schedule or 0).select_related("version__product__organization", "environment"):
        row.state, row.ended_at, row.ended_by = Schedule.State.CANCELLED, now, by.name
        row.outcome = _("Version %(number)d became active before it was due.") % {"number": activation.version.number}
        row.save(update_fields=["state", "ended_at", "ended_by", "outcome"])
        after = {"environment": row.environment.slug, "due_at": row.due_at.isoformat()}
        data = {"schedule": row.pk, "message": row.outcome}
        note(Kind.ACTIVATION_CANCELLED, row.version, by=by, now=now, after=after, data=data)


def _bring_draft_along(version: Version, before: Version | None, by: Actor, now: datetime) -> None:
    """A draft that goes on from what was live would undo a version that did not come from it: a restored or rebased
    one. So what nobody touched in the draft follows."""
    if before and (version.restored_from_id or version.rebased_from_id) and live_version(version.product) == version:
        carry_draft(version.product, before=before, after=version, by=by, now=now)


def basis_of(ready: Readiness, *, break_glass: bool) -> Basis | None:
    """What would allow the activation; None if nothing does."""
    if ready.reviews.declined:
        return None
    in_emergency = break_glass and (ready.tightens or ready.restores)
    if ready.is_approved and not (in_emergency and ready.untested and not ready.may_go_untested):
        return Basis.APPROVED
    if ready.tightens and ready.environment.tightening_at_once and not ready.reviews.objections:
        return Basis.TIGHTENING
    return Basis.BREAK_GLASS if in_emergency else None


def activation_refusal(ready: Readiness, *, by: Actor, break_glass: bool = False) -> DomainError | None:
    """Why a version cannot become active there now; None if it can. Pages say beforehand what the action would say."""
    basis = basis_of(ready, break_glass=break_glass)
    return (
        _not_newer(ready)
        or _stale(ready)
        or (None if basis else _not_allowed(ready, break_glass=break_glass))
        or _not_inside(ready)
        or (None if basis is Basis.BREAK_GLASS else not_tested(ready))
        or by.refusal(Permission.ACTIVATE)
        or (by.refusal(Permission.BREAK_GLASS) if basis is Basis.BREAK_GLASS else None)
    )


def _not_newer(ready: Readiness) -> StaleVersion | None:
    version, active = ready.version, ready.active
    if active is None or active.number < version.number:
        return None
    if active.pk == version.pk:
        return StaleVersion(_("Version %(number)d is active there already.") % {"number": version.number})
    text = _(
        "Version %(current)d is active there and newer than version %(number)d. To go back, restore the older one."
    )
    return StaleVersion(text % {"current": active.number, "number": version.number})


def _stale(ready: Readiness) -> StaleVersion | None:
    if not ready.is_stale or ready.live is None:
        return None
    text = _("Version %(live)d became active since version %(number)d was submitted. Rebase it: it would undo that.")
    if ready.live.number > ready.version.number:
        text = _("Version %(live)d is live and newer than version %(number)d. To go back, restore that.")
    return StaleVersion(text % {"live": ready.live.number, "number": ready.version.number})


def _not_allowed(ready: Readiness, *, break_glass: bool) -> DomainError:
    reviews, environment = ready.reviews, ready.environment
    if reviews.declined:
        return WrongState(_("%(name)s declined this version, for good.") % {"name": reviews.declined.reviewer_name})
    if break_glass:
        return NotApproved(
            _("Without approval only what makes everything stricter, or restores what was approved before, goes live.")
        )
    if reviews.objections:
        return NotApproved(_("%(name)s asked for changes.") % {"name": reviews.objections[0].reviewer_name})
    message = ngettext(
        "%(environment)s needs %(needed)d approval by somebody else than the author; there are %(count)d.",
        "%(environment)s needs %(needed)d approvals by others than the author; there are %(count)d.",
        environment.approvals_needed,
    )
    counts = {"needed": environment.approvals_needed, "count": len(reviews.approvals)}
    return NotApproved(message % {"environment": environment.name, **counts})


def not_tested(ready: Readiness) -> NotTested | None:
    """Why what is known of the models is not enough; None where it is, where the environment asks for no run, and where
    everything only becomes stricter."""
    if not ready.untested or ready.may_go_untested:
        return None
    names = {"environment": ready.environment.name}
    asks = ngettext(
        "%(environment)s asks for a passing run that is not older than %(days)d day.",
        "%(environment)s asks for a passing run that is not older than %(days)d days.",
        ready.environment.run_days or 0,
    ) % {**names, "days": ready.environment.run_days}
    return NotTested(" ".join([asks, *(missing_words(each, ready.names) for each in ready.untested)]))


def _not_inside(ready: Readiness) -> OutsideLimits | None:
    if not ready.outside:
        return None
    message = ngettext(
        "The limits changed since this was approved: %(n)d setting would not hold. Submit a new version.",
        "The limits changed since this was approved: %(n)d settings would not hold. Submit a new version.",
        len(ready.outside),
    )
    return OutsideLimits(
        message % {"n": len(ready.outside)},
        fields={f"settings.{key}": [explain(clamp)] for key, clamp in ready.outside.items()},
    )
