#!/usr/bin/env python3
"""Check an evidence bundle of Brightline, without Brightline.

    python3 verify.py BUNDLE.zip [--key VKEY ...] [--checkpoint FILE]

It needs Python 3.8 or later and nothing else. It reads the bundle, trusts none of it, and prints what it checked, and
what it cannot know. It ends with 0 if everything that it can check is right, with 1 if something is wrong, and with 2
if it was not told what to check.

    --key         the key of the log (name+id+key), as you got it from its owner at another time or by another way.
                  Without it the key in the bundle is used, which shows that the bundle is whole, not whose it is.
                  May be given several times: for each key of the log, and for the key of each witness that you trust.
    --checkpoint  a checkpoint that you kept: was anything changed that was there when you got it?
"""

from __future__ import annotations

import argparse
import base64
import binascii
import gc
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from math import sqrt
from statistics import NormalDist
from typing import Any, NamedTuple, Tuple

VERSION = 2
READ = (1, 2)  # versions of bundles; in the first of them there were whole logs only
MOST_BYTES = 2 << 30
NOTE, MANIFEST, ENTRIES, KEY = "checkpoint", "manifest.json", "entries.jsonl", "key"
RANGE, DISCLOSURES, OLDER, CONSISTENCY, PROOFS = (
    "range.json",
    "disclosures.jsonl",
    "checkpoints/",
    "consistency/",
    "proofs/",
)
DOCUMENTS = ("profiles/", "rulebooks/", "versions/")
PROTOCOLS, RUNS, OUTCOMES, TRIALS = "protocols/", "runs/", "/outcomes.jsonl", "/trials.jsonl"
FOR_PEOPLE = ("README.md", "entries.csv", "report.html", "verify.py")
LEAVES = (1, 2)  # versions of entries; since the second one personal data stands there as digests only
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
            archive.writestr(told_of(name), files[name])
    return data.getvalue()


def told_of(name: str) -> zipfile.ZipInfo:
    """What a bundle says of a file: nothing but its name."""
    told = zipfile.ZipInfo(name, STAMP)
    told.create_system, told.external_attr = 3, 0o644 << 16
    return told


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
    if not isinstance(manifest, dict) or manifest.get("v") not in READ or not isinstance(manifest.get("files"), dict):
        raise Wrong("the list of contents is not one that this verifier knows")
    found = {name: hashlib.sha256(body).hexdigest() for name, body in files.items() if name != MANIFEST}
    for name in sorted(set(found) | set(manifest["files"])):
        if found.get(name) != manifest["files"].get(name):
            raise Wrong(f"{name} is not the file that the list of contents names")
    return manifest


def parse_json(data: bytes, name: str) -> Any:
    """Canonical JSON (RFC 8785, as far as entries use it): one text for one value, so that no name can stand there
    twice either."""
    try:
        value = DECODER.decode(data.decode("utf-8"))
        again = canonical(value)
    except (ValueError, RecursionError) as error:
        raise Wrong(f"{name} cannot be read: {error}") from None
    if again != data:
        raise Wrong(f"{name} is not in its canonical form")
    return value


def canonical(value: Any) -> bytes:
    text = ENCODER.encode(value)
    if not text.isascii() and max(text) > "\uffff":  # only then the two orders of names are not the same
        text = UNSORTED.encode(in_order(value))
    return text.encode("utf-8")


def in_order(value: Any) -> Any:
    """Names in the order of RFC 8785, which compares them as UTF-16."""
    if isinstance(value, list):
        return [in_order(inside) for inside in value]
    if isinstance(value, dict):
        return {name: in_order(value[name]) for name in sorted(value, key=utf_16)}
    return value


def utf_16(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands there twice")
    return found


def no_float(text: str) -> Any:
    raise ValueError(f"{text} is a number that no entry holds")


ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
UNSORTED = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
DECODER = json.JSONDecoder(parse_float=no_float, parse_constant=no_float)
ONCE = json.JSONDecoder(object_pairs_hook=once)
PLAIN = json.JSONDecoder(object_pairs_hook=once, parse_constant=no_float)  # for what only its digest fixes


# Signatures: signed notes of C2SP with Ed25519 (RFC 8032)


LOG, WITNESS = 1, 4  # what a key signs with


class Key(NamedTuple):
    name: str
    id: bytes
    kind: int
    public: bytes

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}"


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes


class Opened(NamedTuple):
    """A checkpoint, and who signed it: keys of the log, witnesses with their times, and names that nothing is known
    of."""

    checkpoint: Checkpoint
    signed: list[Key]
    cosigned: list[tuple[Key, int]]
    strangers: list[str]


def parse_key(text: str) -> Key:
    parts = text.strip().split("+", 2)
    if len(parts) != 3:
        raise Wrong("this is no key of a log: name+id+key")
    data = from_base64(parts[2])
    if len(data) != 33 or data[0] not in (LOG, WITNESS):
        raise Wrong("this is no Ed25519 key of a log or of a witness")
    key = Key(parts[0], hashlib.sha256(parts[0].encode("utf-8") + b"\n" + data).digest()[:4], data[0], data[1:])
    if key.id.hex() != parts[1]:
        raise Wrong("the id of the key does not belong to it")
    return key


def keys_of(given: str, files: dict[str, bytes]) -> list[Key]:
    """The keys that were given, and those in the bundle as far as no key of a log was given."""
    keys = [parse_key(text) for text in given.split()]
    if not any(key.kind == LOG for key in keys):
        keys += [parse_key(text) for text in text_of(files, KEY).split("\n") if text]
    return keys


def open_note(note: str, keys: Sequence[Key]) -> Opened:
    """The checkpoint in a note that a known key of its log signed. A wrong signature of any known key is refused."""
    text, blank, below = note.rpartition("\n\n")
    lines = below.split("\n")
    if not blank or lines.pop() != "" or not lines:
        raise Wrong("the checkpoint is not written as a signed note")
    text += "\n"
    found = Opened(parse_checkpoint(text), [], [], [])
    for name, blob in map(parse_signature, lines):
        key = next((key for key in keys if (key.name, key.id) == (name, blob[:4])), None)
        if key is None:
            found.strangers.append(name)
        elif key.kind == LOG:
            need_signed(key, text, blob[4:])
            found.signed.append(key)
        else:
            seconds = int.from_bytes(blob[4:12], "big")
            need_signed(key, f"cosignature/v1\ntime {seconds}\n{text}", blob[12:])
            found.cosigned.append((key, seconds))
    if not found.signed:
        wanted = ", ".join(str(key) for key in keys if key.kind == LOG)
        raise Wrong(f"the checkpoint is not signed with the key {wanted}")
    if found.checkpoint.origin not in [key.name for key in found.signed]:
        raise Wrong(f"the checkpoint is of another log: {found.checkpoint.origin}")
    return found


def need_signed(key: Key, text: str, signature: bytes) -> None:
    if not is_signed(key.public, text.encode("utf-8"), signature):
        raise Wrong(f"the signature of the checkpoint by {key} is wrong")


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
    """Standard base64 in its one right form."""
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


def hash_children(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes], start: int = 0, left: Sequence[bytes] = ()) -> bytes:
    """Of the tree of all these leaves; ``left`` are the hashes of the full subtrees before them, of ``start`` leaves
    together, the largest one first."""
    heights = [height for height in reversed(range(start.bit_length())) if start >> height & 1]
    pending = [
        (heights[at], left[at]) for at in range(min(len(heights), len(left)))
    ]  # full subtrees from the left, each with its height
    for leaf_hash in hashes:
        found, height = leaf_hash, 0
        while pending and pending[-1][0] == height:
            found = hash_children(pending.pop()[1], found)
            height += 1
        pending.append((height, found))
    if not pending:
        return hashlib.sha256(b"").digest()
    found = pending.pop()[1]
    while pending:
        found = hash_children(pending.pop()[1], found)
    return found


class Piece(NamedTuple):
    """Leaves of a tree from one place on, without a gap, and the hashes of the subtrees beside them."""

    start: int
    hashes: list[bytes]
    beside: list[bytes]

    @property
    def end(self) -> int:
        return self.start + len(self.hashes)

    def root(self, size: int) -> bytes:
        """Of the tree of ``size`` leaves that has these leaves at these places, and no others there."""
        if not self.hashes:
            return root_of([])
        beside = iter(self.beside)
        root = self._of(0, size, beside)
        if next(beside, None) is not None:
            raise Wrong("there are more hashes beside the entries than belong there")
        return root

    def root_before(self, end: int) -> bytes:
        """Of the tree as it was when it had ``end`` leaves, if these leaves reach there."""
        return root_of(self.hashes[: end - self.start], self.start, self.beside)

    def _of(self, first: int, count: int, beside: Iterator[bytes]) -> bytes:
        if first + count <= self.start or first >= self.end:
            found = next(beside, None)
            if found is None:
                raise Wrong("there are fewer hashes beside the entries than belong there")
            return found
        if self.start <= first and first + count <= self.end:
            return root_of(self.hashes[first - self.start : first - self.start + count])
        left = 1 << (count - 1).bit_length() - 1
        return hash_children(self._of(first, left, beside), self._of(first + left, count - left, beside))


def is_in(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return False
    last, found = size - 1, leaf_hash
    for sibling in path:
        if last == 0:
            return False
        if index & 1 or index == last:
            found = hash_children(sibling, found)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            found = hash_children(found, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and found == root


def continues(old: Checkpoint, new: Checkpoint, proof: Sequence[bytes]) -> bool:
    """RFC 9162, 2.1.4.2: whether the new tree begins with all leaves of the old one."""
    if old.size in (0, new.size):
        return not proof and old.root == (new.root if old.size else root_of([]))
    path = [old.root, *proof] if old.size & (old.size - 1) == 0 else [*proof]
    if not path or old.size > new.size:
        return False
    index, last = old.size - 1, new.size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if index & 1 or index == last:
            first, second = hash_children(sibling, first), hash_children(sibling, second)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            second = hash_children(second, sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and first == old.root and second == new.root


def parse_hashes(found: Any, name: str) -> list[bytes]:
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise Wrong(f"{name} is no list of hashes")
    hashes = [from_base64(text) for text in found]
    if any(len(one) != 32 for one in hashes):
        raise Wrong(f"{name} holds something that is no hash")
    return hashes


# Entries


def check_entries(leaves: Sequence[bytes], start: int, organization: str) -> list[dict[str, Any]]:
    """That each is an entry of this log in its one form, and none is there twice."""
    entries: list[dict[str, Any]] = []
    seen = set()
    for number, leaf in enumerate(leaves, start):
        entry = parse_json(leaf, f"entry {number}")
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("id"), str)
            or not isinstance(entry.get("kind"), str)
        ):
            raise Wrong(f"entry {number} is no entry")
        if entry.get("v") not in LEAVES:
            raise Wrong(f"entry {number} has a form that this verifier does not know: ask for a newer one")
        if entry.get("organization") != organization:
            raise Wrong(f"entry {number} belongs to somebody else: {entry.get('organization')}")
        if entry["id"] in seen:
            raise Wrong(f"entry {number} is there twice")
        seen.add(entry["id"])
        entries.append(entry)
    return entries


def by_kind(entries: Sequence[Mapping[str, Any]]) -> str:
    kinds: dict[str, int] = {}
    for entry in entries:
        kinds[entry["kind"]] = kinds.get(entry["kind"], 0) + 1
    return ", ".join(f"{kind} {kinds[kind]}" for kind in sorted(kinds))


def check_documents(files: dict[str, bytes], leaves: Sequence[bytes]) -> list[str]:
    """Documents that are named after their digest, and what entries say of those digests."""
    said = b"\n".join(leaves)
    checked = []
    for name in sorted(files):
        if not name.startswith(DOCUMENTS):
            continue
        digest = name.partition("/")[2].partition(".")[0]
        document = parse_json(files[name], name)
        if not isinstance(document, dict):
            raise Wrong(f"{name} is no document")
        bare = {member: value for member, value in document.items() if member != "digest"}
        given = hashlib.sha256(canonical(bare)).hexdigest()
        if document.get("digest", "sha256:" + digest) != "sha256:" + digest or given != digest:
            raise Wrong(f"{name} is not the document of its digest")
        if digest.encode("ascii") not in said:
            raise Wrong(f"no entry speaks of {name}")
        checked.append(f"{name} is the document that the entries name by its digest.")
    return checked


def check_about(files: dict[str, bytes], manifest: Mapping[str, Any], entries: Sequence[Any], start: int) -> list[str]:
    """What the bundle says that it is about: a version is there, and entries tell what became of it."""
    about = manifest.get("about", {})
    if not isinstance(about, dict) or not set(about) <= {"product", "version"}:
        raise Wrong("the list of contents does not say what the bundle is about")
    if not about:
        return []
    product, number = about.get("product"), about.get("version")
    places = [place for place, entry in enumerate(entries, start) if entry.get("product") == product]
    if not places:
        raise Wrong(f"no entry is about the product {product}")
    if number is None:
        return [
            f"{len(places)} of the entries are about the product {product}, the first of them at place {places[0]}."
        ]
    documents = [parse_json(files[name], name) for name in sorted(files) if name.startswith("versions/")]
    if [(one.get("product"), one.get("number")) for one in documents] != [(product, number)]:
        raise Wrong(f"the bundle does not hold version {number} of {product}")
    told = [(place, entries[place - start]) for place in places if entries[place - start].get("version") == number]
    if not told:
        raise Wrong(f"no entry is about version {number} of {product}")
    steps = [f"Place {place}, {entry.get('at')}: {entry['kind']}, {entry.get('outcome')}." for place, entry in told]
    return [f"Of version {number} of {product}, {len(told)} entries tell:", *("  " + step for step in steps)]


# Disclosures (RFC 9901): what stood behind a digest in an entry


def check_disclosures(files: dict[str, bytes], entries: Sequence[Any], start: int) -> tuple[list[str], int]:
    """That each disclosure belongs to exactly one entry. Sentences, and how many digests stay closed."""
    places = digests_in(entries, start)
    opened = set()
    names = set()
    disclosures = disclosures_in(files)
    for text, name in disclosures:
        place = places.pop(base64url(hashlib.sha256(text.encode("ascii")).digest()), None)
        if place is None:
            raise Wrong(f"a disclosure of “{name}” belongs to no entry of this bundle, or is there twice")
        number, holder = place
        if name in holder or (id(holder), name) in names:
            raise Wrong(f"a disclosure of entry {number} says something that stands there already: {name}")
        names.add((id(holder), name))
        opened.add(number)
    if not disclosures:
        return [], len(places)
    told = f"{len(disclosures)} disclosures are what {len(opened)} entries hold the digests of, word for word."
    return [told], len(places)


def disclosures_in(files: dict[str, bytes]) -> list[tuple[str, str]]:
    """Each as it is written, and the name of what it discloses."""
    if DISCLOSURES not in files:
        return []
    lines = text_of(files, DISCLOSURES).split("\n")
    if lines.pop() != "":
        raise Wrong(f"{DISCLOSURES} does not end with a line")
    if not all(len(line) > 2 and line[0] == line[-1] == '"' for line in lines):
        raise Wrong(f"{DISCLOSURES} holds a line that is no text")
    return [(line[1:-1], parse_disclosure(line[1:-1])) for line in lines]


def digests_in(entries: Sequence[Any], start: int) -> dict[str, tuple[int, dict[str, Any]]]:
    """Which entry holds each digest, and the object in it that does."""
    places: dict[str, tuple[int, dict[str, Any]]] = {}
    for number, entry in enumerate(entries, start):
        for holder in holders(entry) if entry["v"] > 1 else ():
            for digest in holder["_sd"]:
                if digest in places:
                    raise Wrong(f"entry {number} repeats a digest of another entry")
                places[digest] = (number, holder)
    return places


def holders(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in an entry in which digests stand."""
    waiting = [value]
    for one in waiting:  # which grows meanwhile
        if type(one) is dict:
            digests = one.get("_sd")
            if isinstance(digests, list) and all(isinstance(digest, str) and len(digest) == 43 for digest in digests):
                yield one
        within = one.values() if type(one) is dict else one
        waiting += [inside for inside in within if type(inside) is dict or type(inside) is list]


def parse_disclosure(text: str) -> str:
    """The name of what is disclosed."""
    try:
        # Whatever this takes lightly is written otherwise below.
        data = binascii.a2b_base64(text.encode("ascii").translate(TO_PLAIN) + b"==")
        found = ONCE.decode(data.decode("utf-8"))
    except (TypeError, ValueError, RecursionError):
        raise Wrong("a disclosure cannot be read") from None
    if base64url(data) != text or not isinstance(found, list) or len(found) != 3:
        raise Wrong("a disclosure is not written as one")
    if not isinstance(found[0], str) or not isinstance(found[1], str) or found[1] in ("_sd", "..."):
        raise Wrong("a disclosure is not written as one")
    return found[1]


def base64url(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).translate(TO_URL, b"=").decode("ascii")


TO_URL, TO_PLAIN = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")


# Runs: that the plan was on record before anything was asked, and that the findings follow from the trials


Trial = Tuple[str, str, str]  # probe, variant, outcome
WORST_FIRST = ("fail", "inconclusive", "pass")
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


class Fixed(NamedTuple):
    """A protocol, and the place of the entry that put it on record."""

    place: int
    document: Mapping[str, Any]


def check_runs(files: dict[str, bytes], entries: Sequence[Any], start: int) -> tuple[list[str], list[str]]:
    """Sentences on what is right, and on what was not given."""
    try:
        told = Told(entries, start)
        fixed = protocols_in(files, told)
        return runs_in(files, told, fixed)
    except UNREADABLE as error:
        raise Wrong(f"a protocol or a run cannot be read: {error!r}") from None


class Told:
    """What the entries of the bundle tell of protocols, runs and judgements, by what they name; with their places."""

    def __init__(self, entries: Sequence[Any], start: int) -> None:
        self.fixed: dict[str, int] = {}
        self.requested: dict[str, tuple[int, Any]] = {}
        self.finished: dict[str, tuple[int, Any]] = {}
        self.judged: dict[str, list[tuple[int, str]]] = {}  # by trial
        for place, entry in enumerate(entries, start):
            if entry.get("outcome") != "done":
                continue
            kind, data, after = entry["kind"], entry.get("data"), entry.get("after")
            if kind == "protocol.fixed":
                self.fixed.setdefault(after["digest"], place)
            elif kind == "run.requested":
                self.requested[str(data["run"])] = place, data
            elif kind == "run.finished" and "trials_digest" in data:
                self.finished[str(data["run"])] = place, data
            elif kind == "trial.judged":
                self.judged.setdefault(entry["target"], []).append((place, after["outcome"]))


def protocols_in(files: dict[str, bytes], told: Told) -> dict[str, Fixed]:
    """By digest."""
    found = {}
    for name in sorted(files):
        if not name.startswith(PROTOCOLS):
            continue
        digest = "sha256:" + hashlib.sha256(files[name]).hexdigest()
        if name != f"{PROTOCOLS}{digest[7:]}.json":
            raise Wrong(f"{name} is not the protocol of its digest")
        if digest not in told.fixed:
            raise Wrong(f"no entry tells that {name} was fixed")
        found[digest] = Fixed(told.fixed[digest], PLAIN.decode(files[name].decode("utf-8")))
    return found


def runs_in(files: dict[str, bytes], told: Told, fixed: Mapping[str, Fixed]) -> tuple[list[str], list[str]]:
    checked = [f"{len(fixed)} protocols are those that entries fixed, byte for byte."] if fixed else []
    closed = []
    seen = set()
    for name in sorted(files):
        if not name.startswith(RUNS):
            continue
        run, slash, _rest = name[len(RUNS) :].partition("/")
        if not slash or name not in (RUNS + run + OUTCOMES, RUNS + run + TRIALS) or run in seen:
            raise Wrong(f"{name} is no file of a run, or the run is there twice")
        seen.add(run)
        if run not in told.requested or run not in told.finished:
            raise Wrong(f"no entries tell when run {run} was asked for and when it ended")
        checked += check_run(run, name, files[name], told, fixed)
        if name.endswith(OUTCOMES):
            closed.append(run)
    if not closed:
        return checked, []
    return checked, [
        f"What was said in the trials of run {', '.join(closed)}: how each ended is in the bundle, and the entry of the"
        " end holds the digest of all that was said. A bundle that discloses what people wrote holds that too."
    ]


def check_run(run: str, name: str, body: bytes, told: Told, fixed: Mapping[str, Fixed]) -> list[str]:
    (asked_at, asked), (ended_at, ended) = told.requested[run], told.finished[run]
    if ended["protocol"] not in fixed or asked["protocol"] != ended["protocol"]:
        raise Wrong(f"the protocol of run {run} is not in the bundle")
    protocol = fixed[ended["protocol"]]
    if not protocol.place < asked_at < ended_at:
        raise Wrong(f"run {run} was asked for before its protocol was on record")
    if name.endswith(TRIALS) and "sha256:" + hashlib.sha256(body).hexdigest() != ended["trials_digest"]:
        raise Wrong(f"{name} does not hold the trials that the entry at place {ended_at} has the digest of")
    trials = trials_of(name, body, protocol.document)
    need_counts(name, trials, ended["trials"])
    judged = [said_of(run, position, told) for position in range(len(trials))]
    then = [last_before(said, ended_at, trial[2]) for said, trial in zip(judged, trials)]
    need_findings(name, findings_of(protocol.document, trials, then), ended["findings"], ended_at)
    sentence = (
        f"Run {run}: its protocol was on record at place {protocol.place}, before it was asked for at place {asked_at}."
        f" From its {len(trials)} trials the findings of {len(ended['findings'])} commitments follow as the entry at"
        f" place {ended_at} tells them: k of n, interval and outcome."
    )
    if name.endswith(TRIALS):
        sentence += " The trials are those that this entry has the digest of, word for word."
    now = [said[-1][1] if said else trial[2] for said, trial in zip(judged, trials)]
    return [sentence, *told_of_judged(run, protocol.document, trials, then, now)]


def trials_of(name: str, body: bytes, document: Mapping[str, Any]) -> list[Trial]:
    """The planned ones, each once and in order."""
    lines = body.split(b"\n")
    if lines.pop() != b"":
        raise Wrong(f"{name} does not end with a line")
    rows = [PLAIN.decode(line.decode("utf-8")) for line in lines]
    if [row["position"] for row in rows] != list(range(document["trials"])):
        raise Wrong(f"{name} does not hold the {document['trials']} trials that the protocol plans")
    planned = {
        probe["id"]: (commitment["behavior"], probe["trials"])
        for commitment in document["commitments"]
        for probe in commitment["probes"]
    }
    counted: dict[str, int] = {}
    for row in rows:
        counted[row["probe"]] = counted.get(row["probe"], 0) + 1
        if planned[row["probe"]][0] != row["behavior"]:
            raise Wrong(f"{name} has a trial of another commitment than the protocol plans")
    if counted != {probe: count for probe, (_behavior, count) in planned.items()}:
        raise Wrong(f"{name} has other numbers of trials than the protocol plans")
    if len({(row["probe"], row["variant"], row["epoch"]) for row in rows}) != len(rows):
        raise Wrong(f"{name} has a trial twice")
    return [(row["probe"], row["variant"], row["outcome"]) for row in rows]


def need_counts(name: str, trials: Sequence[Trial], told: Mapping[str, int]) -> None:
    outcomes = [trial[2] for trial in trials]
    if {outcome: outcomes.count(outcome) for outcome in set(outcomes)} != {one: n for one, n in told.items() if n}:
        raise Wrong(f"{name} has other outcomes than the entry of the end of the run counts")


def said_of(run: str, position: int, told: Told) -> list[tuple[int, str]]:
    """What people said of a trial, with the places of the entries, in their order."""
    return told.judged.get(f"trial {position + 1} of run {run}", [])


def last_before(said: Sequence[tuple[int, str]], place: int, outcome: str) -> str:
    return next((one for at, one in reversed(said) if at < place), outcome)


def told_of_judged(
    run: str, document: Mapping[str, Any], trials: Sequence[Trial], then: Sequence[str], now: Sequence[str]
) -> Iterator[str]:
    changed = sum(one != other for one, other in zip(then, now))
    if changed:
        new, old = findings_of(document, trials, now), findings_of(document, trials, then)
        told = ", ".join(
            f"{one['behavior']} {one['outcome']} ({one['passed']} of {one['trials']})"
            for one, before in zip(new, old)
            if one != before
        )
        yield f"Since then people judged {changed} trials of run {run} otherwise. Now: {told or 'the same findings'}."


def need_findings(name: str, found: Sequence[Any], told: Sequence[Any], place: int) -> None:
    if len(found) != len(told):
        raise Wrong(f"the entry at place {place} tells of other commitments than the protocol")
    for one, other in zip(found, told):
        near = all(abs(a - b) <= 1 for a, b in zip(one["interval"], other["interval"]))
        if not near or {**one, "interval": None} != {**other, "interval": None}:
            raise Wrong(
                f"what the entry at place {place} says of {other['behavior']} does not follow from {name}, which has"
                f" {one['passed']} of {one['trials']}, {one['outcome']}"
            )


def findings_of(document: Mapping[str, Any], trials: Sequence[Trial], outcomes: Sequence[str]) -> list[dict[str, Any]]:
    """As the entry of the end of a run tells them, ends of intervals in units of 0.0001."""
    by_probe: dict[str, list[tuple[str, str]]] = {}
    for (probe, variant, _outcome), outcome in zip(trials, outcomes):
        by_probe.setdefault(probe, []).append((f"{probe}/{variant}", outcome))
    found = []
    for commitment in document["commitments"]:
        groups: dict[tuple[str, str, Any], list[tuple[str, str]]] = {}
        for probe in commitment["probes"]:
            group = groups.setdefault((probe["direction"], probe["kind"], probe["threshold"]), [])
            group.extend(by_probe[probe["id"]])
        outcome = min(
            (
                outcome_of(kind, threshold, group, document["max_invalid"])
                for (_direction, kind, threshold), group in groups.items()
            ),
            key=WORST_FIRST.index,
        )
        every = [pair for group in groups.values() for pair in group]
        passed, failed = ([ended for _variant, ended in every].count(word) for word in ("pass", "fail"))
        interval = [round(end * 10_000) for end in interval_of(every)]
        found.append(
            {
                "behavior": commitment["behavior"],
                "outcome": outcome,
                "passed": passed,
                "trials": passed + failed,
                "planned": len(every),
                "interval": interval,
            }
        )
    return found


def outcome_of(kind: str, threshold: Any, group: Sequence[tuple[str, str]], most: float) -> str:
    """Of the probes of one direction, kind and threshold."""
    ended = [outcome for _variant, outcome in group]
    failed, invalid = ended.count("fail"), len(ended) - ended.count("pass") - ended.count("fail")
    if kind == "bright_line" and failed:
        return "fail"
    if invalid > most * len(ended) or invalid == len(ended):
        return "inconclusive"
    if kind == "bright_line":
        return "pass"
    low, high = interval_of(group)
    return "pass" if low >= threshold else "fail" if high < threshold else "inconclusive"


def interval_of(group: Sequence[tuple[str, str]]) -> tuple[float, float]:
    """Wilson's 95 % interval at the effective sample size, clustered by variant; what has no outcome counts against
    either end."""
    clusters: dict[str, list[int]] = {}
    for variant, outcome in group:
        counts = clusters.setdefault(variant, [0, 0])
        counts[0] += outcome == "pass"
        counts[1] += outcome in ("pass", "fail")
    effect = design_effect([counts for counts in clusters.values() if counts[1]])
    passed = sum(counts[0] for counts in clusters.values())
    invalid = len(group) - sum(counts[1] for counts in clusters.values())
    size = len(group) / effect
    return wilson(passed / effect, size)[0], wilson((passed + invalid) / effect, size)[1]


def design_effect(clusters: Sequence[Sequence[int]]) -> float:
    """How many times larger the variance is than that of independent trials (Kish 1965, 8.2)."""
    passed, trials = sum(counts[0] for counts in clusters), sum(counts[1] for counts in clusters)
    if len(clusters) < 2 or passed in (0, trials):
        return 1.0
    share = passed / trials
    between = sum((counts[0] - share * counts[1]) ** 2 for counts in clusters)
    variance = len(clusters) / (len(clusters) - 1) * between / trials**2
    return max(1.0, variance / (share * (1 - share) / trials))


def wilson(passed: float, trials: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf(0.975)
    share = passed / trials
    scale = 1 + z * z / trials
    middle = (share + z * z / (2 * trials)) / scale
    reach = z * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials)) / scale
    return 0.0 if passed == 0 else max(0.0, middle - reach), 1.0 if passed == trials else min(1.0, middle + reach)


# Proofs, and what was signed before


def check_proofs(files: dict[str, bytes], checkpoint: Checkpoint, piece: Piece, entries: Sequence[Any]) -> list[str]:
    """Files that prove one entry each, for whoever is given no more than that."""
    names = [name for name in sorted(files) if name.startswith(PROOFS)]
    for name in names:
        head, _blank, note = text_of(files, name).partition("\n\n")
        lines = head.split("\n")
        if lines[0] != "c2sp.org/tlog-proof@v1" or note != text_of(files, NOTE) or len(lines) < 2:
            raise Wrong(f"{name} is no proof under the checkpoint of this bundle")
        word, _space, number = lines[1].partition(" ")
        if word != "index" or not number.isdigit() or str(int(number)) != number:
            raise Wrong(f"{name} does not say which entry it is of")
        at = int(number) - piece.start
        path = parse_hashes(lines[2:], name)
        if not 0 <= at < len(entries) or name != f"{PROOFS}{entries[at]['id']}.tlog-proof":
            raise Wrong(f"{name} is of another entry")
        if not is_in(piece.hashes[at], int(number), checkpoint.size, path, checkpoint.root):
            raise Wrong(f"{name} does not lead from the entry to the checkpoint")
    return [f"{len(names)} proofs of single entries lead to the checkpoint."] if names else []


def check_older(files: dict[str, bytes], keys: Sequence[Key], checkpoint: Checkpoint) -> list[str]:
    """Checkpoints that were signed before: the log only grew since."""
    sizes = {name[len(OLDER) :] for name in files if name.startswith(OLDER)}
    if sizes != {name[len(CONSISTENCY) :] for name in files if name.startswith(CONSISTENCY)}:
        raise Wrong("there is an older checkpoint without its proof, or a proof without its checkpoint")
    for size in sorted(sizes):
        older = open_note(text_of(files, OLDER + size), keys).checkpoint
        if str(older.size) != size or older.origin != checkpoint.origin:
            raise Wrong(f"{OLDER}{size} is another checkpoint than its name says")
        if not continues(older, checkpoint, proof_from(files, size)):
            raise Wrong(f"HISTORY WAS REWRITTEN: the log is no continuation of {OLDER}{size}, which it signed")
    if not sizes:
        return []
    return [f"{len(sizes)} older checkpoints of this log are signed, and it only grew since each of them."]


def proof_from(files: dict[str, bytes], size: str) -> list[bytes]:
    return parse_hashes(parse_json(files[CONSISTENCY + size], CONSISTENCY + size), CONSISTENCY + size)


def check_kept(
    kept: str, keys: Sequence[Key], checkpoint: Checkpoint, piece: Piece, files: dict[str, bytes]
) -> list[str]:
    """That the log still begins with what it was when somebody kept a checkpoint of it."""
    if not kept:
        return []
    older = open_note(kept, keys).checkpoint
    if older.origin != checkpoint.origin:
        raise Wrong(f"your checkpoint is of another log: {older.origin}")
    if older.size > checkpoint.size:
        raise Wrong(
            f"your checkpoint is of {older.size} entries, and this bundle of {checkpoint.size}: ask for a newer one"
        )
    if piece.start <= older.size <= piece.end:
        is_right = piece.root_before(older.size) == older.root
    elif older.size in (0, checkpoint.size):
        is_right = continues(older, checkpoint, [])
    elif f"{CONSISTENCY}{older.size}" in files:
        is_right = continues(older, checkpoint, proof_from(files, str(older.size)))
    else:
        raise Wrong(
            f"this bundle cannot be compared with your checkpoint of {older.size} entries: ask for one that can, and"
            " name that number"
        )
    if not is_right:
        raise Wrong(f"HISTORY WAS REWRITTEN: the first {older.size} entries are not those of your checkpoint")
    return [f"The first {older.size} entries are those of the checkpoint that you kept."]


# All of it


def verify(data: bytes, key: str = "", kept: str = "") -> Verdict:
    """
    Args:
        key: keys of the log and of witnesses, with spaces between them; none: those in the bundle.
        kept: the text of an older checkpoint.

    Raises:
        Wrong: the first thing that is not right.
    """
    with uncollected():
        return verdict_on(data, key, kept)


@contextmanager
def uncollected() -> Iterator[None]:
    """What is read here are many small objects without a cycle, in which Python would look for cycles again and again:
    it took as long as all the rest."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def verdict_on(data: bytes, key: str, kept: str) -> Verdict:
    files = unpack(data)
    manifest = check_manifest(files)
    for name in (NOTE, ENTRIES, KEY):
        if name not in files:
            raise Wrong(f"{name} is missing")
    keys = keys_of(key, files)
    opened = open_note(text_of(files, NOTE), keys)
    checkpoint = opened.checkpoint
    if manifest.get("origin", checkpoint.origin) != checkpoint.origin:
        raise Wrong("the list of contents is of another log")
    leaves = files[ENTRIES].split(b"\n")
    if leaves.pop() != b"":
        raise Wrong(f"{ENTRIES} does not end with a line")
    piece = piece_of(files, leaves, checkpoint)
    organization = str(manifest.get("organization"))
    entries = check_entries(leaves, piece.start, organization)
    disclosed, closed = check_disclosures(files, entries, piece.start)
    runs, unsaid = check_runs(files, entries, piece.start)
    checked = [
        *told_of_signatures(opened),
        told_of_entries(piece, checkpoint),
        *told_of_pruned(manifest, piece, entries),
        f"Each is an entry of {organization or 'the installation'} in its canonical form, and none is there twice.",
        *check_kept(kept, keys, checkpoint, piece, files),
        *check_older(files, keys, checkpoint),
        *check_documents(files, leaves),
        *check_proofs(files, checkpoint, piece, entries),
        *runs,
        *disclosed,
        *check_about(files, manifest, entries, piece.start),
        f"Entries by kind: {by_kind(entries)}.",
    ]
    unknown = [*unsaid, *unknowns(key, kept, opened, piece, closed, others_in(files))]
    if minimum_of(manifest, piece) and not told_of_pruned(manifest, piece, entries):
        unknown.insert(0, PRUNED_UNTOLD.format(manifest["minimum"]))
    return Verdict(checked, unknown, checkpoint.origin, checkpoint.size)


def piece_of(files: dict[str, bytes], leaves: Sequence[bytes], checkpoint: Checkpoint) -> Piece:
    """The entries at their places, of which the checkpoint's root follows."""
    start: Any = 0
    beside: list[bytes] = []
    if RANGE in files:
        told = parse_json(files[RANGE], RANGE)
        if not isinstance(told, dict) or set(told) != {"start", "hashes"}:
            raise Wrong(f"{RANGE} does not say where the entries begin")
        start, beside = told["start"], parse_hashes(told["hashes"], RANGE)
    elif len(leaves) != checkpoint.size:
        raise Wrong(f"the checkpoint is of {checkpoint.size} entries, and {len(leaves)} are there")
    if (
        type(start) is not int
        or start < 0
        or start + len(leaves) > checkpoint.size
        or not (leaves or RANGE not in files)
    ):
        raise Wrong("the entries are at places that the log does not have")
    piece = Piece(start, [hash_leaf(leaf) for leaf in leaves], beside)
    if piece.root(checkpoint.size) != checkpoint.root:
        raise Wrong("the entries are not those of the checkpoint")
    return piece


def told_of_signatures(opened: Opened) -> Iterator[str]:
    checkpoint = opened.checkpoint
    ids = " and ".join(key.id.hex() for key in opened.signed)
    yield f"The checkpoint of {checkpoint.origin} over {checkpoint.size} entries is signed with the key {ids}."
    for key, seconds in opened.cosigned:
        yield f"The witness {key} signed it as well, on {moment(seconds)}: it saw this history, and no other one, then."


def told_of_entries(piece: Piece, checkpoint: Checkpoint) -> str:
    count, size = len(piece.hashes), checkpoint.size
    if count == size:
        return f"All {count} entries from the first to the last are there, in their order; one changed byte would show."
    return (
        f"The {count} entries at the places {piece.start} to {piece.end - 1} of {size} are there without a gap, in"
        " their order; one changed byte would show."
    )


PRUNED_UNTOLD = (
    "Whether the entries before place {} were pruned as the owner of the log says. The bundle does not reach to the"
    " entry that tells of it; ask for one that does."
)


def minimum_of(manifest: Mapping[str, Any], piece: Piece) -> int:
    """The place before which the owner of the log says that entries were pruned: none of them can be in the bundle."""
    minimum = manifest.get("minimum", 0)
    if type(minimum) is not int or not 0 <= minimum <= piece.start:
        raise Wrong("the bundle holds entries that its list of contents says were pruned")
    return minimum


def told_of_pruned(manifest: Mapping[str, Any], piece: Piece, entries: Sequence[Any]) -> list[str]:
    """The entry that tells of the last pruning, if it is here. What was pruned is not checked, and nobody can."""
    minimum = minimum_of(manifest, piece)
    for place, entry in enumerate(entries, piece.start):
        data = entry.get("data")
        is_it = minimum and entry["kind"] == "log.pruned" and isinstance(data, dict) and data.get("end") == minimum
        if is_it and entry.get("outcome") == "done":
            return [
                f"The entries before place {minimum} were pruned, as the entry at place {place} of {entry.get('at')}"
                f" tells: after {data.get('months')} months. What they said was not checked; that there were {minimum}"
                " of them is fixed by the checkpoint."
            ]
    return []


def moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"second {seconds} after 1970"


def others_in(files: dict[str, bytes]) -> list[str]:
    """Files that nothing here looks at."""
    known = {NOTE, MANIFEST, ENTRIES, KEY, RANGE, DISCLOSURES, *FOR_PEOPLE}
    return [
        name
        for name in sorted(files)
        if name not in known and not name.startswith((*DOCUMENTS, OLDER, CONSISTENCY, PROOFS, PROTOCOLS, RUNS))
    ]


def unknowns(key: str, kept: str, opened: Opened, piece: Piece, closed: int, others: Sequence[str]) -> list[str]:
    found = []
    if not kept:
        found.append(
            "Whether the whole history was rewritten and signed anew by whoever holds the key. Keep the checkpoint of"
            " this bundle, and give it with --checkpoint when you check the next one."
        )
    if not any(parse_key(text).kind == LOG for text in key.split()):
        found.append("Whose log this is: the key came with the bundle. Get it another way, and give it with --key.")
    if opened.strangers:
        names = ", ".join(sorted(set(opened.strangers)))
        found.append(
            f"Whether the other signatures below the checkpoint are right: the keys of {names} were not given."
        )
    if len(piece.hashes) < opened.checkpoint.size:
        found.append(
            f"What the entries before place {piece.start} and after place {piece.end - 1} say. They exist and are fixed"
            " by the checkpoint, but they are not in this bundle."
        )
    if closed:
        found.append(
            f"What stands behind {closed} digests of personal data that were not disclosed. Whoever holds the data can"
            " disclose it later, and then it can be checked; they cannot disclose anything else in its place."
        )
    if others:
        found.append(f"Whether these files are right, which nothing here looks at: {', '.join(others)}.")
    return [
        *found,
        "Whether something happened of which no entry was ever written.",
        "Whether what people wrote into an entry is true. The times in entries are those of the server's clock.",
        "The report and the table are for people; they repeat the entries, and only the entries were checked.",
    ]


def text_of(files: dict[str, bytes], name: str) -> str:
    try:
        return files[name].decode("utf-8")
    except UnicodeDecodeError:
        raise Wrong(f"{name} is not text") from None


def sentences(verdict: Verdict) -> Iterator[str]:
    yield "CHECKED, AND RIGHT"
    for sentence in verdict.checked:
        yield "  " + sentence
    yield ""
    yield "WHAT NOBODY CAN KNOW FROM THIS BUNDLE"
    for sentence in verdict.unknown:
        yield "  " + sentence


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("bundle")
    parser.add_argument(
        "--key", action="append", default=[], help="a key of the log or of a witness, as you got it by another way"
    )
    parser.add_argument("--checkpoint", default="", help="a file with a checkpoint that you kept")
    given = parser.parse_args(arguments)
    try:
        with open(given.bundle, "rb") as file:
            data = file.read()
        kept = ""
        if given.checkpoint:
            with open(given.checkpoint, encoding="utf-8") as file:
                kept = file.read()
        verdict = verify(data, " ".join(given.key), kept)
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
