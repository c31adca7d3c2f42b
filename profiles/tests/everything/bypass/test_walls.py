"""The bypass matrix: every door × every wall. Doors are found by looking, so none can be forgotten."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from audits.models import Entry
from profiles.actions.activations import activate_version
from profiles.actions.reviews import approve_version
from profiles.errors import DomainError
from profiles.tests import cast as some
from profiles.tests.everything.bypass.doors import Answer, Door, all_doors
from profiles.tests.everything.bypass.table import LINES, Line, Whose, no_value
from profiles.tests.everything.stage import Stage, broken_trail, changed, everything, of_acme, served, undone
from profiles.tests.web.test_who_sees_what import PAGES

pytestmark = pytest.mark.django_db

DOORS = [door for door in all_doors() if door.name in LINES[door.kind]]
ROLES = ("administrator", "editor", "approver", "compliance", "auditor", "steward")
STRANGERS = ("administrator", "editor", "approver", "compliance")


def line_of(door: Door) -> Line:
    return LINES[door.kind][door.name]


def those(*whose: Whose) -> list[Door]:
    return [door for door in DOORS if line_of(door).whose in whose]


each_door = pytest.mark.parametrize("door", DOORS, ids=str)


def rightful(line: Line) -> tuple[str, str]:
    return ("acme", line.by)


def last_entry() -> int:
    return Entry.objects.order_by("-pk").values_list("pk", flat=True)[0]


# No door is forgotten


def test_every_door_has_a_line_in_the_matrix_and_every_line_a_door() -> None:
    found = {(door.kind, door.name) for door in all_doors()}
    listed = {(kind, name) for kind, lines in LINES.items() for name in lines}
    missing = [
        f"The {kind} {name} writes, and the matrix does not know it. Add a line for it to "
        "profiles/tests/everything/bypass/table.py: who goes through it, what it is given, and the same with a value "
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


@each_door
def test_whatever_changes_a_row_leaves_an_entry_and_nothing_without_it(stage: Stage, door: Door) -> None:
    line = line_of(door)
    line.first(stage)
    given, before, entry = line.given(stage), everything(), last_entry()
    with undone():
        answer = door.use(stage, rightful(line), given)
        assert not answer.refused, answer
        assert bool(changed(before, everything())) is not line.quiet
        assert line.quiet or Entry.objects.filter(pk__gt=entry, outcome="done").exists()
    given = line.given(stage)  # a file that was read once is empty
    before = everything()
    with broken_trail():
        answer = door.use(stage, rightful(line), given)
    assert changed(before, everything()) == []
    assert line.quiet or answer.status == 500, answer


@pytest.mark.parametrize("role", [*ROLES, "anonymous"])
def test_no_page_changes_anything_by_being_looked_at(stage: Stage, role: str) -> None:
    client, before, entry = stage.client("acme", role), everything(), last_entry()
    for name in PAGES:
        client.get(stage.address(name))
        assert changed(before, everything()) == [], name
    assert last_entry() == entry


# Limits


@pytest.mark.parametrize("door", [door for door in DOORS if line_of(door).outside is not no_value], ids=str)
def test_a_value_outside_its_window_gets_nowhere_and_the_refusal_is_on_record(stage: Stage, door: Door) -> None:
    line = line_of(door)
    given, before, entry = line.outside(stage), everything(), last_entry()
    answer = door.use(stage, rightful(line), given)
    assert answer.refused, answer
    assert changed(before, everything()) == []
    (refusal,) = Entry.objects.filter(pk__gt=entry)
    assert refusal.outcome == "refused"
    assert json.loads(bytes(refusal.leaf))["data"]["code"] == "outside_limits"


# Approvals


@each_door
def test_nothing_goes_live_without_its_approvals(stage: Stage, door: Door) -> None:
    """As things are, version 2 waits for its review; nobody's use of any door makes it what clients get."""
    line, before = line_of(door), served()
    for role in ROLES if door.has_people else ("system",):
        with undone():
            door.use(stage, ("acme", role), line.given(stage))
            after = served()
        assert {place: version for place, (version, _bytes) in after.items()} == {
            place: version for place, (version, _bytes) in before.items()
        }, role
        assert line.republishes or after == before, role


@each_door
def test_ones_own_approval_never_counts(stage: Stage, door: Door) -> None:
    """The administrator, who may do everything in the organization, wrote the version that waits."""
    some.set_values(stage.acme, by="administrator", safety__danger_caveats="off", tone__insults="on")
    mine = some.submit(stage.acme, by="administrator")
    door.use(stage, ("acme", "administrator"), line_of(door).given(stage))
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


@pytest.mark.parametrize("door", those(Whose.NAMED, Whose.OWN), ids=str)
def test_a_stranger_changes_nothing_and_learns_nothing(stage: Stage, door: Door) -> None:
    """The same with what belongs to somebody else is answered like the same with what does not exist."""
    line = line_of(door)
    line.first(stage)
    given, before = line.given(stage), of_acme()
    for role in STRANGERS:
        with undone():
            answer = door.use(stage, ("other", role), given)
            assert changed(before, of_acme()) == [], role
        assert line.whose is Whose.OWN or answer.status == 404, (role, answer)
        if door.kind in ("page", "htmx"):
            with undone():
                missing = door.use(stage, ("other", role), unknown(given), missing=True)
            assert missing.status == answer.status, role
            assert not answer.refused or plain(missing) == plain(answer), role


@pytest.mark.parametrize("door", those(Whose.INSTALLATION), ids=str)
def test_what_is_everybodys_is_changed_by_stewards_alone(stage: Stage, door: Door) -> None:
    line = line_of(door)
    line.first(stage)
    before = everything()
    for role in STRANGERS:
        answer = door.use(stage, ("other", role), line.given(stage))
        assert answer.status == 403, role
        assert changed(before, everything()) == [], role


def unknown(given: dict[str, object]) -> dict[str, object]:
    """The same form, naming a product that does not exist."""
    return {name: "no-such" if value == "helper" else value for name, value in given.items()}


def plain(answer: Answer) -> str:
    """An answer without what differs from one request to the next, and without what was asked for."""
    text = re.sub(r'(csrfmiddlewaretoken" value=|"X-CSRFToken": )"\w+"', "", answer.text)
    return text.replace("no-such", "helper")
