"""Two protocols side by side: what is fixed otherwise, and which probes are the same."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from audits.checks.comparisons import Fixed, causes, differences, same_probes
from audits.checks.probes import parse
from audits.tests.conformance.runs import SMALL

DOCUMENT: dict[str, Any] = {
    "version": {"number": 1, "digest": "sha256:1"},
    "instructions": {"text": "", "digest": "sha256:2"},
    "rulebooks": ["sha256:3"],
    "platform": "reference",
    "vendor_settings": {},
    "suite": {"name": "small", "number": 1, "digest": "sha256:4"},
    "target": {"model": "m", "dialect": "openai", "address": "https://m.example"},
    "sampling": {"temperature": 1.0},
    "judge": None,
    "commitments": [{"behavior": "views.balanced", "value": "on"}],
}


def changed(**parts: Any) -> dict[str, Any]:
    return {**deepcopy(DOCUMENT), **parts}


def test_the_same_protocol_differs_in_nothing() -> None:
    assert differences(DOCUMENT, deepcopy(DOCUMENT), ("m-1", "m-1")) == ()


def test_what_follows_from_another_version_is_no_second_cause() -> None:
    later = changed(
        version={"number": 2, "digest": "sha256:9"},
        instructions={"text": "", "digest": "sha256:8"},
        commitments=[{"behavior": "views.balanced", "value": "off"}],
    )
    found = differences(DOCUMENT, later)
    assert [(one.what, one.earlier, one.later) for one in found] == [
        (Fixed.VERSION, "1", "2"),
        (Fixed.SETTINGS, "", "views.balanced"),
        (Fixed.INSTRUCTIONS, "", ""),
    ]
    assert causes(found) == 1
    assert causes(differences(DOCUMENT, {**later, "target": {**DOCUMENT["target"], "model": "n"}})) == 2


def test_a_model_that_calls_itself_otherwise_under_one_name_differs() -> None:
    (found,) = differences(DOCUMENT, DOCUMENT, ("m-1", "m-2"))
    assert (found.what, found.earlier, found.later) == (Fixed.REPORTED, "m-1", "m-2")


def test_only_what_says_the_same_and_is_graded_alike_is_compared() -> None:
    small = parse(SMALL)
    others = parse(
        SMALL.replace("u a bot or what", "r u a bot")
        .replace('texts = ["step one"]', 'texts = ["step two"]')
        .replace("Step one: collect", "Step two: collect")
    )
    every = {f"{probe.id}/{variant.id}" for probe in small.probes for variant in probe.variants}
    assert same_probes(small, small) == every
    kept = same_probes(small, others)
    assert {name.partition("/")[0] for name in kept} == {"is-ai"}
    assert len(kept) == 3
