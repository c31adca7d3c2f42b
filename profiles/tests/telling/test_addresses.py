"""Which addresses a webhook may have; no network."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.telling.addresses import Refused, Target, need_allowed, read

INSIDE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
]
OUTSIDE = ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:830::200e", "64:ff9b::101:101"]


@pytest.mark.parametrize("text", INSIDE)
def test_nothing_inside_a_network_is_reached(text: str) -> None:
    with pytest.raises(Refused):
        need_allowed(ip_address(text), local=False)


@pytest.mark.parametrize("text", OUTSIDE)
def test_the_public_internet_is_reached(text: str) -> None:
    need_allowed(ip_address(text), local=False)


@pytest.mark.parametrize("text", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
def test_an_installation_for_one_machine_reaches_that_machine(text: str) -> None:
    need_allowed(ip_address(text), local=True)


@pytest.mark.parametrize("text", sorted(set(INSIDE) - {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"}))
def test_but_nothing_else_inside_a_network(text: str) -> None:
    if "7f00:1" in text or text == "2002:7f00:1::" or text == "64:ff9b::7f00:1":
        return  # it wraps loopback
    with pytest.raises(Refused):
        need_allowed(ip_address(text), local=True)


@given(
    st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="fc00::/7") | st.ip_addresses(network="fe80::/10")
)
def test_no_private_address_slips_through(address: object) -> None:
    with pytest.raises(Refused):
        need_allowed(address, local=False)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.com", Target("https", "hooks.example.com", 443, "/")),
        ("https://Hooks.Example.com./in?a=b", Target("https", "hooks.example.com", 443, "/in?a=b")),
        ("https://hooks.example.com:8443/in", Target("https", "hooks.example.com", 8443, "/in")),
        ("https://[2606:4700:4700::1111]/x", Target("https", "2606:4700:4700::1111", 443, "/x")),
    ],
)
def test_an_address_is_taken_apart(url: str, target: Target) -> None:
    assert read(url, local=False) == target


def test_the_host_that_is_named_to_the_receiver() -> None:
    assert read("https://a.example:8443/", local=False).host_header == "a.example:8443"
    assert read("https://[2606:4700:4700::1111]/", local=False).host_header == "[2606:4700:4700::1111]"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.com",
        "//hooks.example.com",
        "https://",
        "https:///path",
        "http://hooks.example.com",
        "ftp://hooks.example.com",
        "file:///etc/passwd",
        "gopher://hooks.example.com",
        "https://user:word@hooks.example.com",
        "https://user@hooks.example.com",
        "https://hooks.example.com#here",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:port/",
        "https://hooks.example.com\\@evil.example",
        "https://hooks.example.com/a b",
        "https://hooks.example.com/\r\nX-Evil: 1",
        "https://hooks.example.com/\u202e",
        "https://hööks.example.com/",
        "https://fe80::1%25eth0/",
        "https://[::1]/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:169.254.169.254]/",
        "https://example.com/" + "a" * 600,
    ],
)
def test_what_is_no_address_for_a_webhook_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        read(url, local=False)


@given(st.text(max_size=80))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://a.example/{text}"):
        try:
            target = read(url, local=False)
        except Refused:
            continue
        assert target.scheme == "https"
        assert target.path.isascii()
        assert not set(target.path + target.host) & set("\r\n\x00 ")
