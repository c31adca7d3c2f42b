"""The evidence bundle: all entries of a log up to a checkpoint, what they speak of, and what checks them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from audits.ledger import keys, read
from audits.ledger.report import report, table
from audits.log import notes, verify
from audits.models import Log
from profiles.models import PublishedProfile

_VERIFIER: Final = Path(verify.__file__)


class Bundle(NamedTuple):
    """A zip file. It is held in memory, as is whoever verifies it; about 500 bytes for each entry."""

    data: bytes
    entries: int
    sha256: str


def bundle_of(log: Log) -> Bundle | None:
    """Under the newest checkpoint; None as long as nothing was signed."""
    checkpoint = read.latest(log)
    if checkpoint is None:
        return None
    leaves = list(read.leaves(log, 0, checkpoint.size))
    verifiers = keys.verifiers(log.origin)
    note = notes.parse_note(checkpoint.note)
    signed_by = [verifier for verifier, _signature in notes.verified(note, verifiers)]
    files = {
        verify.NOTE: checkpoint.note.encode(),
        verify.KEY: "".join(f"{verifier}\n" for verifier in signed_by).encode(),
        verify.ENTRIES: b"".join(leaf + b"\n" for leaf in leaves),
        "entries.csv": table(leaves).encode(),
        "report.html": report(log, checkpoint, leaves).encode(),
        "verify.py": _VERIFIER.read_bytes(),
        **dict(_profiles(log, b"\n".join(leaves))),
    }
    sums = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
    manifest = {"v": verify.VERSION, "organization": log.organization, "origin": log.origin, "files": sums}
    data = verify.pack({**files, verify.MANIFEST: verify.canonical(manifest)})
    return Bundle(data, len(leaves), hashlib.sha256(data).hexdigest())


def _profiles(log: Log, said: bytes) -> Iterable[tuple[str, bytes]]:
    """The documents that clients get or got last, of each product, environment and platform, as far as an entry that is
    in the bundle speaks of them."""
    rows = PublishedProfile.objects.filter(product__organization__slug=log.organization)
    for row in rows.order_by("product_id", "environment_id", "platform", "-id").distinct(
        "product_id", "environment_id", "platform"
    ):
        digest = row.digest.removeprefix("sha256:")
        if digest.encode() in said:
            yield f"profiles/{digest}.json", bytes(row.body)
