"""What only filters and law packs have, and how a law pack and a hold bind beside a platform's rulebook."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from profiles.resolution.document import vendor_settings
from profiles.resolution.resolve import resolve
from profiles.resolution.types import Hold, Layers, LayerSettings, Reason
from profiles.rulebook.codec import MalformedRulebook, decode
from profiles.rulebook.model import How, Layer, Rulebook

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CITATION = {"document": "doc", "section": "1", "summary": "What it says."}


def switch(**more: Any) -> dict[str, Any]:
    return {
        "name": "Name",
        "description": "What it is.",
        "kind": "default",
        "domain": {"type": "switch", "strictest": "on"},
        "default": "off",
        "organization": {"floor": "on", "ceiling": "off"},
        "because": "Because.",
        "citation": CITATION,
        "phrasing": {"on": "Do.", "off": "Leave it."},
        **more,
    }


THRESHOLDS = {"low": "BLOCK_LOW", "high": "BLOCK_HIGH", "off": "OFF"}


def output_filter(**more: Any) -> dict[str, Any]:
    return {
        "name": "Hate: what the filter blocks",
        "description": "The vendor's filter blocks by probability.",
        "kind": "filter",
        "domain": {"type": "level", "names": ["low", "high", "off"]},
        "default": "off",
        "organization": {"floor": "low", "ceiling": "off"},
        "because": "The vendor leaves it to you.",
        "citation": CITATION,
        "setting": {"category": "HARM_HATE", "thresholds": THRESHOLDS},
        **more,
    }


def without(table: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name not in names}


def book(behaviors: dict[str, Any], **more: Any) -> Rulebook:
    return decode(
        {
            "schema": "brightline.rulebook/1",
            "platform": "example",
            "layer": "platform",
            "published": "2026-11-01",
            "title": "T",
            "note": "N",
            "documents": {"doc": {"title": "D", "date": "2026-11-01"}},
            "facts": {"jurisdictions": ["eu", "us"]},
            "behaviors": behaviors,
            **more,
        }
    )


def problems(behaviors: dict[str, Any], **more: Any) -> list[str]:
    with pytest.raises(MalformedRulebook) as refused:
        book(behaviors, **more)
    return [str(problem) for problem in refused.value.problems]


def law(behaviors: dict[str, Any], **more: Any) -> Rulebook:
    return book(behaviors, **{"platform": "some-act", "layer": "law", "applies": {"jurisdictions": ["eu"]}, **more})


NOTICE = switch(default="on", organization={"floor": "on", "ceiling": "on"}, because="The act asks for it.")
EU, US = {"jurisdictions": ["eu"]}, {"jurisdictions": ["us"]}


# Reading


def test_the_vendors_own_words_are_kept() -> None:
    found = book(
        {
            "a.notice": switch(authority="guideline", how="context", see=["a.other"]),
            "a.other": switch(citation={**CITATION, "also": ["2", "3"]}),
        },
        documents={"doc": {"title": "D", "date": "2026-11-01", "digest": "sha256:" + "0" * 64}},
    )
    notice, other = found.behaviors["a.notice"], found.behaviors["a.other"]
    assert (notice.authority, notice.how, notice.see) == ("guideline", How.CONTEXT, ("a.other",))
    assert other.citation.sections == ("1", "2", "3")
    assert other.citation.document.id == "doc"


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"how": "loudly"}, "behaviors.a.x.how: must be one of explicit, context; 'loudly' is none of them"),
        ({"see": ["a.nothing"]}, "behaviors.a.x.see: names 'a.nothing', which is not another behavior"),
        ({"see": ["a.x"]}, "behaviors.a.x.see: names 'a.x', which is not another behavior"),
        ({"citation": {**CITATION, "also": [""]}}, "behaviors.a.x.citation.also: must be a list of texts"),
        ({"setting": {}}, "behaviors.a.x.setting: is not a field of this table"),
        (
            {"how": "explicit", "organization": {"floor": "off", "ceiling": "off"}},
            "behaviors.a.x.how: must be left out: nobody below the platform changes this",
        ),
    ],
)
def test_a_behavior_is_refused_with_its_reason(more: dict[str, Any], problem: str) -> None:
    assert problem in problems({"a.x": switch(**more)})


def test_a_document_digest_is_a_whole_one() -> None:
    document = {"title": "D", "date": "2026-11-01", "digest": "sha256:abc"}
    found = problems({"a.x": switch()}, documents={"doc": document})
    assert "documents.doc.digest: must be sha256: and 64 hexadecimal digits" in found


# Filters


def test_a_filter_reaches_the_vendors_settings_and_not_the_instructions() -> None:
    found = book({"filters.hate": output_filter()})
    layers = Layers(product=LayerSettings({"filters.hate": "high"}))
    resolution = resolve([found], {}, (), layers, NOW)
    assert vendor_settings(resolution) == {"safety_settings": [{"category": "HARM_HATE", "threshold": "BLOCK_HIGH"}]}


def test_a_fixed_filter_sends_nothing() -> None:
    fixed = without(output_filter(default="low"), "organization", "setting")
    assert vendor_settings(resolve([book({"filters.hate": fixed})], {}, (), Layers(), NOW)) == {}


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (output_filter(phrasing={"low": "Do."}), "behaviors.filters.hate.phrasing: is not a field of this table"),
        (without(output_filter(), "setting"), "behaviors.filters.hate.setting: is missing"),
        (
            output_filter(setting={"category": "C", "thresholds": without(THRESHOLDS, "high")}),
            "behaviors.filters.hate.setting.thresholds.high: is missing",
        ),
        (
            output_filter(setting={"category": "C", "thresholds": {**THRESHOLDS, "none": "NONE"}}),
            "behaviors.filters.hate.setting.thresholds.none: is not a field of this table",
        ),
        (
            output_filter(
                domain={"type": "number", "minimum": 0, "maximum": 2, "unit": "points"},
                default=0,
                organization={"floor": 0, "ceiling": 2},
            ),
            "behaviors.filters.hate.domain: must be a switch or a level: this is a filter",
        ),
    ],
)
def test_a_filter_that_would_not_reach_the_vendor_is_refused(table: dict[str, Any], problem: str) -> None:
    assert problem in problems({"filters.hate": table})


# Law packs


def test_a_law_pack_says_where_and_when_it_holds() -> None:
    found = law({"a.notice": NOTICE}, in_force={"from": "2026-08-02", "until": "2027-01-01"})
    assert found.applies == {"jurisdictions": ("eu",)}
    assert found.in_force == (date(2026, 8, 2), date(2027, 1, 1))
    assert (found.applies_to(EU), found.applies_to({"jurisdictions": ["us", "eu"]}), found.applies_to(US)) == (
        True,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"layer": "platform"}, "applies: must be left out: only a law pack has a reach of its own"),
        ({"applies": {"jurisdictions": ["mars"]}}, "applies.jurisdictions: 'mars' is not among the facts"),
        ({"applies": {"jurisdictions": []}}, "applies.jurisdictions: must be a list of texts"),
        ({"in_force": {"from": "2027-01-01", "until": "2026-01-01"}}, "in_force.until: must be after the first day"),
        ({"in_force": {"from": "soon"}}, "in_force.from: must be a date"),
        ({"in_force": {"since": "2026-01-01"}}, "in_force.since: is not a field of this table"),
    ],
)
def test_a_reach_that_is_none_is_refused(more: dict[str, Any], problem: str) -> None:
    with pytest.raises(MalformedRulebook) as refused:
        law({"a.notice": NOTICE}, **more)
    assert any(str(found).startswith(problem) for found in refused.value.problems)


def test_only_a_law_pack_begins_and_ends() -> None:
    assert "in_force: must be left out: only a law pack comes into force and ends by itself" in problems(
        {"a.x": switch()}, in_force={"from": "2026-01-01"}
    )


def test_a_law_cuts_the_window_of_a_platform_that_speaks() -> None:
    platform, pack = book({"a.notice": switch()}), law({"a.notice": NOTICE})
    wish = Layers(product=LayerSettings({"a.notice": "off"}))
    bound = resolve([platform, pack], EU, (), wish, NOW)
    decision = bound.decisions["a.notice"]
    assert (decision.raw, decision.decided_by, decision.reason) == ("on", Layer.LAW, Reason.LOCKED_LAW)
    clamp = bound.clamp_of("a.notice")
    assert clamp is not None
    assert clamp.because == "The act asks for it."
    assert resolve([platform, pack], US, (), wish, NOW).decisions["a.notice"].raw == "off"


def test_a_law_speaks_where_the_platform_is_silent() -> None:
    silent = without(switch(stance="unaddressed"), "default", "organization", "phrasing")
    found = resolve([book({"a.notice": silent}), law({"a.notice": NOTICE})], EU, (), Layers(), NOW)
    decision = found.decisions["a.notice"]
    assert (decision.raw, decision.decided_by, decision.reason) == ("on", Layer.LAW, Reason.LOCKED_LAW)


def test_a_law_that_speaks_of_other_values_leaves_the_strictest() -> None:
    other = {
        **without(NOTICE, "phrasing"),
        "domain": {"type": "level", "names": ["loud", "soft"]},
        "default": "loud",
        "organization": {"floor": "loud", "ceiling": "loud"},
        "phrasing": {"loud": "Shout."},
    }
    found = resolve([book({"a.notice": switch()}), law({"a.notice": other})], EU, (), Layers(), NOW)
    assert found.decisions["a.notice"].raw == "on"


def test_a_law_begins_and_ends_at_midnight_and_says_so_beforehand() -> None:
    platform = book({"a.notice": switch()})
    pack = law({"a.notice": NOTICE}, in_force={"from": "2026-12-01", "until": "2027-02-01"})
    begins, ends = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 2, 1, tzinfo=UTC)
    instant = timedelta(microseconds=1)
    for now, value, until in (
        (NOW, "off", begins),
        (begins - instant, "off", begins),
        (begins, "on", ends),
        (ends - instant, "on", ends),
        (ends, "off", None),
    ):
        found = resolve([platform, pack], EU, (), Layers(), now)
        assert (found.decisions["a.notice"].raw, found.valid_until) == (value, until)
    assert resolve([platform, pack], US, (), Layers(), NOW).valid_until is None


# Holds


@pytest.mark.parametrize(
    ("layer", "reason"),
    [(Layer.PLATFORM, Reason.LOCKED_PLATFORM), (Layer.ORGANIZATION, Reason.LOCKED_ORGANIZATION)],
)
def test_a_hold_locks_with_its_reason_and_who_holds(layer: Layer, reason: Reason) -> None:
    held = Layers(product=LayerSettings({"a.notice": "off"}), holds=(Hold("a.notice", "on", layer, "An accident."),))
    found = resolve([book({"a.notice": switch()})], {}, (), held, NOW)
    decision = found.decisions["a.notice"]
    assert (decision.raw, decision.decided_by, decision.reason) == ("on", layer, reason)
    assert decision.limit is not None
    assert (decision.limit.because, decision.limit.source) == ("An accident.", "hold")


@pytest.mark.parametrize("ceiling", ["loud", None, 3])
def test_a_hold_that_cannot_be_read_holds_at_the_strictest(ceiling: Any) -> None:
    held = Layers(holds=(Hold("a.notice", ceiling, Layer.PLATFORM, "Held."),))
    assert resolve([book({"a.notice": switch()})], {}, (), held, NOW).decisions["a.notice"].raw == "on"


def test_a_hold_on_what_nobody_states_is_no_harm() -> None:
    held = Layers(holds=(Hold("no.such", "on", Layer.PLATFORM, "Held."),))
    assert resolve([book({"a.notice": switch()})], {}, (), held, NOW).decisions["a.notice"].raw == "off"


# Each field into its place, and none that nobody asked for


CLAIM = {"name": "Adults", "claim": "Nobody is under 18.", "evidence": "How age is checked.", "longest_days": 365}
RULE = {
    "id": "a-rule",
    "behavior": "a.x",
    "when": {"facts": {"jurisdictions": "eu"}, "without": "adults", "strict": {"behavior": "a.y", "value": "on"}},
    "ceiling": "on",
    "because": "Rule because.",
    "citation": {"document": "doc", "section": "5", "summary": "Rule summary."},
}
CONFLICT = {
    "id": "a-conflict",
    "first": {"behavior": "a.x", "value": "off"},
    "second": {"behavior": "a.y", "value": "off"},
    "yields": "a.x",
    "to": "on",
    "because": "Conflict because.",
    "citation": {"document": "doc", "section": "6", "summary": "Conflict summary."},
}
WHOLE: dict[str, Any] = {
    "behaviors": {
        "a.x": switch(user={"floor": "on", "ceiling": "off", "grant": "operator"}),
        "a.y": switch(product={"floor": "on", "ceiling": "off"}),
    },
    "attestations": {"adults": CLAIM},
    "rules": [RULE],
    "conflicts": [CONFLICT],
}


def test_every_field_stands_in_its_place() -> None:
    found = book(**WHOLE)
    claim, (ruled,), (clash,) = found.attestations["adults"], found.rules, found.conflicts
    assert (claim.key, claim.name, claim.claim, claim.evidence, claim.longest_days) == ("adults", *CLAIM.values())
    assert (ruled.because, ruled.citation.section, ruled.floor, ruled.ceiling) == ("Rule because.", "5", None, 0)
    assert (ruled.when.facts, ruled.when.without) == ({"jurisdictions": "eu"}, "adults")
    strict = ruled.when.strict
    assert strict is not None
    assert (strict.behavior, strict.value) == ("a.y", 0)
    assert (clash.id, clash.first, clash.second, clash.yields, clash.to, clash.because, clash.citation.section) == (
        *("a-conflict", ("a.x", 1), ("a.y", 1), "a.x", 0, "Conflict because.", "6"),
    )
    document = found.behaviors["a.x"].citation.document
    assert (document.title, document.date) == ("D", date(2026, 11, 1))
    assert not found.behaviors["a.x"].user.waiver


@pytest.mark.parametrize(
    ("path", "at"),
    [
        (("behaviors", "a.x", "citation"), "behaviors.a.x.citation"),
        (("behaviors", "a.x", "organization"), "behaviors.a.x.organization"),
        (("behaviors", "a.x", "user"), "behaviors.a.x.user"),
        (("behaviors", "a.x", "phrasing"), "behaviors.a.x.phrasing"),
        (("rules", 0), "rules[0]"),
        (("rules", 0, "when"), "rules[0].when"),
        (("rules", 0, "when", "strict"), "rules[0].when.strict"),
        (("conflicts", 0), "conflicts[0]"),
        (("conflicts", 0, "first"), "conflicts[0].first"),
    ],
)
def test_a_field_that_nobody_asked_for_is_refused_in_every_table(path: tuple[Any, ...], at: str) -> None:
    document = copy.deepcopy(WHOLE)
    table: Any = document
    for step in path:
        table = table[step]
    table["colour"] = "red"
    assert f"{at}.colour: is not a field of this table" in problems(**document)


@pytest.mark.parametrize(("days", "fits"), [(0, False), (1, True), (3660, True), (3661, False)])
def test_an_attestation_lasts_from_a_day_to_ten_years(days: int, fits: bool) -> None:
    document = {**copy.deepcopy(WHOLE), "attestations": {"adults": {**CLAIM, "longest_days": days}}}
    if fits:
        assert book(**document).attestations["adults"].longest_days == days
    else:
        assert "attestations.adults.longest_days: must be between 1 and 3660" in problems(**document)


def test_a_lock_of_either_layer_alone_is_no_lock_for_a_protection() -> None:
    open_product = switch(kind="protection", default="on", product={"floor": "on", "ceiling": "off"})
    lock = {"floor": "on", "ceiling": "on"}
    sentence = "behaviors.a.x.organization: must be a window of one value: no operator changes a protection"
    assert sentence in problems({"a.x": {**open_product, "organization": lock}})
    assert sentence in problems({"a.x": {**open_product, "product": lock}})


@pytest.mark.parametrize("layer", ["organization", "product", "user"])
def test_what_is_not_stated_has_no_window(layer: str) -> None:
    silent = {**without(switch(stance="unaddressed"), "default", "organization", "phrasing")}
    found = problems({"a.x": {**silent, layer: {"floor": "on", "ceiling": "off"}}})
    assert f"behaviors.a.x.{layer}: must be left out: what is unaddressed cannot be set" in found


def test_an_adjustable_behavior_is_one_that_any_layer_can_change() -> None:
    lock = {"floor": "off", "ceiling": "off"}
    for layer in ("organization", "product"):
        other = "product" if layer == "organization" else "organization"
        found = book({"a.x": switch(how="explicit", **{other: lock, layer: {"floor": "on", "ceiling": "off"}})})
        assert found.behaviors["a.x"].how is How.EXPLICIT
    silent = without(switch(stance="unaddressed", how="explicit"), "default", "organization", "phrasing")
    assert "behaviors.a.x.how: must be left out: nobody below the platform changes this" in problems({"a.x": silent})
