"""Carrying out a check: done once, whole or not at all, and never lost."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from audits.conformance import execute as checks
from audits.conformance.execute import execute, request_by_person, request_nightly
from audits.conformance.sweep import sweep
from audits.conformance.waiting import MOST_ATTEMPTS, SWEEP_AFTER
from audits.models import Check, Entry
from audits.trail.record import record
from config.celery import app
from config.tests import support
from profiles.actions.attestations import revoke_attestation
from profiles.models import Version
from profiles.tests import cast as some
from profiles.tests.cast import Cast

LATER = SWEEP_AFTER + timedelta(seconds=1)


@pytest.fixture
def acme(db: None) -> Cast:
    return some.make_cast()


@pytest.fixture
def version(acme: Cast) -> Version:
    return some.make_active(acme, safety__danger_caveats="off", tone__profanity="on")


def first_check() -> Check:
    return Check.objects.order_by("id")[0]


def told(kind: str) -> list[dict[str, Any]]:
    return [entry.content() for entry in Entry.objects.filter(kind=kind).order_by("id")]


# Done


def test_a_check_that_passes_stands_on_its_row_and_in_the_trail(acme: Cast, version: Version) -> None:
    check = first_check()
    assert execute(check.pk, now=timezone.now())
    check.refresh_from_db()
    assert (check.state, check.outcome, check.passed, check.total, check.attempts) == ("finished", "pass", 2, 2, 1)
    assert check.finished_at is not None
    (entry,) = told("check.finished")
    by = told("check.requested")[0]["actor"]["id"]
    assert (entry["outcome"], entry["organization"], entry["product"], entry["version"]) == (
        "done",
        "acme",
        "helper",
        1,
    )
    assert entry["actor"] == {"type": "system", "id": "worker", "name": "worker", "auth": "program", "on_behalf_of": by}
    assert entry["rulebooks"] == [item["digest"] for item in version.rulebooks]
    assert entry["data"] == {"check": check.pk, "kind": "limits", "outcome": "pass", "passed": 2, "total": 2}
    assert told("finding.recorded") == []


def test_a_check_fails_after_an_attestation_is_revoked_and_each_finding_is_an_entry(acme: Cast) -> None:
    claim = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=10))
    version = some.make_active(acme, content__explicit="on", safety__danger_caveats="off")
    revoke_attestation(claim, comment="Forged.", by=acme.actor("steward"), now=timezone.now())
    check = request_by_person(version, by=acme.actor("compliance"), now=timezone.now())
    assert execute(check.pk, now=timezone.now())
    check.refresh_from_db()
    assert (check.outcome, check.passed, check.total) == ("fail", 1, 2)
    (failed,) = [item for item in check.findings if item["outcome"] == "fail"]
    assert (failed["behavior"], failed["wanted"], failed["got"]) == ("content.explicit", "on", "off")
    (entry,) = told("finding.recorded")
    assert (entry["target"], entry["data"]) == ("content.explicit", failed)
    assert told("check.finished")[-1]["data"]["outcome"] == "fail"


def test_a_message_that_comes_twice_finds_the_work_done(version: Version) -> None:
    check = first_check()
    assert execute(check.pk, now=timezone.now())
    before = Entry.objects.count()
    assert not execute(check.pk, now=timezone.now() + timedelta(hours=1))
    assert Entry.objects.count() == before


def test_a_message_for_a_check_that_does_not_exist_does_nothing(db: None) -> None:
    assert not execute(987_654, now=timezone.now())


def test_if_the_last_entry_cannot_be_written_nothing_of_the_check_is(
    version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Entry.objects.count()

    def fail(kind: Any, **more: Any) -> Entry:
        record(kind, **more)
        raise RuntimeError("the power went")

    monkeypatch.setattr(checks, "record", fail)
    with pytest.raises(RuntimeError):
        execute(first_check().pk, now=timezone.now())
    check = first_check()
    assert (check.state, check.findings, check.attempts) == ("waiting", [], 1)
    assert Entry.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_works_on_is_left_to_them_and_can_be_done_when_they_gave_up(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    check = first_check()
    now = timezone.now()
    with psycopg.connect(support.dsn(connection)) as other:
        other.execute("SELECT 1 FROM audits_check WHERE id = %s FOR UPDATE", [check.pk])
        assert not execute(check.pk, now=now)
        assert sweep(now=now + LATER) == Check.objects.count() - 1
        other.rollback()
    check.refresh_from_db()
    assert (check.state, check.sent_at < now) == ("waiting", True)
    assert execute(check.pk, now=now)


# The sweep


def queued(dsn: str) -> list[int]:
    """The checks that messages in the real queue are for."""
    from base64 import b64decode

    with psycopg.connect(dsn) as reader:
        rows = reader.execute("SELECT message FROM pgmq.q_brightline ORDER BY msg_id").fetchall()
    return [json.loads(b64decode(message["body"]))[0][0] for (message,) in rows]


def test_the_sweep_sends_a_lost_message_again_and_leaves_fresh_ones_alone(broker: str, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    support.empty_queues(broker)  # the messages are lost
    now = timezone.now()
    assert sweep(now=now) == 0
    assert queued(broker) == []
    assert sweep(now=now + LATER) == 2
    assert queued(broker) == list(Check.objects.order_by("id").values_list("pk", flat=True))
    assert set(Check.objects.values_list("attempts", "sent_at")) == {(0, now + LATER)}  # sent is not yet attempted
    assert sweep(now=now + LATER) == 0


def test_a_long_queue_is_not_mistaken_for_failure(version: Version) -> None:
    now = timezone.now()
    for _ in range(MOST_ATTEMPTS + 2):
        now += LATER
        sweep(now=now)
    assert set(Check.objects.values_list("state", flat=True)) == {"waiting"}


def test_the_sweep_leaves_what_is_done(version: Version) -> None:
    for check in Check.objects.all():
        execute(check.pk, now=timezone.now())
    assert sweep(now=timezone.now() + timedelta(days=1)) == 0


def test_the_sweep_gives_up_after_the_last_attempt_with_an_entry_that_says_so(version: Version) -> None:
    check = first_check()
    now = timezone.now()
    with patch.object(checks, "check_limits", side_effect=OSError):
        for _ in range(MOST_ATTEMPTS):
            now += LATER
            assert sweep(now=now) == 2
            for pk in Check.objects.values_list("pk", flat=True):
                with pytest.raises(OSError):
                    execute(pk, now=now)
    assert sweep(now=now + LATER) == 0
    check.refresh_from_db()
    assert (check.state, check.outcome, check.attempts) == ("failed", "", MOST_ATTEMPTS)
    assert "5 attempts" in check.failure
    entry = told("check.finished")[0]
    assert (entry["outcome"], entry["data"]["message"]) == ("failed", check.failure)
    assert sweep(now=now + 10 * LATER) == 0
    assert not execute(check.pk, now=now)
    assert len(told("check.finished")) == 2  # one for each of the two checks


# Every night


NIGHT = datetime(2026, 11, 24, 2, 5, tzinfo=UTC)


def nights() -> list[str]:
    return [
        str(night) for night in Check.objects.filter(trigger="nightly").order_by("id").values_list("night", flat=True)
    ]


def test_every_active_version_is_checked_once_a_night(version: Version) -> None:
    assert request_nightly(now=NIGHT) == 1
    assert request_nightly(now=NIGHT + timedelta(hours=5)) == 0
    assert request_nightly(now=NIGHT + timedelta(days=1)) == 1
    assert nights() == ["2026-11-24", "2026-11-25"]


def test_the_night_begins_at_two_utc(version: Version) -> None:
    request_nightly(now=NIGHT.replace(hour=1, minute=59))
    assert nights() == ["2026-11-23"]


def test_a_night_that_was_missed_is_made_up_for_at_the_next_tick(version: Version) -> None:
    assert request_nightly(now=NIGHT) == 1
    afternoon = NIGHT.replace(hour=17) + timedelta(days=3)  # everything was down meanwhile
    assert request_nightly(now=afternoon) == 1
    assert nights() == ["2026-11-24", "2026-11-27"]


def test_only_what_is_active_is_checked_at_night(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    second = some.make_active(acme, safety__danger_caveats="on")
    some.set_values(acme, tone__profanity="on")
    some.submit(acme)  # waits for its review
    assert request_nightly(now=NIGHT) == 1
    assert Check.objects.get(trigger="nightly").version == second


def test_nothing_is_checked_at_night_where_nothing_is_active(acme: Cast) -> None:
    assert request_nightly(now=NIGHT) == 0


# Brokers that are down


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_at_the_commit_loses_nothing(broker_schema: str, acme: Cast) -> None:
    support.use_broker(app, url=f"redis://127.0.0.1:{support.free_port()}/0", options={})
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    assert Version.objects.filter(pk=version.pk).exists()
    assert first_check().state == "waiting"
    assert len(told("check.requested")) == 1
    assert sweep(now=timezone.now() + LATER) == 1  # still down: no error, and the next sweep tries again
    assert execute(first_check().pk, now=timezone.now())
