"""Files that support an attestation: checked by their content, and kept under their digest outside the web root."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from profiles.errors import InvalidInput, NotFound

MOST_BYTES: Final = 10 * 1024 * 1024
_CONTROLS: Final = frozenset({*range(0x20), 0x7F} - {*b"\t\n\f\r"})


def _is_text(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return _CONTROLS.isdisjoint(data)


# What a file is, is said by its first bytes; its name and what a browser claims about it are only compared with that.
_TYPES: Final[tuple[tuple[str, tuple[str, ...], Callable[[bytes], bool]], ...]] = (
    ("application/pdf", (".pdf",), lambda data: data.startswith(b"%PDF-")),
    ("image/png", (".png",), lambda data: data.startswith(b"\x89PNG\r\n\x1a\n")),
    ("image/jpeg", (".jpg", ".jpeg"), lambda data: data.startswith(b"\xff\xd8\xff")),
    ("text/plain", (".txt", ".md", ".csv"), _is_text),
)


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file that was accepted; ``digest`` is its place."""

    name: str
    type: str
    size: int  # bytes
    digest: str


def accept(name: str, data: bytes) -> EvidenceFile:
    """Look at a file without keeping it.

    Raises:
        InvalidInput: empty, too large, or not one of the types, under the field ``file``.
    """
    if not 0 < len(data) <= MOST_BYTES:
        _refuse(_("The file has %(size)d bytes. Choose one of 1 byte to 10 MB.") % {"size": len(data)})
    short = name.replace("\\", "/").rsplit("/", 1)[-1]
    kind = next((found for found, _endings, is_one in _TYPES if is_one(data)), None)
    endings = next((endings for found, endings, _is_one in _TYPES if found == kind), ())
    if kind is None or not short.lower().endswith(endings):
        _refuse(_("Choose a PDF, PNG, JPEG or plain text file whose ending says what it is."))
    assert kind is not None
    safe = "".join(character for character in short if character.isprintable() and character not in '"\\/')
    return EvidenceFile(safe[-120:], kind, len(data), "sha256:" + hashlib.sha256(data).hexdigest())


def keep(file: EvidenceFile, data: bytes) -> None:
    """Write an accepted file to its place. Whole or not at all; a second time changes nothing, unless what is there
    was damaged."""
    place = _place(file.digest)
    with suppress(NotFound):
        read(file.digest)
        return
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile(dir=place.parent, delete=False) as new:  # mode 0600
        new.write(data)
        new.flush()
        os.fsync(new.fileno())
    Path(new.name).replace(place)


def read(digest: str) -> bytes:
    """
    Raises:
        NotFound: it is not there any more, or not what was kept.
    """
    try:
        data = _place(digest).read_bytes()
    except OSError:
        raise NotFound(_("This file is not in the evidence folder any more.")) from None
    if "sha256:" + hashlib.sha256(data).hexdigest() != digest:
        raise NotFound(_("This file is damaged: it is not the one that was handed in."))
    return data


def _place(digest: str) -> Path:
    bare = digest.removeprefix("sha256:")
    return Path(settings.EVIDENCE_DIR) / bare[:2] / bare


def _refuse(message: str) -> None:
    raise InvalidInput(message, fields={"file": [message]})
