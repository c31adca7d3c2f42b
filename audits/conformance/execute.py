"""Carrying out a check: lock the row, look, write what was found and its entries, all in one transaction.

So a worker that dies in the middle leaves the row as it was, and a message that comes twice finds the work done.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction

from audits.checks.limits import LimitFinding, check_limits
from audits.conformance.waiting import begin
from audits.dispatch import request_check, send_measure
from audits.models import Check
from audits.trail.kinds import Kind, Outcome
from audits.trail.record import record
from profiles.access import Actor, system
from profiles.models import Activation, Version
from profiles.queries import Stored

NIGHT_HOUR: Final = 2  # UTC
WORKER: Final = system("worker")


def execute(check_id: int, *, now: datetime) -> bool:
    """Carry out one check; returns whether there was something to do."""
    if not begin(Check.objects.all(), check_id):
        return False
    with transaction.atomic():
        check = (
            Check.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("version__product__organization")
            .filter(pk=check_id, state=Check.State.WAITING)
            .first()
        )
        if check is None:
            return False
        stored = Stored.version(check.version)
        findings = check_limits(stored.fields, stored.resolve(now).items())
        _finish(check, findings, now)
        send_measure(check.version.product_id)
    return True


def _finish(check: Check, findings: list[LimitFinding], now: datetime) -> None:
    failed = [finding for finding in findings if finding.outcome != "pass"]
    check.findings = [finding.as_dict() for finding in findings]
    check.total, check.passed = len(findings), len(findings) - len(failed)
    check.outcome = Check.Outcome.FAIL if failed else Check.Outcome.PASS
    check.state, check.finished_at = Check.State.FINISHED, now
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
        who=replace(WORKER, on_behalf_of=check.requested_by_id),
        at=now,
        organization=product.organization.slug,
        product=product.slug,
        target=target,
        outcome=outcome,
        version=check.version.number,
        rulebooks=[item["digest"] for item in check.version.rulebooks],
        data=data,
    )


def give_up(check: Check, now: datetime) -> None:
    """End a check that failed time and again, with an entry."""
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
