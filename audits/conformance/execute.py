"""Carrying out a check: lock the row, look, write what was found and its entries, all in one transaction.

So a worker that dies in the middle leaves the row as it was, and a message that comes twice finds the work done.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F

from audits.checks.limits import LimitFinding, check_limits
from audits.dispatch import request_check, send
from audits.models import Check
from audits.trail.kinds import Kind, Outcome
from audits.trail.record import record
from profiles.access import Actor, system
from profiles.models import Activation, Version
from profiles.queries import Stored

logger = logging.getLogger(__name__)

SWEEP_AFTER: Final = timedelta(seconds=30)
MOST_ATTEMPTS: Final = 5
NIGHT_HOUR: Final = 2  # UTC
WORKER: Final = system("worker")


def execute(check_id: int, *, now: datetime) -> bool:
    """Carry out one check; returns whether there was something to do."""
    with transaction.atomic():
        # Another worker that holds the row does the work; waiting for it would only find it done.
        check = (
            Check.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("version__product__organization")
            .filter(pk=check_id, state=Check.State.WAITING)
            .first()
        )
        if check is None:
            return False
        stored = Stored.version(check.version)
        findings = check_limits(stored.settings, stored.resolve(now).items())
        _finish(check, findings, now)
    return True


def _finish(check: Check, findings: list[LimitFinding], now: datetime) -> None:
    failed = [finding for finding in findings if finding.outcome != "pass"]
    check.findings = [finding.as_dict() for finding in findings]
    check.total, check.passed = len(findings), len(findings) - len(failed)
    check.outcome = Check.Outcome.FAIL if failed else Check.Outcome.PASS
    check.state, check.finished_at = Check.State.FINISHED, now
    check.attempts += 1
    check.save()
    for finding in failed:
        _entry(check, Kind.FINDING_RECORDED, now, target=finding.behavior, data=finding.as_dict())
    data = {"kind": check.kind, "outcome": check.outcome, "passed": check.passed, "total": check.total}
    _entry(check, Kind.CHECK_FINISHED, now, target=f"check {check.pk}", data={**data, "check": check.pk})


def _entry(
    check: Check,
    kind: Kind,
    now: datetime,
    *,
    target: str,
    data: dict[str, object],
    outcome: Outcome = Outcome.DONE,
) -> None:
    product = check.version.product
    record(
        kind,
        who=WORKER,
        at=now,
        organization=product.organization.slug,
        product=product.slug,
        target=target,
        outcome=outcome,
        version=check.version.number,
        rulebooks=[item["digest"] for item in check.version.rulebooks],
        data=data,
    )


def sweep(*, now: datetime) -> int:
    """Send again what waits too long: its message was lost, or its worker died. What fails time and again is given up
    with an entry, so that it cannot go round for ever. Returns how many were sent."""
    late = Check.objects.filter(state=Check.State.WAITING, sent_at__lt=now - SWEEP_AFTER)
    for check_id in late.filter(attempts__gte=MOST_ATTEMPTS).values_list("pk", flat=True):
        _give_up(check_id, now)
    sent = 0
    for check_id in late.filter(attempts__lt=MOST_ATTEMPTS).order_by("pk").values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            mine = Check.objects.filter(pk=check_id, state=Check.State.WAITING, sent_at__lt=now - SWEEP_AFTER)
            # A locked row is being worked on.
            if mine.select_for_update(skip_locked=True).first() is not None:
                Check.objects.filter(pk=check_id).update(sent_at=now, attempts=F("attempts") + 1)
                send(check_id)
                sent += 1
    return sent


def _give_up(check_id: int, now: datetime) -> None:
    with transaction.atomic():
        check = (
            Check.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("version__product__organization")
            .filter(pk=check_id, state=Check.State.WAITING)
            .first()
        )
        if check is None:
            return
        check.state, check.finished_at = Check.State.FAILED, now
        check.failure = f"It did not finish in {check.attempts} attempts."
        check.save()
        data = {"check": check.pk, "kind": check.kind, "message": check.failure}
        _entry(check, Kind.CHECK_FINISHED, now, target=f"check {check.pk}", data=data, outcome=Outcome.FAILED)


def request_nightly(*, now: datetime) -> int:
    """Ask for tonight's check of every active version that has none yet; returns how many. Driven by rows, not by the
    tick that calls it: a night that was missed while everything was down is made up for at the next tick."""
    night = (now - timedelta(hours=NIGHT_HOUR)).date()
    by = system("scheduler")
    count = 0
    for version in _due(night):
        with transaction.atomic():
            request_check(version, trigger=Check.Trigger.NIGHTLY, by=by, now=now, night=night)
            count += 1
    return count


def _due(night: date) -> Iterable[Version]:
    latest = Activation.objects.order_by("product_id", "environment_id", "-id").distinct("product_id", "environment_id")
    return (
        Version.objects.filter(pk__in=[row.version_id for row in latest.only("version_id")])
        .exclude(checks__night=night)
        .select_related("product__organization")
        .order_by("pk")
    )


def request_by_person(version: Version, *, by: Actor, now: datetime) -> Check:
    """A check that somebody asked for on a page."""
    with transaction.atomic():
        return request_check(version, trigger=Check.Trigger.REQUEST, by=by, now=now)
