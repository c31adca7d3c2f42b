"""How requests leave: to an address that was judged, without a proxy, without redirects, and with answers of a size.

The SDKs of all three vendors send through it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpcore2
import httpx2

from audits.conformance.engine.child import guard
from audits.conformance.engine.child.faults import Fault
from audits.conformance.engine.child.pace import pace
from audits.conformance.engine.child.wire import on_the_wire
from audits.conformance.engine.shapes import Endpoint, Limits
from profiles.telling.addresses import Refused
from profiles.telling.endpoints import need_endpoint, need_reachable

_CONNECT: Final = 10.0  # seconds
_READABLE: Final = ("json", "text/event-stream")


@dataclass(slots=True)
class Requests:
    """How many left."""

    count: int = 0


_REQUESTS: Final[ContextVar[Requests | None]] = ContextVar("requests", default=None)


@contextmanager
def counting() -> Iterator[Requests]:
    """The requests that leave meanwhile, in this task and those that it starts."""
    found = Requests()
    token = _REQUESTS.set(found)
    try:
        yield found
    finally:
        _REQUESTS.reset(token)


def _count_one() -> None:
    if found := _REQUESTS.get():
        found.count += 1


def client_over(transport: httpx2.AsyncBaseTransport, timeout: float) -> httpx2.AsyncClient:
    """A client of its own with connections that others use too."""
    return httpx2.AsyncClient(
        transport=transport,
        timeout=httpx2.Timeout(timeout, connect=min(timeout, _CONNECT), pool=None),
        follow_redirects=False,
        trust_env=False,
    )


class Careful(httpx2.AsyncHTTPTransport):
    """httpx's own transport, with what an endpoint that somebody typed in must not get away with.

    It also counts what is under way: from the moment at which a request leaves until its answer is in, and no longer.
    What Inspect does before and after takes nobody's place, and holds up nobody's answer.
    """

    def __init__(self, endpoint: Endpoint, limits: Limits, stopped: Callable[[], bool] = lambda: False) -> None:
        """
        Raises:
            Fault: no endpoint may have this address.
        """
        try:
            need_endpoint(endpoint.base_url, endpoint.networks)
        except Refused as refusal:
            raise Fault("private", str(refusal)) from None
        self._headers = dict(endpoint.headers)
        self._limits = limits
        self._stopped = stopped
        self._places = asyncio.Semaphore(limits.max_connections)
        parts = urlsplit(endpoint.base_url)
        guard.expect_host(parts.hostname or "")
        # httpx takes no network of one's own, so what its transport makes of one is made here.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_connections,
            keepalive_expiry=30.0,
            network_backend=_Judged(parts.scheme, endpoint.networks),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.headers["Accept-Encoding"] = "identity"  # a kilobyte that unpacks into a gigabyte is refused unread
        request.headers.update(self._headers)
        return await on_the_wire(self._answered(request))

    async def aclose(self) -> None:
        await on_the_wire(super().aclose())

    async def _answered(self, request: httpx2.Request) -> httpx2.Response:
        """With its whole body, which is never longer than it may be."""
        async with self._places:
            if self._limits.per_minute:
                await pace(self._limits.per_minute).turn(self._stopped)
            if self._stopped():
                raise Fault("stopped", "The run was stopped before.")
            _count_one()
            async with _in_time(self._limits.attempt_timeout):
                response = await super().handle_async_request(request)
                try:
                    self._need_readable(response)
                    content = await self._body_of(response)
                finally:
                    await response.aclose()
        return httpx2.Response(response.status_code, headers=response.headers, content=content)

    async def _body_of(self, response: httpx2.Response) -> bytes:
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        content = bytearray()
        async for part in response.stream:
            content += part
            if len(content) > self._limits.max_reply_bytes:
                raise _too_long(self._limits.max_reply_bytes)
        return bytes(content)

    def _need_readable(self, response: httpx2.Response) -> None:
        status, headers = response.status_code, response.headers
        if 300 <= status < 400:
            raise Fault("redirect", f"It answered with {status}, a redirect, which is not followed.", status)
        if headers.get("content-encoding", "identity") != "identity":
            raise Fault("not_an_answer", "It sent a packed answer, which was not asked for.", status)
        if int(headers.get("content-length", "0")) > self._limits.max_reply_bytes:
            raise _too_long(self._limits.max_reply_bytes)
        kind = headers.get("content-type", "")
        if status < 300 and not any(each in kind for each in _READABLE):
            what = "an HTML page" if "html" in kind else f"something of the kind {kind[:80]!r}"
            raise Fault("not_an_answer", f"It answered with {what}, not as a model does.", status)


@asynccontextmanager
async def _in_time(seconds: float) -> AsyncIterator[None]:
    """In the words of httpx, which everybody above takes for a reason to try again."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise httpx2.ReadTimeout("It did not answer in time.") from None


def _too_long(most: int) -> Fault:
    return Fault("too_long", f"The answer is longer than {most} bytes.")


class _Judged(httpcore2.AsyncNetworkBackend):
    """Looks a name up once, judges all that it stands for, and connects to just that."""

    def __init__(self, scheme: str, networks: tuple[str, ...]) -> None:
        self._scheme = scheme
        self._networks = networks
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        try:
            for address in addresses:
                need_reachable(self._scheme, address, self._networks)
        except Refused as refusal:
            raise Fault("private", str(refusal)) from None
        for address in addresses:
            guard.expect_address(address)
        return await self._first(addresses, port, timeout, local_address, socket_options)

    async def _first(
        self,
        addresses: list[str],
        port: int,
        timeout: float | None,
        local_address: str | None,
        socket_options: Iterable[Any] | None,
    ) -> httpcore2.AsyncNetworkStream:
        """The first of them that somebody listens at."""
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore2.ConnectError:
                continue
        return await self._network.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)
