"""A whole log computed anew: whatever is changed is found, by its name and at its place, and somebody is told."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from audits.ledger import verification
from audits.ledger.verification import Busy, Finding, Wrong, examine, verify, verify_nightly
from audits.log import tree
from audits.models import Entry, Log, Verification
from audits.telling.fan_out import tell
from audits.tests.ledger.test_sequence import execute, happen, log, place_all
from profiles.access import system
from profiles.models import Letter, Notice
from profiles.tests import cast as some

pytestmark = pytest.mark.django_db
BY = system("verify_log")


@pytest.fixture
def acme() -> Log:
    """700 entries in nine checkpoints, beside another log."""
    place_all()
    happen("other", 3)
    for times in (255, 2, 443):
        happen("acme", times)
        place_all()
    return log("acme")


def broken(statement: str) -> None:
    """As the owner of the tables could, with the triggers gone."""
    table = re.match(r"(?:UPDATE|DELETE FROM|INSERT INTO) (\w+)", statement)
    assert table
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute(f"ALTER TABLE {table[1]} DISABLE TRIGGER USER")
    assert execute(statement) > 0


OF_ACME = "(SELECT id FROM audits_log WHERE organization = 'acme')"
AT = "(SELECT entry_id FROM audits_leaf WHERE log_id = " + OF_ACME + " AND index = {})"


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (f"DELETE FROM audits_entry WHERE id = {AT.format(300)}", (Wrong.ENTRY_MISSING, 300)),
        (f"DELETE FROM audits_leaf WHERE entry_id = {AT.format(699)}", (Wrong.ENTRY_MISSING, 699)),
        (f"UPDATE audits_entry SET organization = 'other' WHERE id = {AT.format(5)}", (Wrong.ENTRY_FOREIGN, 5)),
        (
            "UPDATE audits_entry SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), '\"done\"', '\"dona\"'),"
            f" 'UTF8') WHERE id = {AT.format(256)}",
            (Wrong.LEAF_DIFFERS, 256),
        ),
        (
            f"UPDATE audits_tile SET hashes = overlay(hashes PLACING '\\x00' FROM 33) WHERE log_id = {OF_ACME}"
            " AND level = 0 AND number = 1",
            (Wrong.LEAF_DIFFERS, 257),
        ),
        (f"DELETE FROM audits_tile WHERE log_id = {OF_ACME} AND level = 0 AND number = 2", (Wrong.LEAF_DIFFERS, 512)),
        (
            f"UPDATE audits_tile SET hashes = sha256(hashes) WHERE log_id = {OF_ACME} AND level = 1",
            (Wrong.TILE_DIFFERS, 0),
        ),
        (
            f"INSERT INTO audits_tile (log_id, level, number, hashes) VALUES ({OF_ACME}, 0, 3, '\\x00')",
            (Wrong.TILE_TOO_MANY, 700),
        ),
        (
            f"INSERT INTO audits_tile (log_id, level, number, hashes) VALUES ({OF_ACME}, 2, 0, '\\x00')",
            (Wrong.TILE_TOO_MANY, 700),
        ),
        (
            f"UPDATE audits_checkpoint SET root = sha256(root) WHERE log_id = {OF_ACME} AND size = 257",
            (Wrong.ROOT_DIFFERS, 257),
        ),
        (
            f"UPDATE audits_checkpoint SET note = replace(note, E'\\n257\\n', E'\\n258\\n') WHERE log_id = {OF_ACME}"
            " AND size = 257",
            (Wrong.NOTE_DIFFERS, 257),
        ),
        (
            "UPDATE audits_checkpoint c SET note = split_part(c.note, '—', 1) || '—' || split_part(o.note, '—', 2)"
            f" FROM audits_checkpoint o WHERE c.log_id = {OF_ACME} AND o.log_id = c.log_id AND c.size = 257"
            " AND o.size = 255",
            (Wrong.SIGNATURE_WRONG, 257),
        ),
        (
            f"UPDATE audits_checkpoint SET note = '' WHERE log_id = {OF_ACME} AND size = 255",
            (Wrong.SIGNATURE_WRONG, 255),
        ),
        (f"DELETE FROM audits_checkpoint WHERE log_id = {OF_ACME} AND size = 700", (Wrong.NOT_SIGNED, 700)),
        ("UPDATE audits_log SET size = 257 WHERE organization = 'acme'", (Wrong.TOO_MANY, 257)),
        ("UPDATE audits_log SET size = 701 WHERE organization = 'acme'", (Wrong.ENTRY_MISSING, 700)),
        (
            f"UPDATE audits_leaf SET log_id = (SELECT id FROM audits_log WHERE organization = 'other'), index = 99"
            f" WHERE entry_id = {AT.format(10)}",
            (Wrong.ENTRY_MISSING, 10),
        ),
    ],
)
def test_whatever_is_changed_is_found(acme: Log, statement: str, found: tuple[Wrong, int]) -> None:
    broken(statement)
    assert examine(acme).finding == Finding(*found)


@pytest.mark.parametrize(
    "change",
    ["kind = 'hold.placed'", "product = NULL", "at = at - interval '1 day'", "actor_id = actor_id || '1'",
     "words = NULL", "words = ts_delete(words, left(md5('acme'), 4) || 'a=' || actor_id)"],
)  # fmt: skip
def test_a_column_that_says_something_else_than_the_bytes_is_found(acme: Log, change: str) -> None:
    before = verify(acme, by=BY)
    assert before
    assert before.finding == ""
    broken(f"UPDATE audits_entry SET {change} WHERE id = {AT.format(300)}")
    after = verify(acme, by=BY)
    assert after
    assert (after.finding, after.at) == (Wrong.COLUMN_DIFFERS.value, 300)


def test_an_entry_that_was_hidden_from_its_log_is_found(acme: Log) -> None:
    happen("acme", 2)
    broken("DELETE FROM audits_unplaced")
    assert examine(acme).finding == Finding(Wrong.NOWHERE, 2)


def test_all_is_right(acme: Log) -> None:
    seen = examine(acme)
    assert (seen.size, seen.checkpoints, seen.finding) == (700, 9, None)
    assert seen.root == bytes(acme.checkpoints.get(size=700).root)


def test_a_log_may_grow_meanwhile(acme: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    look_at = verification._Walk._look_at

    def grow(self: Any, row: Any) -> None:
        look_at(self, row)
        if row.size == 257:
            happen("acme", 400)
            place_all()

    monkeypatch.setattr(verification._Walk, "_look_at", grow)
    seen = examine(acme)
    assert (seen.size, seen.finding) == (700, None)


def test_an_empty_log_is_right() -> None:
    empty = Log.objects.create(organization="nobody", origin="x/log/nobody")
    assert examine(empty).root == tree.EMPTY_ROOT
    assert examine(empty).finding is None


def test_a_checkpoint_of_a_key_that_was_given_up_still_counts(acme: Log, settings: Any) -> None:
    from profiles.resolution import jws

    settings.BRIGHTLINE_LOG_KEY = jws.new_key()
    assert examine(acme).finding is None


# Each night


def night(number: int) -> Any:
    return timezone.now().replace(hour=3) + timedelta(days=number)


def test_each_night_every_log_is_verified_once(acme: Log) -> None:
    logs = Log.objects.count()
    assert verify_nightly(now=night(0)) == logs
    assert verify_nightly(now=night(0)) == 0
    assert verify_nightly(now=night(1)) == logs
    row = Verification.objects.filter(log=acme).latest("pk")
    assert (row.size, row.finding, row.at) == (700, "", None) or row.size > 700
    told = Entry.objects.filter(kind="log.verified", organization="acme").earliest("pk").content()
    assert (told["outcome"], told["data"]["size"], told["data"]["checkpoints"]) == ("done", 700, 9)


def test_somebody_else_does_it_already(acme: Log) -> None:
    """Another connection holds the lock, as a task that was delivered twice would find."""
    import psycopg

    from config.tests import support

    with psycopg.connect(support.dsn(connection), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtext('brightline.verification'), %s)", [acme.pk])
        with pytest.raises(Busy):
            verify(acme, by=BY)
        assert command("--organization", "acme") == (2, "The log of acme is being verified just now.")
        before = Log.objects.filter(pk__lt=acme.pk).count()
        assert verify_nightly(now=night(0)) == before  # and nobody goes on beside whoever does it
        other.execute("SELECT pg_advisory_unlock_all()")
    assert verify(acme, by=BY) is not None


def test_whoever_looks_after_it_is_told_of_a_finding_and_of_nothing_else(acme: Log) -> None:
    cast = some.make_cast()
    place_all()
    tell(now=timezone.now())
    verify(acme, by=BY)
    tell(now=timezone.now())
    assert not Notice.objects.filter(entry__kind="log.verified").exists()
    broken("UPDATE audits_checkpoint SET root = sha256(root) WHERE size = 257")
    verify(acme, by=BY)
    tell(now=timezone.now())
    people = {notice.user: notice for notice in Notice.objects.filter(entry__kind="log.verified")}
    assert set(people) == {cast.users[role] for role in ("administrator", "compliance", "steward")}
    assert {notice.mail for notice in people.values()} == {"now"}
    assert people[cast.users["steward"]].organization is None
    assert Letter.objects.filter(notice__in=people.values()).count() == 3


# By hand


def command(*words: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_log", *words, stdout=out)
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


def test_the_command_ends_with_what_it_found(acme: Log) -> None:
    code, said = command()
    assert code == 0
    assert "acme: 700 entries, 9 checkpoints" in said
    assert "other: " in said
    code, said = command("--organization", "acme", "--json")
    (told,) = json.loads(said)["logs"]
    assert (code, told["log"], told["entries"], told["checkpoints"], told["finding"]) == (0, "acme", 700, 9, "")
    assert command("--organization", "nobody") == (2, "There is no log of nobody.")
    broken("UPDATE audits_checkpoint SET root = sha256(root) WHERE size = 257")
    assert command() == (1, "Not what was signed: acme.")
