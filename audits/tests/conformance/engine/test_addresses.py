"""Where an endpoint may be."""

from __future__ import annotations

import pytest

from profiles.telling.addresses import Refused
from profiles.telling.endpoints import LOOPBACK, need_endpoint, need_reachable

OFFICE = ("10.1.0.0/16", "fd00::/8")


@pytest.mark.parametrize(
    ("url", "networks"),
    [
        ("https://api.openai.com/v1", ()),
        ("https://8.8.8.8/v1", ()),
        ("https://models.example:8443/a/b", LOOPBACK),
        ("http://127.0.0.1:8080/v1", LOOPBACK),
        ("http://[::1]:8080/v1", LOOPBACK),
        ("http://localhost:8080/v1", LOOPBACK),
        ("http://10.1.2.3/v1", OFFICE),
        ("https://[fd00::7]/v1", OFFICE),
    ],
)
def test_these_may_be_endpoints(url: str, networks: tuple[str, ...]) -> None:
    need_endpoint(url, networks)


@pytest.mark.parametrize(
    ("url", "networks", "code"),
    [
        ("http://api.openai.com/v1", (), "scheme"),
        ("ftp://api.openai.com/v1", (), "scheme"),
        ("ftp://127.0.0.1/v1", LOOPBACK, "scheme"),
        ("http://8.8.8.8/v1", LOOPBACK, "scheme"),
        ("https://127.0.0.1/v1", (), "private"),
        ("https://10.2.0.1/v1", OFFICE, "private"),
        ("https://169.254.169.254/latest", LOOPBACK, "private"),
        ("https://[::ffff:127.0.0.1]/v1", (), "private"),
        ("https://user:password@api.openai.com/v1", (), "credentials"),
        ("http://user:password@127.0.0.1/v1", LOOPBACK, "credentials"),
        ("https://api.openai.com/v1#x", (), "fragment"),
        ("https:///v1", (), "malformed"),
        ("", (), "malformed"),
        ("https://a b.example/", (), "malformed"),
    ],
)
def test_these_may_not(url: str, networks: tuple[str, ...], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        need_endpoint(url, networks)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("scheme", "address", "networks", "fine"),
    [
        ("https", "93.184.216.34", (), True),
        ("http", "93.184.216.34", (), False),
        ("http", "93.184.216.34", LOOPBACK, False),
        ("https", "127.0.0.1", (), False),
        ("http", "127.0.0.1", LOOPBACK, True),
        ("https", "10.1.9.9", OFFICE, True),
        ("https", "::ffff:10.1.9.9", OFFICE, True),
        ("https", "10.2.9.9", OFFICE, False),
        ("https", "169.254.169.254", OFFICE, False),
        ("https", "64:ff9b::a9fe:a9fe", (), False),
    ],
)
def test_what_a_name_stands_for_is_judged_too(scheme: str, address: str, networks: tuple[str, ...], fine: bool) -> None:
    if fine:
        need_reachable(scheme, address, networks)
    else:
        with pytest.raises(Refused):
            need_reachable(scheme, address, networks)
