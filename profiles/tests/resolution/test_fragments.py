"""Request fragments: the vendors' own types accept them, and they are the same for the same document.

The snapshots stand in ``fragments/``; a change of them is a change of what models are told, and is made by
``BRIGHTLINE_SNAPSHOTS=new``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
from google.genai.types import GenerateContentConfig, HarmBlockThreshold, HarmCategory
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from pydantic import TypeAdapter

from profiles.resolution.document import Heading, published_document
from profiles.resolution.fragments import FORMATS, GEMINI_CATEGORIES, GEMINI_STRICTEST, fragment
from profiles.resolution.instructions import text_digest
from profiles.resolution.resolve import resolve
from profiles.resolution.types import Layers, LayerSettings
from profiles.rulebook.codec import parse
from profiles.tests.cast import LIBRARY
from profiles.tests.resolution.small import NOW

SNAPSHOTS = Path(__file__).parent / "fragments"
BOOKS = {
    "openai": "openai-2025-12-18",
    "anthropic": "anthropic-2026-01-21",
    "google": "google-2026-09-02",
    "reference": "reference-2026-11",
}
TEXT = "You help nurses on a hospital ward.\nAnswer in a few words; say “I do not know” if so."
VALUES = {
    "tone.profanity": "on",
    "topics.allowed": ["medicine", "ward routine"],
    "filters.harassment": "only_high",
    "filters.sexually_explicit": "low_and_above",
}


def document(platform: str, text: str = TEXT) -> dict[str, Any]:
    book = parse((LIBRARY / f"{BOOKS[platform]}.toml").read_text("utf-8"))
    resolution = resolve([book], {"audience": "adults"}, (), Layers(product=LayerSettings(VALUES)), NOW)
    return published_document(Heading("acme", "helper", "production", 1, NOW), [book], resolution, text, None)


def openai(found: dict[str, Any]) -> None:
    whole = {"model": "m", **found}
    whole["messages"] = [*found["messages"], {"role": "user", "content": "Hello"}]
    TypeAdapter(CompletionCreateParamsNonStreaming).validate_python(whole, extra="forbid")


def anthropic(found: dict[str, Any]) -> None:
    whole = {"model": "m", "max_tokens": 10, "messages": [{"role": "user", "content": "Hello"}], **found}
    TypeAdapter(MessageCreateParamsNonStreaming).validate_python(whole, extra="forbid")


def gemini(found: dict[str, Any]) -> None:
    config = GenerateContentConfig.model_validate(found)  # forbids what it does not know
    settings = config.safety_settings or []
    assert all(isinstance(item.category, HarmCategory) for item in settings)
    assert {item.category.value for item in settings if item.category} >= set(GEMINI_CATEGORIES)
    assert all(isinstance(item.threshold, HarmBlockThreshold) for item in settings)
    assert not {"HARM_BLOCK_THRESHOLD_UNSPECIFIED"} & {item.threshold.value for item in settings if item.threshold}


ACCEPT = {"openai": openai, "anthropic": anthropic, "gemini": gemini}


@pytest.mark.parametrize("platform", BOOKS)
@pytest.mark.parametrize("name", FORMATS)
def test_the_vendors_own_types_accept_it(name: str, platform: str) -> None:
    ACCEPT[name](fragment(document(platform), name))


@pytest.mark.parametrize("name", FORMATS)
def test_where_there_is_nothing_to_say_no_empty_message_is_sent(name: str) -> None:
    silent = {**document("google", ""), "instructions": {"text": "\n", "digest": text_digest("\n")}}
    found = fragment(silent, name)
    ACCEPT[name](found)
    assert "content" not in str(found)
    assert not {"system", "systemInstruction"} & set(found)


@pytest.mark.parametrize("platform", BOOKS)
def test_gemini_is_always_told_every_threshold(platform: str) -> None:
    found = {item["category"]: item["threshold"] for item in fragment(document(platform), "gemini")["safetySettings"]}
    assert set(found) == set(GEMINI_CATEGORIES)
    if platform != "google":
        assert set(found.values()) == {GEMINI_STRICTEST}
        return
    assert found["HARM_CATEGORY_HARASSMENT"] == "BLOCK_ONLY_HIGH"
    assert found["HARM_CATEGORY_SEXUALLY_EXPLICIT"] == "BLOCK_LOW_AND_ABOVE"


@pytest.mark.parametrize(("platform", "name"), [(FORMATS[name], name) for name in FORMATS])
def test_it_is_the_same_to_the_byte_for_the_same_document(platform: str, name: str) -> None:
    found = rfc8785.dumps(fragment(document(platform), name))
    assert found == rfc8785.dumps(fragment(json.loads(json.dumps(document(platform))), name))
    path = SNAPSHOTS / f"{name}.json"
    shown = json.dumps(json.loads(found), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("BRIGHTLINE_SNAPSHOTS") == "new":
        path.write_text(shown, "utf-8")
    assert path.read_text("utf-8") == shown


def test_the_text_is_the_one_whose_digest_the_profile_holds() -> None:
    found = document("anthropic")
    assert text_digest(fragment(found, "anthropic")["system"]) == found["instructions"]["digest"]
