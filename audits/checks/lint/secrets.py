"""Keys and passwords in a text: known by how they begin, by what stands before them, or by how random they look."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

# Each is anchored on a fixed beginning and takes a bounded number of characters of one class: linear time.
_KNOWN: Final = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"
    r"|\bsk-[A-Za-z0-9_-]{20,200}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\b(?:ghp|gho|ghu|ghs|ghr)_[A-Za-z0-9]{30,100}"
    r"|\bgithub_pat_[A-Za-z0-9_]{20,100}"
    r"|\bglpat-[A-Za-z0-9_-]{18,60}"
    r"|\bxox[abprs]-[A-Za-z0-9-]{10,100}"
    r"|\bAIza[A-Za-z0-9_-]{35}"
    r"|\bya29\.[A-Za-z0-9_-]{20,200}"
    r"|\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,100}"
    r"|\bwhsec_[A-Za-z0-9+/=]{20,100}"
    r"|\bhf_[A-Za-z0-9]{30,60}"
    r"|\bnpm_[A-Za-z0-9]{30,60}"
    r"|\bSG\.[A-Za-z0-9_-]{16,40}\.[A-Za-z0-9_-]{16,60}"
    r"|\beyJ[A-Za-z0-9_-]{10,500}\.eyJ[A-Za-z0-9_-]{10,1000}\.[A-Za-z0-9_-]{10,500}"
    r"|\b[a-z][a-z0-9+]{2,15}://[^\s/:@]{1,60}:[^\s/:@]{3,100}@"
)
_NAMED: Final = re.compile(
    r"\b(?:password|passwd|passcode|passphrase|pwd|secret|api[ _-]?key|access[ _-]?token|auth[ _-]?token"
    r"|passwort|kennwort|zugangscode)\b[\"']?[ \t]{0,3}(?:(?:is|ist|lautet)\b[ \t]{0,3}:?|:|=)[ \t]{0,3}"
    r"[\"'`]?([^\s\"'`]{6,120})",
    re.IGNORECASE,
)
_RANDOM: Final = re.compile(r"(?<![\w/.-])[A-Za-z0-9+/_=-]{24,400}(?![\w/-]|\.\w)")
_BITS: Final = 3.9  # of entropy for each character: more than words with hyphens have
_HEX: Final = re.compile(r"[0-9a-fA-F]{32,}")


def known(text: str) -> Iterator[tuple[int, int]]:
    """What is a key or password beyond doubt."""
    yield from (match.span() for match in _KNOWN.finditer(text))
    for match in _NAMED.finditer(text):
        if _is_password(match[1]):
            yield match.span(1)


def likely(text: str) -> Iterator[tuple[int, int]]:
    """What looks as random as a key."""
    for match in _RANDOM.finditer(text):
        if _HEX.fullmatch(match[0]) or (_is_mixed(match[0]) and _entropy(match[0]) >= _BITS):
            yield match.span()


def _is_password(value: str) -> bool:
    """A word of a sentence is none: there is a digit or a sign in it that no sentence needs."""
    inner = value.rstrip(".,;:!?)")
    return len(inner) >= 6 and (any(c.isdigit() for c in inner) or any(c in "!@#$%^&*_+=" for c in inner[:-1]))


def _is_mixed(value: str) -> bool:
    return any(c.isdigit() for c in value) and any(c.isupper() for c in value) and any(c.islower() for c in value)


def _entropy(value: str) -> float:
    size = len(value)
    return -sum(count / size * math.log2(count / size) for count in Counter(value).values())
