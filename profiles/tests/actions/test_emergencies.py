"""What may go live without approval: what only tightens, at once; what tightens or restores, in an emergency."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audits.models import Entry
from profiles import queries
from profiles.actions import activations, restoring
from profiles.actions.attestations import revoke_attestation
from profiles.actions.drafts import edit_draft
from profiles.actions.holds import place_hold
from profiles.actions.products import change_product
from profiles.actions.reviews import decline_version, request_changes
from profiles.errors import Forbidden, InvalidInput, NotApproved, OwnWork, StaleVersion, WrongState
from profiles.models import Activation, Version
from profiles.queries import Stored
from profiles.queries.rulebooks import law_packs
from profiles.tests import cast as some
from profiles.tests.cast import Cast
from profiles.tests.harbor import behavior, publish_harbor

pytestmark = pytest.mark.django_db
Basis = Activation.Basis


@pytest.fixture
def acme() -> Cast:
    """Live in production: caveats off, profanity on."""
    cast = some.make_cast()
    some.make_active(cast, safety__danger_caveats="off", tone__profanity="on")
    return cast


def tightened(acme: Cast) -> Version:
    some.set_values(acme, tone__profanity="off")
    return some.submit(acme)


def loosened(acme: Cast) -> Version:
    some.set_values(acme, views__balanced="off")
    return some.submit(acme)


def restored(acme: Cast, version: Version, by: str = "editor") -> Version:
    return restoring.restore_version(version, note_text="It was better.", by=acme.actor(by), now=timezone.now())


def break_glass(
    acme: Cast, version: Version, by: str = "approver", environment: str = "production", reason: str = "Harm."
) -> Activation:
    place = acme.organization.environments.get(slug=environment)
    return activations.activate_version(
        version, environment=place, reason=reason, break_glass=True, by=acme.actor(by), now=timezone.now()
    )


def _move(acme: Cast, **facts: str) -> None:
    change_product(
        acme.product,
        facts=facts,
        platforms=["reference"],
        model_names={},
        seen=acme.product.place_tag,
        by=acme.actor("editor"),
        now=timezone.now(),
    )
    acme.product.refresh_from_db()


def at_once_never(acme: Cast) -> None:
    acme.organization.environments.update(tightening_at_once=False)


def last_entry(kind: str = "profile.version.activated") -> dict[str, Any]:
    entry = Entry.objects.filter(kind=kind).order_by("-id").first()
    assert entry is not None
    return entry.content()


# What only becomes stricter


def test_what_only_becomes_stricter_goes_live_at_once_by_its_own_author_and_waits_for_its_review(acme: Cast) -> None:
    version = tightened(acme)
    activation = some.activate(acme, version, by="editor")
    assert activation.basis == Basis.TIGHTENING
    assert last_entry()["data"]["basis"] == "tightening"
    assert queries.unreviewed(acme.actor("editor")) == [activation]
    assert queries.waiting(acme.actor("approver")) == [version]
    some.approve(acme, version)
    assert queries.unreviewed(acme.actor("editor")) == []
    assert queries.waiting(acme.actor("approver2")) == []


def test_its_author_cannot_be_the_one_who_reviews_it_afterwards(acme: Cast) -> None:
    some.set_values(acme, by="administrator", tone__profanity="off")
    version = some.submit(acme, by="administrator")
    some.activate(acme, version, by="administrator")
    with pytest.raises(OwnWork):
        some.approve(acme, version, by="administrator")
    assert len(queries.unreviewed(acme.actor("administrator"))) == 1


def test_what_is_live_before_its_review_is_still_reviewed_after_a_newer_version_came(acme: Cast) -> None:
    version = tightened(acme)
    some.activate(acme, version, by="editor")
    newer = loosened(acme)
    assert queries.waiting(acme.actor("approver")) == [version, newer]
    some.approve(acme, version)
    assert queries.waiting(acme.actor("approver")) == [newer]


def test_an_environment_may_want_a_review_of_everything(acme: Cast) -> None:
    at_once_never(acme)
    with pytest.raises(NotApproved):
        some.activate(acme, tightened(acme))


@pytest.mark.parametrize(
    "settings",
    [
        {"views__balanced": "off"},
        {"tone__profanity": "off", "views__balanced": "off"},  # mixed
    ],
)
def test_what_loosens_anything_waits_for_approval(acme: Cast, settings: dict[str, Any]) -> None:
    some.set_values(acme, **settings)
    with pytest.raises(NotApproved):
        some.activate(acme, some.submit(acme))


def test_other_instructions_have_no_direction_so_they_wait(acme: Cast) -> None:
    draft = acme.product.draft
    draft.refresh_from_db()
    edit_draft(
        draft,
        by=acme.actor("editor"),
        now=timezone.now(),
        seen=draft.revision,
        settings={"tone.profanity": "off"},
        instructions="Be kind.",
    )
    version = some.submit(acme)
    with pytest.raises(NotApproved):
        some.activate(acme, version)
    with pytest.raises(NotApproved):
        break_glass(acme, version)


def test_a_wider_window_for_users_is_no_tightening(acme: Cast) -> None:
    wide = Stored.version(Version.objects.select_related("product__organization").get(number=1))
    narrow = replace(wide, windows={"tone.profanity": {"floor": "off", "ceiling": "off"}})
    assert queries.is_tightening(wide, narrow, timezone.now(), ())
    assert not queries.is_no_looser(narrow, wide, timezone.now())
    stricter = replace(wide, settings={"tone.profanity": "on"})  # caveats are back on
    assert queries.is_tightening(wide, stricter, timezone.now(), ())
    assert not queries.is_tightening(narrow, stricter, timezone.now(), ())


def test_what_a_law_forbids_until_its_last_day_must_not_come_up_by_itself_then(acme: Cast) -> None:
    some.set_values(acme, tone__profanity="off", views__balanced="off")
    curfew = behavior("moorings", strictest="on", default="on")
    curfew["organization"] = {"floor": "on", "ceiling": "on"}
    until = (timezone.now() + timedelta(days=3)).date()
    publish_harbor(
        platform="curfew",
        layer="law",
        behaviors={"views.balanced": curfew},
        rules=[],
        in_force={"until": until},
    )
    version = Version.objects.select_related("product__organization").get(number=1)
    before = replace(Stored.version(version), laws=law_packs({"audience": "adults"}))
    assert before.laws
    after = replace(before, settings={"safety.danger_caveats": "off", "views.balanced": "off"})
    now = timezone.now()
    assert queries.difference(before, after, now, ()).direction == "tightening", "profanity goes, and the law binds"
    assert not queries.is_tightening(before, after, now, ())
    assert not queries.is_no_looser(before, after, now)


def test_what_a_hold_keeps_down_today_must_not_come_up_by_itself_tomorrow(acme: Cast) -> None:
    some.set_values(acme, tone__profanity="off", views__balanced="off")
    version = some.submit(acme)
    place_hold(
        acme.organization,
        behavior="views.balanced",
        ceiling="on",
        reason="Until we know.",
        by=acme.actor("compliance"),
        now=timezone.now(),
    )
    ready = queries.readiness(version, [acme.production], timezone.now())[acme.production.pk]
    assert not ready.tightens  # today it would: the hold keeps views balanced, and profanity goes
    with pytest.raises(NotApproved):
        break_glass(acme, version)


def test_what_an_attestation_opened_when_it_was_written_is_no_tightening_once_that_ended(acme: Cast) -> None:
    claim = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=30))
    some.set_values(acme, content__explicit="on", tone__profanity="off")
    version = some.submit(acme)
    revoke_attestation(claim, comment="Lapsed.", by=acme.actor("steward"), now=timezone.now())
    ready = queries.readiness(version, [acme.production], timezone.now())[acme.production.pk]
    assert not ready.tightens  # today it would: explicit content is held back, profanity goes
    with pytest.raises(NotApproved):
        break_glass(acme, version)


def test_another_place_means_other_limits_so_it_waits(acme: Cast) -> None:
    _move(acme, audience="general")
    some.set_values(acme, tone__profanity="off")
    with pytest.raises(NotApproved):
        some.activate(acme, some.submit(acme))


def test_a_first_version_is_never_stricter_than_nothing(acme: Cast) -> None:
    """Staging serves nothing: there is nothing that it could be stricter than."""
    with pytest.raises(NotApproved):
        some.activate(acme, tightened(acme), environment="staging")


def test_a_reviewer_who_wants_changes_stops_what_would_go_live_at_once(acme: Cast) -> None:
    version = tightened(acme)
    request_changes(version, digest=version.digest, comment="No.", by=acme.actor("approver"), now=timezone.now())
    with pytest.raises(NotApproved, match="asked for changes"):
        some.activate(acme, version)


# Emergencies


def test_in_an_emergency_what_tightens_goes_live_where_everything_is_reviewed_first(acme: Cast) -> None:
    at_once_never(acme)
    version = tightened(acme)
    activation = break_glass(acme, version)
    assert activation.basis == Basis.BREAK_GLASS
    entry = last_entry()
    assert entry["data"]["basis"] == "break_glass"
    assert entry["data"]["reason"] == "Harm."
    assert queries.unreviewed(acme.actor("approver")) == [activation]


def test_an_emergency_asks_a_reason(acme: Cast) -> None:
    at_once_never(acme)
    with pytest.raises(InvalidInput):
        break_glass(acme, tightened(acme), reason=" ")


def test_an_emergency_never_loosens(acme: Cast) -> None:
    with pytest.raises(NotApproved, match="Without approval only"):
        break_glass(acme, loosened(acme))
    assert last_entry()["outcome"] == "refused"


@pytest.mark.parametrize("role", ["editor", "compliance", "auditor", "steward"])
def test_only_approvers_and_administrators_break_the_glass(acme: Cast, role: str) -> None:
    at_once_never(acme)
    with pytest.raises(Forbidden):
        break_glass(acme, tightened(acme), by=role)


def test_who_may_break_the_glass_needs_it_not_where_the_ordinary_way_is_open(acme: Cast) -> None:
    version = loosened(acme)
    some.approve(acme, version)
    assert break_glass(acme, version).basis == Basis.APPROVED


def test_in_an_emergency_what_was_approved_and_active_there_comes_back_though_it_loosens(acme: Cast) -> None:
    some.activate(acme, tightened(acme))
    version = restored(acme, Version.objects.get(number=1))
    with pytest.raises(NotApproved):
        some.activate(acme, version)
    assert break_glass(acme, version).basis == Basis.BREAK_GLASS


def test_what_was_never_active_there_does_not_come_back_so(acme: Cast) -> None:
    never = loosened(acme)
    some.activate(acme, tightened_further(acme))
    with pytest.raises(NotApproved):
        break_glass(acme, restored(acme, never))


def tightened_further(acme: Cast) -> Version:
    some.set_values(acme, views__balanced=None, tone__profanity="off")
    return some.submit(acme)


def test_what_was_active_in_another_environment_alone_does_not_come_back_so(acme: Cast) -> None:
    trial = loosened(acme)
    some.approve(acme, trial)
    some.activate(acme, trial, environment="staging")
    with pytest.raises(NotApproved):
        break_glass(acme, restored(acme, trial))


@pytest.mark.parametrize("reviewed", [True, False])
def test_what_went_live_unseen_comes_back_so_if_it_was_reviewed_afterwards(acme: Cast, reviewed: bool) -> None:
    early = tightened(acme)
    some.activate(acme, early)
    if reviewed:
        some.approve(acme, early)
    some.set_values(acme, safety__danger_caveats="on")
    some.activate(acme, some.submit(acme))
    version = restored(acme, early)
    ready = queries.readiness(version, [acme.production], timezone.now())[acme.production.pk]
    assert ready.restores is reviewed
    if reviewed:
        assert break_glass(acme, version).basis == Basis.BREAK_GLASS
    else:
        with pytest.raises(NotApproved):
            break_glass(acme, version)


def test_under_other_limits_an_earlier_version_is_not_what_was_approved(acme: Cast) -> None:
    some.activate(acme, tightened(acme))
    _move(acme, audience="general")
    with pytest.raises(NotApproved):
        break_glass(acme, restored(acme, Version.objects.get(number=1)))


def test_what_was_declined_since_does_not_come_back_so(acme: Cast) -> None:
    first = Version.objects.get(number=1)
    decline_version(first, digest=first.digest, comment="Harm.", by=acme.actor("approver2"), now=timezone.now())
    some.activate(acme, tightened(acme))
    with pytest.raises(NotApproved):
        break_glass(acme, restored(acme, first))


def test_what_was_declined_goes_live_by_no_way(acme: Cast) -> None:
    version = tightened(acme)
    decline_version(version, digest=version.digest, comment="No.", by=acme.actor("approver"), now=timezone.now())
    with pytest.raises(WrongState, match="declined"):
        some.activate(acme, version)
    with pytest.raises(WrongState, match="declined"):
        break_glass(acme, version)
    with pytest.raises(WrongState, match="declined"):
        some.approve(acme, version, by="approver2")


def test_an_emergency_gets_past_no_newer_version_and_no_staleness(acme: Cast) -> None:
    first = Version.objects.get(number=1)
    some.activate(acme, tightened(acme))
    with pytest.raises(StaleVersion):
        break_glass(acme, first)
