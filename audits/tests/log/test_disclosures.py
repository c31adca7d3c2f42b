"""What is said about people: hidden in entries behind salted digests, and shown again by who holds the clear text."""

import base64
import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from audits.log.disclosures import Personal, by_digest, conceal, digest, personal, read, reveal

# RFC 9901, section 4.2: a disclosure and its digest.
DISCLOSURE = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
DIGEST = "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text().filter(lambda key: not key.startswith("_sd")), inner),
)


def test_the_example_of_the_standard() -> None:
    assert digest(DISCLOSURE) == DIGEST
    assert read(DISCLOSURE) == ("_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius")
    said = {"_sd_alg": "sha-256", "_sd": [DIGEST], "given_name": "A."}
    assert reveal(said, by_digest([DISCLOSURE])) == {"given_name": "A.", "family_name": "Möbius"}


def test_what_is_hidden_stands_nowhere_in_clear_and_comes_back_where_it_was() -> None:
    leaf = {"_sd_alg": "sha-256", "actor": {"id": "user:7", "name": Personal("Jana")}, "data": {"why": Personal(["x"])}}
    hidden, found = conceal(leaf)
    disclosures = [each.disclosure for each in found]
    assert [each.path for each in found] == ["actor.name", "data.why"]
    assert "Jana" not in json.dumps(hidden)
    assert [len(hidden[part]["_sd"]) for part in ("actor", "data")] == [1, 1]
    assert reveal(hidden, by_digest(disclosures)) == {"actor": {"id": "user:7", "name": "Jana"}, "data": {"why": ["x"]}}
    assert reveal(hidden, by_digest(disclosures[:1])) == {"actor": {"id": "user:7", "name": "Jana"}, "data": {}}
    assert reveal(hidden, {}) == {"actor": {"id": "user:7"}, "data": {}}


def test_the_same_name_twice_has_two_digests_so_that_nobody_can_try_names() -> None:
    digests = {digest(conceal({"name": Personal("Jana")})[1][0].disclosure) for _n in range(50)}
    assert len(digests) == 50
    salt, _name, _value = read(conceal({"name": Personal("Jana")})[1][0].disclosure)
    assert len(base64.urlsafe_b64decode(salt + "==")) == 16


def test_an_entry_of_before_hides_nothing() -> None:
    assert reveal({"v": 1, "data": {"_sd": 5}}, by_digest([DISCLOSURE])) == {"v": 1, "data": {"_sd": 5}}


def test_an_empty_text_says_nothing_about_anybody() -> None:
    assert personal("") == ""
    assert personal("Jana") == Personal("Jana")


@given(plain, st.text().filter(lambda name: not name.startswith("_sd")))
def test_digests_are_of_the_very_text_that_is_kept(value: object, name: str) -> None:
    hidden, ((_path, named, disclosure),) = conceal({name: Personal(value)})
    found = base64.urlsafe_b64encode(hashlib.sha256(disclosure.encode()).digest()).decode().rstrip("=")
    assert hidden == {"_sd": [found]} == {"_sd": [named]}
    assert reveal({"_sd_alg": "sha-256", **hidden}, by_digest([disclosure])) == {name: value}
