"""Versions by state, activations with how long they lasted, and what counted at an instant, to the microsecond."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from profiles import queries
from profiles.actions import holds, reviews, schedules
from profiles.actions.restoring import restore_version
from profiles.models import Activation, PublishedProfile, Version
from profiles.queries import Moment, State
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db
TICK = timedelta(microseconds=1)


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def at(cast: Cast, moment: datetime, environment: str = "production") -> Moment:
    place = cast.organization.environments.get(slug=environment)
    return queries.moment(cast.actor("editor"), cast.product, place, moment)


def activation_of(version: Version) -> Activation:
    return version.activations.get(environment__slug="production")


# At an instant


def test_nothing_was_active_until_the_very_instant_of_the_first_activation(acme: Cast) -> None:
    version = some.make_active(acme, safety__danger_caveats="off")
    row = activation_of(version)
    before = at(acme, row.at - TICK)
    assert (before.activation, before.profiles, before.first) == (None, (), row)
    found = at(acme, row.at)
    assert (found.activation, found.until, found.first) == (row, None, None)
    assert [item.activation for item in found.profiles] == [row]


def test_another_environment_has_its_own_answer(acme: Cast) -> None:
    version = some.make_active(acme, safety__danger_caveats="off")
    assert at(acme, activation_of(version).at, "staging").activation is None


def test_the_next_activation_takes_over_at_its_instant(acme: Cast) -> None:
    one, two = (some.make_active(acme, safety__danger_caveats=value) for value in ("off", "on"))
    first, second = activation_of(one), activation_of(two)
    last = at(acme, second.at - TICK)
    assert (last.activation, last.until) == (first, second.at)
    assert last.profiles[0].activation == first
    assert at(acme, second.at).activation == second
    assert at(acme, second.at).profiles[0].activation == second


def test_an_expiry_is_served_from_its_instant_on(acme: Cast) -> None:
    end = timezone.now() + timedelta(days=10)
    some.attest(acme, "adults_only", until=end)
    some.make_active(acme, content__explicit="on")
    last, after = at(acme, end - TICK).profiles[0], at(acme, end).profiles[0]
    assert last.valid_until == after.valid_from == end
    assert b'"content.explicit":{' in bytes(last.body)
    assert last.digest != after.digest
    assert last.published_at == after.published_at, "it was published beforehand"


def test_what_a_hold_published_later_is_no_answer_for_before(acme: Cast) -> None:
    version = some.make_active(acme, tone__profanity="on")
    row = activation_of(version)
    published = PublishedProfile.objects.get(activation=row)
    hold = holds.place_hold(
        acme.organization,
        behavior="tone.profanity",
        ceiling="off",
        reason="Until we know more.",
        by=acme.actor("compliance"),
        now=timezone.now(),
    )
    assert at(acme, hold.placed_at - TICK).profiles == (published,)
    (held,) = at(acme, hold.placed_at).profiles
    assert held.published_at == hold.placed_at
    assert held.activation == row, "the version is the same"
    assert held.digest != published.digest


def test_an_instant_to_come_says_what_is_scheduled_until_then(acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    some.set_values(acme, safety__danger_caveats="on")
    version = some.submit(acme)
    some.approve(acme, version)
    planned = some.schedule(acme, version)
    assert at(acme, planned.due_at - TICK).planned == ()
    assert at(acme, planned.due_at).planned == (planned,)
    assert at(acme, planned.due_at, "staging").planned == ()


def test_a_stranger_gets_nothing(acme: Cast) -> None:
    version = some.make_active(acme, safety__danger_caveats="off")
    rival = some.make_cast("rival", "other")
    found = queries.moment(rival.actor("editor"), acme.product, acme.production, activation_of(version).at)
    assert (found.activation, found.profiles) == (None, ())


# Versions


def numbers(cast: Cast, state: State | None = None, **more: int) -> list[int]:
    given = {"size": 10, **more}
    return [
        row.number for row in queries.versions_page(cast.actor("editor"), cast.product, state=state, **given).versions
    ]


def test_versions_are_found_by_their_state(acme: Cast) -> None:
    first = some.make_active(acme, safety__danger_caveats="off")
    some.make_active(acme, views__balanced="off")
    some.set_values(acme, tone__profanity="on")
    declined = some.submit(acme)
    reviews.decline_version(
        declined, digest=declined.digest, comment="No.", by=acme.actor("approver"), now=timezone.now()
    )
    restore_version(first, note_text="Back.", by=acme.actor("editor"), now=timezone.now())
    some.set_values(acme, tone__insults="on")
    some.approve(acme, some.submit(acme))
    assert numbers(acme) == [5, 4, 3, 2, 1]
    assert numbers(acme, State.ACTIVE) == [2]
    assert numbers(acme, State.WAS_ACTIVE) == [1]
    assert numbers(acme, State.DECLINED) == [3]
    assert numbers(acme, State.WAITING) == [4]
    assert numbers(acme, State.APPROVED) == [5]
    assert numbers(acme, State.RESTORED) == [4]
    assert numbers(acme, State.REBASED) == []


def test_versions_come_in_pages(acme: Cast) -> None:
    for value in ("off", "on", "off"):
        some.set_values(acme, safety__danger_caveats=value)
        some.submit(acme)
    by = acme.actor("editor")
    first = queries.versions_page(by, acme.product, size=2)
    assert ([row.number for row in first.versions], first.newer, first.older) == ([3, 2], False, True)
    rest = queries.versions_page(by, acme.product, before=2, size=2)
    assert ([row.number for row in rest.versions], rest.newer, rest.older) == ([1], True, False)


# Activations


def test_activations_tell_when_another_one_took_their_place(acme: Cast) -> None:
    one, two = (some.make_active(acme, safety__danger_caveats=value) for value in ("off", "on"))
    found = queries.events_page(acme.actor("editor"), acme.product, size=10)
    assert [event.activation for event in found.events] == [activation_of(two), activation_of(one)]
    assert [event.until for event in found.events] == [None, activation_of(two).at]


def test_what_was_scheduled_and_cancelled_stands_among_them_and_what_waits_before_them(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    planned = some.schedule(acme, version)
    by = acme.actor("editor")
    assert queries.to_come(by, acme.product) == [planned]
    assert queries.events_page(by, acme.product, size=10).events == []
    schedules.cancel_schedule(planned, by=by, now=timezone.now())
    (event,) = queries.events_page(by, acme.product, size=10).events
    assert (event.schedule, event.activation) == (planned, None)
    assert queries.to_come(by, acme.product) == []
    assert queries.events_page(by, acme.product, environment=acme.staging, size=10).events == []


def test_events_come_in_pages_and_none_twice(acme: Cast) -> None:
    for value in ("off", "on", "off"):
        some.make_active(acme, safety__danger_caveats=value)
    by, seen, before = acme.actor("editor"), [], None
    for _round in range(4):
        found = queries.events_page(by, acme.product, before=before, size=1)
        seen += [event.activation.version.number for event in found.events if event.activation]
        if not found.older:
            break
        before = queries.read_cursor(found.events[-1].cursor)
        assert before == found.events[-1].key
    assert seen == [3, 2, 1]


@pytest.mark.parametrize("text", ["", "x", "2026-01-01T00:00:00+00:00~a~x", "2026-01-01T00:00:00~a~1", "~~", "9~a~-1"])
def test_a_place_that_cannot_be_read_is_none(text: str) -> None:
    assert queries.read_cursor(text) is None
