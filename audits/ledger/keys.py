"""The keys that sign checkpoints, from the configuration. Only the sequencer signs."""

from __future__ import annotations

from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from audits.log import notes
from audits.log.notes import Signature, Verifier
from profiles.resolution.jws import Key, parse_keys


def sign(text: str, origin: str) -> tuple[Signature, ...]:
    """The one place where a checkpoint is signed, once with each private key: while one replaces another, readers that
    know either of them can go on."""
    return tuple(notes.sign(text, origin, key) for key in _private())


def verifiers(origin: str) -> tuple[Verifier, ...]:
    """All keys that may have signed checkpoints of this log, the present one first."""
    return tuple(Verifier(origin, notes.LOG, key.public) for key in _parsed(settings.BRIGHTLINE_LOG_KEY))


def can_sign() -> bool:
    return bool(_private())


def _private() -> list[Ed25519PrivateKey]:
    return [key.private for key in _parsed(settings.BRIGHTLINE_LOG_KEY) if key.private is not None]


@lru_cache(maxsize=8)
def _parsed(text: str) -> tuple[Key, ...]:
    return parse_keys(text)
