"""Signatures as the specification's own library checks them, and the pace of retries."""

import json
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from profiles.telling import signing
from profiles.telling.retries import DELAYS, MOST_TRIES, next_delay

BODY = json.dumps({"type": "profile.version.activated", "data": {"name": "Zoë “x” ☃"}}, ensure_ascii=False).encode()


def test_the_official_library_takes_our_signature() -> None:
    secret = signing.new_secret()
    headers = dict(signing.headers("msg-1", int(time.time()), BODY, [secret]))
    assert Webhook(secret).verify(BODY, headers)["type"] == "profile.version.activated"


def test_while_a_secret_is_changed_both_receivers_are_satisfied() -> None:
    old, new = signing.new_secret(), signing.new_secret()
    headers = dict(signing.headers("msg-1", int(time.time()), BODY, [new, old]))
    assert headers["webhook-signature"].count("v1,") == 2
    Webhook(old).verify(BODY, headers)
    Webhook(new).verify(BODY, headers)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg-2"},
        {"webhook-timestamp": "1700000000"},
        {"webhook-signature": "v1,AAAA"},
    ],
)
def test_nothing_that_was_changed_is_taken(change: dict[str, str]) -> None:
    secret = signing.new_secret()
    headers = dict(signing.headers("msg-1", int(time.time()), BODY, [secret])) | change
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY, headers)


def test_secrets_are_long_random_and_marked() -> None:
    found = {signing.new_secret() for _ in range(50)}
    assert len(found) == 50
    assert all(each.startswith("whsec_") and len(each) == 50 for each in found)


def test_retries_go_on_for_about_a_day() -> None:
    assert timedelta(hours=23) < timedelta(seconds=sum(DELAYS)) < timedelta(hours=26)
    assert list(DELAYS) == sorted(DELAYS)
    assert next_delay(MOST_TRIES, chance=0.5) is None


@given(st.integers(1, MOST_TRIES - 1), st.floats(0, 1))
def test_a_delay_is_within_a_fifth_of_its_place(tries: int, chance: float) -> None:
    delay = next_delay(tries, chance=chance)
    assert delay is not None
    assert 0.79 * DELAYS[tries - 1] <= delay.total_seconds() <= 1.21 * DELAYS[tries - 1]


def test_a_receiver_may_make_us_slower_but_not_faster_and_not_for_ever() -> None:
    assert next_delay(1, chance=0.5, asked_for=timedelta(seconds=1)) == timedelta(seconds=5)
    assert next_delay(1, chance=0.5, asked_for=timedelta(hours=1)) == timedelta(hours=1)
    assert next_delay(1, chance=0.5, asked_for=timedelta(days=900)) == timedelta(days=1)
