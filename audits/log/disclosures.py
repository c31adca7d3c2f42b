"""What an entry says about people. The entry itself holds only salted digests of it (disclosures of RFC 9901, SD-JWT);
the clear text is kept beside it, where it can be erased without any proof becoming void."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec

DIGESTS: Final = "_sd"  # the member that holds the digests of an object's hidden members
ALGORITHM: Final = "_sd_alg"
SHA_256: Final = "sha-256"
_SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Personal:
    """The value of a member that says something about a person: a name, an address, words that somebody wrote."""

    value: Any  # JSON-ready


def personal(value: str) -> Personal | str:
    """``value`` as something personal; an empty text says nothing about anybody."""
    return Personal(value) if value else value


class Hidden(NamedTuple):
    """A disclosure, where in the entry its member would stand ("actor.name"), and the digest that stands there."""

    path: str
    digest: str
    disclosure: str


def conceal(value: Any) -> tuple[Any, list[Hidden]]:
    """``value`` with digests in the place of what is personal, and the disclosures that these are the digests of."""
    found: list[Hidden] = []
    return _concealed(value, "", found), found


def _concealed(value: Any, path: str, found: list[Hidden]) -> Any:
    if isinstance(value, list):
        return [_concealed(item, f"{path}{n}.", found) for n, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    shown, digests = {}, []
    for name, item in value.items():
        if isinstance(item, Personal):
            disclosure = _disclosure(name, item.value)
            digests.append(digest(disclosure))
            found.append(Hidden(f"{path}{name}", digests[-1], disclosure))
        else:
            # Most of what an entry says is no container, and every entry comes through here.
            shown[name] = _concealed(item, f"{path}{name}.", found) if isinstance(item, dict | list) else item
    return {**shown, DIGESTS: sorted(digests)} if digests else shown


def _disclosure(name: str, value: Any) -> str:
    # With its salt, or else whoever guesses a name could tell from the digest that the guess is right.
    return _encoded(msgspec.json.encode((_encoded(secrets.token_bytes(_SALT_BYTES)), name, value)))


def digest(disclosure: str) -> str:
    """What stands for a disclosure in the entry."""
    return _encoded(hashlib.sha256(disclosure.encode("ascii")).digest())


def by_digest(disclosures: Iterable[str]) -> dict[str, str]:
    return {digest(disclosure): disclosure for disclosure in disclosures}


def reveal(content: Mapping[str, Any], disclosures: Mapping[str, str]) -> dict[str, Any]:
    """What an entry says, with what these disclosures, by their digests, tell of it. What was erased is not there;
    entries of schema 1 hide nothing."""
    if content.get(ALGORITHM) != SHA_256:
        return dict(content)
    return {name: item for name, item in _revealed(content, disclosures).items() if name != ALGORITHM}


def _revealed(value: Any, known: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_revealed(item, known) for item in value]
    if not isinstance(value, Mapping):
        return value
    shown = {name: _revealed(item, known) for name, item in value.items() if name != DIGESTS}
    digests = value.get(DIGESTS)
    for hidden in digests if isinstance(digests, list) else ():
        if isinstance(hidden, str) and hidden in known:
            _salt, name, item = read(known[hidden])
            shown.setdefault(name, item)
    return shown


def read(disclosure: str) -> tuple[str, str, Any]:
    """Salt, name and value of a disclosure."""
    salt, name, value = json.loads(base64.urlsafe_b64decode(disclosure + "=" * (-len(disclosure) % 4)))
    return salt, name, value


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
