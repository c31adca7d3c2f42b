"""What opens a stream of events in a browser, whose ``EventSource`` cannot send headers: a token in the address.

It names a key and the only thing that it opens, and is good for some minutes: addresses end up in histories and logs.
A stream that was opened with it lives on for as long as its key does.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import struct
from typing import Final

from django.conf import settings
from django.utils.crypto import salted_hmac

CONNECT_SECONDS: Final = 600  # that every token is good for, at least
STEP_SECONDS: Final = 300  # for so long a key gets the same token, so that what carries it can be cached
LONGEST: Final = 100  # characters that are looked at

_SALT: Final = "brightline.stream"  # so that nothing else that is signed with the same secret opens a stream
_PAYLOAD: Final = struct.Struct(">QI")  # the key's id, and until when, in seconds since the epoch
_SIGNATURE_BYTES: Final = 16


def mint(key_id: int, *, now: float) -> str:
    """A token of the characters ``A-Z a-z 0-9 - _``; equal in every process, and within ``STEP_SECONDS``."""
    until = (int(now) // STEP_SECONDS + 1) * STEP_SECONDS + CONNECT_SECONDS
    payload = _PAYLOAD.pack(key_id, until)
    return base64.urlsafe_b64encode(payload + _signature(payload, settings.SECRET_KEY)).decode().rstrip("=")


def read(token: str, *, now: float) -> int | None:
    """The id of the key that a token names, which may live or not; None if the token is not ours, or is over."""
    payload = _opened(token)
    if payload is None:
        return None
    key_id, until = _PAYLOAD.unpack(payload)
    return int(key_id) if now < until else None


def _opened(token: str) -> bytes | None:
    if len(token) > LONGEST or not token.isascii():
        return None
    try:
        data = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    payload, signature = data[: _PAYLOAD.size], data[_PAYLOAD.size :]
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if len(payload) == _PAYLOAD.size and any(hmac.compare_digest(signature, _signature(payload, s)) for s in secrets):
        return payload
    return None


def _signature(payload: bytes, secret: str) -> bytes:
    return salted_hmac(_SALT, payload, secret=secret, algorithm="sha256").digest()[:_SIGNATURE_BYTES]
