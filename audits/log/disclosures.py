"""Disclosures (SD-JWT, RFC 9901): what stood behind a digest in an entry, as a text that can be given away or erased.

A disclosure is base64url of the JSON ``[salt, name, value]``; the entry holds the sha256 of that very text under
``_sd``, in the object that would hold the member.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final

DIGESTS: Final = "_sd"


def digest_of(disclosure: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(disclosure.encode("ascii")).digest()).rstrip(b"=").decode()


def read(disclosure: str) -> tuple[str, Any]:
    """The name and the value that it discloses."""
    padded = disclosure + "=" * (-len(disclosure) % 4)
    _salt, name, value = json.loads(urlsafe_b64decode(padded))
    return name, value


def filled(value: Any, by_digest: Mapping[str, str]) -> Any:
    """What an entry says, with what is disclosed in its place and without digests."""
    if isinstance(value, list):
        return [filled(one, by_digest) for one in value]
    if not isinstance(value, dict):
        return value
    found = {name: filled(one, by_digest) for name, one in value.items() if name != DIGESTS}
    digests = value.get(DIGESTS)
    for digest in digests if isinstance(digests, list) else ():
        if isinstance(digest, str) and digest in by_digest:
            name, clear = read(by_digest[digest])
            found.setdefault(name, clear)
    return found
