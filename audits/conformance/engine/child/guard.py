"""This process connects to its endpoints and to nothing else, whatever the libraries in it would like to do."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from audits.conformance.engine.shapes import Dialect

_hosts: set[str] = set()
_addresses: set[str] = set()


class Unasked(OSError):
    """Somebody wanted to go where nobody sent them."""


def install(dialects: Iterable[Dialect]) -> None:
    """From now on, and until the process ends: hooks of this kind cannot be taken away again."""
    # tiktoken counts tokens with a table that it downloads. The SDKs of other vendors Inspect imports if they are
    # there, which takes seconds.
    for name in {"tiktoken", "openai", "anthropic"} - set(dialects):
        sys.modules[name] = None  # type: ignore[assignment]
    sys.addaudithook(_hear)


def expect_host(host: str) -> None:
    """A name that may be looked up."""
    _hosts.add(host)


def expect_address(address: str) -> None:
    """An address that was judged, and may be connected to."""
    _addresses.add(address)


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        where = arguments[1]
        if not isinstance(where, tuple) or where[0] not in _addresses:
            raise Unasked(f"No endpoint is at {where!r}.")
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        if host not in _hosts and host not in _addresses:
            raise Unasked(f"No endpoint is called {host!r}.")
