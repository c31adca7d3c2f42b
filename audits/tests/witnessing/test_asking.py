"""Witnesses over real HTTP: what each of their answers leads to, wrong ones first."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.db import connection
from django.test import Client
from django.utils import timezone
from sigstore._internal.rekor.checkpoint import SignedCheckpoint

from audits.ledger import cosignatures, keys, read
from audits.ledger.sequence import place
from audits.log import notes, proofs, tree
from audits.log.witness import Said
from audits.models import Checkpoint, Cosignature, Cosigner, Entry, Halt, Log
from audits.tests.ledger.test_sequence import execute, happen, place_all
from audits.tests.witnessing.witness import Held, Witness, witnessing
from audits.trail.kinds import Kind
from audits.witnessing import asking
from profiles.tests import cast as some

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=11)


@pytest.fixture
def log() -> Log:
    """Of acme, with a few entries and two checkpoints; the only log that there is."""
    place_all()
    happen("acme", 3)
    place_all()
    happen("acme", 4)
    place_all()
    return Log.objects.get(organization="acme")


@pytest.fixture
def north(log: Log, settings: Any) -> Iterator[Witness]:
    with witnessing() as found:
        agree(settings, log, found.line())
        found.knows(keys.verifiers(log.origin)[0])
        yield found


def agree(settings: Any, log: Log, lines: str, quorum: str = "none") -> None:
    """The policy is for this log alone."""
    settings.BRIGHTLINE_LOG_POLICY = f"log {keys.verifiers(log.origin)[0]}\n{lines}quorum {quorum}\n"


def ask(now: Any = None) -> int:
    return asking.ask_due(now=now or timezone.now())


def row(witness: Witness) -> Cosigner:
    return Cosigner.objects.get(name=witness.name)


def entries(kind: Kind) -> list[dict[str, Any]]:
    return [entry.content() for entry in Entry.objects.filter(kind=kind).order_by("pk")]


# Wrong answers


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        (400, b"", Said.MALFORMED),
        (403, b"", Said.NOT_SIGNED),
        (404, b"", Said.UNKNOWN_LOG),
        (409, b"", Said.NONSENSE),
        (409, b"many\n", Said.NONSENSE),
        (409, b"-1\n", Said.NONSENSE),
        (409, b"007\n", Said.NONSENSE),
        (409, b"9" * 40, Said.NONSENSE),
        (200, b"", Said.NONSENSE),
        (200, b"thank you\n", Said.NONSENSE),
        (200, b"\xff\xfe", Said.NONSENSE),
        (200, "— witness.example/north AAAA\n".encode(), Said.NONSENSE),
        (302, b"", Said.FAILED),
        (429, b"", Said.FAILED),
        (500, b"\x00\x1b[31m", Said.FAILED),
        (503, b"", Said.FAILED),
    ],
)
def test_an_answer_that_is_no_cosignature_is_kept_as_what_it_is(
    north: Witness, status: int, answer: bytes, said: Said
) -> None:
    north.mode, north.answer = str(status), answer
    assert ask() == 0
    found = row(north)
    assert (found.said, found.size, found.cosigned, found.failures) == (said.value, 0, 0, 1)
    assert found.detail.startswith(str(status))
    assert found.detail.isprintable()
    assert not Cosignature.objects.exists()
    assert not Halt.objects.exists()


@pytest.mark.parametrize("mode", ["slow", "drip", "endless"])
def test_a_witness_that_never_ends_is_left(north: Witness, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setattr(asking, "DEADLINE", 0.5)
    north.mode = mode
    began = timezone.now()
    assert ask() == 0
    assert timezone.now() - began < timedelta(seconds=4)
    assert row(north).said in (Said.UNREACHABLE, Said.NONSENSE)
    assert not Cosignature.objects.exists()


def test_nobody_is_there(log: Log, settings: Any) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        gone = Witness(port=probe.getsockname()[1])
    agree(settings, log, gone.line())
    assert ask() == 0
    assert (row(gone).said, row(gone).detail) == (Said.UNREACHABLE, "No connection: nobody listens there.")


def test_a_cosignature_of_another_key_or_of_another_text_counts_for_nothing(north: Witness, log: Log) -> None:
    newest = read.latest(log)
    assert newest is not None
    text = notes.parse_note(newest.note).text
    stranger = Ed25519PrivateKey.generate()
    for line in (
        notes.cosign(text, north.name, stranger, time=1_700_000_000),
        notes.cosign(text.replace("7\n", "8\n"), north.name, north.key, time=1_700_000_000),
        notes.sign(text, north.name, north.key),
    ):
        north.mode, north.answer = "200", f"{line}\n".encode()
        Cosigner.objects.all().delete()
        assert ask() == 0
        assert row(north).said == Said.NONSENSE
    assert not Cosignature.objects.exists()


def test_a_cosignature_from_the_future_counts_for_nothing(north: Witness) -> None:
    north.skew = 3_600
    assert ask() == 0
    assert (row(north).said, Cosignature.objects.count()) == (Said.NONSENSE, 0)


def test_it_does_not_know_the_log_or_its_key(north: Witness, log: Log) -> None:
    north.logs.clear()
    ask()
    assert row(north).said == Said.UNKNOWN_LOG
    north.knows(notes.verifier_of(log.origin, Ed25519PrivateKey.generate()))
    ask(timezone.now() + LATER)
    assert row(north).said == Said.NOT_SIGNED


def test_whoever_fails_is_asked_more_and_more_rarely(north: Witness) -> None:
    north.mode = "500"
    now = timezone.now()
    pauses = []
    for _time in range(9):
        ask(now)
        found = row(north)
        assert found.due_at is not None
        pauses.append((found.due_at - now).total_seconds())
        now = found.due_at
    assert pauses == [10, 20, 40, 80, 160, 320, 600, 600, 600]
    assert ask(now - timedelta(seconds=1)) == 0
    assert len(north.got) == 9
    north.mode = "honest"
    assert ask(now) == 1
    assert row(north).failures == 0


# Cosigning


def test_it_cosigns_and_whoever_reads_the_checkpoint_sees_it(north: Witness, log: Log) -> None:
    assert ask() == 1
    found = row(north)
    assert (found.said, found.size, found.cosigned, found.detail) == (Said.COSIGNED, 7, 7, "")
    served = Client().get("/log/acme/checkpoint").content.decode()
    checkpoint, lines = notes.opened(served, keys.verifiers(log.origin)[0], {north.name: north.verifier})
    assert (checkpoint.size, [line.name for line in lines]) == (7, [north.name])
    assert ask(timezone.now() + LATER) == 0  # nothing is new
    assert len(north.got) == 1


def test_foreign_programs_read_what_is_served(north: Witness, log: Log, tmp_path: Path) -> None:
    """Sigstore's parser of notes takes the checkpoint with its cosignature, and OpenSSL the cosignature itself."""
    ask()
    served = Client().get("/log/acme/checkpoint").content.decode()
    found = SignedCheckpoint.from_text(served)
    assert (found.checkpoint.origin, found.checkpoint.log_size) == (log.origin, 7)
    assert bytes.fromhex(found.checkpoint.log_hash) == bytes(log.checkpoints.get(size=7).root)
    assert [line.name for line in found.signed_note.signatures] == [log.origin, north.name]
    note = notes.parse_note(served)
    line = note.signatures[-1]
    public = north.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key").write_bytes(public)
    (tmp_path / "signature").write_bytes(line.blob[8:])
    how = ("-pubin", "-inkey", "key", "-keyform", "DER", "-rawin", "-in", "text", "-sigfile", "signature")
    check = ["openssl", "pkeyutl", "-verify", *how]
    for text, wanted in ((note.text, 0), (note.text.replace("7", "8", 1), 1)):
        (tmp_path / "text").write_text(f"cosignature/v1\ntime {line.time}\n{text}")
        assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == wanted


def test_a_proof_that_is_taken_away_carries_the_cosignature(north: Witness, log: Log) -> None:
    ask()
    entry = Entry.objects.filter(organization="acme").earliest("pk")
    proof = read.proof_of(entry)
    assert proof is not None
    assert north.name in proof
    assert proofs.check(bytes(entry.leaf), proof, keys.verifiers(log.origin)[0], [north.verifier]).size == 7


def test_it_goes_on_from_what_it_holds(north: Witness) -> None:
    ask()
    happen("acme", 300)
    place_all()
    assert ask(timezone.now() + LATER) == 1
    (_path, first), (path, second) = north.got
    assert path == "/w/add-checkpoint"
    assert first.startswith(b"old 0\n\n")
    assert second.startswith(b"old 7\n")
    assert row(north).cosigned == 307


def test_a_witness_that_was_asked_by_another_database_is_asked_again_from_its_size(north: Witness, log: Log) -> None:
    """409: its own size is what counts."""
    older = log.checkpoints.get(size=3)
    north.held[log.origin] = Held(3, bytes(older.root), older.note)
    assert ask() == 1
    assert [body.split(b"\n")[0] for _path, body in north.got] == [b"old 0", b"old 3"]
    assert (row(north).cosigned, north.held[log.origin].size) == (7, 7)


def test_an_answer_that_was_lost_is_asked_for_again(north: Witness, log: Log) -> None:
    """The witness cosigned, and the process died before it was told."""
    ask()
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("ALTER TABLE audits_cosignature DISABLE TRIGGER USER")
    execute("DELETE FROM audits_cosignature")
    Cosigner.objects.update(size=0, cosigned=0, due_at=None)
    assert ask() == 1
    assert (row(north).cosigned, Cosignature.objects.count()) == (7, 1)


def test_two_answers_about_one_checkpoint_leave_one_line(north: Witness, log: Log) -> None:
    ask()
    Cosigner.objects.update(cosigned=0, due_at=None)
    assert ask() == 1
    assert Cosignature.objects.count() == 1


def test_a_log_that_the_policy_does_not_name_is_shown_to_nobody(north: Witness, log: Log) -> None:
    happen("other", 1)
    place_all()
    ask()
    assert {Cosigner.objects.get().log} == {log}


def test_a_dead_witness_does_not_keep_another_one_from_cosigning(north: Witness, log: Log, settings: Any) -> None:
    with witnessing("500", name="witness.example/south") as south:
        agree(settings, log, south.line("south") + north.line())
        assert ask() == 1
        assert (row(south).said, row(north).said) == (Said.FAILED, Said.COSIGNED)


def test_signing_waits_for_no_witness(north: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    north.mode = "slow"
    happen("acme", 1)
    began = timezone.now()
    assert place(now=timezone.now()) == 1
    assert timezone.now() - began < timedelta(seconds=1)
    assert north.got == []


# Disputes


def rewritten(log: Log) -> None:
    """What the owner of the database could do: another entry in the first place, and everything computed anew."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    for table in ("audits_checkpoint", "audits_tile", "audits_leaf", "audits_log", "audits_cosignature"):
        execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audits_cosignature")
        cursor.execute("DELETE FROM audits_checkpoint WHERE log_id = %s", [log.pk])
        cursor.execute("DELETE FROM audits_tile WHERE log_id = %s", [log.pk])
        cursor.execute("DELETE FROM audits_leaf WHERE log_id = %s", [log.pk])
        cursor.execute("UPDATE audits_log SET size = 0 WHERE id = %s", [log.pk])
        cursor.execute(
            "INSERT INTO audits_unplaced (entry_id) SELECT id FROM audits_entry WHERE organization = 'acme'"
            " AND id > (SELECT min(id) FROM audits_entry WHERE organization = 'acme')"
        )
    place_all()


def test_a_rewritten_history_is_refused_told_and_not_signed_any_further(
    north: Witness, log: Log, settings: Any, tmp_path: Any
) -> None:
    """422: somebody is told, and since the witness shows what this log signed, nothing more is signed."""
    settings.BRIGHTLINE_LOG_PUBLISHED = ""
    some.make_cast()
    place_all()
    ask()
    rewritten(log)
    happen("acme", 4)
    place_all()
    settings.BRIGHTLINE_LOG_PUBLISHED = str(tmp_path)
    assert ask(timezone.now() + LATER) == 0
    assert row(north).said == Said.INCONSISTENT
    (told,) = entries(Kind.LOG_DISPUTED)
    assert (told["organization"], told["data"]["by"], told["data"]["because"]) == ("acme", "north", "inconsistent")
    (stopped,) = entries(Kind.LOG_STOPPED)
    assert stopped["data"]["because"] == "differs"
    signed = Checkpoint.objects.count()
    happen("acme", 1)
    assert place(now=timezone.now()) == 0
    assert Checkpoint.objects.count() == signed


def test_a_witness_that_says_the_same_again_is_told_of_once(north: Witness) -> None:
    north.mode = "422"
    for n in range(3):
        ask(timezone.now() + n * LATER)
    assert (len(entries(Kind.LOG_DISPUTED)), row(north).failures) == (1, 3)


def test_another_root_at_the_same_size_is_a_dispute_too(north: Witness, log: Log) -> None:
    north.held[log.origin] = Held(7, b"\x07" * 32, "")
    ask()
    assert row(north).said == Said.OTHER_ROOT
    assert entries(Kind.LOG_DISPUTED)[0]["data"] == {
        "because": "other_root", "by": "north", "size": 7, "their_size": 7
    }  # fmt: skip


def test_the_mere_word_of_a_witness_that_it_holds_more_stops_nothing(north: Witness, log: Log) -> None:
    north.held[log.origin] = Held(1_000, b"\x07" * 32, "no note")
    ask()
    assert row(north).said == Said.AHEAD
    assert len(entries(Kind.LOG_DISPUTED)) == 1
    assert not Halt.objects.exists()
    happen("acme", 1)
    assert place(now=timezone.now()) > 0


def test_a_checkpoint_that_we_signed_and_do_not_hold_stops_it(
    north: Witness, log: Log, settings: Any, tmp_path: Any
) -> None:
    """As after a restore from an older copy, with nothing kept on this machine."""
    settings.BRIGHTLINE_LOG_PUBLISHED = str(tmp_path)
    ahead = notes.Checkpoint(log.origin, 9, tree.hash_leaf(b"later")).text
    note = str(notes.Note(ahead, keys.sign(ahead, log.origin)))
    north.held[log.origin] = Held(9, tree.hash_leaf(b"later"), note)
    asking.compare_with_witnesses(now=timezone.now())
    halt = Halt.objects.get()
    assert (halt.because, halt.published, halt.size) == ("behind", 9, 7)
    happen("acme", 1)
    assert place(now=timezone.now()) == 0
    assert cosignatures.progress(log) == {}
