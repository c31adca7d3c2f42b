"""Occasions: when schedules ask for runs, and starting what they ask for, in the name of whoever set them.

First a row for each suite, then a run: what asks (an instant that came, a submission, a drift) writes rows in its own
transaction, and each row is carried out in one of its own. So two schedulers start nothing twice, and what a killed
worker left waits for the next tick.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from django.db import transaction
from django.utils.translation import gettext as _

from audits import dispatch
from audits.log.disclosures import personal
from audits.models import Drift, Endpoint, Occasion, Run, RunSchedule, Suite
from audits.queries import newest_number
from audits.trail.kinds import Kind, Outcome
from profiles.access import Actor, Permission, system
from profiles.actions.base import Subject, action, note, subject
from profiles.actions.run_schedules import due_after
from profiles.actions.runs import Busy, Plan, fix_protocol, need_usable, request_run
from profiles.errors import DomainError, Forbidden, WrongState
from profiles.models import Activation, Member, Version
from profiles.queries import memberships_of, person
from profiles.resolution.document import instant
from profiles.sealing import Unreadable, unseal

logger = logging.getLogger(__name__)

PATIENCE: Final = timedelta(days=1)  # that an occasion waits for its turn


@subject.register
def _about(thing: Occasion) -> Subject:
    product = thing.schedule.product
    number = thing.version.number if thing.version else None
    return Subject(product.organization.slug, product.slug, f"schedule of runs {thing.schedule_id}", number)


# Asking


def ask_on_submission(version: Version, *, now: datetime) -> None:
    """For whoever submits, in the same transaction: have the new version run, where schedules say so. Two of them that
    would run just the same ask once."""
    told: set[Any] = set()
    for schedule in _standing().filter(product=version.product, on_submission=True):
        plan = (schedule.platform, schedule.endpoint_id, schedule.judge_id, tuple(schedule.suites))
        if plan not in told:
            told.add(plan)
            _ask(schedule, Run.Trigger.SUBMISSION, f"version {version.number}", now, version=version)


def ask_on_drift(drift: Drift, *, now: datetime, but: Suite | None = None) -> int:
    """Have what is active run again, where schedules say so; returns how many schedules do.

    Args:
        but: the suite of the run that found it, which needs no second one.
    """
    rows = _standing().filter(product=drift.product, on_drift=True)
    if drift.endpoint_id:
        rows = rows.filter(endpoint_id=drift.endpoint_id)
    found = list(rows)
    for schedule in found:
        _ask(schedule, Run.Trigger.DRIFT, f"drift {drift.pk}", now, but=but)
    return len(found)


def _standing() -> Any:
    return RunSchedule.objects.filter(removed_at=None, product__removed_at=None)


def _ask(
    schedule: RunSchedule,
    cause: Run.Trigger,
    about: str,
    now: datetime,
    *,
    version: Version | None = None,
    but: Suite | None = None,
) -> None:
    rows = [
        Occasion(schedule=schedule, cause=cause, about=about, suite=suite, version=version, asked_at=now)
        for suite in Suite.objects.filter(pk__in=schedule.suites).defer("document")
        if but is None or (suite.organization_id, suite.slug) != (but.organization_id, but.slug)
    ]
    Occasion.objects.bulk_create(rows, ignore_conflicts=True)
    dispatch.send_start()


# Carrying out


def start_due(*, now: datetime) -> int:
    """Ask for what time has come for, and start what was asked for; returns how many runs were started or given up. A
    tick too many finds nothing to do."""
    _in_turn(_due(now), lambda pk: ask_due(pk, now=now))
    waiting = Occasion.objects.filter(state=Occasion.State.WAITING).order_by("asked_at", "pk")
    by = system("scheduler")
    return _in_turn(waiting.values_list("pk", flat=True), lambda pk: start_occasion(pk, by=by, now=now))


def _due(now: datetime) -> Iterable[int]:
    return _standing().filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)


def _in_turn(ids: Iterable[int], act: Callable[[int], bool]) -> int:
    done = 0
    for pk in list(ids):
        try:
            done += act(pk)
        except Exception:  # the next one must not wait for this one
            logger.exception("Schedule or occasion %s failed; it is tried again.", pk)
    return done


def ask_due(schedule_id: int, *, now: datetime) -> bool:
    """Ask once for what is due, however late it is, and move on to the next instant after ``now``."""
    with transaction.atomic():
        rows = _standing().select_for_update(of=("self",), skip_locked=True)
        schedule = rows.filter(pk=schedule_id, due_at__lte=now).first()
        if schedule is None:
            return False
        _ask(schedule, Run.Trigger.SCHEDULE, instant(schedule.due_at.astimezone(UTC)), now)
        schedule.due_at = due_after(schedule, now)
        schedule.save(update_fields=["due_at"])
    return True


@action(Kind.RUN_LAPSED)
def start_occasion(occasion_id: int, *, by: Actor, now: datetime) -> bool:
    """Start the run that an occasion asks for, by what whoever set the schedule may do today. What is refused is kept
    with the reason and in the trail; what only has to wait for its turn waits for a day. False if there was nothing to
    do yet."""
    by.require(Permission.MANAGE_ORGANIZATIONS)  # the program's own business
    rows = Occasion.objects.select_for_update(of=("self",), skip_locked=True).select_related(
        "schedule__product__organization", "schedule__environment", "schedule__endpoint", "schedule__judge",
        "schedule__set_by", "suite", "version",
    )  # fmt: skip
    occasion = rows.filter(pk=occasion_id, state=Occasion.State.WAITING).first()
    if occasion is None:
        return False
    try:
        run = _started(occasion, now)
    except Busy as busy:
        if now - occasion.asked_at < PATIENCE:
            Occasion.objects.filter(pk=occasion.pk).update(because=busy.message[:1_000])
            return False
        _lapse(occasion, busy, by, now)
    except DomainError as refusal:
        _lapse(occasion, refusal, by, now)
    else:
        occasion.state, occasion.run, occasion.because, occasion.ended_at = Occasion.State.STARTED, run, "", now
        occasion.save()
    return True


@transaction.atomic
def _started(occasion: Occasion, now: datetime) -> Run:
    """Protocol and run together or neither."""
    schedule = occasion.schedule
    by, version = _Around.read([schedule], now).ready(schedule, occasion.version)
    plan = Plan(schedule.platform, newest_number(occasion.suite), schedule.endpoint, schedule.judge)
    protocol, _is_new = fix_protocol(version, plan=plan, by=by, now=now)
    return request_run(protocol, trigger=Run.Trigger(occasion.cause), by=by, now=now)


def start_refusals(schedules: Collection[RunSchedule], now: datetime) -> dict[int, DomainError]:
    """Why the next run that time or a drift starts would not begin, as it is now, by the schedule's id; without those
    against which nothing speaks. What it would take of the month is judged only then."""
    around = _Around.read(schedules, now)
    found = {}
    for schedule in schedules:
        try:
            around.ready(schedule)
        except DomainError as refusal:
            found[schedule.pk] = refusal
    return found


@dataclass(frozen=True, slots=True)
class _Around:
    """What schedules depend on, read once for all of them.

    Args:
        members: whose membership counts now, by person and organization.
        active: by product and environment.
    """

    members: Mapping[tuple[int, int], Member]
    active: Mapping[tuple[int, int], Version]

    @classmethod
    def read(cls, schedules: Collection[RunSchedule], now: datetime) -> Self:
        """With two queries."""
        members = memberships_of([each.set_by_id for each in schedules], now)
        rows = Activation.objects.filter(product__in=[each.product_id for each in schedules])
        rows = rows.order_by("product_id", "environment_id", "-id").distinct("product_id", "environment_id")
        return cls(
            {(member.user_id, member.organization_id): member for member in members},
            {(row.product_id, row.environment_id): row.version for row in rows.select_related("version")},
        )

    def ready(self, schedule: RunSchedule, version: Version | None = None) -> tuple[Actor, Version]:
        """In whose name a run begins, and of which version."""
        _need_standing(schedule)
        by = _on_behalf(schedule, self.members.get((schedule.set_by_id, schedule.product.organization_id)))
        version = version or self.active.get((schedule.product_id, schedule.environment_id))
        if version is None:
            message = _("Nothing is active in %(environment)s, so there is nothing to run.")
            raise WrongState(message % {"environment": schedule.environment.name})
        version.product = schedule.product
        need_usable(schedule.product.organization_id, (), schedule.endpoint, schedule.judge)
        for endpoint in filter(None, (schedule.endpoint, schedule.judge)):
            _need_readable(endpoint)
        return by, version


def _need_standing(schedule: RunSchedule) -> None:
    if schedule.removed_at is not None or schedule.product.removed_at is not None:
        raise WrongState(_("The schedule was ended before its run began."))


def _on_behalf(schedule: RunSchedule, member: Member | None) -> Actor:
    """The program, in the name of whoever set the schedule.

    Raises:
        Forbidden: they are no member any more, or may not start runs any more.
    """
    user, organization = schedule.set_by, schedule.product.organization
    if member is None or not user.is_active:
        message = _("%(name)s, who set the schedule, is no member any more. Somebody else sets it anew.")
        raise Forbidden(message % {"name": user.name})
    setter = person(user, member)
    if not setter.may(Permission.RUN_CHECK):
        message = _("%(name)s, who set the schedule, may not start runs any more. Somebody else sets it anew.")
        raise Forbidden(message % {"name": user.name})
    return system("scheduler", organization.pk, organization.slug, on_behalf_of=setter.id)


def _need_readable(endpoint: Endpoint) -> None:
    try:
        unseal(endpoint.sealed) if endpoint.sealed else None
    except Unreadable:
        message = _("The key of the endpoint %(name)s cannot be read any more. An administrator gives it anew.")
        raise WrongState(message % {"name": endpoint.name}) from None


def _lapse(occasion: Occasion, refusal: DomainError, by: Actor, now: datetime) -> None:
    occasion.state, occasion.because, occasion.ended_at = Occasion.State.LAPSED, refusal.message[:1_000], now
    occasion.save()
    schedule = occasion.schedule
    data = {
        "message": personal(refusal.message),  # it may name somebody
        "code": refusal.code,
        "cause": occasion.cause,
        "about": occasion.about,
        "suite": occasion.suite.slug,
        "environment": schedule.environment.slug,
        "occasion": occasion.pk,
    }
    who = replace(by, on_behalf_of=f"user:{schedule.set_by_id}")
    note(Kind.RUN_LAPSED, occasion, by=who, now=now, outcome=Outcome.REFUSED, data=data)
