"""Signatures: an independent verifier accepts them, and nothing else; keys come in every form that people keep them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from profiles.resolution import jws

PEM = jws.new_key()
(KEY,) = jws.parse_keys(PEM)
# RFC 8037, appendix A: the private key, its public half and its thumbprint.
SEED, PUBLIC, THUMBPRINT = (
    "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
)


def public_pem() -> str:
    private = load_pem_private_key(jws.new_key().encode(), None)
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def verify(compact: bytes, key: jws.Key) -> bytes:
    """What a gateway does, with nothing of ours but the JWK."""
    protected, payload, signature = compact.split(b".")
    public = Ed25519PublicKey.from_public_bytes(jws.decode(key.jwk["x"]))
    public.verify(jws.decode(signature.decode()), protected + b"." + payload)
    header = json.loads(jws.decode(protected.decode()))
    assert (header["alg"], header["kid"], header["typ"]) == ("EdDSA", key.kid, jws.TYPE)
    return jws.decode(payload.decode())


@given(st.binary(max_size=200))
def test_whoever_has_the_published_key_gets_exactly_the_signed_bytes(payload: bytes) -> None:
    assert verify(jws.attached(jws.sign(payload, KEY), payload), KEY) == payload


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_other_bytes_do_not_verify(payload: bytes, other: bytes) -> None:
    compact = jws.attached(jws.sign(payload, KEY), other)
    if other == payload:
        verify(compact, KEY)
        return
    with pytest.raises(InvalidSignature):
        verify(compact, KEY)


def test_the_example_of_the_standard_gives_its_key_and_thumbprint() -> None:
    (key,) = jws.parse_keys(SEED)
    assert (key.jwk["x"], key.kid) == (PUBLIC, THUMBPRINT)
    assert jws.key_set([key])["keys"][0] == {
        "kty": "OKP", "crv": "Ed25519", "x": PUBLIC, "alg": "EdDSA", "use": "sig", "kid": THUMBPRINT,
    }  # fmt: skip


def test_a_signature_is_the_same_each_time() -> None:
    assert jws.sign(b"one", KEY) == jws.sign(b"one", KEY)


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("", []),
        (PEM, [True]),
        (PEM.replace("\n", "\\n"), [True]),
        (SEED, [True]),
        (f"{SEED}, {urlsafe_b64encode(bytes(32)).decode()}", [True, True]),
        (PEM + public_pem(), [True, False]),
    ],
    ids=["none", "PEM", "PEM in one line", "seed", "two seeds", "PEM and a public one"],
)
def test_keys_are_read_in_every_usual_form(text: str, signs: list[bool]) -> None:
    assert [key.private is not None for key in jws.parse_keys(text)] == signs


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("too-short", "neither PEM nor 32 bytes"),
        ("nonsense with spaces!", "neither PEM nor"),
        (PEM + " and more", "beside the PEM"),
        (public_pem() + PEM, "cannot sign"),
        (PEM + PEM, "twice"),
        (PEM.replace("M", "!"), "cannot be read"),
    ],
    ids=["short", "nonsense", "words beside", "public first", "twice", "spoiled"],
)
def test_a_key_that_cannot_be_used_is_refused_in_a_sentence_without_it(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        jws.parse_keys(text)
    assert "BEGIN" not in str(refusal.value)


def test_a_key_of_another_kind_is_refused() -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
    from cryptography.hazmat.primitives.serialization import NoEncryption, PrivateFormat

    other = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with pytest.raises(ValueError, match="not an Ed25519 key"):
        jws.parse_keys(other.decode())
    assert isinstance(KEY.private, Ed25519PrivateKey)
