"""Server-Sent Events as an ASGI application: opens streams for live keys, and carries them until they end."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from time import time
from typing import Any, Final

from profiles.errors import DomainError, Later
from profiles.serving.admission import METHODS, Admission, NotAllowed, Scope
from profiles.serving.memory import Memory
from profiles.serving.stream import HEADERS, LONGEST, RETRY, Stream

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
RawHeaders = list[tuple[bytes, bytes]]

SEND_SECONDS: Final = 20.0  # after which a client that takes nothing is left

_ALLOW: Final = (b"allow", METHODS.encode())
_OPEN: Final[RawHeaders] = [
    *((name.lower().encode(), value.encode()) for name, value in HEADERS),
    (b"x-content-type-options", b"nosniff"),
]
# Pages of every origin may listen and read refusals: what opens a stream is sent by no browser by itself.
_CROSS_ORIGIN: Final[RawHeaders] = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"Retry-After"),
]
_PREFLIGHT: Final[RawHeaders] = [
    _ALLOW,
    (b"access-control-allow-methods", METHODS.encode()),
    (b"access-control-allow-headers", b"Authorization, Cache-Control, Last-Event-ID"),
    (b"access-control-max-age", b"7200"),  # seconds; browsers cut it to what they like
]


class Events:
    """Opens streams for whom ``admission`` lets in.

    Args:
        settle: seconds from a change until it is told, by when every other process knows too; of changes without a
            pause the newest one is told each ``LONGEST`` times as long.
        when_stopped: called once on the loop's thread with what ends every stream, to be called from any thread.
    """

    def __init__(
        self,
        memory: Memory,
        admission: Admission,
        *,
        settle: float,
        when_stopped: Callable[[Callable[[], object]], object],
        clock: Callable[[], float] = time,
    ) -> None:
        self._admission, self._settle, self._clock = admission, settle, clock
        self._when_stopped, self._is_ending = when_stopped, False
        self._changed: dict[int, asyncio.Event] = {}  # by the product whose streams wait for it
        self._unsettled: dict[int, tuple[float, asyncio.TimerHandle]] = {}  # when it is told at the latest, and by what
        self._coming: set[int] = set()  # what will be unsettled as soon as the loop comes to it
        self._loop: asyncio.AbstractEventLoop | None = None
        memory.on_change = self._tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._when_stopped(self.end)
        try:
            admitted = await self._admission.admit(scope)
        except DomainError as error:
            await _answer(send, error.status, _of_error(error), b"" if scope["method"] == "HEAD" else _body(error))
            return
        if admitted is None:
            await _answer(send, 204, [*_CROSS_ORIGIN, *_PREFLIGHT], b"")
            return
        stream, product = admitted
        with self._admission.room.taken(stream.digest):
            await self._carry(stream, product, receive, send)

    def end(self) -> None:
        """End every stream: the process stops. Clients come back by themselves."""
        self._is_ending = True
        self._on_loop(self._settled, None)

    def _tell(self, products: Iterable[int] | None) -> None:
        """Called by the thread that follows the database; the loop may be busy with thousands of streams meanwhile."""
        if self._loop is None:
            return  # nobody ever listened
        concerned = list(self._changed if products is None else products)
        self._coming |= set(concerned)
        self._on_loop(self._unsettle, concerned)

    def _on_loop(self, call: Callable[[Any], object], products: list[int] | None) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: the process ends
                self._loop.call_soon_threadsafe(call, products)

    def _unsettle(self, products: list[int]) -> None:
        """Tell of these products when nothing more has changed for a while, or has changed for long."""
        loop = asyncio.get_running_loop()
        for product in products:
            latest, timer = self._unsettled.pop(product, (loop.time() + self._settle * LONGEST, None))
            if timer:
                timer.cancel()
            due = min(loop.time() + self._settle, latest)
            self._unsettled[product] = latest, loop.call_at(due, self._settled, [product])
        self._coming.difference_update(products)

    def _settled(self, products: list[int] | None) -> None:
        """Whoever waits for one of these looks, or everybody with None; who comes later waits for the next change."""
        for product in list(self._changed) if products is None else products:
            self._unsettled.pop(product, None)
            if waited := self._changed.pop(product, None):
                waited.set()

    async def _carry(self, stream: Stream, product: int, receive: Receive, send: Send) -> None:
        gone = asyncio.ensure_future(_until_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _OPEN})
            await _send(send, RETRY)
            while not (gone.done() or stream.is_over or self._is_ending):
                changed = self._changed.setdefault(product, asyncio.Event())
                if product in self._coming or product in self._unsettled:
                    await _pause(None, changed, gone)
                elif said := stream.next(self._clock()):
                    await _send(send, said)
                else:
                    await _pause(stream.wait(self._clock()), changed, gone)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            pass  # it takes nothing any more: leaving ends the connection
        finally:
            gone.cancel()


async def _pause(seconds: float | None, changed: asyncio.Event, gone: asyncio.Future[Any]) -> None:
    """Until a client has to hear something: news, or that we are still here."""
    waiting: asyncio.Future[Any] = asyncio.ensure_future(changed.wait())
    try:
        await asyncio.wait([waiting, gone], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, data: bytes) -> None:
    """
    Raises:
        TimeoutError: the client takes nothing.
    """
    await asyncio.wait_for(send({"type": "http.response.body", "body": data, "more_body": True}), SEND_SECONDS)


async def _answer(send: Send, status: int, headers: RawHeaders, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _body(error: DomainError) -> bytes:
    return json.dumps(error.as_dict(), ensure_ascii=False, separators=(",", ":")).encode()


def _of_error(error: DomainError) -> RawHeaders:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(_body(error))).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *_CROSS_ORIGIN,
    ]
    if isinstance(error, Later):
        headers.append((b"retry-after", str(error.retry_after).encode()))
    if isinstance(error, NotAllowed):
        headers.append(_ALLOW)
    if error.status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="brightline"'))
    return headers
