"""Signatures of published documents: JWS (RFC 7515) with Ed25519 (RFC 8037), and the keys as a JWK set (RFC 7517).

A signature is kept detached, ``protected..signature``, since the payload is the very document that stands beside it;
``attached`` puts the two together. The payload is the document's bytes and nothing else, so whoever verifies the
signature holds what was published.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TYPE: Final = "brightline-profile+jws"  # says what was signed, so that no other signature of the same key passes for it
_PEM: Final = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)
_SEED_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Key:
    """One Ed25519 key. Without ``private`` it signs nothing any more, and is published for what it signed."""

    kid: str  # the thumbprint of RFC 7638, so it follows from the key and is never given twice
    public: bytes
    private: Ed25519PrivateKey | None

    @property
    def jwk(self) -> dict[str, str]:
        return {**_required_members(self.public), "alg": "EdDSA", "kid": self.kid, "use": "sig"}


def parse_keys(text: str) -> tuple[Key, ...]:
    """The keys of a configuration: PEM blocks, or 32 random bytes in base64url, separated by commas or white space.

    The first one signs. The others, private or public, are published beside it.

    Raises:
        ValueError: a sentence that says what is wrong; it holds nothing of the keys.
    """
    text = text.replace("\\n", "\n")
    blocks = [match.group(0) for match in _PEM.finditer(text)]
    words = _PEM.sub(" ", text).replace(",", " ").split()
    keys = [_from_pem(block) for block in blocks] if blocks else [_from_seed(word) for word in words]
    if blocks and words:
        raise ValueError("there is something beside the PEM blocks")
    if keys and keys[0].private is None:
        raise ValueError("the first key is a public one, which cannot sign")
    if len({key.kid for key in keys}) != len(keys):
        raise ValueError("a key is there twice")
    return tuple(keys)


def new_key() -> str:
    """A new private key, as PEM."""
    made = Ed25519PrivateKey.generate()
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return made.private_bytes(encoding, form, serialization.NoEncryption()).decode()


def sign(payload: bytes, key: Key) -> str:
    """A detached signature. Ed25519 is deterministic: the same bytes and key give the same signature."""
    assert key.private is not None
    header = {"alg": "EdDSA", "cty": "json", "kid": key.kid, "typ": TYPE}
    protected = encode(json.dumps(header, separators=(",", ":"), sort_keys=True).encode())
    signature = key.private.sign(f"{protected}.".encode() + encode(payload).encode())
    return f"{protected}..{encode(signature)}"


def attached(detached: str, payload: bytes) -> bytes:
    """The compact JWS that clients get."""
    protected, signature = detached.split("..")
    return b".".join((protected.encode(), urlsafe_b64encode(payload).rstrip(b"="), signature.encode()))


def key_set(keys: Iterable[Key]) -> dict[str, Any]:
    """What stands at ``/.well-known/jwks.json``."""
    return {"keys": [key.jwk for key in keys]}


def encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _required_members(public: bytes) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": encode(public)}


def _key(public: Ed25519PublicKey, private: Ed25519PrivateKey | None) -> Key:
    raw = public.public_bytes_raw()
    members = json.dumps(_required_members(raw), separators=(",", ":"), sort_keys=True)
    return Key(encode(hashlib.sha256(members.encode()).digest()), raw, private)


def _from_seed(word: str) -> Key:
    try:
        seed = decode(word)
    except ValueError:
        seed = b""
    if len(seed) != _SEED_BYTES:
        raise ValueError("a key is neither PEM nor 32 bytes in base64url")
    private = Ed25519PrivateKey.from_private_bytes(seed)
    return _key(private.public_key(), private)


def _from_pem(block: str) -> Key:
    data = block.encode()
    try:
        if "PUBLIC" in block.partition("\n")[0]:
            found: Any = serialization.load_pem_public_key(data)
        else:
            found = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("a PEM block cannot be read; it must not be encrypted") from None
    if isinstance(found, Ed25519PublicKey):
        return _key(found, None)
    if isinstance(found, Ed25519PrivateKey):
        return _key(found.public_key(), found)
    raise ValueError("a key is not an Ed25519 key")
