"""The key with which the program asks itself what clients get: made when it is needed, kept nowhere.

It opens what a client key of one product and environment opens, and of that the published profile alone; for a minute,
in every process of this installation, since all know SECRET_KEY. Web processes read it where they would read a client's
key, so what is measured is the very way that clients go. It leaves no receipt: nobody fetched anything.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from typing import Final

from django.conf import settings
from django.utils.crypto import salted_hmac

SECONDS: Final = 60  # that it is good for
PREFIX: Final = "own_"  # which no key of a client begins with

_SALT: Final = "brightline.own_key"  # so that nothing else that is signed with the same secret opens a profile
_PAYLOAD: Final = struct.Struct(">QQI")  # product and environment by their ids, and until when
_SIGNATURE_BYTES: Final = 32
_LONGEST: Final = 120  # characters that are looked at


def mint(product: int, environment: int, *, now: float) -> str:
    """
    Args:
        now: seconds since the epoch.
    """
    payload = _PAYLOAD.pack(product, environment, int(now) + SECONDS)
    return PREFIX + base64.urlsafe_b64encode(payload + _signature(payload, settings.SECRET_KEY)).decode().rstrip("=")


def read(text: str, *, now: float) -> tuple[int, int, float] | None:
    """Product, environment and until when; None if it is not ours, or is over."""
    payload = _opened(text)
    if payload is None:
        return None
    product, environment, until = _PAYLOAD.unpack(payload)
    return (int(product), int(environment), float(until)) if now < until <= now + SECONDS + 1 else None


def _opened(text: str) -> bytes | None:
    if not text.startswith(PREFIX) or len(text) > _LONGEST or not text.isascii():
        return None
    rest = text.removeprefix(PREFIX)
    try:
        data = base64.b64decode(rest + "=" * (-len(rest) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    payload, signature = data[: _PAYLOAD.size], data[_PAYLOAD.size :]
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if len(payload) == _PAYLOAD.size and any(hmac.compare_digest(signature, _signature(payload, s)) for s in secrets):
        return payload
    return None


def _signature(payload: bytes, secret: str) -> bytes:
    return salted_hmac(_SALT, payload, secret=secret, algorithm="sha256").digest()[:_SIGNATURE_BYTES]
