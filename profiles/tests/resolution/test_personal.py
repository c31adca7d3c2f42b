"""A user's document, written the fast way, is to the byte the one that is written the plain way."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.resolution.document import Heading, canonical, document_digest, published_document
from profiles.resolution.inputs import Inputs
from profiles.resolution.personal import NotReproduced, Prepared, clamped
from profiles.resolution.types import Layers, LayerSettings
from profiles.rulebook.codec import parse
from profiles.rulebook.model import Rulebook
from profiles.tests.cast import LIBRARY
from profiles.tests.resolution.small import NOW
from profiles.tests.resolution.strategies import raws

BOOKS = ("reference-2026-11", "openai-2025-12-18", "anthropic-2026-01-21", "google-2026-09-02")
# What a request can hold: numbers that all readers of JSON understand alike.
WHOLE, WORDS = st.integers(-(2**53) + 1, 2**53 - 1), st.text(st.characters(codec="utf-8"), max_size=20)
JUNK = st.none() | st.booleans() | WHOLE | WORDS | st.floats(allow_nan=False, allow_infinity=False) | st.lists(WORDS)
HEADING = Heading("acme", "helper", "production", 7, NOW)
TEXT = "You help. “Ünïcode”, a \\ and a\ttab, \u2028 and \x7f."


@cache
def book(name: str) -> Rulebook:
    return parse((LIBRARY / f"{name}.toml").read_text("utf-8"))


def inputs(name: str) -> Inputs:
    layers = Layers(
        organization=LayerSettings({"tone.profanity": "off"}),
        product=LayerSettings({"format.length": "brief", "content.explicit": "on"}),
    )
    return Inputs((book(name).digest,), {"audience": "adults"}, (), layers, TEXT, NOW)


@cache
def prepared(name: str) -> Prepared:
    given = inputs(name)
    resolution = given.resolve([book(name)])
    return Prepared(canonical(published_document(HEADING, [book(name)], resolution, TEXT, None)), given, [book(name)])


def plainly(name: str, preferences: dict[str, Any]) -> bytes:
    resolution = inputs(name).resolve([book(name)], preferences)
    document = {**published_document(HEADING, [book(name)], resolution, TEXT, None), "clamped": clamped(resolution)}
    return canonical({**document, "digest": document_digest(document)})


@pytest.mark.parametrize("name", BOOKS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_both_ways_give_the_same_bytes(name: str, data: st.DataObject) -> None:
    behaviors = book(name).behaviors
    keys = data.draw(st.lists(st.sampled_from(sorted(behaviors)), max_size=6, unique=True))
    wanted = {key: data.draw(raws(behaviors[key].domain) if behaviors[key].is_stated else JUNK) for key in keys}
    if data.draw(st.booleans()):
        wanted["no.such_behavior"] = data.draw(JUNK)
    assert prepared(name).document(wanted) == plainly(name, wanted)


def test_without_preferences_it_is_the_published_one_and_nothing_is_clamped() -> None:
    found = json.loads(prepared(BOOKS[0]).document({}))
    assert found["clamped"] == []
    assert found["instructions"]["text"].startswith("You help.")


def test_what_the_operator_leaves_to_users_holds_and_the_rest_is_clamped() -> None:
    found = json.loads(prepared(BOOKS[0]).document({"format.length": "thorough", "safety.weapons_of_mass_harm": "on"}))
    refusals = {item["behavior"]: item for item in found["clamped"]}
    assert refusals["safety.weapons_of_mass_harm"]["reason"] == "not_adjustable_by_user"
    assert found["behaviors"]["format.length"]["value"] == "thorough"
    assert found["behaviors"]["format.length"]["decided_by"] == "user"


def test_what_does_not_follow_from_its_inputs_is_not_resolved() -> None:
    given = inputs(BOOKS[0])
    other = canonical(published_document(HEADING, [book(BOOKS[0])], given.resolve([book(BOOKS[0])]), "Another.", None))
    with pytest.raises(NotReproduced):
        Prepared(other, given, [book(BOOKS[0])])
