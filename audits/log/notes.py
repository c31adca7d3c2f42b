"""Signed notes, checkpoints, cosignatures (C2SP signed-note, tlog-checkpoint, tlog-cosignature), Ed25519 only."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LOG: Final = 1  # what a key signs with: a log's own note
COSIGNATURE: Final = 4
_SIZES: Final = {LOG: 64, COSIGNATURE: 8 + 64}  # bytes after the key's id
_NAME: Final = re.compile(r"[^\s+\x00-\x20\x7f]+")
_SIGNATURE: Final = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]*")
_UNWANTED: Final = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")
MAX_NOTE: Final = 1_000_000  # characters
MAX_SIGNATURES: Final = 64


class BadNote(ValueError):
    """It is not written as the specification says, or a signature of a known key is wrong."""


class Verifier(NamedTuple):
    """A public key under its name."""

    name: str
    kind: int  # LOG or COSIGNATURE
    public: bytes

    @property
    def id(self) -> bytes:
        return key_id(self.name, self.kind, self.public)

    def __str__(self) -> str:
        """The ``vkey``."""
        return f"{self.name}+{self.id.hex()}+{_text(bytes([self.kind]) + self.public)}"


class Signature(NamedTuple):
    """One line below a note: who, which key, and what follows its id."""

    name: str
    key_id: bytes
    blob: bytes

    def __str__(self) -> str:
        return f"\u2014 {self.name} {_text(self.key_id + self.blob)}"

    @property
    def time(self) -> int:
        """When a witness cosigned, in seconds since the epoch; of a cosignature only."""
        return int.from_bytes(self.blob[:8])


class Note(NamedTuple):
    """A text that ends with a newline, and what is signed below it."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(f"{signature}\n" for signature in self.signatures)


class Checkpoint(NamedTuple):
    """How large a log is, and its root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{_text(self.root)}\n"


def key_id(name: str, kind: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:4]


def verifier_of(name: str, key: Ed25519PrivateKey, kind: int = LOG) -> Verifier:
    return Verifier(name, kind, key.public_key().public_bytes_raw())


def parse_verifier(text: str) -> Verifier:
    """Of a ``vkey``.

    Raises:
        BadNote: it is none, or of a kind of key that is not known here.
    """
    name, _plus, rest = text.strip().partition("+")
    given_id, _plus, encoded = rest.partition("+")
    key = bytes_of(encoded)
    if not _NAME.fullmatch(name) or len(key) != 33 or key[0] not in _SIZES:
        raise BadNote("this is no key that can be used here: name+id+key, Ed25519")
    found = Verifier(name, key[0], key[1:])
    if found.id.hex() != given_id:
        raise BadNote("the id of the key does not belong to it")
    return found


def sign(text: str, name: str, key: Ed25519PrivateKey) -> Signature:
    """A log's signature of a text."""
    return Signature(name, verifier_of(name, key).id, key.sign(text.encode()))


def cosign(text: str, name: str, key: Ed25519PrivateKey, *, time: int) -> Signature:
    """A witness's signature of a checkpoint's text; ``time`` in seconds since the epoch."""
    blob = time.to_bytes(8) + key.sign(_cosigned(text, time))
    return Signature(name, verifier_of(name, key, COSIGNATURE).id, blob)


def parse_note(text: str) -> Note:
    """
    Raises:
        BadNote: it is not written as the specification says.
    """
    body, blank, below = text.rpartition("\n\n")
    if len(text) > MAX_NOTE or not blank or not body or not below.endswith("\n") or _UNWANTED.search(text):
        raise BadNote("a note is a text, an empty line, and signatures")
    lines = below.removesuffix("\n").split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise BadNote("there are too many signatures")
    return Note(body + "\n", tuple(map(_parse_signature, lines)))


def verified(note: Note, known: Iterable[Verifier]) -> list[tuple[Verifier, Signature]]:
    """Who of ``known`` signed it. Others are ignored.

    Raises:
        BadNote: a signature of a known key is wrong.
    """
    keys = {(verifier.name, verifier.id): verifier for verifier in known}
    found: dict[Verifier, Signature] = {}
    for signature in note.signatures:
        verifier = keys.get((signature.name, signature.key_id))
        if verifier is None:
            continue
        if not is_signed(note.text, verifier, signature):
            raise BadNote(f"the signature of {verifier.name} is wrong")
        found.setdefault(verifier, signature)
    return list(found.items())


def is_signed(text: str, verifier: Verifier, signature: Signature) -> bool:
    """Whether the signature is this key's, of this text."""
    if len(signature.blob) != _SIZES[verifier.kind]:
        return False
    signed = _cosigned(text, signature.time) if verifier.kind == COSIGNATURE else text.encode()
    try:
        Ed25519PublicKey.from_public_bytes(verifier.public).verify(signature.blob[-64:], signed)
    except InvalidSignature:
        return False
    return True


def parse_checkpoint(text: str) -> Checkpoint:
    """Of a note's text. Lines after the third one are extensions, which nothing here reads.

    Raises:
        BadNote: it is none.
    """
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or lines[-1] or not _DECIMAL.fullmatch(lines[1]):
        raise BadNote("a checkpoint is an origin, a size and a root, each in its line")
    root = bytes_of(lines[2])
    if len(root) != 32:
        raise BadNote("the root of a checkpoint is 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)


def opened(text: str, log: Verifier, known: Mapping[str, Verifier] | None = None) -> tuple[Checkpoint, list[Signature]]:
    """A log's checkpoint, which it signed, and the cosignatures of known witnesses.

    Raises:
        BadNote: the log did not sign it, it is another log's, or something about it is wrong.
    """
    note = parse_note(text)
    found = dict(verified(note, [log, *(known or {}).values()]))
    if found.pop(log, None) is None:
        raise BadNote(f"{log.name} did not sign it")
    checkpoint = parse_checkpoint(note.text)
    if checkpoint.origin != log.name:
        raise BadNote(f"it is of {checkpoint.origin}")
    return checkpoint, list(found.values())


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _parse_signature(line: str) -> Signature:
    match = _SIGNATURE.fullmatch(line)
    blob = bytes_of(match[2]) if match else b""
    if match is None or len(blob) < 5:
        raise BadNote("a line below a note is no signature")
    return Signature(match[1], blob[:4], blob[4:])


def bytes_of(text: str) -> bytes:
    """Of standard base64 in its one right form."""
    try:
        found = b64decode(text, validate=True)
    except ValueError:
        raise BadNote("this is not base64") from None
    if _text(found) != text:
        raise BadNote("this is not base64 in its one form")
    return found


def _text(data: bytes) -> str:
    return b64encode(data).decode()
