"""A WSGI callable in front of Django that answers the reads of published profiles from memory.

It knows plain hits only: a live client key, a row that holds, parameters without surprises. Everything else is
Django's, whose view gives the same answer in more time, or says what is wrong. A hit costs no query and no middleware.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import secrets
from collections.abc import Callable, Iterable
from time import time
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.utils import translation

from profiles.errors import DomainError
from profiles.resolution.fragments import FORMATS
from profiles.serving import answers, bodies
from profiles.serving.answers import Headers, Held
from profiles.serving.limits import Limiter, refusal
from profiles.serving.memory import LiveKey, Memory
from profiles.serving.prepared import PreparedProfiles
from profiles.serving.receipts import Receipts

Environ = dict[str, Any]
StartResponse = Callable[[str, Headers], Any]
Hit = tuple[str, Headers, bytes]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

_PATHS: Final = {
    "/api/v1/profile": answers.PROFILE,
    "/api/v1/profile.jws": answers.SIGNED,
    "/api/v1/profile/instructions": answers.TEXT,
}
_RESOLVE: Final = "/api/v1/profile/resolve"
_STATUS: Final = {200: "200 OK", 304: "304 Not Modified"}
_QUERY: Final = re.compile(r"(?:(platform|format)=([a-z0-9_-]{1,40}))(?:&(platform|format)=([a-z0-9_-]{1,40}))?")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
_MOST_REMEMBERED: Final = 256
_LONGEST_REMEMBERED: Final = 300


class Asked(NamedTuple):
    what: str
    platform: str | None


class Found(NamedTuple):
    key: LiveKey
    what: str
    held: Held
    stale: float | None  # seconds since the database was seen, if it cannot be reached


class Surroundings(NamedTuple):
    """What Django's middlewares do to an answer, so that it can be done without them."""

    headers: Headers
    vary: str  # what they add to Vary
    is_known_host: Callable[[str], bool]
    is_secure: Callable[[Environ], bool]  # or no redirect is wanted


class Front:
    """Answers from ``memory`` what it can, and leaves the rest to ``application``.

    Args:
        stale_seconds: for so long what is held is served while the database cannot be reached.
    """

    def __init__(
        self,
        application: Application,
        memory: Memory,
        *,
        receipts: Receipts,
        limiter: Limiter,
        prepared: PreparedProfiles,
        surroundings: Surroundings,
        stale_seconds: float,
        clock: Callable[[], float] = time,
    ) -> None:
        self.application, self.memory = application, memory
        self.receipts, self.limiter, self.prepared = receipts, limiter, prepared
        self.surroundings, self.stale_seconds, self._clock = surroundings, stale_seconds, clock
        self._hosts: dict[str, bool] = {}
        vary = f"{answers.VARY}, {surroundings.vary}" if surroundings.vary else answers.VARY
        self._of_reads: Headers = [("Vary", vary), ("Allow", "GET, HEAD, OPTIONS")]
        self._of_writes: Headers = [("Vary", vary.replace(", Accept-Encoding", "")), ("Allow", "POST, OPTIONS")]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        hit = None
        if path in _PATHS and self._is_at_home(environ):
            hit = self._hit(environ, _PATHS[path])
        elif path == _RESOLVE and self._is_at_home(environ):
            hit = self._hit_for_user(environ)
        if hit is None:
            return self.application(environ, start_response)
        status, headers, body = hit
        start_response(status, headers)
        return [body]

    def _hit(self, environ: Environ, what: str) -> Hit | None:
        method, now = environ["REQUEST_METHOD"], self._clock()
        found = self._found(environ, what, now) if method in {"GET", "HEAD"} else None
        if found is None:
            return None
        key, what, held, stale = found
        if wait := self.limiter.take(key.id):
            return self._too_often(environ, wait)
        coding = answers.coding_of(environ.get("HTTP_ACCEPT_ENCODING", "")) if what == answers.PROFILE else ""
        shown = self.memory.forms.of(held, what, coding)
        answer = answers.answer(shown, held, now, environ.get("HTTP_IF_NONE_MATCH", ""), stale)
        self.receipts.note(key.id, held.id, answer.status, now)
        headers = [*answer.headers, *self._of_reads, *self._headers(environ)]
        return _STATUS[answer.status], headers, b"" if method == "HEAD" else answer.body

    def _hit_for_user(self, environ: Environ) -> Hit | None:
        now = self._clock()
        found = self._found(environ, answers.PROFILE, now) if environ["REQUEST_METHOD"] == "POST" else None
        ready = self.prepared.get(found.held.id) if found else None
        wanted = _preferences(environ) if ready else None
        if found is None or ready is None or wanted is None or found.stale is not None:
            return None
        if wait := self.limiter.take(found.key.id):
            return self._too_often(environ, wait)
        answer = answers.personal(ready.document(wanted))
        self.receipts.note(found.key.id, found.held.id, answer.status, now)
        return _STATUS[200], [*answer.headers, *self._of_writes, *self._headers(environ)], answer.body

    def _found(self, environ: Environ, what: str, now: float) -> Found | None:
        """What a live key asks for and what holds for it; None if any of it is not plain."""
        key, asked = self._key(environ, now), asked_of(what, environ.get("QUERY_STRING", ""))
        if key is None or asked is None:
            return None
        held = self._held(key, asked, now)
        if held is None or (asked.what == answers.SIGNED and not held.is_signed):
            return None
        stale: float | None = None
        if not self.memory.is_current():
            stale = self.memory.age()
            if not self.memory.is_cut_off or stale > self.stale_seconds:
                return None
        return Found(key, asked.what, held, stale)

    # Who asks for what

    def _key(self, environ: Environ, now: float) -> LiveKey | None:
        scheme, _space, text = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        found = self.memory.keys.get(hashlib.sha256(text.strip().encode("utf-8", "replace")).digest())
        return found if found is not None and now < found.ends else None

    def _held(self, key: LiveKey, asked: Asked, now: float) -> Held | None:
        slot = self.memory.slots.get(key.place)
        if slot is None:
            return None
        platform = asked.platform
        if platform is None:
            preferred = FORMATS.get(asked.what)
            platform = preferred if preferred in slot.platforms else slot.platforms[0]
        if platform not in slot.platforms:
            return None
        found = slot.holding(platform, now)
        return found if found is not None and found.gzip else None

    def _is_at_home(self, environ: Environ) -> bool:
        """Whether Django would accept the way it came in; cookies are Django's affair."""
        if "HTTP_COOKIE" in environ or environ.get("SCRIPT_NAME"):
            return False
        host = environ.get("HTTP_HOST", "")
        known = self._hosts.get(host)
        if known is None:
            known = self.surroundings.is_known_host(host)
            if len(self._hosts) < _MOST_REMEMBERED and len(host) < _LONGEST_REMEMBERED:
                self._hosts[host] = known
        return known and self.surroundings.is_secure(environ)

    # What every answer has

    def _headers(self, environ: Environ) -> Headers:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        name = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        return [*self.surroundings.headers, ("X-Request-ID", name)]

    def _too_often(self, environ: Environ, wait: int) -> Hit:
        with translation.override(settings.LANGUAGE_CODE):
            body = json.dumps(refusal(wait).as_dict(), ensure_ascii=False, separators=(",", ":")).encode()
        headers: Headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Retry-After", str(wait)),
            *([("Vary", self.surroundings.vary)] if self.surroundings.vary else []),
            ("Allow", "POST, OPTIONS" if environ["REQUEST_METHOD"] == "POST" else "GET, HEAD, OPTIONS"),
        ]
        if environ["REQUEST_METHOD"] == "HEAD":
            body = b""
        return "429 Too Many Requests", [*headers, *self._headers(environ)], body


def _preferences(environ: Environ) -> dict[str, Any] | None:
    """Those of a well-formed request. What was read of another one is put back, so that Django can say what is wrong
    with it."""
    length = environ.get("CONTENT_LENGTH", "")
    try:
        if not length.isdecimal():
            return None
        bodies.check_head(environ.get("CONTENT_TYPE", ""), int(length))
        data = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(data)
        return bodies.preferences(data)
    except DomainError:
        return None


_asked: dict[tuple[str, str], Asked | None] = {}


def asked_of(what: str, query: str) -> Asked | None:
    """What a query string means, if it is a plain one."""
    try:
        return _asked[what, query]
    except KeyError:
        found = _parse(what, query)
        if len(_asked) < _MOST_REMEMBERED and len(query) < _LONGEST_REMEMBERED:
            _asked[what, query] = found
        return found


def _parse(what: str, query: str) -> Asked | None:
    if not query:
        return Asked(what, None)
    match = _QUERY.fullmatch(query)
    if match is None:
        return None
    first, value, second, other = match.groups()
    given = {first: value, **({second: other} if second else {})}
    if first == second or ("format" in given and (what != answers.TEXT or given["format"] not in FORMATS)):
        return None
    return Asked(given.get("format", what), given.get("platform"))
