"""Bundles of a small log, right ones and forged ones; of the whole log, or of a piece of it."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audits.log import notes, proofs, tiles, tree, verify

NAME = "brightline.example/log/acme"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
WITNESS = "witness.example"
WITNESSES_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))


def leaf(number: int, **more: Any) -> bytes:
    told = {"id": f"entry-{number}", "kind": "profile.version.approved", "organization": "acme", "v": 1, **more}
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def note_over(leaves: Sequence[bytes], *, key: Ed25519PrivateKey = KEY, name: str = NAME, witnessed: int = 0) -> str:
    """
    Args:
        witnessed: when a witness signed it as well, in seconds since the epoch.
    """
    root = verify.root_of([verify.hash_leaf(one) for one in leaves])
    text = notes.Checkpoint(name, len(leaves), root).text
    signed = [notes.sign(text, name, key)]
    if witnessed:
        signed.append(notes.cosign(text, WITNESS, WITNESSES_KEY, time=witnessed))
    return str(notes.Note(text, tuple(signed)))


def node_of(leaves: Sequence[bytes]) -> tree.Node:
    kept = tiles.extend(lambda _place: b"", 0, map(tree.hash_leaf, leaves))
    return tiles.node_of(lambda at: kept.get(at, b""))


def hashes(found: Sequence[bytes]) -> list[str]:
    return [b64encode(one).decode() for one in found]


def files_of(leaves: Sequence[bytes], start: int = 0, end: int | None = None) -> dict[str, bytes]:
    """Of the entries from one place up to before another; with an older checkpoint and one proof if it is a piece."""
    end = len(leaves) if end is None else end
    note = note_over(leaves)
    found = {
        verify.ENTRIES: b"".join(one + b"\n" for one in leaves[start:end]),
        verify.KEY: f"{notes.verifier_of(NAME, KEY)}\n".encode(),
        verify.NOTE: note.encode(),
    }
    if (start, end) == (0, len(leaves)):
        return found
    node = node_of(leaves)
    beside = {"start": start, "hashes": hashes(tree.hashes_beside(node, start, end, len(leaves)))}
    event = json.loads(leaves[start])["id"]
    return found | {
        verify.RANGE: verify.canonical(beside),
        f"{verify.PROOFS}{event}.tlog-proof": str(proofs.of(node, start, len(leaves), note)).encode(),
        **continued(leaves, 3),
    }


def continued(leaves: Sequence[bytes], old: int) -> dict[str, bytes]:
    """An older checkpoint, and the proof that the log only grew since."""
    proof = tree.consistency_proof(node_of(leaves), old, len(leaves))
    return {
        f"{verify.OLDER}{old}": note_over(leaves[:old]).encode(),
        f"{verify.CONSISTENCY}{old}": verify.canonical(hashes(proof)),
    }


def packed(files: dict[str, bytes], **more: Any) -> bytes:
    """With a list of contents that is right."""
    sums = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
    manifest = {"v": verify.VERSION, "organization": "acme", "files": sums, **more}
    return verify.pack({**files, verify.MANIFEST: verify.canonical(manifest)})


def bundle(leaves: Sequence[bytes] | None = None) -> bytes:
    return packed(files_of([leaf(number) for number in range(12)] if leaves is None else leaves))


def piece(start: int = 4, end: int = 9, size: int = 13) -> bytes:
    return packed(files_of([leaf(number) for number in range(size)], start, end))
