"""The ``serving`` check: do clients get the bytes that were approved? Pure: what is stored and what was answered come
in, and what is to be said of both comes out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audits.checks.results import Outcome, Point
from profiles.resolution.document import document_digest, instant
from profiles.resolution.jws import decode

Keys: TypeAlias = Mapping[str, bytes]  # what is published at jwks.json: the public keys by their ids


@dataclass(frozen=True, slots=True)
class Stored:
    """What should be served on one platform.

    Args:
        version: the number of the active one.
        digest: as its row says.
        published: the digests that the trail says were published with it; None where that entry was pruned.
        kid: the id of the key that signed; empty if nothing did.
    """

    platform: str
    version: int
    body: bytes
    digest: str
    valid_until: datetime | None
    published: frozenset[str] | None
    kid: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What a web process answered: the document, the same out of its compressed form, and its signed form, None where
    there is none."""

    body: bytes
    compressed: bytes
    jws: bytes | None
    max_age: int  # seconds
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nothing that could be compared: ``status`` is 0 without an answer at all."""

    address: str
    status: int = 0


def judge(stored: Stored, answer: Answered | Unanswered, keys: Keys, now: datetime) -> list[Point]:
    """What is to be said of one platform. It never raises, whatever was answered."""
    points = list(_of_what_is_stored(stored))
    if isinstance(answer, Unanswered):
        return [*points, _unanswered(stored, answer)]
    points += _of_what_was_answered(stored, answer, now)
    if not points:
        points.append(_point("as_approved", Outcome.PASS, stored, version=stored.version))
    return [*points, _signature(stored, answer, keys)]


def nothing_holds(platform: str) -> Point:
    return Point("nothing_holds", Outcome.FAIL, {"platform": platform})


def just_changed(platform: str) -> Point:
    return Point("just_changed", Outcome.INCONCLUSIVE, {"platform": platform})


def of_clients(clients: int, behind: int) -> Point:
    """
    Args:
        clients: keys that work and fetched something; ``behind``: those of them that hold what was superseded for so
            long that they should have asked again.
    """
    if behind:
        return Point("clients_behind", Outcome.ATTENTION, {"behind": behind, "clients": clients})
    return Point("clients_current" if clients else "clients_unknown", Outcome.PASS, {"clients": clients})


def _of_what_is_stored(stored: Stored) -> Iterator[Point]:
    document = _document(stored.body)
    if document is None or document.get("digest") != stored.digest or _digest_of(document) != stored.digest:
        yield _point("stored_bytes_changed", Outcome.FAIL, stored)
    elif stored.published is not None and stored.digest not in stored.published:
        yield _point("not_in_the_trail", Outcome.FAIL, stored)


def _of_what_was_answered(stored: Stored, answer: Answered, now: datetime) -> Iterator[Point]:
    if answer.is_stale:
        yield _point("served_from_memory", Outcome.INCONCLUSIVE, stored)
    other = next((each for each in (answer.body, answer.compressed) if each != stored.body), None)
    if other is not None:
        got = (_document(other) or {}).get("version")
        if isinstance(got, int) and got != stored.version:
            yield _point("other_version", Outcome.FAIL, stored, version=stored.version, got=got)
        else:
            yield _point("other_bytes", Outcome.FAIL, stored)
    if stored.valid_until is None:
        return
    if stored.valid_until <= now:
        yield _point("past_its_end", Outcome.FAIL, stored, ended_at=instant(stored.valid_until))
    elif answer.max_age > (stored.valid_until - now).total_seconds() + _CLOCK_SECONDS:
        yield _point("kept_past_its_end", Outcome.FAIL, stored)


def _signature(stored: Stored, answer: Answered, keys: Keys) -> Point:
    if not stored.kid:
        return _point("not_signed", Outcome.PASS, stored)
    if answer.jws is None:
        return _point("signature_missing", Outcome.FAIL, stored)
    try:
        protected, payload, signature = answer.jws.decode().split(".")
        kid = json.loads(decode(protected))["kid"]
        if kid not in keys:
            return _point("key_not_published", Outcome.FAIL, stored)
        Ed25519PublicKey.from_public_bytes(keys[kid]).verify(decode(signature), f"{protected}.{payload}".encode())
        holds = decode(payload) == answer.body
    except (ValueError, KeyError, TypeError, RecursionError, InvalidSignature):
        holds = False
    return _point("signature_holds", Outcome.PASS, stored) if holds else _point("signature_fails", Outcome.FAIL, stored)


def _unanswered(stored: Stored, answer: Unanswered) -> Point:
    if answer.status:
        return _point("answer_unusable", Outcome.NOT_MEASURED, stored, status=answer.status)
    return _point("no_answer", Outcome.NOT_MEASURED, stored, address=answer.address)


def read_keys(body: bytes) -> Keys:
    """The keys of a JWK set; empty if it is none."""
    try:
        found = json.loads(body)["keys"]
        return {str(each["kid"]): decode(str(each["x"])) for each in found if each["crv"] == "Ed25519"}
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}


_CLOCK_SECONDS: Final = 2  # by which two clocks may differ


def _point(code: str, outcome: Outcome, stored: Stored, **values: str | int) -> Point:
    return Point(code, outcome, {"platform": stored.platform, **values})


def _document(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _digest_of(document: Mapping[str, Any]) -> str:
    """Of what may be anything: what has no canonical form has no digest."""
    try:
        return document_digest(document)
    except ValueError:
        return ""
