"""The verifier that outsiders run: RFC 8032's vectors, every wrong bundle that we can think of, and old Pythons."""

from __future__ import annotations

import ast
import hashlib
import random
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from audits.log import notes, tiles, tree, verify
from audits.log.verify import Wrong
from audits.tests.log.bundles import KEY, NAME, OTHER, bundle, files_of, leaf, note_over, packed

BUNDLE = bundle()
VKEY = str(notes.verifier_of(NAME, KEY))
OLDER = note_over([leaf(number) for number in range(7)])

# RFC 8032, 7.1: secret key, public key, message, signature
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
        "387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
        "4a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("_secret", "public", "message", "signature"), VECTORS)
def test_the_vectors_of_rfc_8032(_secret: str, public: str, message: str, signature: str) -> None:
    key, text, signed = map(bytes.fromhex, (public, message, signature))
    assert verify.is_signed(key, text, signed)
    for wrong in (
        (key, text + b"x", signed),
        (key, text, signed[:-1]),
        (key, text, signed[:32] + bytes(32)),
        (key[:-1] + bytes([key[-1] ^ 1]), text, signed),
        (key, text, bytes([signed[0] ^ 1]) + signed[1:]),
        # The same number plus the order of the group: valid to careless verifiers.
        (key, text, signed[:32] + (int.from_bytes(signed[32:], "little") + verify.ORDER).to_bytes(32, "little")),
        ((2**255 - 18).to_bytes(32, "little"), text, signed),  # a y that is not below the prime
    ):
        assert not verify.is_signed(*wrong)


@settings(max_examples=20)
@given(st.binary(max_size=200), st.binary(min_size=32, max_size=32))
def test_it_agrees_with_openssl(message: bytes, seed: bytes) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signed = key.public_key().public_bytes_raw(), key.sign(message)
    assert verify.is_signed(public, message, signed)
    assert not verify.is_signed(public, message + b"!", signed)


@given(st.integers(0, 600))
def test_its_roots_are_those_of_the_tree(size: int) -> None:
    hashes = [tree.hash_leaf(str(number).encode()) for number in range(size)]
    kept = tiles.extend(lambda _place: b"", 0, hashes)
    assert verify.root_of(hashes) == tree.root(tiles.node_of(lambda at: kept.get(at, b"")), size)


def test_a_right_bundle_passes_and_says_what_it_cannot_know() -> None:
    verdict = verify.verify(BUNDLE)
    assert (verdict.origin, verdict.size) == (NAME, 12)
    said = "\n".join(verify.sentences(verdict))
    for words in ("All 12 entries", "Whose log this is", "rewritten and signed anew", "no entry was ever written"):
        assert words in said
    told = verify.verify(BUNDLE, VKEY, OLDER)
    assert "The first 7 entries are those of the checkpoint that you kept." in told.checked
    assert not any("Whose log" in sentence or "signed anew" in sentence for sentence in told.unknown)


def test_no_changed_byte_passes() -> None:
    chance = random.Random(2000)
    for _time in range(2000):
        at = chance.randrange(len(BUNDLE))
        wrong = BUNDLE[:at] + bytes([BUNDLE[at] ^ (1 << chance.randrange(8))]) + BUNDLE[at + 1 :]
        with pytest.raises(Wrong):
            verify.verify(wrong, VKEY)


@given(st.data())
def test_nothing_cut_added_or_moved_passes(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(BUNDLE) - 1))
    for wrong in (BUNDLE[:at], BUNDLE[:at] + b"x" + BUNDLE[at:], BUNDLE[at:] + BUNDLE[:at] if at else BUNDLE + b"x"):
        with pytest.raises(Wrong):
            verify.verify(wrong)


def test_a_forger_with_the_list_of_contents_in_hand_is_refused() -> None:
    """Whoever changes an entry can make the list of contents right again, and still not the checkpoint."""
    entries = [leaf(number) for number in range(12)]
    attacks = {
        "one entry changed": [*entries[:5], leaf(5, kind="profile.version.declined"), *entries[6:]],
        "one left out": [*entries[:5], *entries[6:]],
        "the last one cut off": entries[:-1],
        "two exchanged": [*entries[:5], entries[6], entries[5], *entries[7:]],
        "one more": [*entries, leaf(12)],
        "one twice": [*entries[:-1], entries[0]],
        "none": [],
    }
    for name, forged in attacks.items():
        wrong = packed({**files_of(entries), verify.ENTRIES: b"".join(one + b"\n" for one in forged)})
        with pytest.raises(Wrong):
            verify.verify(wrong, VKEY)
        assert name


def test_a_rewritten_history_is_refused_by_who_kept_a_checkpoint() -> None:
    rewritten = bundle([leaf(0), leaf(1, kind="profile.version.declined"), *(leaf(number) for number in range(2, 12))])
    assert verify.verify(rewritten, VKEY)  # nobody can know it from the bundle alone
    with pytest.raises(Wrong, match="HISTORY WAS REWRITTEN"):
        verify.verify(rewritten, VKEY, OLDER)
    shorter = bundle([leaf(number) for number in range(5)])
    with pytest.raises(Wrong, match="ask for a newer one"):
        verify.verify(shorter, VKEY, OLDER)


def test_other_forgeries() -> None:
    entries = [leaf(number) for number in range(12)]
    files = files_of(entries)
    other = str(notes.verifier_of(NAME, OTHER))
    twice = [leaf(0), leaf(1), leaf(0)]
    foreign = [leaf(0), leaf(1, organization="other")]
    loose = [leaf(0), b'{"kind": "x", "id": "1", "organization": "acme"}']
    double = [b'{"id":"1","id":"2","kind":"x","organization":"acme"}']
    number = [b'{"data":1.5,"id":"1","kind":"x","organization":"acme"}']
    for name, wrong, key in (
        ("another key", packed(files), other),
        ("no key", packed(files), "nonsense"),
        ("another's note", packed({**files, verify.NOTE: note_over(entries, key=OTHER).encode()}), VKEY),
        ("another log's note", packed({**files, verify.NOTE: note_over(entries, name="elsewhere/log").encode()}), VKEY),
        ("no note", packed({**files, verify.NOTE: b"nothing"}), VKEY),
        ("not text", packed({**files, verify.NOTE: b"\xff\xff"}), VKEY),
        ("one twice", bundle(twice), VKEY),
        ("somebody else's", bundle(foreign), VKEY),
        ("not canonical", bundle(loose), VKEY),
        ("a name twice", bundle(double), VKEY),
        ("a float", bundle(number), VKEY),
        ("no entries", packed({name: body for name, body in files.items() if name != verify.ENTRIES}), VKEY),
        (
            "a document of another digest",
            packed({**files, f"profiles/{'0' * 64}.json": b'{"digest":"sha256:0"}'}),
            VKEY,
        ),
        ("compressed", zipped(files, zipfile.ZIP_DEFLATED), VKEY),
        ("in another order", zipped(dict(reversed(files.items())), zipfile.ZIP_STORED), VKEY),
        ("no zip", b"PK", VKEY),
        ("nothing", b"", VKEY),
    ):
        with pytest.raises(Wrong):
            verify.verify(wrong, key)
        assert name


def zipped(files: dict[str, bytes], how: int) -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w", how) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name, verify.STAMP), body, compress_type=how)
    return data.getvalue()


def test_names_beyond_the_first_plane_stand_in_the_order_of_rfc_8785() -> None:
    told: dict[str, Any] = {
        "kind": "api_key.refused",
        "organization": "acme",
        "v": 2,
        "data": {"\uff5e": 1, "😀": [{"😀": 2, "\ue000": 3}]},
    }
    one = rfc8785.dumps({**told, "id": "1"})
    verify.verify(bundle([leaf(0), one]), VKEY)
    otherwise = one.replace(b'{"\xf0\x9f\x98\x80":2,"\xee\x80\x80":3}', b'{"\xee\x80\x80":3,"\xf0\x9f\x98\x80":2}')
    assert otherwise != one
    with pytest.raises(Wrong, match="canonical"):
        verify.verify(bundle([leaf(0), otherwise]), VKEY)


def test_a_document_is_checked_against_the_entries() -> None:
    bare = {"behaviors": {}, "version": 3}
    digest = hashlib.sha256(verify.canonical(bare)).hexdigest()
    document = verify.canonical({**bare, "digest": f"sha256:{digest}"})
    named = [leaf(0), leaf(1, data={"published": [f"sha256:{digest}"]})]
    right = packed({**files_of(named), f"profiles/{digest}.json": document})
    assert any(digest in sentence for sentence in verify.verify(right, VKEY).checked)
    unnamed = packed({**files_of([leaf(0)]), f"profiles/{digest}.json": document})
    with pytest.raises(Wrong, match="no entry speaks"):
        verify.verify(unnamed, VKEY)
    changed = document.replace(b'"version":3', b'"version":4')
    with pytest.raises(Wrong, match="not the document"):
        verify.verify(packed({**files_of(named), f"profiles/{digest}.json": changed}), VKEY)


def run(python: str, tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "verify.py"
    script.write_bytes(Path(verify.__file__).read_bytes())
    command = [python, "-I", "-W", "error", str(script), *arguments]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_it_runs_by_itself(tmp_path: Path) -> None:
    (tmp_path / "right.zip").write_bytes(BUNDLE)
    (tmp_path / "wrong.zip").write_bytes(BUNDLE[:-1])
    (tmp_path / "kept").write_text(OLDER, encoding="utf-8")
    found = run(sys.executable, tmp_path, "right.zip", "--key", VKEY, "--checkpoint", "kept")
    assert (found.returncode, found.stderr) == (0, "")
    assert "first 7 entries" in found.stdout
    wrong = run(sys.executable, tmp_path, "wrong.zip")
    assert (wrong.returncode, wrong.stdout[:8]) == (1, "REFUSED:")
    missing = run(sys.executable, tmp_path, "nothing.zip")
    assert (missing.returncode, missing.stderr) == (2, "nothing.zip: No such file or directory\n")


def test_it_is_written_for_python_3_8() -> None:
    """Its grammar, and that nothing is evaluated that an old Python does not know: no subscript of a plain type."""
    source = Path(verify.__file__).read_text(encoding="utf-8")
    module = ast.parse(source, feature_version=(3, 8))
    imported = {name.name for node in ast.walk(module) if isinstance(node, ast.Import) for name in node.names}
    imported |= {node.module or "" for node in ast.walk(module) if isinstance(node, ast.ImportFrom)}
    evaluated = [node.value for node in ast.walk(module) if isinstance(node, (ast.Assign, ast.Return, ast.Expr))]
    subscripts = [part for value in evaluated if value for part in ast.walk(value) if isinstance(part, ast.Subscript)]
    named = {part.value.id for part in subscripts if isinstance(part.value, ast.Name)}
    assert not named & {"list", "dict", "tuple", "set", "Iterator", "Sequence"}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names
