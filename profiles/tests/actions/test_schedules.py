"""Activations that happen later: judged when they are due, exactly once, and on record if they do not happen."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audits.models import Entry
from profiles import queries
from profiles.access import system
from profiles.actions import activations, schedules
from profiles.actions.reviews import request_changes
from profiles.errors import Forbidden, InvalidInput, NotApproved, NotFound, WrongState
from profiles.models import Activation, Member, Schedule, User, Version
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
BEAT = system("scheduler")


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def version(acme: Cast) -> Version:
    """Approved, and live nowhere."""
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    return version


@pytest.fixture
def due(acme: Cast, version: Version) -> Schedule:
    """For production, by the editor, and due now."""
    return make_due(some.schedule(acme, version, by="editor"))


def make_due(row: Schedule) -> Schedule:
    Schedule.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    return row


def outcome(row: Schedule) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.outcome


def last(kind: str) -> dict[str, Any]:
    entry = Entry.objects.filter(kind=kind).order_by("-id").first()
    assert entry is not None
    return entry.content()


# Asking for it


def test_what_is_scheduled_is_on_record_and_changes_nothing_yet(acme: Cast, version: Version) -> None:
    row = some.schedule(acme, version, by="editor")
    assert schedules.carry_out_due(now=timezone.now()) == 0
    assert queries.live_version(acme.product) is None
    entry = last("profile.activation.scheduled")
    assert entry["after"] == {"environment": "production", "due_at": row.due_at.isoformat()}
    assert entry["data"]["reason"] == "At night."


@pytest.mark.parametrize("due", [timedelta(0), -HOUR, timedelta(days=367)])
def test_an_instant_that_is_past_or_far_away_is_refused(acme: Cast, version: Version, due: timedelta) -> None:
    with pytest.raises(InvalidInput) as refusal:
        some.schedule(acme, version, due=due)
    assert list(refusal.value.fields) == ["due_at"]


def test_one_waits_for_each_environment(acme: Cast, version: Version) -> None:
    some.schedule(acme, version)
    some.schedule(acme, version, environment="staging")
    with pytest.raises(WrongState, match="Cancel that first"):
        some.schedule(acme, version, due=2 * HOUR)


def test_what_is_not_ready_is_not_scheduled(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    with pytest.raises(NotApproved):
        some.schedule(acme, some.submit(acme))


@pytest.mark.parametrize("role", ["compliance", "auditor", "steward"])
def test_a_role_that_does_not_activate_does_not_schedule(acme: Cast, version: Version, role: str) -> None:
    with pytest.raises(Forbidden):
        some.schedule(acme, version, by=role)


def test_a_program_does_not_schedule_since_nobody_could_be_judged_then(acme: Cast, version: Version) -> None:
    by = system("tests", acme.organization.pk, acme.organization.slug)
    with pytest.raises(Forbidden):
        schedules.schedule_activation(
            version,
            environment=acme.production,
            due_at=timezone.now() + HOUR,
            reason="R.",
            by=by,
            now=timezone.now(),
        )


def test_an_environment_of_somebody_else_does_not_exist(acme: Cast, version: Version) -> None:
    rival = some.make_cast("rival", "other")
    with pytest.raises(NotFound):
        schedules.schedule_activation(
            version,
            environment=rival.production,
            due_at=timezone.now() + HOUR,
            reason="R.",
            by=acme.actor("editor"),
            now=timezone.now(),
        )


# When it is due


def test_what_is_due_becomes_active_once_in_the_name_of_who_asked_for_it(acme: Cast, due: Schedule) -> None:
    assert schedules.carry_out_due(now=timezone.now()) == 1
    assert schedules.carry_out_due(now=timezone.now()) == 0
    activation = Activation.objects.get()
    assert outcome(due) == ("done", "")
    assert (due.activation, due.ended_by) == (activation, "scheduler")
    assert (activation.by_name, activation.reason) == ("Editor of Acme", "At night.")
    entry = last("profile.version.activated")
    assert (entry["data"]["schedule"], entry["actor"]["name"]) == (due.pk, "Editor of Acme")


def test_what_is_not_due_yet_waits_even_if_somebody_asks_for_it(acme: Cast, version: Version) -> None:
    row = some.schedule(acme, version)
    assert schedules.carry_out(row.pk, by=BEAT, now=timezone.now()) is False
    assert outcome(row) == ("waiting", "")


def test_what_was_canceled_does_not_happen(acme: Cast, due: Schedule) -> None:
    schedules.cancel_schedule(due, by=acme.actor("approver"), now=timezone.now())
    assert schedules.carry_out_due(now=timezone.now()) == 0
    assert not Activation.objects.exists()
    assert last("profile.activation.cancelled")["data"]["schedule"] == due.pk
    with pytest.raises(WrongState):
        schedules.cancel_schedule(due, by=acme.actor("approver"), now=timezone.now())


@pytest.mark.parametrize("role", ["compliance", "auditor", "steward"])
def test_a_role_that_does_not_activate_does_not_cancel(acme: Cast, due: Schedule, role: str) -> None:
    with pytest.raises(Forbidden):
        schedules.cancel_schedule(due, by=acme.actor(role), now=timezone.now())


def refused(acme: Cast, row: Schedule, sentence: str) -> None:
    """It does not go live; schedule and trail say why, and it is not tried again."""
    assert schedules.carry_out_due(now=timezone.now()) == 1
    state, why = outcome(row)
    assert state == "refused"
    assert sentence in why
    entry = last("profile.activation.lapsed")
    assert entry["outcome"] == "refused"
    assert (entry["data"]["message"], entry["data"]["by"]) == (why, row.by.name)
    assert schedules.carry_out_due(now=timezone.now()) == 0
    assert not Activation.objects.filter(schedule=row).exists()


def test_what_lost_its_approval_meanwhile_does_not_go_live(acme: Cast, due: Schedule, version: Version) -> None:
    request_changes(version, digest=version.digest, comment="Wait.", by=acme.actor("approver"), now=timezone.now())
    refused(acme, due, "asked for changes")


def test_an_environment_that_wants_more_approvals_now_gets_them_first(acme: Cast, due: Schedule) -> None:
    acme.organization.environments.update(approvals_needed=2)
    refused(acme, due, "needs 2 approvals")


def test_who_left_meanwhile_activates_nothing(acme: Cast, due: Schedule) -> None:
    Member.objects.filter(user=acme.users["editor"]).delete()
    refused(acme, due, "is no member any more")


def test_whose_account_was_closed_activates_nothing(acme: Cast, due: Schedule) -> None:
    User.objects.filter(pk=acme.users["editor"].pk).update(is_active=False)
    refused(acme, due, "is no member any more")


def test_who_has_another_role_now_activates_no_more_than_that_role(acme: Cast, due: Schedule) -> None:
    Member.objects.filter(user=acme.users["editor"]).update(role="compliance")
    refused(acme, due, "Administrator, Editor, Approver")


def test_what_another_version_overtook_in_another_environment_must_be_rebased(acme: Cast, version: Version) -> None:
    row = make_due(some.schedule(acme, version, environment="staging"))
    some.set_values(acme, tone__profanity="on")
    newer = some.submit(acme)
    some.approve(acme, newer)
    some.activate(acme, newer)
    refused(acme, row, "newer than version 1")


def test_what_becomes_active_by_hand_ends_what_was_to_happen_later(acme: Cast, version: Version) -> None:
    row = make_due(some.schedule(acme, version))
    some.activate(acme, version)
    assert outcome(row) == ("cancelled", "Version 1 became active before it was due.")
    assert schedules.carry_out_due(now=timezone.now()) == 0
    assert Activation.objects.count() == 1


def test_a_newer_version_that_is_scheduled_stays_so_when_an_older_one_goes_live(acme: Cast, version: Version) -> None:
    some.set_values(acme, tone__profanity="on")
    newer = some.submit(acme)
    some.approve(acme, newer)
    row = some.schedule(acme, newer)
    some.activate(acme, version)
    assert outcome(row) == ("waiting", "")


def test_one_that_cannot_be_done_now_does_not_keep_the_others_waiting(
    acme: Cast, due: Schedule, version: Version, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    other = make_due(some.schedule(acme, version, environment="staging"))
    real = activations.activate_version

    def broken(version: Version, **given: Any) -> Activation:
        if given["environment"].slug == "production":
            raise OSError("The disk is full.")
        return real(version, **given)

    monkeypatch.setattr(schedules, "activate_version", broken)
    assert schedules.carry_out_due(now=timezone.now()) == 1
    assert outcome(due)[0] == "waiting", "it is tried again"
    assert outcome(other)[0] == "done"
    assert "tried again" in caplog.text
    monkeypatch.undo()
    assert schedules.carry_out_due(now=timezone.now()) == 1
    assert outcome(due)[0] == "done"
