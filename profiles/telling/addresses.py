"""Which addresses outsiders may have: receivers of webhooks, endpoints of models. Pure: a name is looked up elsewhere,
and what was found is judged here."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

MOST: Final = 500  # characters

# What some versions of Python's own table take for public: protocols and site-local networks. And a number that is
# public, yet each machine of that cloud gets its own secrets from it.
_INSIDE: Final = [ip_network(text) for text in ("192.0.0.0/24", "fec0::/10", "64:ff9b:1::/48", "168.63.129.16/32")]
_NAT64: Final = IPv6Network("64:ff9b::/96")  # an IPv4 address inside an IPv6 one
_PORTS: Final = {"https": 443, "http": 80}


class Refused(ValueError):
    """The sentence says why, in English for the delivery log; ``code`` names it for pages."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook goes, taken apart."""

    scheme: str
    host: str
    port: int
    path: str  # with the query

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def read(url: str, *, local: bool) -> Target:
    """
    Args:
        local: an installation for one machine, where a receiver on that machine and plain HTTP are fine.

    Raises:
        Refused: not an address that a webhook may have.
    """
    parts, host = _taken_apart(url)
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise Refused("scheme", "The address must begin with https://.")
    if "@" in parts.netloc:
        raise Refused("credentials", "The address must not hold a name or a password.")
    if parts.fragment:
        raise Refused("fragment", "The address must not have a part after #.")
    if literal := _literal(host):
        need_allowed(literal, local=local)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, parts.port or _PORTS[parts.scheme], path)


def _taken_apart(url: str) -> tuple[SplitResult, str]:
    malformed = Refused("malformed", "This is not a web address.")
    if not url.isprintable() or not url.isascii() or len(url) > MOST or set(url) & set(' \\"<>^`{|}'):
        raise malformed
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
        sound = bool(host) and "%" not in host and parts.port != 0
    except ValueError:
        raise malformed from None
    if not sound:
        raise malformed
    return parts, host


def need_allowed(address: IPv4Address | IPv6Address, *, local: bool) -> None:
    """
    Raises:
        Refused: it is inside somebody's network: private, loopback, link-local, a cloud's metadata, or no single host.
    """
    for inner in _meant(address):
        if local and inner.is_loopback:
            continue
        inside = inner.is_multicast or inner.is_reserved or not inner.is_global
        if inside or any(inner in network for network in _INSIDE):
            raise Refused("private", f"{address} is not an address of the public internet.")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _meant(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The address, or those that it only wraps."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.scope_id:
        return [IPv6Address("fe80::1")]  # whatever it is, it belongs to one link
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    found: list[IPv4Address | IPv6Address] = [address]
    if address.sixtofour:
        found.append(address.sixtofour)
    if address.teredo:
        found.extend(address.teredo)
    if address in _NAT64:
        found = [IPv4Address(int(address) & 0xFFFFFFFF)]
    return found
