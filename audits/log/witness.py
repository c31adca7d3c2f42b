"""Asking a witness (C2SP tlog-witness): what is sent to it, and what its answer means. No network here."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from audits.log import notes
from audits.log.notes import BadNote, Checkpoint, Signature, Verifier

PATH: Final = "/add-checkpoint"
MOST_ANSWER: Final = 65_536  # bytes
_SIZE: Final = re.compile(rb"(0|[1-9][0-9]{0,18})\n?")


class Said(StrEnum):
    """What a witness said. Each means something else, and asks for something else."""

    COSIGNED = "cosigned"
    CONFLICT = "conflict"  # 409: it holds another size than the one that we went on from
    OTHER_ROOT = "other_root"  # 409 at the very size that we showed: it holds another tree of that size
    INCONSISTENT = "inconsistent"  # 422: what we showed does not continue what it holds
    NOT_SIGNED = "not_signed"  # 403: it does not know our key
    UNKNOWN_LOG = "unknown_log"  # 404: it does not know the log
    MALFORMED = "malformed"  # 400: it cannot read the request
    NONSENSE = "nonsense"  # an answer that is none: a wrong signature, no size
    FAILED = "failed"  # any other status
    UNREACHABLE = "unreachable"  # no answer
    AHEAD = "ahead"  # it holds more of the log than we do


_REFUSALS: Final = {
    400: Said.MALFORMED,
    403: Said.NOT_SIGNED,
    404: Said.UNKNOWN_LOG,
    422: Said.INCONSISTENT,
}


class Answer(NamedTuple):
    said: Said
    cosignature: Signature | None = None
    size: int | None = None  # what the witness holds, where it says so


def request(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """The body: the size that the witness holds, the proof from it to the checkpoint, and the signed checkpoint."""
    lines = [f"old {old}", *(b64encode(found).decode() for found in proof)]
    return ("\n".join(lines) + "\n\n" + note).encode()


def read(status: int, body: bytes, *, shown: Checkpoint, old: int, key: Verifier) -> Answer:
    """What an answer means.

    Args:
        shown: the checkpoint that the witness was shown.
        old: the size that the request went on from.
        key: the witness's; nothing but a right signature of it counts.
    """
    if status == 200:
        found = _cosignature(body, shown.text, key)
        return Answer(Said.COSIGNED, found, shown.size) if found else Answer(Said.NONSENSE)
    if status == 409:
        return _conflict(body, shown, old)
    return Answer(_REFUSALS.get(status, Said.FAILED))


def _conflict(body: bytes, shown: Checkpoint, old: int) -> Answer:
    match = _SIZE.fullmatch(body)
    if match is None:
        return Answer(Said.NONSENSE)
    size = int(match[1])
    if size > shown.size:
        return Answer(Said.AHEAD, size=size)
    return Answer(Said.OTHER_ROOT if size == old else Said.CONFLICT, size=size)


def _cosignature(body: bytes, text: str, key: Verifier) -> Signature | None:
    """Lines of other keys are ignored: a witness may sign with several. A wrong line of its key spoils the answer."""
    try:
        note = notes.parse_note(f"{text}\n{body.decode()}")
        return dict(notes.verified(note, [key])).get(key)
    except (BadNote, UnicodeDecodeError):
        return None
