"""Schedules of runs: setting one for a product and an environment, and ending it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from audits.checks.timetable import next_due
from audits.models import Endpoint, RunSchedule, Suite
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import Subject, action, note, subject
from profiles.actions.runs import need_usable
from profiles.errors import Forbidden, InvalidInput, NotFound, WrongState
from profiles.models import Environment, Product, User
from profiles.queries import memberships, person
from profiles.resolution.document import instant

MOST_SUITES: Final = 20
LONGEST: Final = 366  # days between two runs
_USER: Final = "user:"  # begins the id of a person as an actor


@subject.register
def _about(thing: RunSchedule) -> Subject:
    product = thing.product
    return Subject(product.organization.slug, product.slug, f"schedule of runs {thing.pk}")


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be run by itself, and when. ``every_days`` 0: time alone starts nothing."""

    platform: str
    suites: tuple[Suite, ...]
    endpoint: Endpoint
    judge: Endpoint | None = None
    every_days: int = 0
    at_hour: int = 0  # UTC
    on_submission: bool = False
    on_drift: bool = False


@action(Kind.RUNS_SCHEDULED)
def schedule_runs(product: Product, *, environment: Environment, wish: Wish, by: Actor, now: datetime) -> RunSchedule:
    """Have runs of what is active in an environment start by themselves, in place of what was scheduled before. They
    start by what this person may do by then.

    Raises:
        InvalidInput: something is missing, or is none that there is.
        WrongState: an endpoint was removed.
        Forbidden: no person asks, and no key of one who may start runs.
    """
    by.require(Permission.RUN_CHECK)
    whose = _whose(by, now)
    product = Product.objects.select_for_update(of=("self",)).select_related("organization").one(pk=product.pk)
    if environment.organization_id != product.organization_id:
        raise NotFound(_("There is no such environment."))
    _need_possible(product, wish)
    known = RunSchedule.objects.filter(product=product, environment=environment, removed_at=None).first()
    before = shown(known) if known else None
    row = known or RunSchedule(product=product, environment=environment)
    row.platform, row.endpoint, row.judge = wish.platform, wish.endpoint, wish.judge
    row.suites = [each.pk for each in {(suite.organization_id, suite.slug): suite for suite in wish.suites}.values()]
    row.every_days, row.at_hour = wish.every_days, wish.at_hour
    row.on_submission, row.on_drift = wish.on_submission, wish.on_drift
    row.set_by_id, row.set_at = whose, now
    row.due_at = due_after(row, now)
    row.save()
    row.product = product
    note(Kind.RUNS_SCHEDULED, row, by=by, now=now, before=before, after=shown(row))
    return row


def _whose(by: Actor, now: datetime) -> int:
    """The account in whose name runs will start: one's own, or for a key that of whoever made it.

    Raises:
        Forbidden: nobody's, or somebody's who may not start runs.
    """
    if by.user_id is not None:
        return by.user_id
    number = by.on_behalf_of.removeprefix(_USER)
    user = User.objects.filter(pk=int(number)).first() if by.on_behalf_of == f"{_USER}{number}" != _USER else None
    if user is None:
        raise Forbidden(_("Only a person schedules runs, or a key that a person made: runs start by what they may do."))
    member = next((each for each in memberships(user, now) if each.organization_id == by.organization_id), None)
    if member is None or not user.is_active or not person(user, member).may(Permission.RUN_CHECK):
        message = _("%(name)s made this key and may not start runs any more. Somebody else makes another one.")
        raise Forbidden(message % {"name": user.name})
    return user.pk


@action(Kind.RUNS_UNSCHEDULED)
def unschedule_runs(schedule: RunSchedule, *, by: Actor, now: datetime) -> RunSchedule:
    """
    Raises:
        WrongState: it was ended already.
    """
    by.require(Permission.RUN_CHECK)
    rows = RunSchedule.objects.select_for_update(of=("self",)).select_related("product__organization", "environment")
    row = rows.get(pk=schedule.pk)
    if row.removed_at is not None:
        raise WrongState(_("This schedule was ended already."))
    row.removed_at, row.due_at = now, None
    row.save()
    note(Kind.RUNS_UNSCHEDULED, row, by=by, now=now, before=shown(row))
    return row


def due_after(row: RunSchedule, now: datetime) -> datetime | None:
    """When time starts a run next; None if it does not."""
    if not row.every_days:
        return None
    return next_due(row.set_at, every_days=row.every_days, at_hour=row.at_hour, after=now)


def _need_possible(product: Product, wish: Wish) -> None:
    wrong = dict(_wrong(product, wish))
    if wrong:
        raise InvalidInput(next(iter(wrong.values())), fields={name: [text] for name, text in wrong.items()})
    need_usable(product.organization_id, wish.suites, wish.endpoint, wish.judge)


def _wrong(product: Product, wish: Wish) -> Iterator[tuple[str, str]]:
    if wish.platform not in product.platforms:
        yield "platform", _("Choose a platform that the product runs on.")
    if not wish.suites:
        yield "suites", _("Choose at least one suite.")
    elif len(wish.suites) > MOST_SUITES:
        yield "suites", _("Choose at most %(most)d suites.") % {"most": MOST_SUITES}
    if not 0 <= wish.every_days <= LONGEST:
        yield "every_days", _("Give a number of days from 1 to %(most)d, or 0 for never.") % {"most": LONGEST}
    elif not (wish.every_days or wish.on_submission or wish.on_drift):
        yield "every_days", _("Choose when runs start: every so many days, on submission, or on drift.")
    if not 0 <= wish.at_hour <= 23:
        yield "at_hour", _("Choose an hour from 0 to 23.")


def shown(row: RunSchedule) -> dict[str, Any]:
    """What the trail keeps of it."""
    suites = Suite.objects.in_bulk(row.suites)
    return {
        "environment": row.environment.slug,
        "platform": row.platform,
        "suites": sorted(suite.slug for suite in suites.values()),
        "endpoint": row.endpoint.name,
        "judge": row.judge.name if row.judge else "",
        "every_days": row.every_days,
        "at_hour": row.at_hour,
        "on_submission": row.on_submission,
        "on_drift": row.on_drift,
        "due_at": instant(row.due_at) if row.due_at else "",
    }
