#!/usr/bin/env python3
"""Check an evidence bundle of Brightline, without Brightline.

    python3 verify.py BUNDLE.zip [--key VKEY] [--checkpoint FILE]

It needs Python 3.8 or later and nothing else. It reads the bundle, trusts none of it, and prints what it checked, and
what it cannot know. It ends with 0 if everything that it can check is right, with 1 if something is wrong, and with 2
if it was not told what to check.

    --key         the key of the log (name+id+key), as you got it from its owner at another time or by another way.
                  Without it the key in the bundle is used, which shows that the bundle is whole, not whose it is.
    --checkpoint  a checkpoint that you kept: was anything changed that was there when you got it?
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

VERSION = 1
MOST_BYTES = 2 << 30
NOTE, MANIFEST, ENTRIES, KEY = "checkpoint", "manifest.json", "entries.jsonl", "key"
STAMP = (1980, 1, 1, 0, 0, 0)  # of every file in a bundle, so that the same files are the same bundle


class Wrong(Exception):
    """Something about the bundle is not right; the text says what."""


class Verdict(NamedTuple):
    """What was checked, in sentences, and what nobody can know from a bundle."""

    checked: list[str]
    unknown: list[str]
    origin: str
    size: int


# Bundles: zip files without compression, in one order and with one time, so that each has exactly one form


def pack(files: dict[str, bytes]) -> bytes:
    """The one bundle that holds these files."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            told = zipfile.ZipInfo(name, STAMP)
            told.create_system, told.external_attr = 3, 0o644 << 16
            archive.writestr(told, files[name])
    return data.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """The files of a bundle, which must be written exactly as ``pack`` writes it: nothing can hide between them."""
    if len(data) > MOST_BYTES:
        raise Wrong("the bundle is larger than 2 GB")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            stored = archive.infolist()
            if any(told.compress_type != zipfile.ZIP_STORED or told.file_size > len(data) for told in stored):
                raise Wrong("the bundle is not packed as Brightline packs it")
            files = {told.filename: archive.read(told) for told in stored}
    except Wrong:
        raise
    except Exception as error:  # zipfile raises many kinds of things over damaged files
        raise Wrong(f"this is no bundle, or it is damaged: {error}") from None
    if pack(files) != data:
        raise Wrong("the bundle is not packed as Brightline packs it, or was packed again by somebody")
    return files


def check_manifest(files: dict[str, bytes]) -> dict[str, Any]:
    """That the list of contents is complete and right."""
    manifest = parse_json(files.get(MANIFEST, b""), MANIFEST)
    if not isinstance(manifest, dict) or manifest.get("v") != VERSION or not isinstance(manifest.get("files"), dict):
        raise Wrong("the list of contents is not one that this verifier knows")
    found = {name: hashlib.sha256(body).hexdigest() for name, body in files.items() if name != MANIFEST}
    for name in sorted(set(found) | set(manifest["files"])):
        if found.get(name) != manifest["files"].get(name):
            raise Wrong(f"{name} is not the file that the list of contents names")
    return manifest


def parse_json(data: bytes, name: str) -> Any:
    """Canonical JSON (RFC 8785, as far as entries use it): one text for one value, and no name twice."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=once, parse_float=no_float, parse_constant=no_float)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"{name} cannot be read: {error}") from None
    if canonical(value) != data:
        raise Wrong(f"{name} is not in its canonical form")
    return value


def canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def no_float(text: str) -> Any:
    raise ValueError(f"{text} is a number that no entry holds")


# Signatures: signed notes of C2SP with Ed25519 (RFC 8032)


class Key(NamedTuple):
    name: str
    id: bytes
    public: bytes


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes


def parse_key(text: str) -> Key:
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise Wrong("this is no key of a log: name+id+key")
    data = from_base64(parts[2])
    if len(data) != 33 or data[0] != 1:
        raise Wrong("this is no Ed25519 key of a log")
    key = Key(parts[0], hashlib.sha256(parts[0].encode("utf-8") + b"\n" + data).digest()[:4], data[1:])
    if key.id.hex() != parts[1]:
        raise Wrong("the id of the key does not belong to it")
    return key


def open_note(note: str, key: Key) -> Checkpoint:
    """The checkpoint in a note that ``key`` signed."""
    text, blank, below = note.rpartition("\n\n")
    lines = below.split("\n")
    if not blank or lines.pop() != "" or not lines:
        raise Wrong("the checkpoint is not written as a signed note")
    text += "\n"
    signed = False
    for line in lines:
        name, blob = parse_signature(line)
        if name == key.name and blob[:4] == key.id:
            if not is_signed(key.public, text.encode("utf-8"), blob[4:]):
                raise Wrong("the signature of the checkpoint is wrong")
            signed = True
    if not signed:
        raise Wrong(f"the checkpoint is not signed with the key {key.name}+{key.id.hex()}")
    found = parse_checkpoint(text)
    if found.origin != key.name:
        raise Wrong(f"the checkpoint is of another log: {found.origin}")
    return found


def parse_signature(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\u2014" or not parts[1]:
        raise Wrong("a line below the checkpoint is no signature")
    blob = from_base64(parts[2])
    if len(blob) < 5:
        raise Wrong("a line below the checkpoint is no signature")
    return parts[1], blob


def parse_checkpoint(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) != 4 or not lines[0] or lines[3] or not lines[1].isdigit() or str(int(lines[1])) != lines[1]:
        raise Wrong("the checkpoint is not written as one")
    root = from_base64(lines[2])
    if len(root) != 32:
        raise Wrong("the root of the checkpoint is not 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)


def from_base64(text: str) -> bytes:
    try:
        found = base64.b64decode(text.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        raise Wrong(f"this is not base64: {text[:40]}") from None
    if base64.b64encode(found).decode("ascii") != text:
        raise Wrong(f"this is not base64 in its one form: {text[:40]}")
    return found


P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


class Point(NamedTuple):
    """Of the curve, in extended coordinates: x = X/Z, y = Y/Z, T = XY/Z."""

    x: int
    y: int
    z: int
    t: int


ZERO = Point(0, 1, 1, 0)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """RFC 8032, 5.1.7, and nothing but the one encoding of each number and point."""
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r, s = point(public), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % ORDER
    return is_same(times(s, BASE), plus(r, times(h, a)))


def point(data: bytes) -> Point | None:
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return Point(x, y, 1, x * y % P)


def plus(p: Point, q: Point) -> Point:
    a, b = (p.y - p.x) * (q.y - q.x) % P, (p.y + p.x) * (q.y + q.x) % P
    c, d = 2 * p.t * q.t * D % P, 2 * p.z * q.z % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return Point(e * f % P, g * h % P, f * g % P, e * h % P)


def times(number: int, p: Point) -> Point:
    found = ZERO
    while number:
        if number & 1:
            found = plus(found, p)
        p, number = plus(p, p), number >> 1
    return found


def is_same(p: Point, q: Point) -> bool:
    return (p.x * q.z - q.x * p.z) % P == 0 and (p.y * q.z - q.y * p.z) % P == 0


BASE: Point = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))  # type: ignore[assignment]


# The tree (RFC 6962)


def hash_leaf(leaf: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + leaf).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Of the tree of all these leaves."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    pending: list[tuple[int, bytes]] = []  # full subtrees from the left, each with its height
    for leaf_hash in hashes:
        found, height = leaf_hash, 0
        while pending and pending[-1][0] == height:
            found = hashlib.sha256(b"\x01" + pending.pop()[1] + found).digest()
            height += 1
        pending.append((height, found))
    found = pending.pop()[1]
    while pending:
        found = hashlib.sha256(b"\x01" + pending.pop()[1] + found).digest()
    return found


# Entries


def check_entries(leaves: Sequence[bytes], organization: str) -> dict[str, int]:
    """That each is an entry of this log in its one form, and none is there twice. How many of each kind."""
    kinds: dict[str, int] = {}
    seen = set()
    for number, leaf in enumerate(leaves):
        entry = parse_json(leaf, f"entry {number}")
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("id"), str)
            or not isinstance(entry.get("kind"), str)
        ):
            raise Wrong(f"entry {number} is no entry")
        if entry.get("organization") != organization:
            raise Wrong(f"entry {number} belongs to somebody else: {entry.get('organization')}")
        if entry["id"] in seen:
            raise Wrong(f"entry {number} is there twice")
        seen.add(entry["id"])
        kinds[entry["kind"]] = kinds.get(entry["kind"], 0) + 1
    return kinds


def check_documents(files: dict[str, bytes], leaves: Sequence[bytes]) -> list[str]:
    """Documents that are named after their digest, and what entries say of those digests."""
    said = b"\n".join(leaves)
    checked = []
    for name in sorted(files):
        folder, _slash, rest = name.partition("/")
        if folder not in ("profiles", "rulebooks"):
            continue
        digest = rest.partition(".")[0]
        document = parse_json(files[name], name)
        bare = {member: value for member, value in document.items() if member != "digest"}
        given = hashlib.sha256(canonical(bare)).hexdigest()
        if document.get("digest") != "sha256:" + digest or given != digest:
            raise Wrong(f"{name} is not the document of its digest")
        if digest.encode("ascii") not in said:
            raise Wrong(f"no entry speaks of {name}")
        checked.append(f"{name} is the document that the entries name by its digest.")
    return checked


# All of it


def verify(data: bytes, key: str = "", kept: str = "") -> Verdict:
    """Raises ``Wrong`` with the first thing that is not right."""
    files = unpack(data)
    manifest = check_manifest(files)
    for name in (NOTE, ENTRIES, KEY):
        if name not in files:
            raise Wrong(f"{name} is missing")
    given = parse_key(key or text_of(files, KEY).split("\n")[0])
    checkpoint = open_note(text_of(files, NOTE), given)
    leaves = files[ENTRIES].split(b"\n")
    if leaves.pop() != b"" or len(leaves) != checkpoint.size:
        raise Wrong(f"the checkpoint is of {checkpoint.size} entries, and {len(leaves)} are there")
    hashes = [hash_leaf(leaf) for leaf in leaves]
    if root_of(hashes) != checkpoint.root:
        raise Wrong("the entries are not those of the checkpoint")
    organization = str(manifest.get("organization"))
    kinds = check_entries(leaves, organization)
    checked = [
        f"The checkpoint of {given.name} over {checkpoint.size} entries is signed with the key {given.id.hex()}.",
        f"All {len(leaves)} entries from the first to the last are there, in their order; one changed byte would show.",
        f"Each is an entry of {organization or 'the installation'} in its canonical form, and none is there twice.",
    ]
    checked += check_kept(kept, given, checkpoint, hashes) + check_documents(files, leaves)
    by_kind = ", ".join(f"{kind} {kinds[kind]}" for kind in sorted(kinds))
    checked.append(f"Entries by kind: {by_kind}.")
    return Verdict(checked, unknown(key, kept), checkpoint.origin, checkpoint.size)


def check_kept(kept: str, key: Key, checkpoint: Checkpoint, hashes: Sequence[bytes]) -> list[str]:
    """That the log still begins with what it was when somebody kept a checkpoint of it."""
    if not kept:
        return []
    older = open_note(kept, key)
    if older.size > checkpoint.size:
        raise Wrong(
            f"your checkpoint is of {older.size} entries, and this bundle of {checkpoint.size}: ask for a newer one"
        )
    if root_of(hashes[: older.size]) != older.root:
        raise Wrong(f"HISTORY WAS REWRITTEN: the first {older.size} entries are not those of your checkpoint")
    return [f"The first {older.size} entries are those of the checkpoint that you kept."]


def unknown(key: str, kept: str) -> list[str]:
    found = [
        "Whether something happened of which no entry was ever written.",
        "Whether what people wrote into an entry is true. The times in entries are those of the server's clock.",
        "The report and the table are for people; they repeat the entries, and only the entries were checked.",
    ]
    if not key:
        found.insert(0, "Whose log this is: the key came with the bundle. Get it another way, and give it with --key.")
    if not kept:
        found.insert(
            0,
            "Whether the whole history was rewritten and signed anew by whoever holds the key. Keep the checkpoint of"
            " this bundle, and give it with --checkpoint when you check the next one.",
        )
    return found


def text_of(files: dict[str, bytes], name: str) -> str:
    try:
        return files[name].decode("utf-8")
    except UnicodeDecodeError:
        raise Wrong(f"{name} is not text") from None


def sentences(verdict: Verdict) -> Iterator[str]:
    yield "CHECKED"
    for sentence in verdict.checked:
        yield "  " + sentence
    yield ""
    yield "WHAT NOBODY CAN KNOW FROM THIS BUNDLE"
    for sentence in verdict.unknown:
        yield "  " + sentence


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("bundle")
    parser.add_argument("--key", default="", help="the key of the log, as you got it by another way")
    parser.add_argument("--checkpoint", default="", help="a file with a checkpoint that you kept")
    given = parser.parse_args(arguments)
    try:
        with open(given.bundle, "rb") as file:
            data = file.read()
        kept = ""
        if given.checkpoint:
            with open(given.checkpoint, encoding="utf-8") as file:
                kept = file.read()
        verdict = verify(data, given.key, kept)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        return 2
    except Wrong as wrong:
        print(f"REFUSED: {wrong}.")
        return 1
    for sentence in sentences(verdict):
        print(sentence)
    return 0


if __name__ == "__main__":
    sys.exit(main())
