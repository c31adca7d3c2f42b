"""The keys that sign published profiles: from the configuration, parsed once."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings

from profiles.resolution.jws import Key, parse_keys, sign


def keyring() -> tuple[Key, ...]:
    """All that are published; the first one signs. Empty where none is configured: profiles are then not signed."""
    return _parsed(settings.BRIGHTLINE_SIGNING_KEY)


def signed(payload: bytes) -> tuple[str, str]:
    """The key's id and the detached signature; two empty texts without a key."""
    return (keyring()[0].kid, sign(payload, keyring()[0])) if keyring() else ("", "")


@lru_cache(maxsize=8)
def _parsed(text: str) -> tuple[Key, ...]:
    return parse_keys(text)
