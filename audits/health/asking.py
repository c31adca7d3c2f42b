"""Asking the installation's own address what clients get there, over HTTP as they do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import urllib3
from django.conf import settings
from urllib3.exceptions import HTTPError

from audits.checks.serving import Answered, Keys, Unanswered, read_keys
from profiles import own_key

_SECONDS: Final = 5.0
_MOST_BYTES: Final = 8 * 2**20  # of an answer that is looked at
_MAX_AGE: Final = re.compile(r"\bmax-age=(\d{1,9})\b")
_STALE: Final = "Brightline-Stale"


@dataclass(frozen=True, slots=True)
class Address:
    """Where web processes answer, and what a request says of the way that it came."""

    url: str
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def own(cls) -> Address:
        """That of the settings. Where it is not the one that clients use, the request says so as a proxy would: else
        the web processes would not know the name, or send it on to HTTPS."""
        inner, outer = settings.BRIGHTLINE_CHECK_URL, urlsplit(settings.BRIGHTLINE_BASE_URL)
        if inner == settings.BRIGHTLINE_BASE_URL:
            return cls(inner)
        header = getattr(settings, "SECURE_PROXY_SSL_HEADER", None)
        said = [("Host", outer.netloc)]
        if header and outer.scheme == "https":
            said.append((header[0].removeprefix("HTTP_").replace("_", "-").title(), header[1]))
        return cls(inner, tuple(said))


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    headers: urllib3.HTTPHeaderDict
    body: bytes


def published(address: Address, product: int, environment: int, platform: str, *, now: float) -> Answered | Unanswered:
    """What a client of a product and environment gets on a platform."""
    headers = {"Authorization": f"Bearer {own_key.mint(product, environment, now=now)}"}
    query = f"?platform={platform}"
    plain = _get(address, f"/api/v1/profile{query}", {**headers, "Accept-Encoding": "identity"})
    packed = _get(address, f"/api/v1/profile{query}", {**headers, "Accept-Encoding": "br, gzip;q=0.5"})
    signed = _get(address, f"/api/v1/profile.jws{query}", headers)
    for response in (plain, packed):
        if isinstance(response, Unanswered):
            return response
    assert isinstance(plain, _Response)
    assert isinstance(packed, _Response)
    jws = signed.body if isinstance(signed, _Response) else None
    return Answered(plain.body, packed.body, jws, _max_age(plain), _STALE in plain.headers)


def keys(address: Address) -> Keys:
    """What is published at ``/.well-known/jwks.json``; empty without an answer."""
    found = _get(address, "/.well-known/jwks.json", {})
    return read_keys(found.body) if isinstance(found, _Response) else {}


def _get(address: Address, path: str, headers: dict[str, str]) -> _Response | Unanswered:
    """Nothing is followed: the key is for this address alone."""
    try:
        response = _pool.request(
            *("GET", address.url + path),
            headers={**headers, **dict(address.headers)},
            redirect=False,
            retries=False,
            timeout=_SECONDS,
            preload_content=False,
        )
        try:
            body = response.read(_MOST_BYTES, decode_content=True)
        finally:
            response.close()
    except HTTPError:
        return Unanswered(address.url)
    if response.status != 200:
        return Unanswered(address.url, response.status)
    return _Response(response.status, response.headers, body)


def _max_age(response: _Response) -> int:
    found = _MAX_AGE.search(response.headers.get("Cache-Control", ""))
    return int(found[1]) if found else 0


_pool: Final = urllib3.PoolManager(num_pools=2, maxsize=1)  # no proxy of the surroundings stands between
