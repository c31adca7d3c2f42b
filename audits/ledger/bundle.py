"""The evidence bundle: entries of a log without a gap, what they speak of, and what checks them.

Everything is written to files as it is read, so a bundle of any size costs no memory; whoever verifies it reads it
whole, about 1 kB for each entry.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from base64 import b64encode
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any, Final, NamedTuple

from audits.ledger import disclosed, documents, keys, older, read, tested
from audits.ledger.report import Report, table
from audits.ledger.span import Wanted, span
from audits.log import disclosures, notes, proofs, tree, verify
from audits.models import Checkpoint, Log

_VERIFIER: Final = Path(verify.__file__)
_README: Final = Path(__file__).with_name("README.bundle.md")
_HASH: Final = re.compile(rb"[0-9a-f]{64}")
_MOST_PROOFS: Final = 1_000
_COPIED: Final = 1 << 20  # bytes at once


class Bundle(NamedTuple):
    """A zip file, which is gone once it is closed."""

    file: IO[bytes]
    length: int  # bytes
    entries: int
    start: int  # the place of the first of them
    size: int  # of the log under the checkpoint
    sha256: str


def bundle_of(log: Log, wanted: Wanted | None = None) -> Bundle | None:
    """Under the newest checkpoint; None as long as nothing was signed.

    Raises:
        WrongState: no signed entry is of what is wanted.
    """
    checkpoint = read.latest(log)
    if checkpoint is None:
        return None
    wanted, log = wanted or Wanted(), Log.objects.get(pk=log.pk)
    start, end = span(log, wanted, checkpoint.size)
    with TemporaryDirectory() as folder:
        pages = _Pages(Path(folder))
        _write(pages, log, checkpoint, wanted, start, end)
        if Log.objects.get(pk=log.pk).minimum > start:
            return bundle_of(log, wanted)  # some of it was pruned while it was written
        file = TemporaryFile()  # noqa: SIM115 - whoever asked for the bundle closes it
        sha256 = pages.pack(file)
    length = file.tell()
    file.seek(0)
    return Bundle(file, length, end - start, start, checkpoint.size, sha256)


class _Pages:
    """The files of a bundle, in a folder, with the digest of each."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._sums = folder, dict[str, str]()

    def add(self, name: str, body: bytes | Iterable[bytes]) -> None:
        found = hashlib.sha256()
        with self._path(len(self._sums)).open("wb") as file:
            for piece in [body] if isinstance(body, bytes) else body:
                found.update(piece)
                file.write(piece)
        self._sums[name] = found.hexdigest()

    def pack(self, to: IO[bytes]) -> str:
        """In the one form that ``verify.unpack`` takes; returns the digest of the whole."""
        paths = {name: self._path(number) for number, name in enumerate(self._sums)}
        with zipfile.ZipFile(to, "w", zipfile.ZIP_STORED) as archive:
            for name in sorted(paths):
                told = verify.told_of(name)
                told.file_size = paths[name].stat().st_size
                with archive.open(told, "w") as page, paths[name].open("rb") as file:
                    shutil.copyfileobj(file, page, _COPIED)
        to.seek(0)
        found = hashlib.sha256()
        while piece := to.read(_COPIED):
            found.update(piece)
        return found.hexdigest()

    def list_of_contents(self, **about: Any) -> None:
        self.add(verify.MANIFEST, verify.canonical({"v": verify.VERSION, "files": dict(self._sums), **about}))

    def _path(self, number: int) -> Path:
        return self._folder / str(number)


def _write(pages: _Pages, log: Log, checkpoint: Checkpoint, wanted: Wanted, start: int, end: int) -> None:
    node, size = read.node(log), checkpoint.size
    note = notes.parse_note(checkpoint.note)
    signed_by = [verifier for verifier, _signature in notes.verified(note, keys.verifiers(log.origin))]
    pages.add(verify.NOTE, checkpoint.note.encode())
    pages.add(verify.KEY, "".join(f"{verifier}\n" for verifier in signed_by).encode())
    if (start, end) != (0, size):
        hashes = [b64encode(one).decode() for one in tree.hashes_beside(node, start, end, size)]
        pages.add(verify.RANGE, verify.canonical({"start": start, "hashes": hashes}))
    opened = list(disclosed.chosen(disclosed.of_entries(log, start, end), wanted.disclose))
    if opened:
        pages.add(verify.DISCLOSURES, "".join(f"{json.dumps(one)}\n" for one in opened).encode())
    rows = _Rows(log, start, end, opened, {digest.encode() for digest in documents.digests(log, wanted)})
    pages.add(verify.ENTRIES, rows.copied())
    pages.add("entries.csv", table(rows.told()))
    pages.add("report.html", Report(log, checkpoint, wanted, start, end).html(rows))
    pages.add("verify.py", _VERIFIER.read_bytes())
    pages.add("README.md", _README.read_bytes())
    for name, body in documents.named(log, wanted, {digest.decode() for digest in rows.named}):
        pages.add(name, body)
    for name, lines in tested.files(rows.runs, wanted):
        pages.add(name, lines)
    for earlier in older.checkpoints(log, size, signed_by, wanted.kept):
        proof = [b64encode(one).decode() for one in tree.consistency_proof(node, earlier.size, size)]
        pages.add(f"{verify.OLDER}{earlier.size}", earlier.note.encode())
        pages.add(f"{verify.CONSISTENCY}{earlier.size}", verify.canonical(proof))
    for place, event in rows.of_version(wanted)[:_MOST_PROOFS]:
        pages.add(f"{verify.PROOFS}{event}.tlog-proof", str(proofs.of(node, place, size, checkpoint.note)).encode())
    contents: dict[str, Any] = {"organization": log.organization, "origin": log.origin, "about": _about(wanted)}
    if log.minimum:
        contents["minimum"] = log.minimum
    pages.list_of_contents(**contents)


def _about(wanted: Wanted) -> dict[str, Any]:
    found: dict[str, Any] = {"product": wanted.product.slug} if wanted.product else {}
    return found | ({"version": wanted.version.number} if wanted.version else {})


class _Rows:
    """The entries of a bundle, read as often as they are needed, and which of the digests they name."""

    def __init__(self, log: Log, start: int, end: int, opened: Iterable[str], sought: set[bytes]) -> None:
        self._log, self._start, self._end, self._sought = log, start, end, sought
        self._opened = disclosures.by_digest(opened)
        self.named: set[bytes] = set()
        self.runs = tested.Named()

    def copied(self) -> Iterator[bytes]:
        """Each as it is stored, in its line."""
        for leaf in read.leaves(self._log, self._start, self._end):
            self.named |= self._sought.intersection(_HASH.findall(leaf))
            self.runs.note(leaf)
            yield leaf + b"\n"

    def told(self) -> Iterator[dict[str, Any]]:
        """What each says, with what is disclosed of it, and its place."""
        for place, leaf in enumerate(read.leaves(self._log, self._start, self._end), self._start):
            yield {**disclosures.reveal(json.loads(leaf), self._opened), "place": place}

    def of_version(self, wanted: Wanted) -> list[tuple[int, str]]:
        """Places and ids of the entries that name the version."""
        if wanted.version is None or wanted.product is None:
            return []
        about = (wanted.product.slug, wanted.version.number)
        return [(row["place"], row["id"]) for row in self.told() if (row["product"], row["version"]) == about]
