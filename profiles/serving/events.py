"""Server-Sent Events as an ASGI application: opens streams for live keys, and carries them until they end."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from time import time
from typing import Any, Final
from urllib.parse import parse_qs

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from profiles.actions.api_keys import recognize
from profiles.errors import (
    DomainError,
    Forbidden,
    InvalidKey,
    Later,
    Malformed,
    NotFound,
    NotSignedIn,
    TooManyRequests,
    Unavailable,
)
from profiles.serving import stream_tokens
from profiles.serving.memory import LiveKey, Memory
from profiles.serving.stream import HEADERS, LONGEST_ID, PATH, RETRY, Form, Stream, for_ofrep, for_profile

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Refuse = Callable[[str], DomainError]

BROWSER_PATH: Final = "/ofrep/v1/events"
MOST: Final = 4000  # streams of one process
MOST_OF_A_KEY: Final = 2500
SEND_SECONDS: Final = 20.0  # after which a client that takes nothing is left
RETRY_AFTER: Final = 5

_PLATFORM: Final = re.compile(r"[a-z0-9_-]{1,40}")
_CROSS_ORIGIN: Final = (b"access-control-allow-origin", b"*")
_OPEN: Final = [
    *((name.lower().encode(), value.encode()) for name, value in HEADERS),
    (b"x-content-type-options", b"nosniff"),
]


class Events:
    """``refuse`` says, with the database, what is wrong with a key that is not in memory; it may block."""

    def __init__(self, memory: Memory, refuse: Refuse, clock: Callable[[], float] = time) -> None:
        self.memory, self._refuse, self._clock = memory, refuse, clock
        self._open: Counter[bytes] = Counter()
        self._changed: dict[int, asyncio.Event] = {}  # by the product whose streams wait for it
        self._loop: asyncio.AbstractEventLoop | None = None
        memory.on_change = self._tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        try:
            stream, product = await self._stream(scope)
        except DomainError as error:
            await _answer_error(send, error)
            return
        await self._carry(stream, product, receive, send)

    def _tell(self, products: Iterable[int] | None) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: the process ends
                self._loop.call_soon_threadsafe(self._wake, None if products is None else list(products))

    def _wake(self, products: list[int] | None) -> None:
        """Everybody who waits looks; who comes later waits for the next change."""
        for product in list(self._changed) if products is None else products:
            if waited := self._changed.pop(product, None):
                waited.set()

    # Who may listen to what

    async def _stream(self, scope: Scope) -> tuple[Stream, int]:
        """A stream, and the product whose news it tells."""
        path = scope["path"]
        if path not in {PATH, BROWSER_PATH}:
            raise NotFound(_("There is nothing at this address."))
        if scope["method"] != "GET":
            raise _NotAllowed(_("Only GET is possible here."))
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        asked = _parameters(scope["query_string"], {"platform", "token"})
        digest, key = await self._key(headers, asked)
        self._check_platform(key, asked.get("platform"))
        self._check_room(digest)
        form: Form = for_ofrep if path == BROWSER_PATH else for_profile
        told = headers.get(b"last-event-id", "")[:LONGEST_ID]
        return Stream(self.memory, digest, asked.get("platform"), form, told), key.place[0]

    async def _key(self, headers: dict[bytes, str], asked: dict[str, str]) -> tuple[bytes, LiveKey]:
        """The digest of the key that a request brings or names, and what it opens."""
        if token := asked.get("token"):
            key_id = stream_tokens.read(token, now=self._clock())
            digest = self.memory.digest_of(key_id) if key_id is not None else None
            key = self.memory.keys.get(digest) if digest is not None else None
            if digest is None or key is None or self._clock() >= key.ends:
                raise InvalidKey(_("This token is over. Evaluate again to get another one."))
            return digest, key
        scheme, _space, text = headers.get(b"authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise NotSignedIn(_("Send your key as: Authorization: Bearer <key>."))
        digest = hashlib.sha256(text.strip().encode("utf-8", "replace")).digest()
        key = self.memory.keys.get(digest)
        if key is None or self._clock() >= key.ends:
            if not self.memory.is_current():
                raise Unavailable(_("The database does not answer. Try again in a moment."), retry_after=1)
            raise await asyncio.to_thread(self._refuse, text.strip())
        return digest, key

    def _check_platform(self, key: LiveKey, platform: str | None) -> None:
        slot = self.memory.slots.get(key.place)
        if platform is None or (slot is None and _PLATFORM.fullmatch(platform)):
            return
        if slot is None or platform not in slot.platforms:
            names = ", ".join(slot.platforms) if slot else ""
            message = _("This product runs on: %(names)s. Name one of them as ?platform=.") % {"names": names}
            raise NotFound(message, fields={"platform": [message]})

    def _check_room(self, digest: bytes) -> None:
        if self._open.total() >= MOST:
            raise Unavailable(_("There are too many streams. Try again in a moment."), retry_after=RETRY_AFTER)
        if self._open[digest] >= MOST_OF_A_KEY:
            raise TooManyRequests(_("This key has too many streams."), retry_after=RETRY_AFTER)

    # Carrying

    async def _carry(self, stream: Stream, product: int, receive: Receive, send: Send) -> None:
        self._open[stream.digest] += 1
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _OPEN})
            await _send(send, RETRY)
            while not gone.done() and not stream.is_over:
                changed = self._changed.setdefault(product, asyncio.Event())
                if said := stream.next(self._clock()):
                    await _send(send, said)
                else:
                    await self._pause(stream, changed, gone)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            pass  # it takes nothing any more: leaving ends the connection
        finally:
            gone.cancel()
            self._open[stream.digest] -= 1
            if not self._open[stream.digest]:
                del self._open[stream.digest]

    async def _pause(self, stream: Stream, changed: asyncio.Event, gone: asyncio.Future[Any]) -> None:
        """Until its client has to hear something: news, or that we are still here."""
        now = self._clock()
        quiet_until = now + stream.wait(now)
        waiting: asyncio.Future[Any] = asyncio.ensure_future(changed.wait())
        try:
            await asyncio.wait([waiting, gone], timeout=quiet_until - now, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()


class _NotAllowed(DomainError):
    code = "method_not_allowed"
    status = 405


def refuse(text: str) -> DomainError:
    """Why a key opens no stream. It runs in a thread of its own, with a connection of its own."""
    from django.db import DatabaseError, connection
    from django.utils import timezone

    try:
        with translation.override(settings.LANGUAGE_CODE):
            key, _actor = recognize(text, now=timezone.now())
            if key.product is None:
                return Forbidden(
                    _("This key belongs to an organization. A profile is read with a product's client key.")
                )
        return Unavailable(_("This key is new here. Try again in a moment."), retry_after=1)
    except DomainError as error:
        return error
    except DatabaseError:
        return Unavailable(_("The database does not answer. Try again in a moment."), retry_after=1)
    finally:
        connection.close()


def _parameters(query: bytes, known: set[str]) -> dict[str, str]:
    found = parse_qs(query.decode("latin-1"), keep_blank_values=True, max_num_fields=20)
    if unknown := sorted(set(found) - known):
        message = _("Unknown parameter: %(name)s.") % {"name": unknown[0][:60]}
        raise Malformed(message, fields={unknown[0][:60]: [message]})
    if twice := [name for name, values in found.items() if len(values) > 1]:
        message = _("%(name)s is there more than once.") % {"name": twice[0]}
        raise Malformed(message, fields={twice[0]: [message]})
    return {name: values[0] for name, values in found.items()}


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, data: bytes) -> None:
    """
    Raises:
        TimeoutError: the client takes nothing.
    """
    await asyncio.wait_for(send({"type": "http.response.body", "body": data, "more_body": True}), SEND_SECONDS)


async def _answer_error(send: Send, error: DomainError) -> None:
    body = json.dumps(error.as_dict(), ensure_ascii=False, separators=(",", ":")).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        _CROSS_ORIGIN,
    ]
    if isinstance(error, Later):
        headers.append((b"retry-after", str(error.retry_after).encode()))
    if error.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="brightline"'))
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
