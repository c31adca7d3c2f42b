"""A WSGI callable in front of Django that answers the reads of published profiles from memory.

It knows plain hits only: a live client key, a row that holds, parameters without surprises. Everything else is
Django's, whose view gives the same answer in more time, or says what is wrong. A hit costs no query and no middleware.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable
from functools import partial
from random import getrandbits
from time import time
from typing import Any, Final, NamedTuple

from django.conf import settings
from django.utils import translation

from profiles import own_key
from profiles.errors import DomainError
from profiles.resolution.fragments import FORMATS
from profiles.resolution.personal import Prepared
from profiles.serving import answers, bodies, ofrep, stream
from profiles.serving.answers import Answer, Headers, Held
from profiles.serving.carried import Carried
from profiles.serving.limits import Limiter, refusal
from profiles.serving.memory import LiveKey, Memory, digest_of
from profiles.serving.ofrep import Asking
from profiles.serving.prepared import PreparedProfiles
from profiles.serving.receipts import Receipts
from profiles.serving.stream import Stream

Environ = dict[str, Any]
StartResponse = Callable[[str, Headers], Any]
Hit = tuple[str, Headers, bytes | Iterable[bytes]]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Route = Callable[[Environ], Hit | None]

_PATHS: Final = {
    "/api/v1/profile": answers.PROFILE,
    "/api/v1/profile.jws": answers.SIGNED,
    "/api/v1/profile/instructions": answers.TEXT,
}
_RESOLVE: Final = "/api/v1/profile/resolve"
_OF_PROGRAMS: Final = ("/api/", "/ofrep/")  # browsers, to whom pages speak, send no body in chunks
_STATUS: Final = {200: "200 OK", 304: "304 Not Modified", 404: "404 Not Found"}
_READ: Final = ("Allow", "GET, HEAD, OPTIONS")
_POSTED: Final = ("Allow", "POST, OPTIONS")
_QUERY: Final = re.compile(r"(?:(platform|format)=([a-z0-9_-]{1,40}))(?:&(platform|format)=([a-z0-9_-]{1,40}))?")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
_MOST_REMEMBERED: Final = 256
_LONGEST_REMEMBERED: Final = 300
_MOST_READY: Final = 1024
_OWN: Final = 0  # the id of no key: nothing that it gets is a receipt


class Asked(NamedTuple):
    what: str
    platform: str | None


class Found(NamedTuple):
    key: LiveKey
    what: str
    held: Held
    stale: float | None  # seconds since the database was seen, if it cannot be reached


class Ready(NamedTuple):
    """The answer to a read, but for the request's id. It stays good until the database is read again, or ``until``."""

    seen: float  # when the database had been read last, by the memory's clock
    until: float  # in seconds since the epoch
    key: int
    held: Held
    what: str
    coding: str
    status: int
    line: str  # the status, as HTTP writes it
    headers: Headers


class Personal(NamedTuple):
    """A request for one user that can be answered."""

    found: Found
    ready: Prepared
    wanted: dict[str, Any]
    now: float


class Surroundings(NamedTuple):
    """What Django's middlewares do to an answer, so that it can be done without them."""

    headers: Headers
    vary: str  # what they add to Vary
    is_known_host: Callable[[str], bool]
    is_secure: Callable[[Environ], bool] | None  # None where no redirect is wanted


class Front:
    """Answers from ``memory`` what it can, and leaves the rest to ``application``.

    Args:
        stale_seconds: for so long what is held is served while the database cannot be reached.
        event_stream: the address of the event stream for a key at a time; empty where there is none.
        carried: the streams of events that this process carries itself.
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
        event_stream: Callable[[int, float], str],
        carried: Carried,
        clock: Callable[[], float] = time,
    ) -> None:
        self.application, self.memory = application, memory
        self.receipts, self.limiter, self.prepared = receipts, limiter, prepared
        self.surroundings, self.stale_seconds, self._clock = surroundings, stale_seconds, clock
        self.event_stream, self.carried = event_stream, carried
        self._is_secure = surroundings.is_secure
        self._hosts: dict[str, bool] = {}
        self._ready: dict[tuple[object, ...], Ready] = {}
        self._routes: dict[str, Route] = {
            **{path: partial(self._published, what) for path, what in _PATHS.items()},
            _RESOLVE: self._resolved,
            ofrep.FLAGS: self._flags,
            stream.PATH: self._events,
        }
        self._of_events: Headers = [*stream.HEADERS, self._vary("Authorization")]
        self._of_reads: Headers = [self._vary(answers.VARY), _READ]
        self._of_resolved: Headers = [self._vary("Authorization"), _POSTED]
        self._of_flags: Headers = [self._vary(ofrep.VARY), _POSTED]

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if "HTTP_TRANSFER_ENCODING" in environ and path.startswith(_OF_PROGRAMS):
            bodies.settle_length(environ)
        route = self._routes.get(path) or (self._flag if ofrep.plain_key(path) else None)
        hit = route(environ) if route and self._is_at_home(environ) else None
        if hit is None:
            return self.application(environ, start_response)
        status, headers, body = hit
        start_response(status, headers)
        return [body] if isinstance(body, bytes) else body

    # One function for each kind of address; None leaves a request to Django

    def _published(self, what: str, environ: Environ) -> Hit | None:
        get, memory, now = environ.get, self.memory, self._clock()
        seen, method = memory.seen, environ["REQUEST_METHOD"]
        who = digest_of(get("HTTP_AUTHORIZATION", ""))  # a digest here too, so that no key stays in memory
        asking = what, method, who, get("QUERY_STRING"), get("HTTP_ACCEPT_ENCODING"), get("HTTP_IF_NONE_MATCH")
        ready = self._ready.get(asking)
        if ready is None or ready.seen != seen or now >= ready.until or not memory.is_current():
            ready = self._look_up(what, environ, now, seen) if method in {"GET", "HEAD"} else None
            if ready is None:
                return None
            self._remember(asking, ready)
        if ready.key != _OWN:
            if wait := self.limiter.take(ready.key):
                return self._too_often(environ, wait, [_READ])
            self.receipts.note(ready.key, ready.held.id, ready.status, now)
        body = b""
        if ready.status == 200 and method == "GET":
            body = memory.forms.of(ready.held, ready.what, ready.coding).body
        return ready.line, [*ready.headers, _request_id(environ)], body

    def _remember(self, asking: tuple[Any, ...], ready: Ready) -> None:
        if len(asking[-1] or "") + len(asking[-2] or "") < _LONGEST_REMEMBERED:
            if len(self._ready) >= _MOST_READY:
                self._ready.clear()
            self._ready[asking] = ready

    def _look_up(self, what: str, environ: Environ, now: float, seen: float) -> Ready | None:
        asked = asked_of(what, environ.get("QUERY_STRING", ""))
        text = _bearer(environ)
        found = self._found(text, asked, now) or self._found_by(_own_key(text, now), asked, now)
        if found is None:
            return None
        key, what, held, stale = found
        coding = answers.coding_of(environ.get("HTTP_ACCEPT_ENCODING", "")) if what == answers.PROFILE else ""
        shown = self.memory.forms.of(held, what, coding)
        answer = answers.answer(shown, held, now, environ.get("HTTP_IF_NONE_MATCH", ""), stale)
        slot, until = self.memory.slots.get(key.place), now
        if slot is not None and stale is None:
            until = min(key.ends, slot.until(held.platform, now), held.ends - answers.MAX_AGE)
        headers = [*answer.headers, *self._of_reads, *self.surroundings.headers]
        return Ready(seen, until, key.id, held, what, coding, answer.status, _STATUS[answer.status], headers)

    def _resolved(self, environ: Environ) -> Hit | None:
        asked = self._personal(environ, _bearer(environ), environ.get("QUERY_STRING", ""), bodies.read_preferences)
        if asked is None or asked.found.stale is not None:
            return None
        return self._for_user(
            environ, asked, [_POSTED], lambda: answers.personal(asked.ready.document(asked.wanted)), self._of_resolved
        )

    def _flags(self, environ: Environ) -> Hit | None:
        query, announced = ofrep.split_query(_query_of_flags(environ))
        asked = self._personal(environ, _any_key(environ), query, ofrep.preferences)
        if asked is None:
            return None
        key, _what, held, stale = asked.found
        asking = Asking(held.etag, key.id, environ.get("HTTP_IF_NONE_MATCH", ""), announced)
        if stale is None and not asking.holds_what_was_announced:
            return None  # the events process may be ahead of this one; the database is behind nobody

        def evaluate() -> Answer:
            address = self.event_stream(key.id, asked.now)
            return ofrep.all_flags(asked.ready.flags, asked.wanted, asking, address, stale)

        return self._for_user(environ, asked, _REFUSED_FLAGS, evaluate, self._of_flags)

    def _flag(self, environ: Environ) -> Hit | None:
        name = ofrep.plain_key(environ["PATH_INFO"])
        asked = self._personal(environ, _any_key(environ), _query_of_flags(environ), ofrep.preferences)
        if asked is None or name is None:
            return None
        return self._for_user(
            environ,
            asked,
            _REFUSED_FLAGS,
            lambda: ofrep.one_flag(asked.ready.flags, name, asked.wanted, asked.found.stale),
            self._of_flags,
        )

    def _events(self, environ: Environ) -> Hit | None:
        now = self._clock()
        asked = asked_of(answers.PROFILE, environ.get("QUERY_STRING", ""))
        key = self._key(_bearer(environ), now) if environ["REQUEST_METHOD"] == "GET" else None
        if key is None or asked is None or not self.memory.is_current():
            return None
        slot = self.memory.slots.get(key.place)
        if asked.platform is not None and (slot is None or asked.platform not in slot.platforms):
            return None
        known = environ.get("HTTP_LAST_EVENT_ID", "")[: stream.LONGEST_ID]
        body = self.carried.open(
            Stream(self.memory, digest_of(_bearer(environ)), asked.platform, stream.for_profile, known)
        )
        if body is None:
            return None
        if wait := self.limiter.take(key.id):
            body.close()
            return self._too_often(environ, wait, [_READ])
        return "200 OK", [*self._of_events, *self._headers(environ)], body

    # What they have in common

    def _personal(
        self, environ: Environ, text: str, query: str, read: Callable[[str, bytes], dict[str, Any]]
    ) -> Personal | None:
        """A plain request for one user, whose profile is ready to be resolved."""
        now = self._clock()
        asked = asked_of(answers.PROFILE, query) if environ["REQUEST_METHOD"] == "POST" else None
        found = self._found(text, asked, now)
        ready = self.prepared.get(found.held.id) if found else None
        wanted = _read(environ, read) if ready else None
        if found is None or ready is None or wanted is None:
            return None
        return Personal(found, ready, wanted, now)

    def _for_user(
        self, environ: Environ, asked: Personal, refused: Headers, evaluate: Callable[[], Answer], more: Headers
    ) -> Hit:
        key, held = asked.found.key, asked.found.held
        if wait := self.limiter.take(key.id):
            return self._too_often(environ, wait, refused)
        answer = evaluate()
        if answer.status < 400:
            self.receipts.note(key.id, held.id, answer.status, asked.now)
        return self._hit(environ, answer, more)

    def _hit(self, environ: Environ, answer: Answer, more: Headers) -> Hit:
        body = b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body
        return _STATUS[answer.status], [*answer.headers, *more, *self._headers(environ)], body

    def _found(self, text: str, asked: Asked | None, now: float) -> Found | None:
        """What a live key asks for and what holds for it; None if any of it is not plain."""
        return self._found_by(self._key(text, now), asked, now) if asked else None

    def _found_by(self, key: LiveKey | None, asked: Asked | None, now: float) -> Found | None:
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

    def _key(self, text: str, now: float) -> LiveKey | None:
        found = self.memory.keys.get(digest_of(text)) if text else None
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
        return known and (self._is_secure is None or self._is_secure(environ))

    # What every answer has

    def _headers(self, environ: Environ) -> Headers:
        return [*self.surroundings.headers, _request_id(environ)]

    def _vary(self, ours: str) -> tuple[str, str]:
        theirs = self.surroundings.vary
        return "Vary", f"{ours}, {theirs}" if theirs else ours

    def _too_often(self, environ: Environ, wait: int, more: Headers) -> Hit:
        with translation.override(settings.LANGUAGE_CODE):
            body = json.dumps(refusal(wait).as_dict(), ensure_ascii=False, separators=(",", ":")).encode()
        headers: Headers = [
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(body))),
            ("Retry-After", str(wait)),
            *([("Vary", self.surroundings.vary)] if self.surroundings.vary else []),
            *more,
        ]
        if environ["REQUEST_METHOD"] == "HEAD":
            body = b""
        return "429 Too Many Requests", [*headers, *self._headers(environ)], body


_REFUSED_FLAGS: Final = [_POSTED, *ofrep.CORS]


def _request_id(environ: Environ) -> tuple[str, str]:
    given = environ.get("HTTP_X_REQUEST_ID")
    return "X-Request-ID", given if given and _REQUEST_ID.fullmatch(given) else f"{getrandbits(64):016x}"


def _bearer(environ: Environ) -> str:
    """The key of a request; empty without one."""
    scheme, _space, text = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else ""


def _own_key(text: str, now: float) -> LiveKey | None:
    """The key with which the program asks itself what clients get."""
    found = own_key.read(text, now=now)
    return LiveKey(_OWN, found[:2], found[2]) if found else None


def _any_key(environ: Environ) -> str:
    scheme = environ.get("HTTP_AUTHORIZATION", "").partition(" ")[0]
    return _bearer(environ) if scheme.lower() == "bearer" else environ.get("HTTP_X_API_KEY", "").strip()


def _query_of_flags(environ: Environ) -> str:
    """With what a header says; a platform that is named twice is not plain."""
    query, platform = environ.get("QUERY_STRING", ""), environ.get("HTTP_BRIGHTLINE_PLATFORM", "")
    return "&".join(part for part in (query, f"platform={platform}" if platform else "") if part)


def _read(environ: Environ, read: Callable[[str, bytes], dict[str, Any]]) -> dict[str, Any] | None:
    """The body of a well-formed request. What was read of another one is put back, so that Django can say what is
    wrong with it."""
    length = environ.get("CONTENT_LENGTH") or "0"
    try:
        if not length.isdecimal():
            return None
        bodies.check_length(int(length))
        data = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = io.BytesIO(data)
        return read(environ.get("CONTENT_TYPE", ""), data)
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
