"""The bypass matrix: every door × every wall. Doors are found by looking, so none can be forgotten."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from audits.models import Entry
from audits.trail.kinds import Kind
from profiles.actions.activations import activate_version
from profiles.actions.reviews import approve_version
from profiles.errors import DomainError
from profiles.tests import cast as some
from profiles.tests.everything.bypass.doors import Answer, Door, all_doors
from profiles.tests.everything.bypass.table import BY_LOOKING, LINES, Line, Whose, no_value
from profiles.tests.everything.stage import Stage, broken_trail, changed, everything, of_acme, served, undone
from profiles.tests.web.test_who_sees_what import PAGES

pytestmark = pytest.mark.django_db

ROLES = ("administrator", "editor", "approver", "compliance", "auditor", "steward")
STRANGERS = ("administrator", "editor", "approver", "compliance")


@dataclass(frozen=True)
class Way:
    """Through a door, as one line of the table says."""

    door: Door
    name: str
    line: Line

    def __str__(self) -> str:
        return f"{self.door.kind} {self.name}"

    def use(self, stage: Stage, who: tuple[str, str], given: Any, *, missing: bool = False) -> Answer:
        return self.door.use(stage, who, given, missing=missing)

    def use_rightly(self, stage: Stage, given: Any) -> Answer:
        return self.use(stage, ("acme", self.line.by), given)


def door_of(name: str) -> str:
    return name.partition(" / ")[0]


def ways() -> Iterator[Way]:
    for door in all_doors():
        lines = LINES[door.kind]
        yield from (Way(door, name, line) for name, line in lines.items() if door_of(name) == door.name)


WAYS = list(ways())


def those(*whose: Whose) -> list[Way]:
    return [way for way in WAYS if way.line.whose in whose]


each_way = pytest.mark.parametrize("way", WAYS, ids=str)


def last_entry() -> int:
    return Entry.objects.order_by("-pk").values_list("pk", flat=True)[0]


# No door is forgotten


def test_every_door_has_a_line_in_the_matrix_and_every_line_a_door() -> None:
    found = {(door.kind, door.name) for door in all_doors()}
    listed = {(kind, name) for kind, lines in LINES.items() for name in map(door_of, lines)}
    missing = [
        f"The {kind} {name} writes, and the matrix does not know it. Add a line for it to "
        "profiles/tests/everything/bypass/table: who goes through it, what it is given, and the same with a value "
        "outside of its window (or no_value)."
        for kind, name in sorted(found - listed)
    ]
    assert missing == []
    assert sorted(listed - found) == [], "These lines name doors that are gone: take them out of the table."


def test_there_is_no_administration_site_beside_the_pages() -> None:
    assert "django.contrib.admin" not in settings.INSTALLED_APPS
    with pytest.raises(NoReverseMatch):
        reverse("admin:index")


# The trail


@each_way
def test_whatever_changes_a_row_leaves_an_entry_and_nothing_without_it(stage: Stage, way: Way) -> None:
    line = way.line
    line.first(stage)
    given, before, entry = line.given(stage), everything(), last_entry()
    with undone():
        answer = way.use_rightly(stage, given)
        assert answer.refused is line.never, answer
        found = changed(before, everything())
        assert bool(found) is not line.quiet
        unwritten = line.bookkeeping.tables if line.bookkeeping else set()
        assert {*found} <= unwritten or Entry.objects.filter(pk__gt=entry, outcome=line.leaves).exists()
        assert not line.bookkeeping or {*found} <= unwritten
    given = line.given(stage)  # a file that was read once is empty
    before = everything()
    with broken_trail():
        answer = way.use_rightly(stage, given)
    assert {*changed(before, everything())} <= unwritten
    assert line.quiet or line.goes_on or line.bookkeeping or answer.status in (500, 503), answer


@pytest.mark.parametrize("role", [*ROLES, "anonymous"])
def test_no_page_changes_anything_by_being_looked_at(stage: Stage, role: str) -> None:
    client, entry = stage.client("acme", role), last_entry()
    for name in PAGES:
        before = everything()
        client.get(stage.address(name))
        may = BY_LOOKING[name].tables if name in BY_LOOKING else set()
        assert {*changed(before, everything())} <= may, name
    assert set(Entry.objects.filter(pk__gt=entry).values_list("kind", flat=True)) <= {Kind.ACCESS_DENIED}


# Limits


@pytest.mark.parametrize("way", [way for way in WAYS if way.line.outside is not no_value], ids=str)
def test_a_value_outside_its_window_gets_nowhere_and_the_refusal_is_on_record(stage: Stage, way: Way) -> None:
    given, before, entry = way.line.outside(stage), everything(), last_entry()
    answer = way.use_rightly(stage, given)
    assert answer.refused, answer
    assert changed(before, everything()) == []
    (refusal,) = Entry.objects.filter(pk__gt=entry)
    assert refusal.outcome == "refused"
    assert json.loads(bytes(refusal.leaf))["data"]["code"] == "outside_limits"


# Approvals


@each_way
def test_nothing_goes_live_without_its_approvals(stage: Stage, way: Way) -> None:
    """As things are, version 2 waits for its time and version 3 for its review; nobody's use of any door makes either
    what clients get."""
    line, before = way.line, served()
    for role in ROLES if way.door.has_people else ("system",):
        with undone():
            way.use(stage, ("acme", role), line.given(stage))
            after = served()
        assert {place: version for place, (version, _bytes) in after.items()} == {
            place: version for place, (version, _bytes) in before.items()
        }, role
        assert line.republishes or after == before, role


@each_way
def test_ones_own_approval_never_counts(stage: Stage, way: Way) -> None:
    """The administrator, who may do everything in the organization, wrote the version that waits."""
    some.set_values(stage.acme, by="administrator", safety__danger_caveats="off", tone__insults="on")
    mine = some.submit(stage.acme, by="administrator")
    way.use(stage, ("acme", "administrator"), way.line.given(stage))
    assert not mine.reviews.exists()
    with pytest.raises(DomainError):
        approve_version(mine, digest=mine.digest, by=stage.actor("acme", "administrator"), now=timezone.now())
    with pytest.raises(DomainError):
        activate_version(
            mine,
            environment=stage.production,
            reason="R.",
            by=stage.actor("acme", "approver"),
            now=timezone.now(),
        )


# The tenant's wall


@pytest.mark.parametrize("way", those(Whose.NAMED, Whose.OWN), ids=str)
def test_a_stranger_changes_nothing_and_learns_nothing(stage: Stage, way: Way) -> None:
    """The same with what belongs to somebody else is answered like the same with what does not exist."""
    line = way.line
    line.first(stage)
    given, before = line.given(stage), of_acme()
    for role in STRANGERS:
        with undone():
            answer = way.use(stage, ("other", role), given)
            assert changed(before, of_acme()) == [], role
        assert line.whose is Whose.OWN or answer.status == 404, (role, answer)
        if way.door.kind in ("page", "htmx", "api"):
            with undone():
                missing = way.use(stage, ("other", role), unknown(given), missing=True)
            assert missing.status == answer.status, role
            assert not answer.refused or plain(missing) == plain(answer), role


@pytest.mark.parametrize("way", those(Whose.INSTALLATION), ids=str)
def test_what_is_everybodys_is_changed_by_stewards_alone(stage: Stage, way: Way) -> None:
    line = way.line
    line.first(stage)
    before = everything()
    for role in STRANGERS:
        answer = way.use(stage, ("other", role), line.given(stage))
        assert answer.status == 403, role
        assert changed(before, everything()) == [], role


def unknown(given: dict[str, object]) -> dict[str, object]:
    """The same form, naming a product that does not exist."""
    return {name: "no-such" if value == "helper" else value for name, value in given.items()}


def plain(answer: Answer) -> str:
    """An answer without what differs from one request to the next, and without what was asked for."""
    text = re.sub(r'(csrfmiddlewaretoken" value=|"X-CSRFToken": )"\w+"', "", answer.text)
    return text.replace("no-such", "helper")
