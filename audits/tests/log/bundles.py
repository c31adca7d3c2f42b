"""Bundles of a small log, right ones and forged ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audits.log import notes, verify

NAME = "brightline.example/log/acme"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def leaf(number: int, **more: Any) -> bytes:
    told = {"id": f"entry-{number}", "kind": "profile.version.approved", "organization": "acme", "v": 1, **more}
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def note_over(leaves: Sequence[bytes], *, key: Ed25519PrivateKey = KEY, name: str = NAME) -> str:
    root = verify.root_of([verify.hash_leaf(one) for one in leaves])
    text = notes.Checkpoint(name, len(leaves), root).text
    return str(notes.Note(text, (notes.sign(text, name, key),)))


def files_of(leaves: Sequence[bytes]) -> dict[str, bytes]:
    return {
        verify.ENTRIES: b"".join(one + b"\n" for one in leaves),
        verify.KEY: f"{notes.verifier_of(NAME, KEY)}\n".encode(),
        verify.NOTE: note_over(leaves).encode(),
    }


def packed(files: dict[str, bytes]) -> bytes:
    """With a list of contents that is right."""
    sums = {name: hashlib.sha256(body).hexdigest() for name, body in files.items()}
    manifest = {"v": 1, "organization": "acme", "files": sums}
    return verify.pack({**files, verify.MANIFEST: verify.canonical(manifest)})


def bundle(leaves: Sequence[bytes] | None = None) -> bytes:
    return packed(files_of([leaf(number) for number in range(12)] if leaves is None else leaves))
