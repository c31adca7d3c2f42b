"""Attestations that end: told of once at each threshold, and at the end."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from audits.models import Entry
from audits.telling import fan_out, sweep
from audits.telling.reminders import remind, threshold
from audits.trail.kinds import Kind
from profiles.actions.attestations import revoke_attestation
from profiles.models import Attestation, Notice
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def acme() -> Cast:
    return some.make_cast("acme", "helper")


@pytest.fixture
def claim(acme: Cast) -> Attestation:
    return some.attest(acme, "adults_only", until=timezone.now() + 100 * DAY)


def end(claim: Attestation) -> datetime:
    assert claim.expires_at is not None
    return claim.expires_at


def said() -> list[tuple[str, int | None]]:
    import json

    rows = Entry.objects.filter(kind__in=[Kind.ATTESTATION_REMINDED, Kind.ATTESTATION_EXPIRED]).order_by("pk")
    return [(row.kind, json.loads(bytes(row.leaf))["data"].get("days")) for row in rows]


def test_each_threshold_is_told_once_however_often_it_is_looked_at(claim: Attestation) -> None:
    at = end(claim) - 40 * DAY
    while at < end(claim) + 3 * DAY:
        remind(now=at)
        at += timedelta(hours=5)
    assert said() == [
        ("attestation.reminded", 30),
        ("attestation.reminded", 7),
        ("attestation.reminded", 1),
        ("attestation.expired", None),
    ]


def test_thresholds_that_were_missed_are_one_reminder(claim: Attestation) -> None:
    remind(now=end(claim) - 5 * DAY)
    remind(now=end(claim) - 4 * DAY)
    assert said() == [("attestation.reminded", 7)]
    remind(now=end(claim) + DAY)
    assert said()[1:] == [("attestation.expired", None)]


def test_an_end_long_ago_is_no_news(claim: Attestation) -> None:
    assert remind(now=end(claim) + 8 * DAY) == 0


def test_what_was_revoked_or_renewed_does_not_end(acme: Cast, claim: Attestation) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + 200 * DAY)
    assert remind(now=end(claim) - DAY) == 0
    other = some.attest(acme, "security_research", until=timezone.now() + 20 * DAY)
    revoke_attestation(other, comment="No.", by=acme.actor("steward"), now=timezone.now())
    assert remind(now=timezone.now() + 19 * DAY) == 0


def test_what_is_granted_for_a_few_days_is_not_reminded_of_at_once(acme: Cast) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + 5 * DAY)
    assert remind(now=timezone.now()) == 0
    assert remind(now=timezone.now() + timedelta(days=4, hours=1)) == 1


def test_a_reminder_reaches_members_with_the_day_and_a_way_to_the_claim(acme: Cast, claim: Attestation) -> None:
    sweep.pass_time(now=end(claim) - 30 * DAY)
    fan_out.tell(now=timezone.now())
    notices = Notice.objects.filter(entry__kind=Kind.ATTESTATION_REMINDED)
    assert {row.user for row in notices} == {acme.users[name] for name in acme.users if name != "steward"}


@pytest.mark.parametrize(
    ("left", "days"),
    [
        (timedelta(days=30), 30),
        (timedelta(days=7, seconds=1), 30),
        (timedelta(days=7), 7),
        (timedelta(days=1), 1),
        (timedelta(seconds=1), 1),
        (timedelta(0), 0),
        (timedelta(days=-3), 0),
    ],
)
def test_the_nearest_threshold(left: timedelta, days: int) -> None:
    now = timezone.now()
    assert threshold(now + left, now) == days
