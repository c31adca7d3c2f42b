"""Whose work a version is: none of them reviews it."""

from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.utils import timezone

from profiles.actions.products import change_product
from profiles.actions.restoring import restore_version
from profiles.errors import OwnWork
from profiles.models import Review
from profiles.tests import cast as some
from profiles.tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


def test_nobody_reviews_a_version_that_holds_their_edit_whoever_submitted_it(acme: Cast) -> None:
    """An administrator may edit and review, and so must not get a change of theirs through by another one's name."""
    some.set_values(acme, "administrator", views__balanced="off")
    version = some.submit(acme, "editor")
    assert version.writers == [acme.actor("administrator").id]
    with pytest.raises(OwnWork):
        some.approve(acme, version, "administrator")
    assert not Review.objects.exists()
    some.approve(acme, version, "approver")


def test_an_edit_that_was_taken_back_makes_nobody_a_writer(acme: Cast) -> None:
    some.set_values(acme, "administrator", views__balanced="off")
    some.set_values(acme, "administrator", views__balanced=None)
    some.set_values(acme, "editor", tone__profanity="on")
    version = some.submit(acme, "editor")
    assert version.writers == []
    some.approve(acme, version, "administrator")


def test_a_value_that_another_one_changed_again_is_the_work_of_both(acme: Cast) -> None:
    some.make_active(acme, tone__profanity="on")
    some.set_values(acme, "administrator", format__length="brief")
    some.set_values(acme, "editor2", format__length="thorough")
    version = some.submit(acme, "editor")
    assert version.writers == sorted(acme.actor(name).id for name in ("administrator", "editor2"))


def test_who_moved_the_product_wrote_of_the_version_that_says_so(acme: Cast) -> None:
    product = acme.product
    some.make_active(acme, format__length="brief")
    product.refresh_from_db()
    change_product(
        product,
        facts={"audience": "minors"},
        platforms=["reference"],
        model_names={},
        seen=product.place_tag,
        by=acme.actor("administrator"),
        now=timezone.now(),
    )
    acme.product.draft.product.refresh_from_db()
    version = some.submit(acme, "editor")
    assert acme.actor("administrator").id in version.writers


def test_the_database_refuses_a_review_by_whoever_wrote_some_of_it(acme: Cast) -> None:
    some.set_values(acme, "administrator", views__balanced="off")
    version = some.submit(acme, "editor")
    by = acme.actor("administrator")
    with pytest.raises(IntegrityError, match="somebody other than the author"):
        Review.objects.create(
            version=version,
            decision="approved",
            digest=version.digest,
            reviewer_id=by.id,
            reviewer_name=by.name,
            at=timezone.now(),
        )


def test_work_stays_ones_own_when_it_is_restored_by_another(acme: Cast) -> None:
    some.set_values(acme, "administrator", views__balanced="off")
    first = some.submit(acme, "administrator")
    some.make_active(acme, tone__profanity="on", views__balanced=None)
    restored = restore_version(first, note_text="Again.", by=acme.actor("editor"), now=timezone.now())
    with pytest.raises(OwnWork):
        some.approve(acme, restored, "administrator")
