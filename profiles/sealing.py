"""Secrets that must be read again, kept so that a copy of the database alone does not give them away: sealed with a key
that is derived from SECRET_KEY, which stands in the surroundings and not in the database."""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE: Final = b"brightline/webhook-secrets/1"


class Unreadable(Exception):
    """It was sealed under another SECRET_KEY."""


def seal(text: str) -> str:
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """
    Raises:
        Unreadable: neither SECRET_KEY nor one of its fallbacks sealed it.
    """
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable("This secret was sealed under another SECRET_KEY.") from None


def _box() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_derived(key)) for key in keys])


@lru_cache(maxsize=8)
def _derived(key: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=_PURPOSE).derive(key.encode())
    return base64.urlsafe_b64encode(derived)
