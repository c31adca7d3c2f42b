"""Bundles of a piece of a log: the same attacks, and those that only a piece has."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audits.log import disclosures, notes, tree, verify
from audits.log.verify import Wrong
from audits.tests.log.bundles import (
    KEY,
    NAME,
    OTHER,
    WITNESS,
    WITNESSES_KEY,
    bundle,
    continued,
    files_of,
    hashes,
    leaf,
    node_of,
    note_over,
    packed,
    piece,
)
from audits.tests.log.test_verify import run

SIZE = 13
LEAVES = [leaf(number) for number in range(SIZE)]
PIECE = piece()
VKEY = str(notes.verifier_of(NAME, KEY))
WKEY = str(notes.verifier_of(WITNESS, WITNESSES_KEY, notes.COSIGNATURE))
PYTHONS = [f"python3.{minor}" for minor in range(8, 16)]


@given(st.data())
def test_any_piece_of_any_tree_makes_its_root_and_all_roots_in_it(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 600))
    start = data.draw(st.integers(0, size - 1))
    end = data.draw(st.integers(start + 1, size))
    leaves = [str(number).encode() for number in range(size)]
    found = [tree.hash_leaf(one) for one in leaves]
    node = node_of(leaves)
    part = verify.Piece(start, found[start:end], tree.hashes_beside(node, start, end, size))
    assert part.root(size) == tree.root(node, size)
    old = data.draw(st.integers(start, end))
    assert part.root_before(old) == tree.root(node, old)
    for wrong in (
        verify.Piece(start, found[start:end], [*part.beside, bytes(32)]),
        verify.Piece(start, found[start:end], part.beside[1:]),
    ):
        if part.beside or wrong.beside:
            with pytest.raises(Wrong):
                wrong.root(size)
    assert verify.Piece(start, [bytes(32), *found[start + 1 : end]], part.beside).root(size) != tree.root(node, size)


@given(st.data())
def test_it_agrees_with_the_tree_on_proofs(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    leaves = [str(number).encode() for number in range(size)]
    node = node_of(leaves)
    index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size))
    path = tree.inclusion_proof(node, index, size)
    root = tree.root(node, size)
    assert verify.is_in(tree.hash_leaf(leaves[index]), index, size, path, root)
    assert not verify.is_in(tree.hash_leaf(b"x"), index, size, path, root)
    assert not verify.is_in(tree.hash_leaf(leaves[index]), index, size, [*path, bytes(32)], root)
    first, second = verify.Checkpoint(NAME, old, tree.root(node, old)), verify.Checkpoint(NAME, size, root)
    proof = tree.consistency_proof(node, old, size)
    assert verify.continues(first, second, proof)
    assert not verify.continues(first, second, [*proof, bytes(32)])
    assert not verify.continues(first._replace(root=bytes(32)), second, proof)
    if old not in (0, size):
        assert not verify.continues(first, second._replace(root=bytes(32)), proof)
        assert not verify.continues(first, second, proof[:-1])


def test_a_piece_passes_and_says_what_is_not_in_it() -> None:
    verdict = verify.verify(PIECE, VKEY)
    said = "\n".join(verify.sentences(verdict))
    for words in (
        "The 5 entries at the places 4 to 8 of 13 are there without a gap",
        "1 older checkpoints of this log are signed, and it only grew",
        "1 proofs of single entries lead to the checkpoint",
        "What the entries before place 4 and after place 8 say.",
    ):
        assert words in said, words


def test_no_changed_byte_of_a_piece_passes() -> None:
    chance = random.Random(2000)
    for _time in range(2000):
        at = chance.randrange(len(PIECE))
        wrong = PIECE[:at] + bytes([PIECE[at] ^ (1 << chance.randrange(8))]) + PIECE[at + 1 :]
        with pytest.raises(Wrong):
            verify.verify(wrong, VKEY)


@given(st.data())
def test_nothing_cut_added_or_moved_in_a_piece_passes(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(PIECE) - 1))
    for wrong in (PIECE[:at], PIECE[:at] + b"x" + PIECE[at:], PIECE[at:] + PIECE[:at] if at else PIECE + b"x"):
        with pytest.raises(Wrong):
            verify.verify(wrong)


def lines(leaves: list[bytes]) -> bytes:
    return b"".join(one + b"\n" for one in leaves)


def told(start: Any, beside: Any) -> bytes:
    return verify.canonical({"start": start, "hashes": beside})


def test_a_forger_with_the_list_of_contents_in_hand_is_refused_a_piece_too() -> None:
    """Whoever changes anything can make the list of contents right again, and still not the checkpoint."""
    right = files_of(LEAVES, 4, 9)
    beside = json.loads(right[verify.RANGE])["hashes"]
    part = LEAVES[4:9]
    other = [leaf(number, organization="other") for number in range(SIZE)]
    name = next(name for name in right if name.startswith(verify.PROOFS))
    attacks: dict[str, dict[str, bytes]] = {
        "one entry changed": {verify.ENTRIES: lines([leaf(4, kind="x.y"), *part[1:]])},
        "one left out": {verify.ENTRIES: lines(part[:2] + part[3:])},
        "the last one cut off": {verify.ENTRIES: lines(part[:-1])},
        "the first one cut off": {verify.ENTRIES: lines(part[1:])},
        "the first one cut off, and said so": {verify.ENTRIES: lines(part[1:]), verify.RANGE: told(5, beside)},
        "two exchanged": {verify.ENTRIES: lines([part[1], part[0], *part[2:]])},
        "one more": {verify.ENTRIES: lines([*part, LEAVES[9]])},
        "one twice": {verify.ENTRIES: lines([*part[:-1], part[0]])},
        "none": {verify.ENTRIES: b""},
        "at another place": {verify.RANGE: told(3, beside)},
        "beyond the end": {verify.RANGE: told(9, beside)},
        "before the first": {verify.RANGE: told(-1, beside)},
        "at no whole place": {verify.RANGE: told("4", beside)},
        "at a truth": {verify.RANGE: told(True, beside)},
        "a hash too few": {verify.RANGE: told(4, beside[:-1])},
        "a hash too many": {verify.RANGE: told(4, [*beside, beside[0]])},
        "hashes exchanged": {verify.RANGE: told(4, beside[::-1])},
        "no hashes": {verify.RANGE: told(4, None)},
        "a hash that is none": {verify.RANGE: told(4, [*beside[:-1], "AAAA"])},
        "said to be the whole log": {verify.RANGE: told(0, [])},
        "of another organization": {verify.ENTRIES: lines(other[4:9])},
        "another organization's range": {**files_of(other, 4, 9), verify.NOTE: right[verify.NOTE]},
        "a checkpoint of another key": {verify.NOTE: note_over(LEAVES, key=OTHER).encode()},
        "a proof of another entry": {f"{verify.PROOFS}entry-5.tlog-proof": right[name]},
        "a proof with another place": {name: right[name].replace(b"index 4", b"index 5")},
        "a proof under another checkpoint": {name: right[name].replace(b"\n13\n", b"\n12\n")},
        "a proof of another form": {name: b"c2sp.org/tlog-proof@v1\n\n"},
        "an older checkpoint under another name": {f"{verify.OLDER}4": right[f"{verify.OLDER}3"]},
        "an older checkpoint without proof": {f"{verify.OLDER}2": note_over(LEAVES[:2]).encode()},
        "a forged older checkpoint": {f"{verify.OLDER}3": note_over(LEAVES[:3], key=OTHER).encode()},
    }
    assert verify.verify(packed(right), VKEY)
    for attack, changed in attacks.items():
        with pytest.raises(Wrong):
            verify.verify(packed({**right, **changed}), VKEY)
        assert attack
    without = {name: body for name, body in right.items() if name != verify.RANGE}
    with pytest.raises(Wrong):
        verify.verify(packed(without), VKEY)
    with pytest.raises(Wrong):
        verify.verify(packed(right, organization="other"), VKEY)
    with pytest.raises(Wrong):
        verify.verify(packed(right, origin="elsewhere/log"), VKEY)


def test_two_entries_cannot_share_a_place() -> None:
    """Two bundles under one checkpoint, each with another entry at the same place: one of them is refused."""
    right = files_of(LEAVES, 4, 9)
    other = {**right, verify.ENTRIES: lines([*LEAVES[4:6], leaf(6, kind="another.story"), *LEAVES[7:9]])}
    assert verify.verify(packed(right), VKEY)
    with pytest.raises(Wrong, match="not those of the checkpoint"):
        verify.verify(packed(other), VKEY)


@pytest.mark.parametrize("kept", range(SIZE + 1))
def test_a_rewritten_history_is_refused_by_who_kept_a_checkpoint_of_any_size(kept: int) -> None:
    """Entry 5 is rewritten, all is signed anew, and the bundle is honest about the new history."""
    rewritten = [*LEAVES[:5], leaf(5, kind="another.story"), *LEAVES[6:]]
    mine = note_over(LEAVES[:kept])
    for history, start, end in ((LEAVES, 4, 9), (rewritten, 4, 9), (rewritten, 9, 12), (LEAVES, 9, 12)):
        files = files_of(history, start, end) | (continued(history, kept) if 0 < kept < SIZE else {})
        if history is LEAVES or kept <= 5:
            assert any("that you kept" in one for one in verify.verify(packed(files), VKEY, mine).checked)
        else:
            with pytest.raises(Wrong, match="HISTORY WAS REWRITTEN"):
                verify.verify(packed(files), VKEY, mine)


def test_a_checkpoint_that_cannot_be_compared_is_not_passed_over() -> None:
    files = files_of(LEAVES, 6, 9)
    with pytest.raises(Wrong, match="cannot be compared with your checkpoint of 2 entries"):
        verify.verify(packed(files), VKEY, note_over(LEAVES[:2]))
    with pytest.raises(Wrong, match="ask for a newer one"):
        verify.verify(packed(files), VKEY, note_over([*LEAVES, leaf(13)]))
    with pytest.raises(Wrong, match="not signed with the key"):
        verify.verify(packed(files), VKEY, note_over(LEAVES[:7], name="elsewhere/log"))
    rewritten = [*LEAVES[:1], leaf(1, kind="another.story"), *LEAVES[2:]]
    older = {**files, **{name: body for name, body in continued(rewritten, 3).items() if name.startswith(verify.OLDER)}}
    with pytest.raises(Wrong, match="HISTORY WAS REWRITTEN"):
        verify.verify(packed(older), VKEY)


# Who signed


def test_witnesses_are_checked_where_their_key_is_given_and_named_where_not() -> None:
    note = note_over(LEAVES, witnessed=1_800_000_000).encode()
    files = {**files_of(LEAVES), verify.NOTE: note}
    known = verify.verify(packed(files), f"{VKEY} {WKEY}")
    assert any(f"{WITNESS}+" in one and "2027-01-15 08:00:00 UTC" in one for one in known.checked)
    strange = verify.verify(packed(files), VKEY)
    assert any(WITNESS in one for one in strange.unknown)
    assert any("Whose log this is" in one for one in verify.verify(packed(files), WKEY).unknown)
    for wrong in (
        note_over(LEAVES[:12], witnessed=1_800_000_000).split("\n")[5],  # of another checkpoint
        note.decode().split("\n")[5][:-8] + "AAAAAA==",
    ):
        forged = "\n".join([*note.decode().split("\n")[:5], wrong, ""]).encode()
        with pytest.raises(Wrong):
            verify.verify(packed({**files, verify.NOTE: forged}), f"{VKEY} {WKEY}")


def test_while_one_key_replaces_another_either_of_them_will_do() -> None:
    text = notes.parse_note(note_over(LEAVES)).text
    both = str(notes.Note(text, (notes.sign(text, NAME, KEY), notes.sign(text, NAME, OTHER))))
    files = {**files_of(LEAVES), verify.NOTE: both.encode()}
    new = str(notes.verifier_of(NAME, OTHER))
    for key in (VKEY, new, f"{VKEY} {new}"):
        assert verify.verify(packed(files), key)
    assert verify.verify(packed(files), f"{VKEY} {new}", note_over(LEAVES[:7], key=OTHER))


# Disclosures


def disclosure(*parts: Any) -> str:
    return verify.base64url(json.dumps(list(parts), ensure_ascii=False, separators=(",", ":")).encode())


NAMED = disclosure("c2FsdA", "name", "Jana Šafářová")
REASON = disclosure("c2FsdB", "reason", "Because.")
SECRET = disclosure("c2FsdC", "email", "jana@acme.example")


def closed(number: int, *told: str, **more: Any) -> bytes:
    """An entry of the second form, which holds digests."""
    digests = sorted(map(disclosures.digest, told))
    return leaf(number, v=2, _sd_alg="sha-256", actor={"id": "user:1", "type": "person", "_sd": digests}, **more)


def opened(*told: str, leaves: list[bytes] | None = None) -> bytes:
    found = [closed(0, NAMED, REASON, SECRET), leaf(1)] if leaves is None else leaves
    body = "".join(f"{json.dumps(one)}\n" for one in told).encode()
    return packed({**files_of(found), **({verify.DISCLOSURES: body} if told else {})})


def test_what_is_disclosed_is_checked_and_what_is_not_is_counted() -> None:
    verdict = verify.verify(opened(NAMED, REASON), VKEY)
    assert "2 disclosures are what 1 entries hold the digests of, word for word." in verdict.checked
    assert any("1 digests of personal data that were not disclosed" in one for one in verdict.unknown)
    assert any("3 digests" in one for one in verify.verify(opened(), VKEY).unknown)
    assert not any("digests" in one for one in verify.verify(opened(NAMED, REASON, SECRET), VKEY).unknown)


def test_disclosures_that_belong_nowhere_are_refused() -> None:
    other = disclosure("c2FsdA", "name", "Somebody Else")
    padded = NAMED + "="
    doubled = disclosure("c2FsdD", "id", "user:2")
    for wrong, leaves in (
        ([other], None),
        ([NAMED, NAMED], None),
        ([padded], None),
        ([disclosure("c2FsdA", "name")], None),
        ([disclosure(1, "name", "x")], None),
        ([disclosure("c2FsdA", "_sd", "x")], None),
        (["nonsense!"], None),
        (["ä"], None),
        ([7], None),
        ([doubled], [closed(0, doubled)]),  # the entry says that already
        ([NAMED], [closed(0, NAMED), closed(1, NAMED)]),  # one digest in two entries
        ([NAMED], [leaf(0, actor={"_sd": [disclosures.digest(NAMED)]})]),  # the first form has no digests
    ):
        with pytest.raises(Wrong):
            verify.verify(opened(*wrong, leaves=leaves), VKEY)
    two = [disclosure("c2FsdA", "name", "A"), disclosure("c2FsdB", "name", "B")]
    with pytest.raises(Wrong, match="stands there already"):
        verify.verify(opened(*two, leaves=[closed(0, *two)]), VKEY)
    for body in (b"", b'"x"', b"\xff\n"):
        with pytest.raises(Wrong):
            verify.verify(packed({**files_of([closed(0, NAMED)]), verify.DISCLOSURES: body or b"x"}), VKEY)


def test_what_people_typed_is_no_digest() -> None:
    odd = leaf(0, v=2, data={"_sd": "text", "more": [{"_sd": [1, "short"]}]})
    assert verify.verify(opened(leaves=[odd]), VKEY)


def test_entries_are_shown_with_what_is_disclosed() -> None:
    entry = json.loads(closed(0, NAMED, REASON))
    by_digest = {disclosures.digest(NAMED): NAMED}
    shown = disclosures.reveal({**entry, "data": [{"_sd": "typed"}]}, by_digest)
    assert shown["actor"] == {"id": "user:1", "type": "person", "name": "Jana Šafářová"}
    assert shown["data"] == [{}]


# What it is about, and what is beside it


def test_a_version_that_is_not_in_the_bundle_is_noticed() -> None:
    told = [leaf(0, product="helper", version=3, at="2026-11-23T10:00:00.000000Z", outcome="done"), leaf(1)]
    document = verify.canonical({"product": "helper", "number": 3})
    digest = hashlib.sha256(document).hexdigest()
    told[1] = leaf(1, data={"digest": f"sha256:{digest}"})
    files = {**files_of(told), f"versions/{digest}.json": document}
    about = {"product": "helper", "version": 3}
    assert any(
        "Of version 3 of helper, 1 entries tell" in one for one in verify.verify(packed(files, about=about)).checked
    )
    assert verify.verify(packed(files, about={"product": "helper"}))
    for wrong in ({**about, "version": 4}, {**about, "product": "other"}, {"product": "other"}, {"by": "me"}, "helper"):
        with pytest.raises(Wrong):
            verify.verify(packed(files, about=wrong))
    with pytest.raises(Wrong, match="does not hold version 3"):
        verify.verify(packed(files_of(told), about=about))


def test_files_that_nobody_looks_at_are_named() -> None:
    verdict = verify.verify(packed({**files_of(LEAVES), "README.txt": b"All is well."}), VKEY)
    assert any("README.txt" in one for one in verdict.unknown)


def test_bundles_of_before_are_still_read_and_entries_of_later_are_not() -> None:
    assert verify.verify(packed(files_of(LEAVES), v=1), VKEY)
    with pytest.raises(Wrong):
        verify.verify(packed(files_of(LEAVES), v=3), VKEY)
    with pytest.raises(Wrong, match="ask for a newer one"):
        verify.verify(bundle([leaf(0, v=3)]), VKEY)


@pytest.mark.parametrize("python", PYTHONS)
def test_every_python_that_is_here_says_the_same(python: str, tmp_path: Path) -> None:
    if shutil.which(python) is None or subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode:
        python = sys.executable  # this machine has no such one
    (tmp_path / "piece.zip").write_bytes(PIECE)
    (tmp_path / "closed.zip").write_bytes(opened(NAMED))
    (tmp_path / "kept").write_text(note_over(LEAVES[:6]), encoding="utf-8")
    found = run(python, tmp_path, "piece.zip", "--key", VKEY, "--key", WKEY, "--checkpoint", "kept")
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.splitlines() == list(
        verify.sentences(verify.verify(PIECE, f"{VKEY} {WKEY}", note_over(LEAVES[:6])))
    )
    assert run(python, tmp_path, "closed.zip").returncode == 0


def test_hashes_in_a_file_are_those_that_belong_there() -> None:
    with pytest.raises(ValueError, match="no leaves from 3 to 3"):
        tree.hashes_beside(node_of(LEAVES), 3, 3, SIZE)
    assert hashes(tree.hashes_beside(node_of(LEAVES), 0, SIZE, SIZE)) == []
