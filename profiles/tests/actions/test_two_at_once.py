"""Two people at the same moment, each on a connection of their own."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from audits.models import Entry
from config.tests import support
from profiles.access import Role
from profiles.actions.drafts import edit_draft
from profiles.actions.environments import move_environment
from profiles.actions.members import Invitation, LastAdministrator, change_member, invite_member, remove_member
from profiles.actions.organizations import create_organization
from profiles.actions.password_links import SHOWN, make_token, uid_of
from profiles.actions.passwords import LinkEnded, set_password
from profiles.actions.products import create_product, remove_product
from profiles.actions.reviews import request_changes
from profiles.actions.schedules import cancel_schedule, carry_out_due
from profiles.errors import DomainError, InvalidInput, NotApproved, StaleDraft, StaleVersion, WrongState
from profiles.models import Activation, Draft, Member, Organization, Product, Schedule, User, Version
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Run all of them at the same time; returns what each gave or the refusal that it met."""
    gate = threading.Barrier(len(acts))
    results: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=10)
            results[place] = act()
        except DomainError as refusal:
            results[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def editing(acme: Cast, role: str, settings: dict[str, Any]) -> Callable[[], Draft]:
    draft, actor = Draft.objects.get(product=acme.product), acme.actor(role)
    return lambda: edit_draft(draft, by=actor, now=timezone.now(), seen=draft.revision, settings=settings)


def test_two_editors_of_different_behaviors_both_get_through(acme: Cast) -> None:
    at_once(
        editing(acme, "editor", {"safety.danger_caveats": "off"}),
        editing(acme, "editor2", {"views.balanced": "off"}),
    )
    draft = Draft.objects.get(product=acme.product)
    assert draft.settings == {"safety.danger_caveats": "off", "views.balanced": "off"}
    assert draft.revision == 2


def test_of_two_editors_of_one_behavior_the_second_is_asked(acme: Cast) -> None:
    results = at_once(
        editing(acme, "editor", {"format.length": "brief"}),
        editing(acme, "editor2", {"format.length": "thorough"}),
    )
    assert sum(isinstance(result, StaleDraft) for result in results) == 1
    kept = next(result for result in results if isinstance(result, Draft))
    assert Draft.objects.get(product=acme.product).settings == kept.settings


def test_two_submissions_of_one_draft_get_two_numbers(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    at_once(lambda: some.submit(acme, by="editor"), lambda: some.submit(acme, by="editor2"))
    assert sorted(Version.objects.values_list("number", flat=True)) == [1, 2]


def test_of_two_activations_of_one_version_one_is_told_that_it_is_done(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    results = at_once(
        lambda: some.activate(acme, version, by="approver"), lambda: some.activate(acme, version, by="editor")
    )
    assert sum(isinstance(result, StaleVersion) for result in results) == 1
    assert Activation.objects.count() == 1
    assert Entry.objects.filter(kind="profile.version.activated").count() == 2  # one done, one refused


def test_two_workers_at_once_carry_a_schedule_out_once(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    row = some.schedule(acme, version)
    with support.unrecorded():
        Schedule.objects.update(due_at=timezone.now())
    worker = functools.partial(carry_out_due, now=timezone.now())
    assert sum(at_once(worker, worker, worker)) == 1
    assert Activation.objects.get().schedule == row
    assert Entry.objects.filter(kind="profile.version.activated").count() == 1


def test_a_schedule_that_is_due_and_somebody_who_activates_do_it_once(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    some.schedule(acme, version)
    with support.unrecorded():
        Schedule.objects.update(due_at=timezone.now())
    at_once(lambda: carry_out_due(now=timezone.now()), lambda: some.activate(acme, version))
    assert Activation.objects.count() == 1
    assert Schedule.objects.get().state in (Schedule.State.DONE, Schedule.State.CANCELLED, Schedule.State.REFUSED)


def test_canceling_and_carrying_out_cannot_both_happen(acme: Cast) -> None:
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    row = some.schedule(acme, version)
    with support.unrecorded():
        Schedule.objects.update(due_at=timezone.now())
    by = acme.actor("approver")
    at_once(lambda: carry_out_due(now=timezone.now()), lambda: cancel_schedule(row, by=by, now=timezone.now()))
    row.refresh_from_db()
    assert (row.state, Activation.objects.count()) in (("done", 1), ("cancelled", 0))


def test_a_review_and_an_activation_cannot_pass_each_other(acme: Cast) -> None:
    """Whichever comes first: nothing is activated after somebody asked for changes."""
    some.set_values(acme, safety__danger_caveats="off")
    version = some.submit(acme)
    some.approve(acme, version)
    by = acme.actor("approver2")
    activated, _review = at_once(
        lambda: some.activate(acme, version),
        lambda: request_changes(version, digest=version.digest, comment="Wait.", by=by, now=timezone.now()),
    )
    order = list(
        Entry.objects.filter(kind__in=("profile.version.activated", "profile.version.changes_requested"))
        .order_by("id")
        .values_list("kind", "outcome")
    )
    if isinstance(activated, NotApproved):
        assert order == [("profile.version.changes_requested", "done"), ("profile.version.activated", "refused")]
    else:
        assert order == [("profile.version.activated", "done"), ("profile.version.changes_requested", "done")]


# The organization itself


def administrators(acme: Cast) -> tuple[Member, Member]:
    rows = {name: acme.organization.members.get(user=acme.users[name]) for name in ("administrator", "editor2")}
    rows["editor2"].role = Role.ADMINISTRATOR.value
    with support.unrecorded():
        rows["editor2"].save()
    return rows["administrator"], rows["editor2"]


def test_two_administrators_who_remove_each_other_leave_one(acme: Cast) -> None:
    first, second = administrators(acme)
    by = [acme.actor("administrator"), acme.actor("editor2")]
    results = at_once(
        lambda: remove_member(second, by=by[0], now=timezone.now()),
        lambda: remove_member(first, by=by[1], now=timezone.now()),
    )
    assert sum(isinstance(result, LastAdministrator) for result in results) == 1
    assert acme.organization.members.filter(role="administrator").count() == 1


def test_two_administrators_who_demote_each_other_leave_one(acme: Cast) -> None:
    rows = administrators(acme)
    by = [acme.actor("editor2"), acme.actor("administrator")]

    def demote(place: int) -> Callable[[], Member]:
        change = {"role": Role.EDITOR, "expires_at": None, "seen": "administrator"}
        return lambda: change_member(rows[place], by=by[place], now=timezone.now(), **change)  # type: ignore[arg-type]

    results = at_once(demote(0), demote(1))
    assert sum(isinstance(result, LastAdministrator) for result in results) == 1


def test_one_address_becomes_one_account(acme: Cast) -> None:
    rival = some.make_cast("rival", "other")

    def invite(cast: Cast) -> Callable[[], Invitation]:
        by, now = cast.actor("administrator"), timezone.now()
        role = Role.EDITOR
        return lambda: invite_member(cast.organization, email="n@x.example", name="N", role=role, by=by, now=now)

    results = at_once(invite(acme), invite(rival))
    assert User.objects.filter(email="n@x.example").count() == 1
    assert sum(isinstance(result, InvalidInput) for result in results) == 1


def test_one_slug_becomes_one_product(acme: Cast) -> None:
    by = acme.actor("administrator")

    def make() -> Product:
        form = {"slug": "twin", "name": "Twin", "facts": {}, "platforms": ["reference"]}
        return create_product(acme.organization, by=by, now=timezone.now(), **form)  # type: ignore[arg-type]

    results = at_once(make, make)
    assert sum(isinstance(result, InvalidInput) for result in results) == 1
    assert Product.objects.filter(slug="twin").count() == 1


def test_one_slug_becomes_one_organization(acme: Cast) -> None:
    def make() -> Organization:
        return create_organization(slug="twin", name="Twin", by=SYSTEM, now=timezone.now())

    results = at_once(make, make)
    assert sum(isinstance(result, InvalidInput) for result in results) == 1


def test_one_link_sets_one_password(acme: Cast) -> None:
    user = acme.users["editor"]
    uid, token = uid_of(user), make_token(user, SHOWN, timezone.now())
    texts = ["nine tall sunflowers", "seven short tulips"]
    results = at_once(
        *(lambda text=text: set_password(uid, token=token, password=text, now=timezone.now()) for text in texts)
    )
    assert sum(isinstance(result, LinkEnded) for result in results) == 1


def test_of_two_removals_the_second_is_told(acme: Cast) -> None:
    by = acme.actor("administrator")

    def remove() -> None:
        remove_product(acme.product, typed_slug="helper", reason="R.", by=by, now=timezone.now())

    results = at_once(remove, remove)
    assert sum(isinstance(result, WrongState) for result in results) == 1
    assert Entry.objects.filter(kind="product.removed", outcome="done").count() == 1


def test_two_who_move_environments_lose_none(acme: Cast) -> None:
    by, now = acme.actor("administrator"), timezone.now()
    at_once(
        lambda: move_environment(acme.staging, later=True, by=by, now=now),
        lambda: move_environment(acme.production, later=False, by=by, now=now),
    )
    assert sorted(acme.organization.environments.values_list("position", flat=True)) == [0, 1]
