"""GET /api/v1/profile, over real HTTP: the stored bytes, and the contract's errors."""

from __future__ import annotations

import hashlib
import http.client
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import rfc8785
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from audits.models import Entry
from config.tests import support
from profiles.actions.api_keys import create_api_key, revoke_api_key
from profiles.actions.attestations import revoke_attestation
from profiles.models import ApiKey, PublishedProfile
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/api/v1/profile"


@pytest.fixture
def acme() -> Cast:
    return some.make_cast()


@pytest.fixture
def key(acme: Cast) -> tuple[ApiKey, str]:
    return create_api_key(
        acme.organization,
        name="gateway",
        product=acme.product,
        environment=acme.production,
        by=SYSTEM,
        now=timezone.now(),
    )


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(server: LiveServer, path: str = PATH, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, headers=named)
    try:
        return Answer(connection.getresponse())
    finally:
        connection.close()


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def test_a_client_gets_exactly_the_bytes_that_were_published(
    live_server: LiveServer, acme: Cast, key: tuple[ApiKey, str]
) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    answer = ask(live_server, **bearer(key[1]))
    assert answer.status == 200
    assert answer.body == bytes(PublishedProfile.objects.get(environment=acme.production).body)
    document = answer.json
    digest = document.pop("digest")
    assert digest == "sha256:" + hashlib.sha256(rfc8785.dumps(document)).hexdigest()
    assert document["schema"] == "brightline.profile/1"
    assert document["behaviors"]["safety.danger_caveats"]["value"] == "off"
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    assert not answer.headers["ETag"].startswith("W/")


def test_a_client_that_has_the_document_gets_304_until_it_changes(
    live_server: LiveServer, acme: Cast, key: tuple[ApiKey, str]
) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    etag = ask(live_server, **bearer(key[1])).headers["ETag"]
    same = ask(live_server, If_None_Match=etag, **bearer(key[1]))
    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", etag)
    some.make_active(acme, safety__danger_caveats="on")
    assert ask(live_server, If_None_Match=etag, **bearer(key[1])).status == 200


def test_a_copy_is_never_fresh_past_the_end_of_what_it_says(
    live_server: LiveServer, acme: Cast, key: tuple[ApiKey, str]
) -> None:
    some.attest(acme, "adults_only", until=timezone.now() + timedelta(seconds=30))
    some.make_active(acme, content__explicit="on")
    header = ask(live_server, **bearer(key[1])).headers["Cache-Control"]
    assert 0 <= int(header.rpartition("=")[2]) <= 30


def test_a_revoked_attestation_is_gone_from_the_next_answer(
    live_server: LiveServer, acme: Cast, key: tuple[ApiKey, str]
) -> None:
    claim = some.attest(acme, "adults_only", until=timezone.now() + timedelta(days=1))
    some.make_active(acme, content__explicit="on")
    assert ask(live_server, **bearer(key[1])).json["behaviors"]["content.explicit"]["value"] == "on"
    revoke_attestation(claim, comment="Forged.", by=acme.actor("steward"), now=timezone.now())
    assert ask(live_server, **bearer(key[1])).json["behaviors"]["content.explicit"]["value"] == "off"


def test_without_an_active_version_the_answer_says_so(
    live_server: LiveServer, acme: Cast, key: tuple[ApiKey, str]
) -> None:
    answer = ask(live_server, **bearer(key[1]))
    assert (answer.status, answer.json["error"]["code"]) == (404, "no_active_profile")
    assert set(answer.json["error"]) == {"code", "message", "fields"}


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({}, "not_authenticated"),
        ({"Authorization": "Basic abc"}, "not_authenticated"),
        ({"Authorization": "Bearer"}, "not_authenticated"),
        ({"Authorization": "Bearer nonsense"}, "invalid_key"),
        ({"Authorization": "Bearer " + "x" * 5000}, "invalid_key"),
    ],
)
def test_without_a_key_that_is_known_there_is_nothing(
    live_server: LiveServer, acme: Cast, header: dict[str, str], code: str
) -> None:
    answer = ask(live_server, **header)
    assert (answer.status, answer.json["error"]["code"]) == (401, code)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_forged_key_is_refused_and_on_record_once_a_minute(
    live_server: LiveServer, acme: Cast, key: tuple[ApiKey, str]
) -> None:
    forged = key[0].prefix + "_" + "A" * 43
    for _attempt in range(3):
        assert ask(live_server, **bearer(forged)).status == 401
    entry = Entry.objects.of(acme.actor("compliance")).get(kind="api_key.refused")
    assert entry.outcome == "refused"
    assert forged.encode() not in bytes(entry.leaf)


def test_a_revoked_and_an_expired_key_open_nothing(
    live_server: LiveServer, acme: Cast, key: tuple[ApiKey, str]
) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    revoke_api_key(key[0], by=SYSTEM, now=timezone.now())
    assert "revoked" in ask(live_server, **bearer(key[1])).json["error"]["message"]
    with support.unrecorded():
        ApiKey.objects.filter(pk=key[0].pk).update(revoked_at=None, expires_at=timezone.now())
    assert "expired" in ask(live_server, **bearer(key[1])).json["error"]["message"]


def test_an_organization_key_reads_no_profile(live_server: LiveServer, acme: Cast) -> None:
    _key, text = create_api_key(acme.organization, name="scripts", scopes=["read"], by=SYSTEM, now=timezone.now())
    assert ask(live_server, **bearer(text)).status == 403


def test_a_key_opens_its_own_environment_and_no_other(live_server: LiveServer, acme: Cast) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    _key, text = create_api_key(
        acme.organization, name="s", product=acme.product, environment=acme.staging, by=SYSTEM, now=timezone.now()
    )
    assert ask(live_server, **bearer(text)).json["error"]["code"] == "no_active_profile"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (PATH + "?platform=openai", 404, "not_found"),
        (PATH + "?platfrom=reference", 400, "malformed"),
        ("/api/v1/nothing", 404, "not_found"),
        ("/api/v1/", 404, "not_found"),
    ],
)
def test_what_cannot_be_answered_is_an_error_of_the_contract(
    live_server: LiveServer, acme: Cast, key: tuple[ApiKey, str], path: str, status: int, code: str
) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    answer = ask(live_server, path, **bearer(key[1]))
    assert (answer.status, answer.json["error"]["code"]) == (status, code)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_profile_is_only_read(live_server: LiveServer, acme: Cast, key: tuple[ApiKey, str], method: str) -> None:
    answer = ask(live_server, method=method, **bearer(key[1]))
    assert (answer.status, answer.json["error"]["code"]) == (405, "method_not_allowed")


def test_naming_the_platform_that_the_product_runs_on_is_fine(
    live_server: LiveServer, acme: Cast, key: tuple[ApiKey, str]
) -> None:
    some.make_active(acme, safety__danger_caveats="off")
    assert ask(live_server, PATH + "?platform=reference", **bearer(key[1])).json["platform"] == "reference"


def test_the_key_is_stored_as_a_digest_only(acme: Cast, key: tuple[ApiKey, str]) -> None:
    from django.core.serializers import serialize

    secret = key[1].removeprefix(key[0].prefix + "_")
    everything = serialize("json", [*ApiKey.objects.all(), *Entry.objects.all()])
    assert secret not in everything
    assert all(secret.encode() not in bytes(entry.leaf) for entry in Entry.objects.all())
