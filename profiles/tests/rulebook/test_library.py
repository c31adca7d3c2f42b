"""The shipped rulebooks: every one is well-formed, and the reference rulebook keeps its promises."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from profiles.resolution.resolve import resolve
from profiles.resolution.types import Attestation, Decision, Layers, LayerSettings, Reason
from profiles.rulebook import codec
from profiles.rulebook.domains import Domain, Level, Number, Point, Switch, Topics
from profiles.rulebook.model import Behavior, Conflict, Kind, Layer, Rule, Stance

LIBRARY = Path(codec.__file__).parent / "library"
FILE = LIBRARY / "reference-2026-11.toml"
BOOK = codec.parse(FILE.read_text(encoding="utf-8"))
STATED = [behavior for behavior in BOOK.behaviors.values() if behavior.is_stated]
CITED: list[Behavior | Rule | Conflict] = [*BOOK.behaviors.values(), *BOOK.rules, *BOOK.conflicts]
BEHAVIORS = pytest.mark.parametrize("behavior", BOOK.behaviors.values(), ids=BOOK.behaviors.keys())

BRIGHT_LINES = {"safety.weapons_of_mass_harm", "safety.child_sexual_abuse", "safety.undermine_oversight"}
PROTECTIONS = {
    "protection.say_what_it_cannot_do",
    "protection.no_harmful_deception",
    "protection.emergency_referral",
    "protection.admit_being_ai",
}
FIXED_HONESTY = {
    "honesty.truthful",
    "honesty.calibrated",
    "honesty.transparent",
    "honesty.non_deceptive",
    "honesty.non_manipulative",
}
DEFAULTS: dict[str, Any] = {
    "safety.messaging_self_harm": "on",
    "safety.danger_caveats": "on",
    "content.explicit": "off",
    "topics.allowed": "any",
    "tone.profanity": "off",
    "persona.custom": "off",
    "views.balanced": "on",
    "agents.irreversible_actions": "ask_first",
    "agents.permissions": "task",
    "agents.ask_when_uncertain": "when_it_matters",
    "agents.spend_limit": 0,
    "agents.time_limit": 30,
}
EVERY_RULEBOOK_KNOWS = (
    BRIGHT_LINES | PROTECTIONS | FIXED_HONESTY | {"honesty.forthright", "honesty.performative"} | DEFAULTS.keys()
)


def reachable(behavior: Behavior) -> Iterator[str]:
    """Every phrase that some setting can call for."""
    windows = (behavior.organization, behavior.product, behavior.user.window)
    if isinstance(behavior.domain, Level):
        loosest = max(behavior.default, *(window.ceiling for window in windows))
        yield from behavior.domain.names[: loosest + 1]
    elif isinstance(behavior.domain, Topics):
        yield from ("any", "some", "none")
    else:
        yield "value"


def limits(behavior: str) -> list[Rule]:
    return [rule for rule in BOOK.rules if rule.behavior == behavior]


# Every file


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.toml")), ids=lambda path: path.name)
def test_every_shipped_file_is_a_rulebook_named_after_its_platform_and_month(path: Path) -> None:
    book = codec.parse(path.read_text(encoding="utf-8"))
    assert path.name.startswith(f"{book.platform}-{book.published:%Y-%m}")
    assert codec.decode(book.document) == book


# The reference rulebook as a whole


def test_it_is_the_vendor_neutral_platform_rulebook_of_november_2026() -> None:
    assert (BOOK.platform, BOOK.layer, BOOK.published) == ("reference", Layer.PLATFORM, date(2026, 11, 1))


def test_its_note_says_whose_reading_it_is_and_what_it_is_not() -> None:
    assert BOOK.note.startswith("Brightline's own reading")
    for said in ("not the policy of any model vendor", "not legal advice", "essay"):
        assert said in BOOK.note


def test_it_knows_every_behavior_that_each_rulebook_knows() -> None:
    assert BOOK.behaviors.keys() >= EVERY_RULEBOOK_KNOWS


def test_it_states_about_forty_behaviors() -> None:
    assert 40 <= len(BOOK.behaviors) <= 50


def test_all_four_domains_occur_and_numbers_run_both_ways() -> None:
    domains = [behavior.domain for behavior in STATED]
    assert any(isinstance(domain, Switch) for domain in domains)
    assert sum(isinstance(domain, Level) and not isinstance(domain, Switch) for domain in domains) >= 3
    assert any(isinstance(domain, Topics) for domain in domains)
    numbers = [domain for domain in domains if isinstance(domain, Number)]
    assert {number.higher_is_stricter for number in numbers} == {True, False}


def test_it_names_no_vendor() -> None:
    text = FILE.read_text(encoding="utf-8").lower()
    assert not re.search(r"openai|anthropic|google|claude|gpt|gemini", text)


# Each behavior


@BEHAVIORS
def test_a_behavior_is_cited_and_the_summary_is_marked_as_ours(behavior: Behavior) -> None:
    assert "Brightline" in behavior.citation.document.title
    assert re.match(r"(R?\d)\. ", behavior.citation.section)
    assert behavior.citation.ours


def test_a_citation_of_the_essay_names_its_sections_and_one_of_our_reading_ours() -> None:
    for item in CITED:
        is_essay = "essay" in item.citation.document.title
        assert re.match(r"[1-9]\. " if is_essay else r"R[1-8]\. ", item.citation.section)


def test_every_section_of_our_reading_that_is_cited_is_written_down_beside_the_rulebook() -> None:
    readme = (LIBRARY / "README.md").read_text(encoding="utf-8")
    cited = {item.citation.section for item in CITED}
    missing = {section for section in cited if section.startswith("R") and section not in readme}
    assert not missing
    assert {section[0] for section in cited if not section.startswith("R")} == {
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "9",
    }


@BEHAVIORS
def test_every_reachable_value_has_an_order_that_a_model_can_follow(behavior: Behavior) -> None:
    if not behavior.is_stated:
        assert behavior.advice
        return
    for name in reachable(behavior):
        sentence = behavior.phrasing[name]
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "  " not in sentence
        assert not re.search(r"\b(the model|the assistant|please|I|my)\b", sentence)
    assert len(set(behavior.phrasing.values())) == len(behavior.phrasing)


@BEHAVIORS
def test_names_are_short_titles_and_descriptions_and_reasons_are_one_sentence(behavior: Behavior) -> None:
    assert behavior.name[0].isupper()
    assert not behavior.name.endswith(".")
    assert len(behavior.name) <= 70
    for sentence in (behavior.description, behavior.because):
        assert sentence.endswith(".")
        assert ". " not in sentence
        assert len(sentence) <= 160


@BEHAVIORS
def test_the_default_lies_inside_every_window_and_lower_windows_inside_upper_ones(behavior: Behavior) -> None:
    domain = behavior.domain
    assert domain.contains(behavior.organization, behavior.default)
    assert domain.contains(behavior.product, behavior.default)
    assert domain.contains(behavior.user.window, behavior.default)
    for upper, lower in ((behavior.organization, behavior.product), (behavior.product, behavior.user.window)):
        inside = domain.leq(upper.floor, lower.floor) and domain.leq(lower.ceiling, upper.ceiling)
        assert inside or behavior.user.waiver


@BEHAVIORS
def test_whoever_may_change_a_behavior_may_always_choose_the_strictest_value(behavior: Behavior) -> None:
    for window in (behavior.organization, behavior.product, behavior.user.window):
        assert window.is_lock or window.floor == behavior.domain.strictest


# What the framework fixes


@pytest.mark.parametrize("key", sorted(BRIGHT_LINES))
def test_a_bright_line_is_help_that_is_never_given(key: str) -> None:
    behavior = BOOK.behaviors[key]
    assert behavior.kind is Kind.BRIGHT_LINE
    assert behavior.domain == Switch("off")
    assert behavior.domain.dump(behavior.default) == "off"
    assert "essay" in behavior.citation.document.title


def test_arguments_do_not_move_bright_lines() -> None:
    assert BOOK.behaviors["safety.yield_to_argument"].kind is Kind.BRIGHT_LINE


@pytest.mark.parametrize("key", sorted(PROTECTIONS))
def test_a_protection_always_holds(key: str) -> None:
    behavior = BOOK.behaviors[key]
    assert behavior.kind is Kind.PROTECTION
    assert behavior.domain == Switch("on")
    assert behavior.domain.dump(behavior.default) == "on"
    assert behavior.user.window.is_lock


@pytest.mark.parametrize("key", sorted(FIXED_HONESTY))
def test_five_of_the_honesty_properties_are_fixed(key: str) -> None:
    behavior = BOOK.behaviors[key]
    assert behavior.kind is Kind.HONESTY
    assert behavior.product.is_lock
    assert behavior.default == behavior.domain.strictest


@pytest.mark.parametrize("key", ["honesty.forthright", "honesty.performative"])
def test_two_of_the_honesty_properties_are_adjustable_within_limits(key: str) -> None:
    behavior = BOOK.behaviors[key]
    assert behavior.kind is Kind.HONESTY
    assert not behavior.product.is_lock


@pytest.mark.parametrize(("key", "default"), DEFAULTS.items())
def test_a_softcoded_default_is_what_the_framework_says_and_can_be_adjusted(key: str, default: Any) -> None:
    behavior = BOOK.behaviors[key]
    assert behavior.kind is Kind.DEFAULT
    assert behavior.domain.dump(behavior.default) == default
    assert not behavior.product.is_lock


def test_only_users_can_waive_that_a_fiction_is_broken() -> None:
    waivers = [behavior for behavior in STATED if behavior.user.waiver]
    assert [behavior.key for behavior in waivers] == ["persona.break_character"]
    assert waivers[0].product.is_lock
    assert not waivers[0].user.window.is_lock


def test_what_no_rule_settles_is_left_to_judgement_and_says_so() -> None:
    assert BOOK.behaviors["limits.hard_cases"].stance is Stance.JUDGEMENT


# Attestations, rules, conflicts


@pytest.mark.parametrize("key", ["licensed_medical_provider", "adults_only", "security_research"])
def test_each_attestation_opens_something(key: str) -> None:
    assert key in BOOK.attestations
    needed = [rule for rule in BOOK.rules if rule.when.without == key]
    assert needed
    for rule in needed:
        behavior = BOOK.behaviors[rule.behavior]
        assert rule.ceiling is not None
        assert not behavior.domain.leq(behavior.product.ceiling, rule.ceiling)


def test_there_is_no_attestation_but_these_three() -> None:
    assert BOOK.attestations.keys() == {"licensed_medical_provider", "adults_only", "security_research"}


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)
def test_a_rule_bites_and_says_what_to_do_about_it(rule: Rule) -> None:
    behavior = BOOK.behaviors[rule.behavior]
    domain, loosest = behavior.domain, max_window(behavior)
    assert behavior.is_stated
    assert rule.because.endswith(".")
    assert rule.citation.summary
    if rule.ceiling is not None:
        assert not domain.leq(loosest, rule.ceiling)
        assert phrased(behavior, domain, rule.ceiling)
    if rule.floor is not None:
        assert not domain.leq(rule.floor, behavior.product.floor)


def max_window(behavior: Behavior) -> Point:
    return behavior.domain.join(behavior.product.ceiling, behavior.user.window.ceiling)


def phrased(behavior: Behavior, domain: Domain, point: Point) -> bool:
    return not isinstance(domain, Level) or str(domain.dump(point)) in behavior.phrasing


def test_rules_of_every_kind_occur() -> None:
    assert any(rule.when.without for rule in BOOK.rules)
    assert any(rule.when.strict for rule in BOOK.rules)
    assert {name for rule in BOOK.rules for name in rule.when.facts} == BOOK.facts.keys()
    assert [rule.id for rule in BOOK.rules if rule.floor is not None] == ["surface-voice-hold-stays-short"]


@pytest.mark.parametrize(
    "key",
    [
        "content.explicit",
        "tone.profanity",
        "persona.romantic",
        "safety.messaging_self_harm",
        "safety.danger_caveats",
    ],
)
def test_an_audience_of_minors_locks_adult_content_at_its_strictest_value(key: str) -> None:
    ceilings = [rule.ceiling for rule in limits(key) if rule.when.facts == {"audience": "minors"}]
    assert ceilings == [BOOK.behaviors[key].domain.strictest]


def test_safe_messaging_without_a_medical_attestation_is_locked_on() -> None:
    (ceiling,) = (rule.ceiling for rule in limits("safety.messaging_self_harm") if rule.when.without)
    assert BOOK.behaviors["safety.messaging_self_harm"].domain.dump(ceiling) == "on"


def test_no_two_rules_are_the_same() -> None:
    said = [(rule.behavior, repr(rule.when)) for rule in BOOK.rules]
    assert len(set(said)) == len(said)


def test_the_loser_of_a_conflict_yields_to_a_value_that_it_could_have_chosen() -> None:
    assert BOOK.conflicts
    for conflict in BOOK.conflicts:
        for key, point in (conflict.first, conflict.second):
            assert BOOK.behaviors[key].domain.leq(point, max_window(BOOK.behaviors[key]))
        loser = BOOK.behaviors[conflict.yields]
        assert loser.domain.contains(loser.product, conflict.to)


def test_the_defaults_do_not_conflict_with_each_other() -> None:
    for conflict in BOOK.conflicts:
        active = [
            BOOK.behaviors[key].domain.leq(point, BOOK.behaviors[key].default)
            for key, point in (conflict.first, conflict.second)
        ]
        assert not all(active)


# The three products of the demo

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def decided(settings: dict[str, Any], *claims: str, **facts: Any) -> dict[str, Decision]:
    granted = [Attestation(claim, NOW - timedelta(days=1), NOW + timedelta(days=100)) for claim in claims]
    layers = Layers(product=LayerSettings(settings))
    return dict(resolve([BOOK], facts, granted, layers, NOW).decisions)


def test_clinicians_with_an_attestation_may_switch_safe_messaging_off() -> None:
    wish = {"safety.messaging_self_harm": "off", "safety.medical_detail": "clinical"}
    with_claim = decided(wish, "licensed_medical_provider", audience="adults", surface="chat")
    without = decided(wish, audience="adults", surface="chat")
    assert [with_claim[key].raw for key in wish] == ["off", "clinical"]
    assert [without[key].raw for key in wish] == ["on", "informed"]
    assert all(without[key].reason is Reason.ATTESTATION_MISSING for key in wish)


def test_an_adults_only_product_may_write_explicit_fiction() -> None:
    wish = {"content.explicit": "on", "content.graphic_violence": "graphic", "persona.romantic": "on"}
    allowed = decided(wish, "adults_only", audience="adults", jurisdictions=["eu", "us"], surface="chat")
    assert {key: allowed[key].raw for key in wish} == wish
    assert allowed["disclosure.ai_notice"].raw == "on"


def test_a_product_for_children_keeps_its_topics_and_loses_every_adult_wish_whatever_is_attested() -> None:
    wish = {
        "topics.allowed": ["algebra", "reading"],
        "content.explicit": "on",
        "content.graphic_violence": "graphic",
        "tone.profanity": "on",
        "persona.romantic": "on",
        "safety.messaging_self_harm": "off",
    }
    got = decided(wish, *BOOK.attestations, audience="minors", surface="chat")
    assert {key: got[key].raw for key in wish} == {
        "topics.allowed": ["algebra", "reading"],
        "content.explicit": "off",
        "content.graphic_violence": "mild",
        "tone.profanity": "off",
        "persona.romantic": "off",
        "safety.messaging_self_harm": "on",
    }
    assert all(got[key].reason is Reason.RULE for key in wish if key != "topics.allowed")


def test_a_product_without_any_setting_gets_every_default() -> None:
    got = decided({})
    assert {key: decision.value for key, decision in got.items()} == {b.key: b.default for b in STATED}
