"""The published profile in its other forms: signed, compressed, as instructions; and the keys that sign."""

from __future__ import annotations

import gzip
import json
from typing import Any

import brotli
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client
from django.utils import timezone

from audits.models import Entry
from profiles.actions.api_keys import create_api_key
from profiles.actions.publishing import republish_outdated
from profiles.models import Product, PublishedProfile, RulebookRevision
from profiles.resolution import jws
from profiles.resolution.document import document_digest
from profiles.resolution.inputs import Inputs
from profiles.tests import cast as some
from profiles.tests.cast import SYSTEM, Cast

pytestmark = pytest.mark.django_db
PATH = "/api/v1/profile"
JWKS = "/.well-known/jwks.json"


@pytest.fixture
def acme() -> Cast:
    found = some.make_cast()
    some.make_active(found, safety__danger_caveats="off")
    return found


def new_key(acme: Cast) -> str:
    return create_api_key(
        acme.organization,
        name="gateway",
        product=acme.product,
        environment=acme.production,
        by=SYSTEM,
        now=timezone.now(),
    )[1]


@pytest.fixture
def key(acme: Cast) -> str:
    return new_key(acme)


def ask(key: str, path: str = PATH, **headers: str) -> Any:
    return Client().get(path, headers={"Authorization": f"Bearer {key}", **headers})


def verified(compact: bytes) -> bytes:
    """What a gateway does: find the key that the header names in the published set, and refuse what is not signed."""
    protected, payload, signature = compact.split(b".")
    kid = json.loads(jws.decode(protected.decode()))["kid"]
    (found,) = [item for item in Client().get(JWKS).json()["keys"] if item["kid"] == kid]
    public = Ed25519PublicKey.from_public_bytes(jws.decode(found["x"]))
    public.verify(jws.decode(signature.decode()), protected + b"." + payload)
    return jws.decode(payload.decode())


def test_the_signed_form_holds_exactly_the_bytes_of_the_plain_one(key: str) -> None:
    response = ask(key, f"{PATH}.jws")
    assert response["Content-Type"] == "application/jose"
    assert verified(response.content) == ask(key).content
    assert ask(key, f"{PATH}.jws", **{"If-None-Match": response["ETag"]}).status_code == 304
    assert response["ETag"] != ask(key)["ETag"]


def test_what_was_altered_does_not_verify(key: str) -> None:
    protected, payload, signature = ask(key, f"{PATH}.jws").content.split(b".")
    altered = jws.encode(jws.decode(payload.decode()).replace(b'"off"', b'"on"')).encode()
    with pytest.raises(InvalidSignature):
        verified(b".".join((protected, altered, signature)))


def test_compressed_forms_hold_the_same_bytes(key: str) -> None:
    plain = ask(key)
    assert not plain.has_header("Content-Encoding")
    for coding, unpack in (("gzip", gzip.decompress), ("br", brotli.decompress)):
        packed = ask(key, **{"Accept-Encoding": coding})
        assert packed["Content-Encoding"] == coding
        assert unpack(packed.content) == plain.content
        assert len(packed.content) < len(plain.content) / 3
        assert packed["ETag"] == f'"{plain["ETag"].strip(chr(34))}-{coding}"'
        assert "Accept-Encoding" in packed["Vary"]
    assert ask(key, **{"Accept-Encoding": "gzip, deflate, br"})["Content-Encoding"] == "br"


def test_a_copy_is_good_whatever_it_was_sent_in(key: str) -> None:
    packed = ask(key, **{"Accept-Encoding": "gzip"})["ETag"]
    for given in (packed, f"W/{packed}", f'"other", {packed}', "*"):
        response = ask(key, **{"If-None-Match": given})
        assert (response.status_code, response.content) == (304, b"")
    assert ask(key, **{"If-None-Match": '"other"'}).status_code == 200


def test_instructions_are_the_text_of_the_profile(key: str) -> None:
    response = ask(key, f"{PATH}/instructions")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.text == ask(key).json()["instructions"]["text"]


@pytest.mark.parametrize(
    ("name", "member"), [("openai", "messages"), ("anthropic", "system"), ("gemini", "safetySettings")]
)
def test_instructions_come_as_the_part_of_a_vendors_request(key: str, name: str, member: str) -> None:
    response = ask(key, f"{PATH}/instructions?format={name}")
    assert response["Content-Type"] == "application/json"
    assert member in response.json()
    assert ask(key, f"{PATH}/instructions?format={name}", **{"If-None-Match": response["ETag"]}).status_code == 304


def test_a_vendors_format_means_that_vendors_rulebook_where_the_product_runs_on_it(acme: Cast) -> None:
    from profiles.actions.rulebooks import publish_rulebook

    publish_rulebook((some.LIBRARY / "google-2026-09-02.toml").read_text("utf-8"), by=SYSTEM, now=some.NOW)
    Product.objects.filter(pk=acme.product.pk).update(platforms=["reference", "google"])
    acme.product.refresh_from_db()
    some.make_active(acme, filters__harassment="only_high")
    text = new_key(acme)
    found = ask(text, f"{PATH}/instructions?format=gemini").json()["safetySettings"]
    assert {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_ONLY_HIGH"} in found
    named = ask(text, f"{PATH}/instructions?format=gemini&platform=reference").json()["safetySettings"]
    assert {"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_LOW_AND_ABOVE"} in named


@pytest.mark.parametrize(
    "query", ["format=moon", "format=text", "format=", "format=openai&format=gemini", "formt=openai"]
)
def test_a_format_that_nobody_knows_is_malformed(key: str, query: str) -> None:
    response = ask(key, f"{PATH}/instructions?{query}")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed")


def test_what_it_was_resolved_from_is_kept_and_gives_it_again(acme: Cast) -> None:
    row = PublishedProfile.objects.get(environment=acme.production)
    assert row.inputs
    inputs = Inputs.load(row.inputs)
    books = [RulebookRevision.objects.get(digest=digest).rulebook() for digest in inputs.rulebooks]
    values = {key: item["value"] for key, item in json.loads(bytes(row.body))["behaviors"].items()}
    assert inputs.resolve(books).values() == values


# Keys


def test_keys_rotate_with_an_overlap(acme: Cast, key: str, settings: Any) -> None:
    before = ask(key, f"{PATH}.jws").content
    old, new = settings.BRIGHTLINE_SIGNING_KEY, jws.new_key()
    settings.BRIGHTLINE_SIGNING_KEY = old + new
    assert len(Client().get(JWKS).json()["keys"]) == 2
    some.make_active(acme, safety__danger_caveats="on")
    assert verified(ask(key, f"{PATH}.jws").content)
    settings.BRIGHTLINE_SIGNING_KEY = new + old
    assert verified(before)
    assert republish_outdated(by=SYSTEM, now=timezone.now()) == 0  # what the old key signed still verifies
    settings.BRIGHTLINE_SIGNING_KEY = new
    plain = ask(key)
    assert republish_outdated(by=SYSTEM, now=timezone.now()) == 1
    assert verified(ask(key, f"{PATH}.jws").content) == plain.content
    assert ask(key)["ETag"] == plain["ETag"]  # who signed is no part of the document
    assert Entry.objects.filter(kind="profile.republished").count() == 1
    assert republish_outdated(by=SYSTEM, now=timezone.now()) == 0


def test_without_a_key_nothing_is_signed_and_the_answer_says_so(acme: Cast, key: str, settings: Any) -> None:
    settings.BRIGHTLINE_SIGNING_KEY = ""
    some.make_active(acme, safety__danger_caveats="on")
    response = ask(key, f"{PATH}.jws")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_signed")
    assert Client().get(JWKS).json() == {"keys": []}
    assert ask(key).status_code == 200


def test_the_key_set_is_public_and_holds_no_private_key() -> None:
    response = Client().get(JWKS)
    assert response["Content-Type"] == "application/jwk-set+json"
    assert response["Cache-Control"] == "public, max-age=300"
    assert [set(item) for item in response.json()["keys"]] == [{"kty", "crv", "x", "alg", "use", "kid"}]
    assert Client().get(JWKS, headers={"If-None-Match": response["ETag"]}).status_code == 304
    assert Client().post(JWKS).status_code == 405


def test_a_removed_product_serves_nothing(acme: Cast, key: str) -> None:
    acme.product.removed_at = timezone.now()
    acme.product.save()
    for path in (PATH, f"{PATH}.jws", f"{PATH}/instructions"):
        response = ask(key, path)
        assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_the_digest_is_of_the_document(key: str) -> None:
    found = ask(key).json()
    assert found["digest"] == document_digest(found)
