"""The proof of one entry in a file (C2SP tlog-proof): everything that a verifier needs beside the entry and the key."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from audits.log import notes, tree
from audits.log.notes import BadNote, Checkpoint, Verifier

VERSION: Final = "c2sp.org/tlog-proof@v1"
_INDEX: Final = re.compile(r"index (0|[1-9][0-9]*)")
_MOST_HASHES: Final = 63


@dataclass(frozen=True, slots=True)
class Proof:
    index: int
    hashes: tuple[bytes, ...]
    note: str

    def __str__(self) -> str:
        lines = [VERSION, f"index {self.index}", *(b64encode(found).decode() for found in self.hashes)]
        return "\n".join(lines) + "\n\n" + self.note


def of(node: tree.Node, index: int, size: int, note: str) -> Proof:
    """That the leaf ``index`` is in the tree of ``size``, of which ``note`` is a checkpoint."""
    return Proof(index, tuple(tree.inclusion_proof(node, index, size)), note)


def parse(text: str) -> Proof:
    """
    Raises:
        BadNote: it is not written as the specification says.
    """
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines[0] != VERSION:
        raise BadNote(f"the file does not begin with {VERSION}")
    rest = lines[2:] if len(lines) > 1 and lines[1].startswith("extra ") else lines[1:]
    match = _INDEX.fullmatch(rest[0]) if rest else None
    if match is None or len(rest) - 1 > _MOST_HASHES:
        raise BadNote("the file does not say which entry it is about")
    return Proof(int(match[1]), tuple(map(_hash, rest[1:])), note)


def check(leaf: bytes, text: str, log: Verifier, witnesses: Sequence[Verifier] = ()) -> Checkpoint:
    """The checkpoint that holds ``leaf``.

    Raises:
        BadNote: it does not follow from the file that the log holds it.
    """
    proof = parse(text)
    checkpoint, _cosigned = notes.opened(proof.note, log, {one.name: one for one in witnesses})
    if not tree.verify_inclusion(tree.hash_leaf(leaf), proof.index, checkpoint.size, proof.hashes, checkpoint.root):
        raise BadNote("the proof does not lead from the entry to the checkpoint")
    return checkpoint


def _hash(line: str) -> bytes:
    found = notes.bytes_of(line)
    if len(found) != tree.HASH_BYTES:
        raise BadNote("a hash is 32 bytes")
    return found
