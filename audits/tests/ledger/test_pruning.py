"""What was kept long enough goes, from the beginning of its log, and nothing else ever does."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction
from django.test import override_settings
from django.utils import timezone

from audits.ledger import keys, pruning, read
from audits.ledger.bundle import bundle_of
from audits.ledger.verification import Finding, Wrong, examine, verify
from audits.log import notes, proofs
from audits.log import verify as verifier
from audits.models import (
    ActorName,
    Checkpoint,
    Destination,
    Disclosure,
    Entry,
    Leaf,
    LegalHold,
    Log,
    Pruning,
    Retention,
    Tally,
    Tile,
    Unplaced,
    Untold,
)
from audits.tests.ledger.old import happened, keep_for
from audits.tests.ledger.test_sequence import execute, happen, log, place_all
from audits.trail.kinds import Kind
from audits.trail.record import record
from profiles.access import Actor, system
from profiles.actions.retention import place_legal_hold, release_legal_hold
from profiles.models import Notice, Organization
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    """600 entries of a year ago, those of the cast, and 300 of now."""
    place_all()
    happened("acme", 600, days=365)
    place_all()
    made = some.make_cast("acme")
    happen("acme", 300)
    place_all()
    return made


@pytest.fixture
def acme(cast: Cast) -> Log:
    return log("acme")


def prune() -> int:
    return pruning.prune_nightly(now=timezone.now())


def prune_by_hand(found: Log, end: int, *, start: int | None = None, told: bool = True) -> None:
    """As whoever may call the function could, in a transaction of its own."""
    with transaction.atomic():
        data = {"start": found.minimum if start is None else start, "end": end}
        entry = record(Kind.LOG_PRUNED, who=SYSTEM, at=timezone.now(), organization=found.organization, data=data)
        execute(f"SELECT prune_log({found.pk}, {end}, {entry.pk if told else Entry.objects.earliest('pk').pk})")


# What is refused, by the database itself


def test_what_is_kept_for_ever_stays(acme: Log) -> None:
    assert prune() == 0
    with pytest.raises(DatabaseError, match="kept for ever"):
        prune_by_hand(acme, 256)
    keep_for("acme", 6)
    keep_for("acme", None)
    assert prune() == 0
    with pytest.raises(DatabaseError, match="kept for ever"):
        prune_by_hand(acme, 256)


def test_nothing_goes_in_the_week_after_it_was_set(acme: Log) -> None:
    keep_for("acme", 6, days=6)
    assert prune() == 0
    with pytest.raises(DatabaseError, match="less than 7 days"):
        prune_by_hand(acme, 256)


def test_no_retention_is_under_six_months_or_of_yesterday(acme: Log, cast: Cast) -> None:
    keep_for("acme", 6)
    for change in ("months = 5", "set_at = now() - interval '8 days'"):
        with pytest.raises(DatabaseError), transaction.atomic():
            execute(f"UPDATE audits_retention SET {change}")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute("DELETE FROM audits_retention")


def test_nothing_goes_under_a_legal_hold(acme: Log, cast: Cast) -> None:
    keep_for("acme", 6)
    by = cast.actor("compliance")
    hold = place_legal_hold(cast.organization, reference="4 O 17/26", reason="A claim.", by=by, now=timezone.now())
    assert prune() == 0
    with pytest.raises(DatabaseError, match="under a legal hold"):
        prune_by_hand(acme, 256)
    for change in ("reference = 'other'", "released_at = NULL", "placed_at = now()"):
        with pytest.raises(DatabaseError, match="stands until"), transaction.atomic():
            execute(f"UPDATE audits_legalhold SET {change}")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        execute("DELETE FROM audits_legalhold")
    release_legal_hold(hold, reason="It was settled.", by=by, now=timezone.now())
    with pytest.raises(DatabaseError, match="stands until"), transaction.atomic():
        execute("UPDATE audits_legalhold SET released_at = NULL")
    assert prune() == 512


def test_only_a_whole_beginning_that_is_old_signed_and_told_of(acme: Log) -> None:
    keep_for("acme", 6)
    for end, start, told, why in (
        (255, None, True, "whole bundles"),
        (768, None, True, "not all of this is old enough"),
        (0, None, True, "pruning_of_something"),
        (1 << 15, None, True, "64 of them"),
        (512, 256, True, "no entry tells"),
        (512, None, False, "no entry tells"),
    ):
        with pytest.raises(DatabaseError, match=why):
            prune_by_hand(acme, end, start=start, told=told)
    with pytest.raises(DatabaseError, match="goes on where it ended"), transaction.atomic():
        execute(
            f'INSERT INTO audits_pruning (log_id, start, "end", months, at, entry_id)'
            f" VALUES ({acme.pk}, 256, 512, 6, now(), 1)"
        )
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        execute(f"UPDATE audits_log SET minimum = 256 WHERE id = {acme.pk}")
    assert Entry.objects.filter(placed__log=acme).count() == acme.size


def test_no_entry_that_was_not_pruned_is_deleted(acme: Log) -> None:
    keep_for("acme", 6)
    assert prune() == 512
    for statement in (
        "DELETE FROM audits_entry WHERE id IN (SELECT entry_id FROM audits_leaf WHERE index = 512)",
        "DELETE FROM audits_entry WHERE organization = ''",
        "DELETE FROM audits_disclosure",
        "DELETE FROM audits_pruning",
        "UPDATE audits_pruning SET start = 256",
        "TRUNCATE audits_pruning",
    ):
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            execute(statement)


def test_what_has_no_place_yet_stays(cast: Cast) -> None:
    keep_for("acme", 6)
    waiting = happened("acme", 256, days=365)
    prune()
    assert Entry.objects.filter(pk__in=waiting).count() == 256 == Unplaced.objects.filter(pk__in=waiting).count()


def test_one_that_is_young_among_old_ones_stops_it(cast: Cast) -> None:
    """An entry that was written late, as by a clock that was wrong, is not overtaken."""
    found = log("acme")
    keep_for("acme", 6)
    assert prune() == 512
    happened("acme", 600, days=365)
    place_all()
    assert log("acme").size > 1_400
    assert prune() == 0
    assert log("acme").minimum == 512 == found.minimum + 512


# What goes, and what stays


def test_entries_go_with_all_that_was_known_of_them(cast: Cast, acme: Log) -> None:
    gone = list(Leaf.objects.filter(log=acme, index__lt=512).values_list("pk", flat=True))
    stay = Entry.objects.filter(organization="acme").exclude(pk__in=gone).count()
    user = cast.users["editor"].pk
    told = Notice.objects.create(
        user_id=user, organization=cast.organization, entry_id=gone[0], key="k", topic="limits", at=timezone.now(),
        in_inbox=True, mail="none",
    )  # fmt: skip
    Untold.objects.create(entry_id=gone[1], gave_up=True)
    tiles, checkpoints = Tile.objects.count(), Checkpoint.objects.count()
    keep_for("acme", 6)
    assert prune() == 512
    assert not Entry.objects.filter(pk__in=gone).exists()
    assert not Disclosure.objects.filter(entry_id__in=gone).exists()
    assert not Notice.objects.filter(pk=told.pk).exists()
    assert not Untold.objects.filter(pk__in=gone).exists()
    assert Leaf.objects.filter(pk__in=gone).count() == 512
    assert (Tile.objects.count(), Checkpoint.objects.count()) == (tiles, checkpoints)
    assert Entry.objects.filter(organization="acme").count() == stay + 2  # the retention, and the pruning


def test_counts_are_of_what_is_there(acme: Log) -> None:
    keep_for("acme", 6)
    prune()
    place_all()
    counted = Tally.objects.filter(organization="acme", facet="")
    assert sum(counted.values_list("count", flat=True)) == Entry.objects.filter(organization="acme").count()
    assert not Tally.objects.filter(count=0).exists()


def test_a_name_goes_with_the_last_entry_of_whoever_bore_it(cast: Cast) -> None:
    who = Actor(cast.actor("editor").type, "user:99", "Old Hand", frozenset(), auth="password")
    happened("other", 300, days=400, who=who)
    happened("other", 300, days=400)
    place_all()
    Organization.objects.create(slug="other", name="Other", created_at=timezone.now())
    record(Kind.ORGANIZATION_CREATED, who=SYSTEM, at=timezone.now(), organization="other")
    place_all()
    keep_for("other", 6)
    assert ActorName.objects.filter(organization="other", name="Old Hand").exists()
    assert prune() == 512
    assert not ActorName.objects.filter(organization="other", name="Old Hand").exists()
    assert ActorName.objects.filter(organization="other", actor_id=SYSTEM.id).exists()


def test_pruning_is_told_of_in_the_name_of_whoever_set_it(cast: Cast, acme: Log) -> None:
    keep_for("acme", 13, by=cast.actor("administrator"))
    assert prune() == 0  # they are no more than a year old
    keep_for("acme", 11, by=cast.actor("administrator"))
    assert prune() == 512
    entry = Entry.objects.get(kind=Kind.LOG_PRUNED)
    content = entry.content()
    assert content["data"] == {"start": 0, "end": 512, "count": 512, "months": 11}
    assert (content["actor"]["type"], content["actor"]["on_behalf_of"]) == ("system", cast.actor("administrator").id)
    row = Pruning.objects.get()
    assert (row.start, row.end, row.months, row.entry_id) == (0, 512, 11, entry.pk)
    place_all()
    assert prune() == 0
    assert examine(log("acme")).finding is None


def test_it_waits_for_witnesses_and_destinations(cast: Cast, acme: Log, tmp_path: Path) -> None:
    keep_for("acme", 6)
    key = notes.Verifier("witness.example/w", notes.COSIGNATURE, b"\x01" * 32)
    policy = f"witness w {key}\ngroup g all w\nquorum g\n"
    with override_settings(BRIGHTLINE_LOG_POLICY=policy):
        assert prune() == 0
    row = Destination.objects.create(
        organization=cast.organization, kind="webhook", url="https://x.example/", created_by="x",
        created_at=timezone.now(), due_at=timezone.now(), asked_at=timezone.now(), position=300,
    )  # fmt: skip
    record(Kind.DESTINATION_CREATED, who=SYSTEM, at=timezone.now(), organization="acme")
    assert prune() == 256
    Destination.objects.filter(pk=row.pk).update(stopped_at=timezone.now())
    record(Kind.DESTINATION_CHANGED, who=SYSTEM, at=timezone.now(), organization="acme")
    assert pruning.prune(log("acme"), now=timezone.now()) == 256


# Proofs of before and of now


def test_old_proofs_and_new_ones_hold(acme: Log) -> None:
    pk = Leaf.objects.get(log=acme, index=100).pk
    entry = Entry.objects.get(pk=pk)
    leaf, before = bytes(entry.leaf), read.proof_of(entry)
    kept = read.latest(acme)
    keep_for("acme", 6)
    prune()
    happen("acme", 3)
    place_all()
    key = keys.verifiers(acme.origin)[0]
    found = pruning.pruned("acme", pk)
    assert before is not None
    assert kept is not None
    assert found is not None
    assert found.hash == verifier.hash_leaf(leaf)
    assert proofs.check(leaf, before, key).size == kept.size
    assert proofs.check(leaf, str(read.proof_at(found.leaf)), key).size == log("acme").size
    assert pruning.pruned("", pk) is None
    assert pruning.pruned("acme", Leaf.objects.get(log=acme, index=513).pk) is None


def test_a_bundle_of_before_verifies_and_a_new_one_says_what_went(acme: Log) -> None:
    def bundle() -> bytes:
        made = bundle_of(log("acme"))
        assert made is not None
        with made.file as file:
            return file.read()

    before = bundle()
    kept = read.latest(acme)
    assert kept is not None
    keep_for("acme", 6)
    prune()
    place_all()
    assert verifier.verify(before).size == kept.size
    after = bundle()
    verdict = verifier.verify(after, kept=kept.note)
    said = "\n".join(verdict.checked)
    size = log("acme").size
    assert f"The {size - 512} entries at the places 512 to {size - 1} of {size} are there" in said
    assert "The entries before place 512 were pruned, as the entry at place" in said
    assert "What they said was not checked" in said
    assert f"The first {kept.size} entries are those of the checkpoint that you kept." in said
    files = verifier.unpack(after)
    assert json.loads(files["manifest.json"])["minimum"] == 512


@pytest.mark.parametrize("claimed", [0, 256, 513, -1, "512", True])
def test_a_bundle_that_claims_another_beginning_is_refused_or_does_not_count(acme: Log, claimed: object) -> None:
    keep_for("acme", 6)
    prune()
    place_all()
    made = bundle_of(log("acme"))
    assert made is not None
    files = verifier.unpack(made.file.read())
    manifest = {**json.loads(files["manifest.json"]), "minimum": claimed}
    files["manifest.json"] = verifier.canonical(manifest)
    if claimed in (0, 256) and claimed is not True:
        said = verifier.verify(verifier.pack(files))
        assert not any("were pruned, as" in sentence for sentence in said.checked)
    else:
        with pytest.raises(verifier.Wrong):
            verifier.verify(verifier.pack(files))


# Verification of the whole log


def test_verification_says_what_was_pruned_and_never_counts_it(acme: Log) -> None:
    keep_for("acme", 6)
    prune()
    place_all()
    row = verify(log("acme"), by=system("verify_log"))
    assert row is not None
    assert (row.finding, row.pruned, row.size) == ("", 512, log("acme").size)
    assert Entry.objects.filter(kind=Kind.LOG_VERIFIED).latest("pk").content()["data"]["pruned"] == 512


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("DELETE FROM audits_entry WHERE id = (SELECT entry_id FROM audits_leaf WHERE index = 512 AND log_id = {log})",
         (Wrong.ENTRY_MISSING, 512)),
        ("UPDATE audits_tile SET hashes = overlay(hashes PLACING '\\x00' FROM 33) WHERE level = 0 AND number = 1"
         " AND log_id = {log}", (Wrong.ROOT_DIFFERS, 300)),
        ("DELETE FROM audits_tile WHERE level = 0 AND number = 1 AND log_id = {log}", (Wrong.LEAF_DIFFERS, 256)),
        ("UPDATE audits_log SET minimum = 768 WHERE id = {log}", (Wrong.PRUNED_UNTOLD, 512)),
        ("DELETE FROM audits_pruning WHERE log_id = {log}", (Wrong.PRUNED_UNTOLD, 0)),
        ("UPDATE audits_pruning SET entry_id = 1 WHERE log_id = {log}", (Wrong.PRUNED_UNTOLD, 0)),
        ('UPDATE audits_pruning SET "end" = 768 WHERE log_id = {log}', (Wrong.PRUNED_UNTOLD, 0)),
    ],
)  # fmt: skip
def test_whoever_prunes_past_the_database_is_found_out(acme: Log, statement: str, found: tuple[Wrong, int]) -> None:
    keep_for("acme", 6)
    prune()
    happen("acme", 100)
    place_all()
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ("entry", "leaf", "log", "pruning", "tile"):
        execute(f"ALTER TABLE audits_{table} DISABLE TRIGGER USER")
    assert execute(statement.format(log=acme.pk)) > 0
    assert examine(log("acme")).finding == Finding(*found)


# When


def test_it_happens_once_a_night_and_goes_on_where_it_was_cut_short(acme: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    keep_for("acme", 6)
    monkeypatch.setattr(pruning, "MOST_AT_ONCE", 256)
    assert pruning.prune(acme, now=timezone.now()) == 256  # and then the worker dies
    assert pruning.due(now=timezone.now()) == [acme]
    assert prune() == 256
    monkeypatch.setattr(pruning, "MOST_AT_ONCE", 16_384)
    assert pruning.due(now=timezone.now()) == []
    assert Pruning.objects.count() == 2 == Entry.objects.filter(kind=Kind.LOG_PRUNED).count()


def test_what_grows_old_is_pruned_the_next_night(acme: Log) -> None:
    keep_for("acme", 6)
    assert prune() == 512
    assert pruning._is_tonight(log("acme"), pruning._night(timezone.now())) is False
    assert pruning._is_tonight(log("acme"), pruning._night(timezone.now() + timedelta(days=1))) is True


def test_the_installations_own_log_is_pruned_the_same_way(cast: Cast) -> None:
    happened("", 600, days=365)
    place_all()
    keep_for("", 6)
    found = log("")
    first = Entry.objects.get(placed__log=found, placed__index=0)
    assert prune() == (512 if first.at < timezone.now() - timedelta(days=200) else 0)
    assert LegalHold.objects.count() == 0 == Retention.objects.exclude(organization=None).count()
