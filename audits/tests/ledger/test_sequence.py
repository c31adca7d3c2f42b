"""From entries to places, tiles and checkpoints, and what outsiders make of them. Nothing of a log can be changed."""

from __future__ import annotations

import json
import struct
from itertools import pairwise
from typing import Any

import pymerkle
import pytest
import rfc8785
from django.db import DatabaseError, connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from audits.ledger import keys, read
from audits.ledger.sequence import place
from audits.ledger.verification import examine
from audits.log import notes, proofs, tiles, tree
from audits.models import Checkpoint, Entry, Leaf, Log, Tile, Unplaced
from audits.trail.kinds import Kind
from audits.trail.record import entry_of, record, record_all
from profiles.resolution import jws
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM

pytestmark = pytest.mark.django_db


def happen(organization: str, times: int = 1) -> None:
    told: dict[str, Any] = {"who": SYSTEM, "at": timezone.now(), "organization": organization}
    record_all(Kind.CHECK_REQUESTED, [entry_of(Kind.CHECK_REQUESTED, **told, target=f"{n}") for n in range(times)])


def place_all() -> None:
    while place(now=timezone.now(), most=100):
        pass


def log(organization: str) -> Log:
    return Log.objects.get(organization=organization)


def checkpoint(found: Log) -> notes.Checkpoint:
    newest = read.latest(found)
    assert newest is not None
    return notes.opened(newest.note, keys.verifiers(found.origin)[0])[0]


@pytest.fixture
def three() -> dict[str, int]:
    """Entries of two organizations and of the installation, and how many."""
    place_all()
    before = {found.organization: found.size for found in Log.objects.all()}
    for organization, times in (("acme", 260), ("", 3), ("other", 40), ("acme", 1)):
        happen(organization, times)
    place_all()
    return {name: before.get(name, 0) + more for name, more in (("acme", 261), ("", 3), ("other", 40))}


def test_what_is_signed_waits_for_the_disk_even_where_nothing_else_does(db: None) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        happen("acme", 1)
        assert place(now=timezone.now()) == 1
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


def test_each_organization_has_a_log_of_its_own(three: dict[str, int]) -> None:
    assert not Unplaced.objects.exists()
    for organization, size in three.items():
        found = log(organization)
        assert (found.size, checkpoint(found).size, checkpoint(found).origin) == (size, size, found.origin)
        held = [json.loads(leaf)["organization"] for leaf in read.leaves(found, 0, size)]
        assert held == [organization] * size
        assert examine(found).finding is None
    assert Leaf.objects.count() == Entry.objects.count() == sum(Log.objects.values_list("size", flat=True))


def test_an_entry_waits_from_the_transaction_that_wrote_it() -> None:
    place_all()
    with transaction.atomic():
        happen("acme")
        transaction.set_rollback(True)
    assert not Unplaced.objects.exists()
    happen("acme", 2)
    assert Unplaced.objects.count() == 2
    assert place(now=timezone.now(), most=1) == 1
    assert Unplaced.objects.count() == 1


def test_even_raw_sql_cannot_write_an_entry_that_no_log_will_hold() -> None:
    place_all()
    told = entry_of(Kind.CHECK_REQUESTED, who=SYSTEM, at=timezone.now(), organization="acme")
    leaf = rfc8785.dumps(json.loads(told.leaf))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO audits_entry (leaf) VALUES (%s), (%s)", [leaf, leaf])
    assert Unplaced.objects.count() == 2


def test_a_foreign_tree_over_the_entries_has_the_root_that_was_signed(three: dict[str, int]) -> None:
    foreign = pymerkle.InmemoryTree(algorithm="sha256")
    for leaf in read.leaves(log("acme"), 0, three["acme"]):
        foreign.append_entry(leaf)
    for signed in log("acme").checkpoints.all():
        assert foreign.get_root(signed.size) == bytes(signed.root)


def test_all_checkpoints_are_of_one_tree(three: dict[str, int]) -> None:
    found = log("acme")
    node = read.node(found)
    signed = list(found.checkpoints.order_by("size"))
    assert len(signed) > 2
    for older, newer in pairwise(signed):
        proof = tree.consistency_proof(node, older.size, newer.size)
        assert tree.verify_consistency(older.size, newer.size, bytes(older.root), bytes(newer.root), proof)


def test_what_is_signed_is_signed_with_every_key_that_may(three: dict[str, int]) -> None:
    old, new = jws.new_key(), jws.new_key()
    with override_settings(BRIGHTLINE_LOG_KEY=f"{new} {old}"):
        happen("acme")
        place_all()
        both = keys.verifiers(log("acme").origin)
        newest = read.latest(log("acme"))
        assert newest is not None
        assert [verifier for verifier, _line in notes.verified(notes.parse_note(newest.note), both)] == list(both)
        for verifier in both:  # a reader who knows but one of them
            assert notes.opened(newest.note, verifier)[0].size == log("acme").size


def test_the_proof_of_an_entry_can_be_taken_away_and_checked(three: dict[str, int]) -> None:
    acme = some.make_cast()
    client = Client()
    client.force_login(acme.users["auditor"])
    entry = Entry.objects.filter(organization="acme").earliest("pk")
    address = f"/trail/{entry.pk}/"
    leaf, proof = client.get(f"{address}leaf/"), client.get(f"{address}proof/")
    assert leaf.headers["Content-Disposition"] == f'attachment; filename="entry-{entry.pk}.json"'
    key = notes.parse_verifier(client.get("/log/acme/key").content.decode())
    assert proofs.check(leaf.content, proof.content.decode(), key).size == three["acme"]
    with pytest.raises(notes.BadNote):
        proofs.check(leaf.content.replace(b"acme", b"acne"), proof.content.decode(), key)
    page = client.get(address).content.decode()
    assert "In the signed checkpoint of 261 entries" in page
    assert f'href="{address}proof/"' in page


def test_an_entry_without_its_place_says_so() -> None:
    acme = some.make_cast()
    entry = record(Kind.CHECK_REQUESTED, who=SYSTEM, at=timezone.now(), organization="acme")
    client = Client()
    client.force_login(acme.users["auditor"])
    page = client.get(f"/trail/{entry.pk}/").content.decode()
    assert "It gets its place in the log within seconds" in page
    assert "/proof/" not in page
    answer = client.get(f"/trail/{entry.pk}/proof/")
    assert (answer.status_code, "waits for its place" in answer.content.decode()) == (409, True)


# What is published


def test_a_mirror_gets_the_same_tree_from_what_is_published(three: dict[str, int]) -> None:
    """It knows nothing but the address: it reads the checkpoint and the tiles, and computes the root."""
    client = Client()
    key = notes.parse_verifier(client.get("/log/acme/key").content.decode())
    newest = client.get("/log/acme/checkpoint")
    assert newest.headers["Content-Type"] == "text/plain; charset=utf-8"
    signed, _cosigned = notes.opened(newest.content.decode(), key)

    def fetch(at: tiles.Place) -> bytes:
        width = min(256, (signed.size >> (8 * at.level)) - 256 * at.number)
        answer = client.get(f"/log/acme/tile/{tiles.path_of(at.level, at.number, width)}")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        return bytes(answer.content)

    assert tree.root(tiles.node_of(fetch), signed.size) == signed.root
    client.force_login(some.make_cast().users["auditor"])
    hashes = []
    for path in ("entries/000", f"entries/001.p/{signed.size - 256}"):
        hashes += [tree.hash_leaf(leaf) for leaf in unpacked(client.get(f"/log/acme/tile/{path}").content)]
    kept = tiles.extend(lambda _place: b"", 0, hashes)
    assert tree.root(tiles.node_of(lambda at: kept.get(at, b"")), signed.size) == signed.root


def unpacked(data: bytes) -> list[bytes]:
    found = []
    while data:
        (length,) = struct.unpack(">H", data[:2])
        found.append(data[2 : 2 + length])
        data = data[2 + length :]
    return found


@pytest.mark.parametrize(
    "asked",
    ["0/002", "0/001", "0/000.p/257", "1/000.p/2", "5/000", "0/0", "nonsense", "entries/001", f"0/{'x999/' * 6}999"],
)
def test_what_the_log_does_not_hold_is_not_found(three: dict[str, int], asked: str) -> None:
    client = Client()
    client.force_login(some.make_cast().users["auditor"])
    assert client.get(f"/log/acme/tile/{asked}").status_code == 404


def test_entries_are_for_those_who_read_the_trail(three: dict[str, int]) -> None:
    acme = some.make_cast()
    client = Client()
    assert client.get("/log/acme/tile/entries/000").status_code == 302  # to sign in
    client.force_login(acme.users["auditor"])
    assert client.get("/log/acme/tile/entries/000").status_code == 200
    for others in ("other", "_installation"):
        assert client.get(f"/log/{others}/tile/0/000.p/1").status_code == 200
        assert client.get(f"/log/{others}/tile/entries/000.p/1").status_code == 403
    assert client.get("/log/nobody/checkpoint").status_code == 404


# Nothing of it can be changed


def execute(statement: str) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.rowcount


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audits_leaf SET index = index + 1000",
        "DELETE FROM audits_leaf",
        "UPDATE audits_checkpoint SET note = ''",
        "DELETE FROM audits_checkpoint",
        "TRUNCATE audits_checkpoint CASCADE",
        "TRUNCATE audits_cosignature",
        "TRUNCATE audits_verification",
        "UPDATE audits_tile SET hashes = substring(hashes FROM 2)",
        "UPDATE audits_tile SET number = number + 1",
        "DELETE FROM audits_tile",
        "TRUNCATE audits_tile",
        "UPDATE audits_log SET size = size - 1",
        "UPDATE audits_log SET origin = 'elsewhere'",
        "DELETE FROM audits_log",
    ],
)
def test_the_database_refuses(three: dict[str, int], statement: str) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET LOCAL session_replication_role = replica")
    with pytest.raises(DatabaseError, match=r"append-only|only grows"):
        execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audits_entry SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), '\"17\"', '\"71\"'), 'UTF8')",
        "DELETE FROM audits_entry WHERE target = '17'",
        "UPDATE audits_entry e SET leaf = o.leaf FROM audits_entry o WHERE e.organization = o.organization"
        " AND (e.target, o.target) IN (('17', '18'), ('18', '17'))",
        "UPDATE audits_log SET size = size - 1",
        "UPDATE audits_checkpoint SET root = sha256(root) WHERE size = 261",
    ],
)
def test_whoever_gets_round_the_database_is_found_out(three: dict[str, int], statement: str) -> None:
    """As the owner of the tables could, with the triggers gone."""
    found = log("acme")
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ("audits_entry", "audits_leaf", "audits_log", "audits_checkpoint"):
        execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    assert execute(statement) > 0
    found.refresh_from_db()
    assert examine(found).finding
    assert Tile.objects.filter(log=found).exists()
    assert Checkpoint.objects.filter(log=found).exists()


def test_without_a_key_nothing_is_placed() -> None:
    happen("acme")
    with override_settings(BRIGHTLINE_LOG_KEY=""):
        assert place(now=timezone.now()) == 0
    assert Unplaced.objects.exists()
