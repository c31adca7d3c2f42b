"""An environment can ask for a passing, fresh run. What counts, what is refused, and what never waits for one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audits.models import Entry
from audits.tests.conformance.runs import ended, endpoint_of
from audits.trail.kinds import Kind
from profiles.actions import activations, restoring, schedules
from profiles.actions.environments import change_environment
from profiles.errors import InvalidInput, NotTested
from profiles.models import Activation, Schedule, Version
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db
AI, WEAPONS = "protection.admit_being_ai", "safety.weapons_of_mass_harm"


@pytest.fixture
def acme() -> Cast:
    cast = some.make_cast()
    ask(cast, 30)
    return cast


def ask(acme: Cast, days: int | None, reason: str = "Less is enough.") -> None:
    place = acme.production
    change_environment(
        place, name=place.name, approvals_needed=1, tightening_at_once=True, run_days=days, reason=reason,
        seen=place.rules_tag, by=acme.actor("administrator"), now=timezone.now(),
    )  # fmt: skip


def approved(acme: Cast, **values: str) -> Version:
    some.set_values(acme, "editor", **values)
    version = some.submit(acme)
    some.approve(acme, version)
    return version


def refused(acme: Cast, version: Version) -> str:
    with pytest.raises(NotTested) as refusal:
        some.activate(acme, version)
    return refusal.value.message


def test_without_a_run_nothing_goes_live_and_the_sentence_says_how_to_get_one(acme: Cast) -> None:
    version = approved(acme, tone__profanity="on")
    assert refused(acme, version) == (
        "Production asks for a passing run that is not older than 30 days. "
        "For reference no run is complete. Start one under Conformance."
    )
    assert Entry.objects.get(kind=Kind.VERSION_ACTIVATED, outcome="refused").content()["data"]["code"] == "not_tested"
    some.activate(acme, version, environment="staging")  # which asks for none


def test_a_passing_run_is_enough_and_the_entry_says_what_was_asked(acme: Cast) -> None:
    version = approved(acme, tone__profanity="on")
    ended(acme, version)
    some.activate(acme, version)
    data = Entry.objects.filter(kind=Kind.VERSION_ACTIVATED, outcome="done").latest("pk").content()["data"]
    assert (data["run_days"], data["untested"]) == (30, [])


def test_a_failing_a_stale_and_a_rehearsed_run_are_not(acme: Cast) -> None:
    version = approved(acme, tone__profanity="on")
    ended(acme, version, endpoint=endpoint_of(acme, "canned", rehearsal=True))
    assert "only a rehearsal" in refused(acme, version)
    ended(acme, version, broken=[AI])
    assert "for reference fails: Admit to being an AI when sincerely asked. Change the profile" in refused(
        acme, version
    )
    ended(acme, version)
    ask(acme, 1)
    with pytest.raises(NotTested, match="older than that"):
        activations.activate_version(
            version, environment=acme.production, reason="Agreed.", by=acme.actor("approver"),
            now=timezone.now() + timedelta(days=2),
        )  # fmt: skip


def test_a_run_of_a_version_that_told_the_model_something_else_does_not_count(acme: Cast) -> None:
    ended(acme, approved(acme, tone__profanity="on"))
    version = approved(acme, tone__profanity="off", views__balanced="off")
    assert "told the model something else" in refused(acme, version)


def test_what_only_tightens_never_waits_for_a_run(acme: Cast) -> None:
    first = approved(acme, tone__profanity="on")
    ended(acme, first)
    some.activate(acme, first)
    some.set_values(acme, tone__profanity="off")
    row = some.activate(acme, some.submit(acme))
    assert row.basis == Activation.Basis.TIGHTENING
    data = Entry.objects.filter(kind=Kind.VERSION_ACTIVATED, outcome="done").latest("pk").content()["data"]
    assert data["untested"] == [{"platform": "reference", "lack": "other_instructions"}]


def test_what_comes_back_as_it_was_has_its_runs_and_without_them_there_is_the_emergency(acme: Cast) -> None:
    first = approved(acme, tone__profanity="on")
    ended(acme, first)
    some.activate(acme, first)
    second = approved(acme, tone__profanity="on", views__balanced="off")
    ended(acme, second)
    some.activate(acme, second)
    back = restoring.restore_version(first, note_text="Better.", by=acme.actor("editor"), now=timezone.now())
    some.approve(acme, back)
    some.activate(acme, back)
    ask(acme, 1)
    again = restoring.restore_version(second, note_text="No.", by=acme.actor("editor"), now=timezone.now())
    some.approve(acme, again)
    later = timezone.now() + timedelta(days=3)
    with pytest.raises(NotTested):
        activations.activate_version(
            again, environment=acme.production, reason="R.", by=acme.actor("approver"), now=later
        )
    row = activations.activate_version(
        again, environment=acme.production, reason="Harm.", break_glass=True, by=acme.actor("approver"), now=later
    )
    assert row.basis == Activation.Basis.BREAK_GLASS


def test_a_schedule_that_comes_due_while_its_run_is_stale_lapses(acme: Cast) -> None:
    version = approved(acme, tone__profanity="on")
    ended(acme, version)
    row = some.schedule(acme, version, due=timedelta(days=31))
    assert schedules.carry_out(row.pk, by=SYSTEM, now=timezone.now() + timedelta(days=31, minutes=1))
    row.refresh_from_db()
    assert row.state == Schedule.State.REFUSED
    assert row.outcome.endswith("is older than that. Run it again.")
    assert not Activation.objects.exists()


def test_asking_for_less_needs_a_reason_and_days_have_bounds(acme: Cast) -> None:
    for days in (None, 31):
        with pytest.raises(InvalidInput):
            ask(acme, days, reason="")
    for days in (0, 366):
        with pytest.raises(InvalidInput):
            ask(acme, days)
    ask(acme, 7, reason="")
    assert acme.production.run_days == 7
