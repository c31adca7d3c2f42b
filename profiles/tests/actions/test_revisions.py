"""A new revision of a vendor's document becomes the next rulebook revision, one settled behavior after the other."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from audits.models import Entry, Recheck
from profiles.access import Actor
from profiles.actions import revisions
from profiles.actions.rulebooks import RefusedRulebook
from profiles.actions.sources import RefusedSource, import_source
from profiles.errors import Forbidden, InvalidInput, StaleDraft, WrongState
from profiles.models import RulebookDraft, RulebookRevision, SourceDocument
from profiles.queries import source_outline
from profiles.rulebook import revise
from profiles.tests import cast as some
from profiles.tests.cast import NOW, Cast
from profiles.tests.harbor import NEWER, NEWER_DAY, OLDER, OLDER_DAY, add_boat, import_charter, publish_harbor

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def steward(acme: Cast) -> Actor:
    return acme.actor("steward")


@pytest.fixture
def draft(steward: Actor) -> RulebookDraft:
    publish_harbor()
    before, after = import_charter(), import_charter(NEWER, NEWER_DAY)
    return revisions.start_revision(before, after=after, published=NEWER_DAY, by=steward, now=timezone.now())


def settle(
    draft: RulebookDraft, key: str, by: Actor, text: str | None = None, seen: int | None = None
) -> RulebookDraft:
    draft.refresh_from_db()
    return revisions.settle_behavior(
        draft, behavior=key, text=text, seen=draft.revision if seen is None else seen, by=by, now=timezone.now()
    )


def publish(draft: RulebookDraft, by: Actor) -> RulebookRevision:
    draft.refresh_from_db()
    return revisions.publish_revision(
        draft, title="Harbor rules, autumn", about="Ours.", seen=draft.revision, by=by, now=timezone.now()
    )


def edited(draft: RulebookDraft, key: str, before: str, after: str) -> str:
    draft.refresh_from_db()
    text = revise.part_of(draft.document, key)
    assert before in text
    return text.replace(before, after)


def entries(kind: str) -> list[dict[str, Any]]:
    return [row.content() for row in Entry.objects.filter(kind=kind).order_by("id")]


# Source documents


def test_a_document_is_kept_byte_for_byte_under_its_digest(steward: Actor) -> None:
    source = import_charter()
    source.refresh_from_db()
    assert bytes(source.body) == OLDER
    assert (source.sections, source.examples) == (9, 3)
    assert source_outline(source).digest == source.digest


def test_the_same_bytes_are_imported_once_and_other_bytes_of_one_day_are_another_revision(steward: Actor) -> None:
    first, again = import_charter(), import_charter()
    assert first == again
    other = import_charter(OLDER + b"\n<!-- -->\n")
    assert other.digest != first.digest
    assert len(entries("source.imported")) == 2


def test_what_is_no_such_document_is_refused_with_its_lines_and_nothing_is_kept(steward: Actor) -> None:
    twice = OLDER.replace(b"{#tides}", b"{#moorings authority=root}")
    with pytest.raises(RefusedSource) as refused:
        import_source(twice, platform="harbor", name="charter", published=OLDER_DAY, by=steward, now=NOW)
    assert any("moorings" in line and "line 44" in line for line in refused.value.fields["file"])
    assert not SourceDocument.objects.exists()
    (entry,) = entries("source.imported")
    assert entry["outcome"] == "refused"


def test_only_a_steward_imports(acme: Cast) -> None:
    with pytest.raises(Forbidden):
        import_source(
            OLDER, platform="harbor", name="charter", published=OLDER_DAY, by=acme.actor("administrator"), now=NOW
        )


def test_the_database_refuses_to_change_a_document(steward: Actor) -> None:
    source = import_charter()
    with pytest.raises(DatabaseError), transaction.atomic():
        SourceDocument.objects.filter(pk=source.pk).update(body=b"other")


# Settling


def test_the_behaviors_to_settle_are_those_that_cite_what_changed(draft: RulebookDraft) -> None:
    # Ten metres became twenty, the tide changed its authority, the radio's section is gone; safe_water was only
    # wrapped anew.
    assert draft.affected == ["course.near_ships", "course.tide", "radio.brief"]
    assert draft.document["documents"]["charter"]["date"] == "2026-09-01"
    assert draft.document["published"] == "2026-09-01"


def test_nothing_is_published_before_all_are_settled(draft: RulebookDraft, steward: Actor) -> None:
    settle(draft, "course.near_ships", steward)
    with pytest.raises(WrongState, match="2 behaviors are not settled"):
        publish(draft, steward)
    assert RulebookRevision.objects.filter(platform="harbor").count() == 1


def test_settled_behaviors_make_the_next_revision(draft: RulebookDraft, steward: Actor) -> None:
    settle(draft, "course.near_ships", steward, edited(draft, "course.near_ships", 'ceiling = "on"', 'ceiling = "off"'))
    settle(draft, "course.tide", steward)
    settle(draft, "radio.brief", steward, edited(draft, "radio.brief", "radio_brevity", "brevity"))
    revision = publish(draft, steward)
    book = revision.rulebook()
    assert (book.revision, book.title, book.note) == ("2026-09-01", "Harbor rules, autumn", "Ours.")
    assert book.behaviors["course.near_ships"].organization.is_lock
    assert book.behaviors["radio.brief"].citation.section == "brevity"
    assert [rule.id for rule in book.rules] == ["minors-no-tide"]
    draft.refresh_from_db()
    assert (draft.state, draft.published) == ("published", revision)
    assert [entry["after"] is not None for entry in entries("rulebook.settled")] == [True, False, True]
    assert [entry["data"]["kept"] for entry in entries("rulebook.settled")] == [False, True, False]


def test_a_citation_of_a_section_that_is_gone_is_refused(draft: RulebookDraft, steward: Actor) -> None:
    text = edited(draft, "radio.brief", "What it says.", "What it said.")
    with pytest.raises(InvalidInput) as refused:
        settle(draft, "radio.brief", steward, text)
    assert refused.value.fields == {"behaviors.radio.brief": ["cites radio_brevity, which the new document lacks"]}
    for key in draft.affected:
        settle(draft, key, steward)
    with pytest.raises(InvalidInput, match="lacks sections"):
        publish(draft, steward)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("not toml", "(text)"),
        ('name = "x"', "(text)"),
        ('[behavior]\nname = "x"\n[[rules]]\nbehavior = "course.tide"', "rules"),
        ('[behavior]\nname = "x"', "behaviors.course.near_ships.kind"),
    ],
)
def test_a_text_that_makes_no_rulebook_is_refused_by_its_path(
    draft: RulebookDraft, steward: Actor, text: str, path: str
) -> None:
    with pytest.raises(RefusedRulebook) as refused:
        settle(draft, "course.near_ships", steward, text)
    assert path in refused.value.fields
    draft.refresh_from_db()
    assert draft.settled == {}


def test_two_stewards_do_not_settle_the_same_behavior_over_each_other(draft: RulebookDraft, steward: Actor) -> None:
    seen = draft.revision
    settle(draft, "course.tide", steward)
    settle(draft, "course.near_ships", steward, seen=seen)  # another behavior is nobody's loss
    with pytest.raises(StaleDraft):
        settle(draft, "course.tide", steward, seen=seen)


def test_a_platform_has_one_next_revision_at_a_time(draft: RulebookDraft, steward: Actor) -> None:
    with pytest.raises(WrongState, match="settled already"):
        revisions.start_revision(
            draft.source_before, after=draft.source_after, published=NEWER_DAY, by=steward, now=timezone.now()
        )
    revisions.abandon_revision(draft, by=steward, now=timezone.now())
    again = revisions.start_revision(
        draft.source_before, after=draft.source_after, published=NEWER_DAY, by=steward, now=timezone.now()
    )
    assert again.settled == {}


def test_a_published_or_abandoned_revision_takes_nothing_more(draft: RulebookDraft, steward: Actor) -> None:
    revisions.abandon_revision(draft, by=steward, now=timezone.now())
    with pytest.raises(WrongState, match="abandoned"):
        settle(draft, "course.tide", steward)


def test_only_a_steward_settles(draft: RulebookDraft, acme: Cast) -> None:
    with pytest.raises(Forbidden):
        settle(draft, "course.tide", acme.actor("administrator"))


def test_publishing_asks_for_a_look_at_every_product_and_changes_none(
    draft: RulebookDraft, steward: Actor, acme: Cast
) -> None:
    boat = Cast(acme.organization, add_boat(acme), acme.users)
    version = some.make_active(boat, course__near_ships="on")
    served = boat.product.published_profiles.get().digest
    for key in ("course.near_ships", "course.tide"):
        settle(draft, key, steward)
    settle(draft, "radio.brief", steward, edited(draft, "radio.brief", "radio_brevity", "brevity"))
    revision = publish(draft, steward)
    recheck = Recheck.objects.get(revision=revision)
    assert (recheck.total, recheck.platform, recheck.state) == (1, "harbor", "running")
    assert boat.product.published_profiles.get().digest == served
    version.refresh_from_db()
    assert version.rulebooks[0]["revision"] == "2026-03-01"
