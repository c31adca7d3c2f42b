"""One HTTP request to an address that somebody typed in.

The name is looked up once, what was found is judged, and the connection goes to exactly that address; so a name that
points elsewhere a moment later (DNS rebinding) changes nothing. TLS is still for the name. Redirects are not followed,
no proxy is asked, little of the answer is read, and all of it ends at a deadline.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError
from urllib3.exceptions import SSLError as TlsError
from urllib3.response import HTTPResponse
from urllib3.util.ssl_match_hostname import CertificateError

from profiles.telling.addresses import Refused, Target, need_allowed, read

CONNECT: Final = 5.0  # seconds
DEADLINE: Final = 15.0  # seconds, of everything
MOST_READ: Final = 4_096  # bytes
_SNIPPET: Final = 500  # characters
_PORTS: Final = {"https": 443, "http": 80}
_SUCCESS: Final = range(200, 300)

Lookup = Callable[[str, int], list[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request. ``status`` is None if no answer came; ``failure`` says why it did not succeed."""

    status: int | None
    failure: str
    text: str = ""
    address: str = ""
    milliseconds: int = 0
    retry_after: str = ""

    @property
    def arrived(self) -> bool:
        return self.status in _SUCCESS


def look_up(host: str, port: int) -> list[str]:
    """The addresses that a name stands for, the preferred one first."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def post(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    local: bool,
    look_up: Lookup = look_up,
    deadline: float = DEADLINE,
    method: str = "POST",
) -> Answer:
    """Send ``body``; whatever happens becomes an answer.

    Args:
        local: whether receivers on this machine are fine.
    """
    began = time.monotonic()
    address = ""
    try:
        target = read(url, local=local)
        address = _allowed(target, look_up, local=local)
        status, raw, retry_after = _exchange(method, target, address, headers, body, deadline)
    except Refused as refusal:
        return Answer(None, str(refusal), address=address, milliseconds=_since(began))
    except socket.gaierror:
        return Answer(None, "The name of the host stands for no address.", milliseconds=_since(began))
    except (OSError, HTTPError, HTTPException, ValueError) as error:
        late = time.monotonic() - began >= deadline
        failure = f"No complete answer within {deadline:g} seconds." if late else _in_words(error)
        return Answer(None, failure, address=address, milliseconds=_since(began))
    failure = "" if status in _SUCCESS else _not_taken(status)
    return Answer(status, failure, _snippet(raw), address, _since(began), retry_after)


class Unreachable(Exception):
    """No answer came; the sentence says why."""


def ask(
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    *,
    look_up: Lookup = look_up,
    deadline: float = DEADLINE,
    most: int = MOST_READ,
) -> tuple[int, bytes]:
    """Send ``body``, or fetch without one, from an address that the operator of this installation chose, which may be
    in a network of theirs. Returns the status and the answer, whatever it is, up to ``most`` bytes.

    Raises:
        Unreachable: no answer came, or a longer one.
    """
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(parts.scheme, parts.hostname or "", parts.port or _PORTS[parts.scheme], path)
    try:
        address = next(iter(look_up(target.host, target.port)))
        status, raw, _retry_after = _exchange(
            "GET" if body is None else "POST", target, address, headers, body, deadline, most + 1
        )
    except StopIteration:
        raise Unreachable("The name of the host stands for no address.") from None
    except socket.gaierror:
        raise Unreachable("The name of the host stands for no address.") from None
    except (OSError, HTTPError, HTTPException, ValueError) as error:
        raise Unreachable(_in_words(error)) from None
    if len(raw) > most:
        raise Unreachable(f"The answer is longer than {most} bytes.")
    return status, raw


def _allowed(target: Target, look_up: Lookup, *, local: bool) -> str:
    """
    Raises:
        Refused: one of the addresses is inside somebody's network; then none of them is used.
    """
    found: list[IPv4Address | IPv6Address] = [ip_address(each) for each in look_up(target.host, target.port)]
    for each in found:
        need_allowed(each, local=local)
    if not found:
        raise socket.gaierror
    return str(found[0])


def _exchange(
    method: str,
    target: Target,
    address: str,
    headers: Mapping[str, str],
    body: bytes | None,
    deadline: float,
    most: int = MOST_READ,
) -> tuple[int, bytes, str]:
    connection = _connection(target, address)
    try:
        connection.connect()
        connection.timeout = deadline
        with _cut_off(connection, deadline) as was_cut:
            connection.request(
                method,
                target.path,
                body=body,
                headers={**headers, "Host": target.host_header},
                preload_content=False,
                decode_content=False,
            )
            response = connection.getresponse()
            if was_cut():  # in the middle of the headers, which then end like any others
                raise TimeoutError
            return response.status, _beginning(response, most), response.headers.get("Retry-After", "")
    finally:
        connection.close()


def _connection(target: Target, address: str) -> HTTPConnection:
    if target.scheme == "http":
        return HTTPConnection(address, target.port, timeout=CONNECT)
    return HTTPSConnection(
        address,
        target.port,
        timeout=CONNECT,
        cert_reqs=ssl.CERT_REQUIRED,
        server_hostname=target.host,
        assert_hostname=target.host,
    )


@contextmanager
def _cut_off(connection: HTTPConnection, deadline: float) -> Iterator[Callable[[], bool]]:
    """Timeouts of a socket are for one read, and a receiver that sends a byte now and then never meets them."""
    sock = connection.sock

    done = threading.Event()

    def cut() -> None:
        done.set()
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)  # not TLS's own way, which is for one thread

    timer = threading.Timer(deadline, cut)
    timer.daemon = True
    timer.start()
    try:
        yield done.is_set
    finally:
        timer.cancel()


def _beginning(response: HTTPResponse, most: int) -> bytes:
    """What came back, as far as it is read. The status counts even if the rest never comes."""
    with suppress(OSError, HTTPError, HTTPException):
        return response.read(most, decode_content=False)
    return b""


def _snippet(raw: bytes) -> str:
    """As far as it is kept."""
    text = raw.decode("utf-8", "replace")
    return "".join(character if character.isprintable() or character == "\n" else "\ufffd" for character in text)[
        :_SNIPPET
    ]


def _not_taken(status: int) -> str:
    if 300 <= status < 400:
        return f"It answered with {status}, a redirect, which is not followed."
    return f"It answered with {status}."


def _in_words(error: Exception) -> str:
    if isinstance(error, ssl.SSLError | TlsError | CertificateError):
        return f"No TLS connection: {error}"[:300]
    if isinstance(error, NewConnectionError):
        return "No connection: nobody listens there."
    if isinstance(error, TimeoutError | ConnectTimeoutError):
        return "It did not answer in time."
    return f"No connection: {type(error).__name__}."


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1_000)
