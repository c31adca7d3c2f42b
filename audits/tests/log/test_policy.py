"""Whose cosignatures count: wrong files first, then what a quorum is."""

from __future__ import annotations

from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audits.log import notes, policy
from audits.log.policy import BadPolicy


def vkey(name: str, number: int, kind: int = notes.COSIGNATURE) -> str:
    return str(notes.verifier_of(name, Ed25519PrivateKey.from_private_bytes(bytes([number] * 32)), kind))


A, B, C = (vkey(f"w.example/{n}", n) for n in (1, 2, 3))
LOG = vkey("brightline.example/log/acme", 9, notes.LOG)
THREE = f"witness a {A} https://a.example/\nwitness b {B}\nwitness c {C}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no quorum line"),
        (THREE, "has no quorum line"),
        ("quorum", "Line 1 of the policy: one line says quorum"),
        (f"{THREE}quorum a\nquorum b", "Line 5 of the policy: one line says quorum"),
        ("quorum a", "no line above defines a"),
        (f"quorum a\nwitness a {A}", "Line 1 of the policy: no line above defines a"),
        (f"witness a {A}\nwitness a {B}\nquorum a", "the name a is taken"),
        (f"witness none {A}\nquorum none", "the name none is taken"),
        (f"witness a {A}\nwitness b {A}\nquorum a", "one witness does not count twice"),
        (f"witness a {LOG}\nquorum a", "no key of a witness"),
        (f"log {A}\nquorum none", "no key of a log"),
        (f"witness a {A[:-4]}\nquorum a", "Line 1 of the policy: this is"),
        (f"witness a {A.replace('+', '+0', 1)}\nquorum a", "the id of the key does not belong to it"),
        (f"witness a {A} ftp://a.example\nquorum a", "is no address of a witness"),
        (f"witness a {A} https://a.example/?x=1\nquorum a", "is no address of a witness"),
        (f"witness a {A} https://a.example/ more\nquorum a", "followed by a name, a key"),
        (f"{THREE}group g 4 a b c\nquorum g", "4 of 3 members"),
        (f"{THREE}group g 0 a b c\nquorum g", "0 of 3 members"),
        (f"{THREE}group g -1 a b c\nquorum g", "-1 of 3 members"),
        (f"{THREE}group g ² a b c\nquorum g", "² of 3 members"),
        (f"{THREE}group g 1 a a\nquorum g", "a member stands there twice"),
        (f"{THREE}group g 1 g\nquorum g", "no line above defines g"),
        (f"{THREE}group g all\nquorum g", "and its members"),
        ("wizard a\nquorum none", "it must begin with log, witness, group, quorum"),
        ("\n" * 2_000, "more than 1000 lines"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(BadPolicy, match="policy") as refused:
        policy.parse(text)
    assert said in str(refused.value)


def test_a_file_with_everything() -> None:
    found = policy.parse(
        f"# ours\nlog {LOG} https://brightline.example/log/acme # the log\n\n{THREE}group two 2 a b c\nquorum two"
    )
    assert [log.name for log in found.logs] == ["brightline.example/log/acme"]
    assert {name: witness.url for name, witness in found.witnesses.items()} == {
        "a": "https://a.example", "b": "", "c": ""
    }  # fmt: skip
    assert found.covers("brightline.example/log/acme")
    assert not found.covers("brightline.example/log/other")
    assert policy.parse("quorum none").covers("brightline.example/log/other")


def test_what_a_log_publishes_is_read_back_without_the_addresses_of_witnesses() -> None:
    agreed = policy.parse(f"{THREE}group two 2 a b c\ngroup all_of all two c\nquorum all_of")
    own = [notes.parse_verifier(LOG)]
    text = policy.text(own, "https://brightline.example/log/acme", agreed)
    assert text.startswith(f"log {LOG} https://brightline.example/log/acme\nwitness a {A}\n")
    found = policy.parse(text)
    assert (found.logs, found.groups, found.quorum) == (tuple(own), agreed.groups, agreed.quorum)
    assert {name: one.key for name, one in found.witnesses.items()} == {
        name: one.key for name, one in agreed.witnesses.items()
    }


def test_a_log_that_the_installations_policy_is_not_for_asks_for_nobody() -> None:
    other = policy.parse(f"log {vkey('brightline.example/log/other', 8, notes.LOG)}\n{THREE}quorum a")
    text = policy.text([notes.parse_verifier(LOG)], "https://brightline.example/log/acme", other)
    assert text == f"log {LOG} https://brightline.example/log/acme\nquorum none\n"


@pytest.mark.parametrize(
    ("rest", "met", "unmet"),
    [
        ("quorum none", [""], []),
        ("quorum a", ["a", "ab"], ["", "bc"]),
        ("group g any a b c\nquorum g", ["a", "c"], [""]),
        ("group g all a b c\nquorum g", ["abc"], ["ab", "bc", ""]),
        ("group g 2 a b c\nquorum g", ["ab", "bc", "abc"], ["a", "b", ""]),
        ("group g 1 a b\ngroup h all g c\nquorum h", ["ac", "bc"], ["ab", "c"]),
    ],
)
def test_a_quorum(rest: str, met: list[str], unmet: list[str]) -> None:
    found = policy.parse(f"{THREE}{rest}")
    assert all(found.is_met(set(names)) for names in met)
    assert not any(found.is_met(set(names)) for names in unmet)


@given(st.sets(st.sampled_from("abc")), st.sets(st.sampled_from("abc")), st.integers(1, 3))
def test_more_cosignatures_never_break_a_quorum(some: set[str], more: set[str], needed: int) -> None:
    found = policy.parse(f"{THREE}group g {needed} a b c\nquorum g")
    assert not found.is_met(some) or found.is_met(some | more)


@given(st.text(max_size=300))
def test_any_text_is_a_policy_or_refused(text: str) -> None:
    with suppress(BadPolicy):
        assert policy.parse(text).quorum
