"""With which settings the program starts: on record once, when they change, without any secret."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.utils import timezone

from audits.ledger.installation import described
from audits.models import Entry
from audits.trail.kinds import Kind
from profiles.actions.installation import note_settings
from profiles.errors import Forbidden
from profiles.resolution import jws
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM


def noted() -> list[dict[str, Any]]:
    rows = Entry.objects.filter(kind=Kind.SETTINGS_CHANGED, outcome="done").order_by("pk")
    return [row.content() for row in rows]


@pytest.mark.django_db
def test_the_first_start_is_on_record_and_the_next_one_only_if_something_changed() -> None:
    for _start in range(2):
        call_command("note_settings", verbosity=0)
    (first,) = noted()
    assert (first["before"], first["organization"], first["actor"]["auth"]) == ({}, "", "command")
    with override_settings(BRIGHTLINE_BASE_URL="https://other.example", ALLOWED_HOSTS=["other.example"]):
        call_command("note_settings", verbosity=0)
        call_command("note_settings", verbosity=0)
    _first, second = noted()
    assert second["data"]["changed"] == ["allowed_hosts", "base_url"]
    assert second["after"] == {"allowed_hosts": ["other.example"], "base_url": "https://other.example"}
    assert second["before"]["base_url"] == settings.BRIGHTLINE_BASE_URL
    call_command("note_settings", verbosity=0)
    assert len(noted()) == 3


@pytest.mark.django_db
def test_no_secret_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    key = jws.new_key()
    given = {
        "SECRET_KEY": "secret-key-that-nobody-may-read-anywhere-at-all-1",
        "SECRET_KEY_FALLBACKS": ["former-secret-that-nobody-may-read-either-123456"],
        "BRIGHTLINE_LOG_KEY": key,
        "BRIGHTLINE_SIGNING_KEY": key,
        "EMAIL_HOST": "mail.example",
        "EMAIL_HOST_USER": "mail-user",
        "EMAIL_HOST_PASSWORD": "mail-password",
        "BROKER_URL": "redis://broker-user:broker-password@cache.example:6379/0?password=also",
        "BRIGHTLINE_TSA_URL": "https://tsa-user:tsa-password@tsa.example/tsr",
    }
    monkeypatch.setitem(settings.DATABASES["default"], "PASSWORD", "database-password")
    with override_settings(**given):
        told = str(described())
    for secret in ("secret-key", "former-secret", "password", "mail-user", "broker-user", "tsa-user", *key.split()):
        assert secret not in told
    assert jws.parse_keys(key)[0].kid in told
    assert "redis://cache.example:6379/0" in told
    assert "https://tsa.example/tsr" in told


@pytest.mark.django_db
def test_a_key_that_signs_no_more_and_another_policy_are_changes() -> None:
    before = described()
    with override_settings(BRIGHTLINE_LOG_KEY=jws.new_key(), BRIGHTLINE_LOG_POLICY="quorum none\n"):
        after = described(role="brightline_app")
    assert {name for name in before if before[name] != after[name]} == {"log_keys", "log_policy", "database_role"}


@pytest.mark.django_db
def test_only_whoever_looks_after_the_installation_notes_them() -> None:
    by = some.make_cast("acme").actor("administrator")
    with pytest.raises(Forbidden):
        note_settings("installation", told={}, by=by, now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_two_that_start_at_once_make_one_entry() -> None:
    def start(_number: int) -> None:
        try:
            note_settings("installation", told={"base_url": "https://x.example"}, by=SYSTEM, now=timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(8)))
    assert len(noted()) == 1
