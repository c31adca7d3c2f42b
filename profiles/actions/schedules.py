"""Activations that happen later: asked for now, judged when they are due."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.translation import gettext as _

from audits.log.disclosures import personal
from audits.trail.kinds import Kind, Outcome
from profiles.access import Actor, Auth, Permission, system
from profiles.actions.activations import activate_version, activation_refusal
from profiles.actions.base import action, note
from profiles.actions.text import clean_text
from profiles.errors import DomainError, Forbidden, InvalidInput, NotFound, WrongState
from profiles.models import Environment, Product, Schedule, Version
from profiles.queries import memberships, person, readiness

logger = logging.getLogger(__name__)

FURTHEST: Final = timedelta(days=366)


@action(Kind.ACTIVATION_SCHEDULED)
def schedule_activation(
    version: Version, *, environment: Environment, due_at: datetime, reason: str, by: Actor, now: datetime
) -> Schedule:
    """Have a version activated at ``due_at``. It must be ready now, and is judged again then.

    Raises:
        InvalidInput: no reason, or an instant that is past or more than a year away.
        WrongState: something waits for this environment already.
        NotApproved, StaleVersion, OutsideLimits, WrongState: as for an activation now.
    """
    by.require(Permission.ACTIVATE)
    reason = clean_text(reason, field="reason", most=1_000, required=True)
    if environment.organization_id != version.product.organization_id:
        raise NotFound(_("There is no such environment."))
    if by.user_id is None:
        raise Forbidden(_("Only a person schedules an activation: it is judged by what they may do when it is due."))
    if not now < due_at <= now + FURTHEST:
        message = _("Give an instant after now and within a year.")
        raise InvalidInput(message, fields={"due_at": [message]})
    version.product = Product.objects.select_for_update().select_related("organization").one(pk=version.product_id)
    if waiting := version.product.schedules.filter(environment=environment, state=Schedule.State.WAITING).first():
        raise WrongState(
            _("Version %(number)d is scheduled for %(environment)s already. Cancel that first.")
            % {"number": waiting.version.number, "environment": environment.name}
        )
    if refusal := activation_refusal(readiness(version, [environment], now)[environment.pk], by=by):
        raise refusal
    schedule = Schedule.objects.create(
        product=version.product,
        environment=environment,
        version=version,
        due_at=due_at,
        reason=reason,
        by_id=by.user_id,
        requested_at=now,
    )
    after = {"environment": environment.slug, "due_at": due_at.isoformat()}
    note(
        Kind.ACTIVATION_SCHEDULED,
        version,
        by=by,
        now=now,
        after=after,
        data={"reason": personal(reason), "schedule": schedule.pk},
    )
    return schedule


@action(Kind.ACTIVATION_CANCELLED)
def cancel_schedule(schedule: Schedule, *, by: Actor, now: datetime) -> Schedule:
    """
    Raises:
        WrongState: it was carried out or canceled already.
    """
    by.require(Permission.ACTIVATE)
    schedule = _locked(schedule.pk)
    if schedule.state != Schedule.State.WAITING:
        raise WrongState(_("This does not wait any more. Look at what became of it."))
    _end(schedule, Schedule.State.CANCELLED, by, now)
    after = {"environment": schedule.environment.slug, "due_at": schedule.due_at.isoformat()}
    note(Kind.ACTIVATION_CANCELLED, schedule.version, by=by, now=now, after=after, data={"schedule": schedule.pk})
    return schedule


def carry_out_due(*, now: datetime) -> int:
    """Carry out what is due; returns how many. Each is a transaction of its own: what ends it ends with it, so a worker
    that dies in the middle leaves it waiting, and two at once do not do it twice."""
    due = Schedule.objects.filter(state=Schedule.State.WAITING, due_at__lte=now).values_list("pk", flat=True)
    done = 0
    for pk in list(due):
        try:
            done += carry_out(pk, by=system("scheduler"), now=timezone.now())
        except Exception:  # the next one must not wait for this one
            logger.exception("Schedule %s failed; it is tried again.", pk)
    return done


@action(Kind.ACTIVATION_LAPSED)
def carry_out(schedule_id: int, *, by: Actor, now: datetime) -> bool:
    """Activate what a schedule names, in the name of who asked for it and by what they may do today. What is refused
    then does not go live; the schedule and the trail say why. False if there was nothing to do."""
    by.require(Permission.MANAGE_ORGANIZATIONS)  # the program's own business
    rows = Schedule.objects.select_for_update(of=("self",), skip_locked=True).select_related(
        "version__product__organization", "environment", "by"
    )
    schedule = rows.filter(pk=schedule_id, state=Schedule.State.WAITING, due_at__lte=now).first()
    if schedule is None:
        return False
    try:
        schedule.activation = activate_version(
            schedule.version,
            environment=schedule.environment,
            reason=schedule.reason,
            schedule=schedule.pk,
            by=_who_asked(schedule, now),
            now=now,
        )
    except DomainError as error:
        schedule.outcome = error.message[:1_000]
        _end(schedule, Schedule.State.REFUSED, by, now)
        note(
            Kind.ACTIVATION_LAPSED,
            schedule.version,
            by=by,
            now=now,
            outcome=Outcome.REFUSED,
            data={
                "message": error.message,
                "code": error.code,
                "schedule": schedule.pk,
                "environment": schedule.environment.slug,
                "by": schedule.by.name,
            },
        )
        return True
    _end(schedule, Schedule.State.DONE, by, now)
    return True


def _who_asked(schedule: Schedule, now: datetime) -> Actor:
    """
    Raises:
        Forbidden: they are no member any more.
    """
    mine = {member.organization_id: member for member in memberships(schedule.by, now)}
    member = mine.get(schedule.product.organization_id)
    if member is None or not schedule.by.is_active:
        raise Forbidden(_("%(name)s, who scheduled this, is no member any more.") % {"name": schedule.by.name})
    return person(schedule.by, member, f"schedule-{schedule.pk}", Auth.SCHEDULE)


def _locked(pk: int) -> Schedule:
    rows = Schedule.objects.select_for_update(of=("self",))
    return rows.select_related("version__product__organization", "environment").get(pk=pk)


def _end(schedule: Schedule, state: Schedule.State, by: Actor, now: datetime) -> None:
    schedule.state, schedule.ended_at, schedule.ended_by = state, now, by.name
    schedule.save(update_fields=["state", "ended_at", "ended_by", "outcome", "activation"])
