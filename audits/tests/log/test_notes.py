"""Notes, checkpoints, cosignatures and proof files, against the specification's example and foreign readers."""

from __future__ import annotations

import random
import subprocess
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sigstore._internal.rekor.checkpoint import LogCheckpoint, SignedNote

from audits.log import notes, proofs, tiles, tree
from audits.log.notes import BadNote, Checkpoint, Note, Signature, Verifier

ORIGIN = "brightline.example/log/night-owl-press"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
LOG = notes.verifier_of(ORIGIN, KEY)
WITNESS = notes.verifier_of("witness.example", OTHER, notes.COSIGNATURE)
CHECKPOINT = Checkpoint(ORIGIN, 7, tree.hash_leaf(b"x"))
ROOT = "A" * 43 + "="
NOTE = str(Note(CHECKPOINT.text, (notes.sign(CHECKPOINT.text, ORIGIN, KEY),)))

# The example of the specification of signed notes.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
WORDS = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)


def test_the_example_of_the_specification() -> None:
    peter = notes.parse_verifier(PETER)
    assert str(peter) == PETER
    note = notes.parse_note(WORDS)
    assert [verifier for verifier, _signature in notes.verified(note, [peter])] == [peter]
    assert str(note) == WORDS
    with pytest.raises(BadNote, match="wrong"):
        notes.verified(notes.parse_note(WORDS.replace("answer", "cause")), [peter])


def test_a_checkpoint_is_signed_and_cosigned() -> None:
    cosigned = NOTE + f"{notes.cosign(CHECKPOINT.text, WITNESS.name, OTHER, time=1_800_000_000)}\n"
    found, cosignatures = notes.opened(cosigned, LOG, {WITNESS.name: WITNESS})
    assert found == CHECKPOINT
    assert [one.time for one in cosignatures] == [1_800_000_000]
    assert notes.opened(cosigned, LOG) == (CHECKPOINT, [])  # a witness that nobody knows counts for nothing


def test_foreign_readers_take_it(tmp_path: Path) -> None:
    read = SignedNote.from_text(NOTE)
    assert (read.note, read.signatures[0].name) == (CHECKPOINT.text, ORIGIN)
    theirs = LogCheckpoint.from_text(read.note)
    assert (theirs.origin, theirs.log_size, theirs.log_hash) == (ORIGIN, 7, CHECKPOINT.root.hex())
    public = KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key").write_bytes(public)
    (tmp_path / "text").write_text(read.note, encoding="utf-8")
    (tmp_path / "signature").write_bytes(b64decode(read.signatures[0].signature))
    openssl = [
        "openssl",
        "pkeyutl",
        "-verify",
        "-pubin",
        "-keyform",
        "DER",
        "-inkey",
        "key",
        "-rawin",
        "-in",
        "text",
        "-sigfile",
        "signature",
    ]
    assert subprocess.run(openssl, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    (tmp_path / "text").write_text(read.note.replace("7", "8"), encoding="utf-8")
    assert subprocess.run(openssl, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_no_changed_byte_passes() -> None:
    """Each byte of a checkpoint in a few wrong ways: it is refused, or says the very same."""
    chance = random.Random(6)
    data = NOTE.encode()
    for at in range(len(data)):
        for _time in range(3):
            wrong = bytearray(data)
            wrong[at] ^= 1 << chance.randrange(8)
            try:
                text = wrong.decode()
            except UnicodeDecodeError:
                continue
            with pytest.raises(BadNote):
                notes.opened(text, LOG)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "text\n",
        "text\n\n",
        "\n\n\u2014 a AAAAAAAA\n",
        "text\n\n\u2014 a AAAA\n",
        "text\n\n- a AAAAAAAA\n",
        "text\n\n\u2014 a b AAAAAAAA\n",
        "text\n\n\u2014 a AAAAAAAA",
        "te\x01xt\n\n\u2014 a AAAAAAAA\n",
        "text\n\n" + "\u2014 a AAAAAAAA\n" * 65,
        "text\n\n\u2014 a AAAAAAA\n",
        "text\n\n\u2014 a AAAAAAB=\n",
    ],
)
def test_what_is_no_note(text: str) -> None:
    with pytest.raises(BadNote):
        notes.parse_note(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "o\n",
        "o\n1\n",
        f"o\n01\n{ROOT}\n",
        f"o\n-1\n{ROOT}\n",
        "o\n1\nAAAA\n",
        f"o\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"o\n1\n{ROOT}\n\nmore",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(BadNote):
        notes.parse_checkpoint(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a+b",
        "a+b+c",
        PETER[:-1],
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("ARpc", "CRpc"),
        f" {PETER[12:]}",
        PETER.replace("PeterNeumann", "Peter Neumann"),
    ],
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(BadNote):
        notes.parse_verifier(text)


def test_another_logs_checkpoint_is_refused() -> None:
    foreign = Checkpoint("brightline.example/log/other", 7, CHECKPOINT.root)
    signed = str(Note(foreign.text, (notes.sign(foreign.text, ORIGIN, KEY),)))
    with pytest.raises(BadNote, match="it is of"):
        notes.opened(signed, LOG)
    with pytest.raises(BadNote, match="did not sign"):
        notes.opened(NOTE, notes.verifier_of(ORIGIN, OTHER))
    as_witness = Verifier(ORIGIN, notes.COSIGNATURE, LOG.public)
    with pytest.raises(BadNote, match="did not sign"):
        notes.opened(NOTE, as_witness)
    short = Signature(ORIGIN, LOG.id, b"short")
    with pytest.raises(BadNote, match="wrong"):
        notes.opened(str(Note(CHECKPOINT.text, (short,))), LOG)


def test_a_proof_in_a_file_leads_from_the_entry_to_the_checkpoint() -> None:
    leaves = [str(number).encode() for number in range(20)]
    kept = tiles.extend(lambda _place: b"", 0, map(tree.hash_leaf, leaves))
    node = tiles.node_of(lambda place: kept.get(place, b""))
    text = Checkpoint(ORIGIN, 20, tree.root(node, 20)).text
    note = str(Note(text, (notes.sign(text, ORIGIN, KEY),)))
    proof = str(proofs.of(node, 11, 20, note))
    assert proof.startswith("c2sp.org/tlog-proof@v1\nindex 11\n")
    assert proofs.check(leaves[11], proof, LOG).size == 20
    with_extra = proof.replace("index 11", "extra AAAA\nindex 11")
    assert proofs.check(leaves[11], with_extra, LOG).size == 20
    for leaf, wrong in (
        (leaves[12], proof),
        (leaves[11], proof.replace("index 11", "index 12")),
        (leaves[11], proof.replace("index 11", "index 011")),
        (leaves[11], proof.replace("v1", "v2", 1)),
        (leaves[11], proof.replace("\n\n", "\n", 1)),
        (leaves[11], "\n".join([*proof.split("\n")[:2], *proof.split("\n")[3:]])),
        (leaves[11], proof.replace(proof.split("\n")[2], "AAAA")),
        (leaves[11], ""),
    ):
        with pytest.raises(BadNote):
            proofs.check(leaf, wrong, LOG)
