"""Standard Webhooks: secrets and signatures (https://www.standardwebhooks.com, version 1.0.0)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from typing import Final

PREFIX: Final = "whsec_"
_BYTES: Final = 32  # between the 24 and 64 that the specification asks for


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(id_: str, timestamp: int, body: bytes, keys: Iterable[str]) -> Mapping[str, str]:
    """
    Args:
        id_: the same at every attempt, so that a receiver can tell what it got already.
        timestamp: of this attempt, in seconds.
        keys: the current secret, and while it is being changed the one before it as well.
    """
    signatures = (f"v1,{_signature(id_, timestamp, body, key)}" for key in keys)
    return {
        "webhook-id": id_,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _signature(id_: str, timestamp: int, body: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{id_}.{timestamp}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
