"""The token in the address of a browser's stream."""

from __future__ import annotations

import base64

import pytest
from django.test import override_settings

from profiles.serving import stream_tokens

NOW = 1_800_000_000.0


def test_it_names_its_key_for_ten_minutes() -> None:
    token = stream_tokens.mint(42, now=NOW)
    assert token.replace("-", "").replace("_", "").isalnum()
    assert stream_tokens.read(token, now=NOW + 600) == 42
    assert stream_tokens.read(token, now=NOW + 900) is None


def test_it_stays_the_same_for_a_while_so_that_answers_can_be_cached() -> None:
    assert stream_tokens.mint(42, now=NOW) == stream_tokens.mint(42, now=NOW + 299)
    assert stream_tokens.mint(42, now=NOW) != stream_tokens.mint(42, now=NOW + 300)
    assert stream_tokens.mint(42, now=NOW) != stream_tokens.mint(43, now=NOW)


def test_it_outlives_the_change_of_the_secret() -> None:
    with override_settings(SECRET_KEY="s" * 60):
        token = stream_tokens.mint(42, now=NOW)
    assert stream_tokens.read(token, now=NOW) is None
    with override_settings(SECRET_KEY_FALLBACKS=["s" * 60]):
        assert stream_tokens.read(token, now=NOW) == 42


def test_no_bit_of_it_can_be_changed() -> None:
    token = stream_tokens.mint(42, now=NOW)
    data = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    for bit in range(len(data) * 8):
        other = bytearray(data)
        other[bit // 8] ^= 1 << bit % 8
        forged = base64.urlsafe_b64encode(bytes(other)).decode().rstrip("=")
        assert stream_tokens.read(forged, now=NOW) is None


@pytest.mark.parametrize("text", ["", "x", "ü" * 20, "A" * 37, "A" * 40, "A" * 10_000, "\x00", "===", "a b", "+/" * 18])
def test_anything_else_opens_nothing(text: str) -> None:
    assert stream_tokens.read(text, now=NOW) is None
