"""What a client gets for a published profile, to the byte: bodies, headers, conditions.

Pure, and shared by the two doors: Django's views and the callable in front of them (``front.py``). So both give the
same answer by construction.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import rfc8785

from profiles.resolution import encodings, jws
from profiles.resolution.fragments import FORMATS, fragment

MAX_AGE: Final = 60  # seconds that a client may use its copy without asking
PROFILE: Final = "profile"
SIGNED: Final = "jws"
TEXT: Final = "text"
WHATS: Final = (PROFILE, SIGNED, TEXT, *FORMATS)
STALE_HEADER: Final = "Brightline-Stale"  # seconds since the database was last seen; only while it cannot be reached
VARY: Final = "Authorization, Accept-Encoding"

Headers = list[tuple[str, str]]

ALWAYS: Final = [("Content-Language", "en")]  # of the phrasings; the operator's own text may be in any


@dataclass(frozen=True, slots=True)
class Held:
    """One row of published profiles as a web process holds it. Times are seconds since the epoch."""

    id: int
    platform: str
    starts: float
    ends: float  # infinity where no end is known
    sha256: bytes  # of the document; its texts are made when they are asked for, since thousands of rows are held
    gzip: bytes
    br: bytes
    protected: str  # the header of the JWS, one object for all rows of a key
    signature: str  # of it; empty without one
    version: int = 0
    activated_at: float = 0.0
    published_at: float = 0.0

    def holds(self, now: float) -> bool:
        return self.starts <= now < self.ends

    @property
    def digest(self) -> str:
        return f"sha256:{self.sha256.hex()}"

    @property
    def etag(self) -> str:
        """Without its quotation marks; as ``PublishedProfile.etag``."""
        return self.sha256.hex()[:32]

    @property
    def size(self) -> int:
        return len(self.gzip) + len(self.br)

    @property
    def is_signed(self) -> bool:
        return bool(self.signature)


@dataclass(frozen=True, slots=True)
class Representation:
    """One form of one row: everything about an answer that does not depend on the moment."""

    etag: str
    length: tuple[str, str]  # the header; a 304 has it too, since the alternative that frameworks choose, 0, is wrong
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Headers
    body: bytes


def represent(held: Held, what: str, coding: str) -> Representation:
    """``what`` is one of ``WHATS``; ``coding`` is "br", "gzip" or empty, and only a profile has the first two."""
    body, content_type = _content(held, what, coding)
    parts = [held.etag, *([what] if what != PROFILE else []), *([held.signature[-16:]] if what == SIGNED else [])]
    etag = '"' + "-".join([*parts, *([coding] if coding else [])]) + '"'
    encoded = [("Content-Encoding", coding)] if coding else []
    headers = [
        ("Content-Type", content_type),
        *encoded,
        ("ETag", etag),
    ]
    return Representation(etag, ("Content-Length", str(len(body))), headers, body)


def answer(shown: Representation, held: Held, now: float, if_none_match: str, stale: float | None = None) -> Answer:
    """The answer to one request.

    Args:
        if_none_match: the header as it came; empty without one.
        stale: for how many seconds nobody has seen the database; None where everything is known to be current.
    """
    headers = [("Cache-Control", freshness(held, now, stale)), shown.length, *ALWAYS]
    if stale is not None:
        headers.append(stale_header(stale))
    if if_none_match and (tag := matched(if_none_match, shown.etag)):
        return Answer(304, [*headers, ("ETag", tag)], b"")
    return Answer(200, [*headers, *shown.headers], shown.body)


def personal(body: bytes) -> Answer:
    """A document for one user, which nobody else may get."""
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "private, no-store"),
        *ALWAYS,
    ]
    return Answer(200, headers, body)


def stale_header(stale: float) -> tuple[str, str]:
    return STALE_HEADER, str(math.ceil(stale))


def freshness(held: Held, now: float, stale: float | None) -> str:
    """Never past the instant at which the document stops holding."""
    if stale is not None:
        return "private, max-age=0"
    if held.ends - now >= MAX_AGE:
        return _FRESH
    return f"private, max-age={max(0, int(held.ends - now))}"


@lru_cache(maxsize=256)
def coding_of(accept_encoding: str) -> str:
    """The smallest form that a client takes: "br", "gzip" or, without a coding, "" (RFC 9110, 12.5.3)."""
    accepted: dict[str, float] = {}
    for item in accept_encoding.lower().split(","):
        name, _semicolon, rest = item.partition(";")
        accepted[name.strip()] = _quality(rest)
    weights = {name: accepted.get(name, accepted.get("*", 0.0)) for name in ("br", "gzip")}
    best = max(weights.values())
    if best <= accepted.get("identity", 0.0) and best < 1:
        return ""
    return next((name for name in ("br", "gzip") if weights[name] == best), "") if best > 0 else ""


def _quality(parameters: str) -> float:
    name, _equals, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    return float(value) if _QUALITY.fullmatch(value.strip()) else 0.0


def matched(if_none_match: str, etag: str) -> str:
    """Which of the client's validators stands for the bytes that it would get now; empty if none does.

    A copy is good whatever it was sent in, so the codings are not told apart here. RFC 9110 asks for the weak
    comparison.
    """
    if if_none_match == etag:
        return etag
    if if_none_match.strip() == "*":
        return etag
    bare = _CODING.sub('"', etag)
    return next((tag for tag in _ETAG.findall(if_none_match) if _CODING.sub('"', tag) == bare), "")


def _content(held: Held, what: str, coding: str) -> tuple[bytes, str]:
    if what == PROFILE and coding:
        return (held.br if coding == "br" else held.gzip), "application/json"
    body = encodings.gunzip(held.gzip)
    if what == PROFILE:
        return body, "application/json"
    if what == SIGNED:
        return jws.attached(f"{held.protected}..{held.signature}", body), "application/jose"
    document = json.loads(body)
    if what == TEXT:
        return str(document["instructions"]["text"]).encode(), "text/plain; charset=utf-8"
    return bytes(rfc8785.dumps(fragment(document, what))), "application/json"


_FRESH: Final = f"private, max-age={MAX_AGE}"
_QUALITY: Final = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")
_ETAG: Final = re.compile(r'"[\x21\x23-\x7e]*"')
_CODING: Final = re.compile(r'-(br|gzip)"$')
