"""Which addresses endpoints of models may have: those of webhooks, and what the installation allows besides. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from profiles.telling.addresses import Refused, need_allowed, read

LOOPBACK = ("127.0.0.0/8", "::1/128")


def need_endpoint(base_url: str, networks: Iterable[str] = ()) -> None:
    """What can be said of an address before its name is looked up.

    Args:
        networks: those besides the public internet that endpoints may be in, such as ``10.0.0.0/8``.

    Raises:
        Refused: not an address that an endpoint may have.
    """
    networks = tuple(networks)
    address = _literal(base_url)
    if address is not None and _inside(address, networks):
        read(_without_host(base_url), local=True)
    elif urlsplit(base_url).scheme == "http" and address is None and networks:
        read(base_url, local=True)  # where its name leads is seen when it is looked up
    else:
        read(base_url, local=False)


def need_reachable(scheme: str, address: str, networks: Iterable[str] = ()) -> None:
    """
    Raises:
        Refused: no endpoint may be at this address, or not without TLS.
    """
    found = ip_address(address)
    if _inside(found, networks):
        return
    need_allowed(found, local=False)
    if scheme != "https":
        raise Refused("scheme", "Outside of the networks of this installation the address must begin with https://.")


def _inside(address: IPv4Address | IPv6Address, networks: Iterable[str]) -> bool:
    meant = (isinstance(address, IPv6Address) and address.ipv4_mapped) or address
    return any(meant in ip_network(network) for network in networks)


def _literal(base_url: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(urlsplit(base_url).hostname or "")
    except ValueError:
        return None


def _without_host(base_url: str) -> str:
    """The same address on a host that nobody objects to, to have everything else of it judged."""
    parts = urlsplit(base_url)
    name, _, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{name}@example.com" if name else "example.com").geturl()
