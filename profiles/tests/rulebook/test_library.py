"""The shipped rulebooks: what holds for every file, what is known to be true of the vendors, and what the reference
rulebook promises."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from profiles.resolution.resolve import resolve
from profiles.resolution.types import Attestation, Decision, Layers, LayerSettings, Reason
from profiles.rulebook import codec
from profiles.rulebook.domains import Domain, Level, Number, Point, Switch, Topics
from profiles.rulebook.model import Behavior, Citation, Conflict, How, Kind, Layer, Rule, Rulebook, Stance


@cache
def read(path: Path) -> Rulebook:
    return codec.parse(path.read_text(encoding="utf-8"))


LIBRARY = Path(codec.__file__).parent / "library"
PLATFORMS = {"anthropic", "google", "openai", "reference"}
PATHS = sorted(LIBRARY.glob("*.toml"))
OF_LAW = [path for path in PATHS if path.name.startswith("law-")]
OF_PLATFORMS = [path for path in PATHS if path not in OF_LAW]
FILE = LIBRARY / "reference-2026-11.toml"
BOOK = read(FILE)
STATED = [behavior for behavior in BOOK.behaviors.values() if behavior.is_stated]

EVERY_FILE = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name)
PLATFORM_FILES = pytest.mark.parametrize("path", OF_PLATFORMS, ids=lambda path: path.name)
LAW_PACKS = pytest.mark.parametrize("path", OF_LAW, ids=lambda path: path.name)
BEHAVIORS = pytest.mark.parametrize("behavior", BOOK.behaviors.values(), ids=BOOK.behaviors.keys())

# What the contract says that every rulebook knows.
ESSAYS_BRIGHT_LINES = {"safety.weapons_of_mass_harm", "safety.child_sexual_abuse", "safety.undermine_oversight"}
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
    ESSAYS_BRIGHT_LINES | PROTECTIONS | FIXED_HONESTY | {"honesty.forthright", "honesty.performative"} | DEFAULTS.keys()
)
FURTHER_BRIGHT_LINES = {
    "safety.critical_infrastructure",
    "safety.cyberweapons",
    "safety.seize_power",
    "safety.disempower_humanity",
}
ATTESTATIONS = {"licensed_medical_provider", "adults_only", "security_research"}

# Google's four adjustable filters, and the names of its API for their categories and thresholds.
CATEGORIES = {
    "filters.harassment": "HARM_CATEGORY_HARASSMENT",
    "filters.hate_speech": "HARM_CATEGORY_HATE_SPEECH",
    "filters.sexually_explicit": "HARM_CATEGORY_SEXUALLY_EXPLICIT",
    "filters.dangerous_content": "HARM_CATEGORY_DANGEROUS_CONTENT",
}
THRESHOLDS = {
    "low_and_above": "BLOCK_LOW_AND_ABOVE",
    "medium_and_above": "BLOCK_MEDIUM_AND_ABOVE",
    "only_high": "BLOCK_ONLY_HIGH",
    "none": "BLOCK_NONE",
    "off": "OFF",
}

# The 80 sections of OpenAI's Model Spec of 2025-12-18, by the authority that each has. Only leaves have one.
SECTIONS_BY_AUTHORITY = {
    "": """
        overview structure red_line_principles general_principles risk_taxonomy levels_of_authority definitions
        chain_of_command stay_in_bounds disallowed_content prohibited_content restricted_content sensitive_content
        risky_situations seek_truth no_agenda be_honest_and_transparent best_work style voice_style chatgpt_u18
        """,
    "root": """
        follow_all_applicable_instructions letter_and_spirit no_other_objectives scope_of_autonomy
        control_side_effects assume_best_intentions ignore_untrusted_data protect_privileged_information
        uphold_fairness respect_real_world_ties transformation_exception sexual_content_involving_minors
        avoid_info_hazards avoid_targeted_political_manipulation respect_creators protect_privacy
        avoid_extremist_content avoid_hateful_content prevent_imminent_harm do_not_facilitate_illicit_behavior
        do_not_encourage_self_harm prioritize_teen_safety
        """,
    "system": "comply_with_laws use_preset_voice_in_voice_mode no_erotica_or_gore",
    "developer": "avoid_regulated_advice",
    "user": """
        avoid_abuse support_mental_health assume_objective_pov present_perspectives do_not_lie avoid_sycophancy
        avoid_errors avoid_overstepping love_humanity be_rationally_optimistic be_responsible
        be_interesting_and_interested be_curious have_conversational_sense imitate_accents_in_voice_mode
        """,
    "guideline": """
        no_topic_off_limits ask_clarifying_questions express_uncertainty highlight_misalignments be_creative
        support_programmatic_use be_clear be_professional be_warm do_not_make_unprompted_personal_comments
        avoid_being_condescending refusal_style formatting be_thorough_but_efficient
        be_concise_and_conversational_in_voice_mode adapt_length_in_voice_mode handle_interruptions_in_voice_mode
        respond_to_audio_testing_in_voice_mode
        """,
}
SECTIONS = {section: authority for authority, names in SECTIONS_BY_AUTHORITY.items() for section in names.split()}
WHOLE_DOCUMENT = "whole document"


def newest(name: str) -> Rulebook:
    """The newest revision of a platform's rulebook or of a law pack."""
    paths = [path for path in PATHS if path.name.removeprefix("law-").startswith(f"{name}-")]
    assert paths, f"no rulebook of {name} is shipped"
    return max(map(read, paths), key=lambda book: book.published)


def cited_by(book: Rulebook) -> list[Behavior | Rule | Conflict]:
    return [*book.behaviors.values(), *book.rules, *book.conflicts]


def label(item: Behavior | Rule | Conflict) -> str:
    return item.key if isinstance(item, Behavior) else item.id


def rows(book: Rulebook) -> Mapping[str, Mapping[str, Any]]:
    """The behaviors as the file has them: what was written, and not what was filled in."""
    found: Mapping[str, Mapping[str, Any]] = book.document["behaviors"]
    return found


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


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def decided(settings: dict[str, Any], *claims: str, book: Rulebook = BOOK, **facts: Any) -> dict[str, Decision]:
    granted = [Attestation(claim, NOW - timedelta(days=1), NOW + timedelta(days=100)) for claim in claims]
    layers = Layers(product=LayerSettings(settings))
    return dict(resolve([book], facts, granted, layers, NOW).decisions)


# Every file


@EVERY_FILE
def test_every_shipped_file_is_a_rulebook_named_after_its_platform_or_pack_and_date(path: Path) -> None:
    book = read(path)
    assert path.name.removeprefix("law-").startswith(f"{book.platform}-{book.published:%Y-%m}")
    assert codec.decode(book.document) == book


def test_the_four_platforms_are_there() -> None:
    assert {read(path).platform for path in OF_PLATFORMS} == PLATFORMS


@EVERY_FILE
def test_a_file_is_of_the_layer_that_its_name_says(path: Path) -> None:
    assert read(path).layer is (Layer.PLATFORM if path in OF_PLATFORMS else Layer.LAW)


@PLATFORM_FILES
def test_every_platform_has_the_same_71_behaviors(path: Path) -> None:
    keys = read(path).behaviors.keys()
    assert len(BOOK.behaviors) == 71
    assert (keys - BOOK.behaviors.keys(), BOOK.behaviors.keys() - keys) == (set(), set())


@PLATFORM_FILES
def test_every_platform_knows_what_the_contract_names(path: Path) -> None:
    assert read(path).behaviors.keys() >= EVERY_RULEBOOK_KNOWS


@EVERY_FILE
def test_a_behavior_has_the_same_domain_wherever_it_occurs(path: Path) -> None:
    found = read(path).behaviors
    assert found.keys() <= BOOK.behaviors.keys()
    assert [key for key in found if found[key].domain != BOOK.behaviors[key].domain] == []


@EVERY_FILE
def test_every_file_knows_the_same_facts(path: Path) -> None:
    assert read(path).facts == {
        "audience": ("adults", "general", "minors"),
        "surface": ("api", "first_party", "voice"),
        "jurisdictions": ("eu", "uk", "us", "us-ca", "ca", "ch", "au", "jp", "other"),
    }


@EVERY_FILE
def test_an_attestation_claims_the_same_and_lasts_as_long_wherever_it_occurs(path: Path) -> None:
    kinds = read(path).attestations
    assert kinds.keys() <= ATTESTATIONS
    for key, kind in kinds.items():
        known = BOOK.attestations[key]
        assert (kind.name, kind.claim, kind.longest_days) == (known.name, known.claim, known.longest_days)


@EVERY_FILE
def test_an_attestation_is_there_because_a_rule_needs_it(path: Path) -> None:
    book = read(path)
    assert book.attestations.keys() == {rule.when.without for rule in book.rules if rule.when.without}


# Every row


@EVERY_FILE
def test_a_stated_behavior_has_an_order_for_every_value_that_can_be_reached(path: Path) -> None:
    for behavior in read(path).behaviors.values():
        if behavior.is_stated and behavior.kind is not Kind.FILTER:
            assert set(reachable(behavior)) <= behavior.phrasing.keys(), behavior.key


@EVERY_FILE
def test_a_filter_is_no_instruction_and_a_silent_row_has_none(path: Path) -> None:
    book = read(path)
    for key, behavior in book.behaviors.items():
        if behavior.kind is Kind.FILTER or not behavior.is_stated:
            assert "phrasing" not in rows(book)[key], key


@EVERY_FILE
def test_an_order_reads_as_a_whole_sentence_without_placeholders(path: Path) -> None:
    for key, behavior in read(path).behaviors.items():
        for name, sentence in behavior.phrasing.items():
            slot = {"value": "{value}", "some": "{topics}"}.get(name, "")
            said = sentence if isinstance(behavior.domain, Level) else sentence.replace(slot, "it")
            assert not re.search(r"[{}<>\[\]…]|\.\.\.|\b(TODO|TBD|FIXME|XXX|lorem)\b|  ", said), (key, name)
            assert sentence[0].isupper(), (key, name)
            assert sentence.endswith("."), (key, name)
            assert not re.search(r"\b(the assistant|please|I|my)\b", sentence), (key, name)


@EVERY_FILE
def test_no_order_is_copied_from_another_row(path: Path) -> None:
    book = read(path)
    said = Counter(sentence for behavior in book.behaviors.values() for sentence in behavior.phrasing.values())
    assert [sentence for sentence, times in said.items() if times > 1] == []


@EVERY_FILE
def test_only_an_adjustable_filter_has_a_setting_and_it_uses_the_vendors_names(path: Path) -> None:
    for behavior in read(path).behaviors.values():
        adjustable = behavior.kind is Kind.FILTER and behavior.is_stated and not behavior.product.is_lock
        assert (behavior.setting is not None) == adjustable, behavior.key
        if behavior.setting is not None:
            assert behavior.setting.category == CATEGORIES[behavior.key]
            assert dict(behavior.setting.thresholds) == THRESHOLDS


@EVERY_FILE
def test_what_is_not_stated_has_no_value_and_no_window_and_says_what_to_do(path: Path) -> None:
    book = read(path)
    for key, behavior in book.behaviors.items():
        if behavior.is_stated:
            continue
        assert not rows(book)[key].keys() & {"default", "organization", "product", "user", "how"}, key
        assert behavior.because, key
        assert bool(behavior.advice) == (behavior.stance is Stance.JUDGEMENT), key


@PLATFORM_FILES
def test_a_silent_row_cites_the_whole_document_and_a_stated_one_a_part_of_it(path: Path) -> None:
    for key, behavior in read(path).behaviors.items():
        cites_all = behavior.citation.section == WHOLE_DOCUMENT
        assert cites_all == (behavior.stance is Stance.UNADDRESSED), key


@EVERY_FILE
def test_a_row_points_only_to_rows_that_are_not_silent_themselves(path: Path) -> None:
    behaviors = read(path).behaviors
    pointers = [(key, other) for key, behavior in behaviors.items() for other in behavior.see]
    assert [pair for pair in pointers if behaviors[pair[1]].stance is Stance.UNADDRESSED] == []


@EVERY_FILE
def test_every_citation_says_what_the_section_says_and_that_these_are_our_words(path: Path) -> None:
    for item in cited_by(read(path)):
        citation = item.citation
        assert citation.summary.endswith("."), label(item)
        assert citation.ours or not is_our_reading(citation), label(item)
        assert WHOLE_DOCUMENT not in citation.also, label(item)
        assert len(set(citation.sections)) == len(citation.sections), label(item)


def is_our_reading(citation: Citation) -> bool:
    return "Brightline" in citation.document.title


@PLATFORM_FILES
def test_no_vendor_is_said_to_ask_for_an_attestation(path: Path) -> None:
    for rule in read(path).rules:
        if rule.when.without:
            assert is_our_reading(rule.citation), rule.id


@EVERY_FILE
def test_a_reading_of_ours_is_dated_with_the_library(path: Path) -> None:
    documents = {item.citation.document for item in cited_by(read(path)) if is_our_reading(item.citation)}
    assert {document.date for document in documents} <= {date(2026, 11, 1)}


@EVERY_FILE
def test_a_rule_bites(path: Path) -> None:
    book = read(path)
    for rule in book.rules:
        behavior = book.behaviors[rule.behavior]
        domain = behavior.domain
        assert behavior.is_stated, rule.id
        assert rule.because.endswith("."), rule.id
        if rule.ceiling is not None:
            assert not domain.leq(max_window(behavior), rule.ceiling), rule.id
            assert behavior.kind is Kind.FILTER or phrased(behavior, domain, rule.ceiling), rule.id
        if rule.floor is not None:
            assert not domain.leq(rule.floor, behavior.product.floor), rule.id


def max_window(behavior: Behavior) -> Point:
    return behavior.domain.join(behavior.product.ceiling, behavior.user.window.ceiling)


def phrased(behavior: Behavior, domain: Domain, point: Point) -> bool:
    return not isinstance(domain, Level) or str(domain.dump(point)) in behavior.phrasing


@EVERY_FILE
def test_no_two_rules_are_the_same(path: Path) -> None:
    said = Counter((rule.behavior, repr(rule.when)) for rule in read(path).rules)
    assert [rule for rule, times in said.items() if times > 1] == []


@EVERY_FILE
def test_the_loser_of_a_conflict_yields_to_a_value_that_it_could_have_chosen(path: Path) -> None:
    book = read(path)
    for conflict in book.conflicts:
        for key, point in (conflict.first, conflict.second):
            assert book.behaviors[key].domain.leq(point, max_window(book.behaviors[key])), conflict.id
        loser = book.behaviors[conflict.yields]
        assert loser.domain.contains(loser.product, conflict.to), conflict.id


@EVERY_FILE
def test_the_defaults_do_not_conflict_with_each_other(path: Path) -> None:
    behaviors = read(path).behaviors
    for conflict in read(path).conflicts:
        active = [
            behaviors[key].domain.leq(point, behaviors[key].default) for key, point in (conflict.first, conflict.second)
        ]
        assert not all(active), conflict.id


@EVERY_FILE
def test_the_default_lies_inside_every_window_and_lower_windows_inside_upper_ones(path: Path) -> None:
    for key, behavior in read(path).behaviors.items():
        domain = behavior.domain
        windows = (behavior.organization, behavior.product, behavior.user.window)
        assert all(domain.contains(window, behavior.default) for window in windows), key
        for upper, lower in pairwise(windows):
            inside = domain.leq(upper.floor, lower.floor) and domain.leq(lower.ceiling, upper.ceiling)
            assert inside or behavior.user.waiver, key


@PLATFORM_FILES
def test_a_product_without_any_setting_gets_every_default(path: Path) -> None:
    book = read(path)
    got = decided({}, book=book)
    stated = [behavior for behavior in book.behaviors.values() if behavior.is_stated]
    assert {key: decision.value for key, decision in got.items()} == {each.key: each.default for each in stated}


# Law packs


@LAW_PACKS
def test_a_law_pack_says_that_it_is_no_legal_advice(path: Path) -> None:
    assert re.search(r"\b(no|not) legal advice\b", read(path).note)


@LAW_PACKS
def test_a_law_pack_says_where_it_is_in_force_and_states_something(path: Path) -> None:
    pack = read(path)
    assert pack.applies
    assert any(behavior.is_stated for behavior in pack.behaviors.values())


def test_the_law_of_the_european_union_keeps_the_ai_notice_that_the_reference_lets_operators_drop() -> None:
    pack = newest("eu-ai-act")
    wish = Layers(product=LayerSettings({"disclosure.ai_notice": "off"}))
    facts = {"audience": "adults", "surface": ["api"], "jurisdictions": ["eu"]}
    abroad = facts | {"jurisdictions": ["us"]}
    assert (pack.applies_to(facts), pack.applies_to(abroad)) == (True, False)
    kept = resolve([BOOK, pack], facts, [], wish, NOW).decisions["disclosure.ai_notice"]
    assert (kept.raw, kept.reason) == ("on", Reason.LOCKED_LAW)
    assert resolve([BOOK], abroad, [], wish, NOW).decisions["disclosure.ai_notice"].raw == "off"


# What is known of the vendors


def test_the_data_of_these_tests_has_the_80_sections_of_the_model_spec() -> None:
    assert len(SECTIONS) == 80


def test_openai_citations_name_sections_of_the_model_spec() -> None:
    for item in cited_by(newest("openai")):
        citation = item.citation
        if citation.document.id == "model_spec":
            assert set(citation.sections) - {WHOLE_DOCUMENT} <= SECTIONS.keys(), label(item)


def test_an_openai_row_has_the_authority_of_a_section_that_it_cites() -> None:
    for behavior in newest("openai").behaviors.values():
        if behavior.authority:
            levels = {SECTIONS.get(section) for section in behavior.citation.sections}
            assert behavior.authority in levels, behavior.key


def test_at_openai_context_changes_guidelines_and_only_explicit_words_change_the_levels_above() -> None:
    expected = {"developer": How.EXPLICIT, "user": How.EXPLICIT, "guideline": How.CONTEXT}
    for behavior in newest("openai").behaviors.values():
        if behavior.how is not None and behavior.authority in expected:
            assert behavior.how is expected[behavior.authority], behavior.key


def test_explicit_content_is_locked_at_openai_and_open_at_anthropic_with_an_attestation_of_adults_only() -> None:
    wish: dict[str, Any] = {"content.explicit": "on"}
    facts: dict[str, Any] = {"audience": "adults", "surface": ["api"], "jurisdictions": ["us"]}
    openai, anthropic = newest("openai"), newest("anthropic")
    assert openai.behaviors["content.explicit"].product.is_lock
    assert decided(wish, *ATTESTATIONS, book=openai, **facts)["content.explicit"].raw == "off"
    assert decided(wish, "adults_only", book=anthropic, **facts)["content.explicit"].raw == "on"
    refused = decided(wish, book=anthropic, **facts)["content.explicit"]
    assert (refused.raw, refused.reason) == ("off", Reason.ATTESTATION_MISSING)


def test_an_explicit_order_to_lie_is_followed_at_openai_and_refused_at_anthropic() -> None:
    openai, anthropic = (newest(platform).behaviors["honesty.truthful"] for platform in ("openai", "anthropic"))
    assert openai.domain.dump(openai.default) == openai.domain.dump(openai.product.floor) == "on"
    assert openai.domain.dump(openai.product.ceiling) == "off"
    assert (openai.authority, openai.how) == ("user", How.EXPLICIT)
    assert openai.citation.section == "do_not_lie"
    assert anthropic.product.is_lock
    assert anthropic.user.window.is_lock
    assert anthropic.domain.dump(anthropic.default) == "on"


def test_medical_providers_may_turn_safe_messaging_off_at_anthropic_and_not_at_openai() -> None:
    wish: dict[str, Any] = {"safety.messaging_self_harm": "off"}
    facts: dict[str, Any] = {"audience": "adults", "surface": ["api"], "jurisdictions": ["us"]}
    openai, anthropic = newest("openai"), newest("anthropic")
    provider = decided(wish, "licensed_medical_provider", book=anthropic, **facts)
    assert provider["safety.messaging_self_harm"].raw == "off"
    refused = decided(wish, book=anthropic, **facts)["safety.messaging_self_harm"]
    assert (refused.raw, refused.reason) == ("on", Reason.ATTESTATION_MISSING)
    assert decided(wish, *ATTESTATIONS, book=openai, **facts)["safety.messaging_self_harm"].raw == "on"


def test_the_four_filters_are_googles_only() -> None:
    for path in OF_PLATFORMS:
        book = read(path)
        is_google = book.platform == "google"
        for key in CATEGORIES:
            behavior = book.behaviors[key]
            assert behavior.kind is Kind.FILTER
            assert behavior.stance is (Stance.STATED if is_google else Stance.UNADDRESSED)
            assert (behavior.setting is not None) == is_google


def test_googles_four_filters_are_off_until_an_operator_sets_them_and_the_others_are_fixed() -> None:
    for behavior in newest("google").behaviors.values():
        if behavior.is_stated:
            adjustable = behavior.key in CATEGORIES
            assert behavior.authority == ("adjustable filter" if adjustable else "fixed filter"), behavior.key
            assert behavior.product.is_lock != adjustable, behavior.key
            assert behavior.domain.dump(behavior.default) == "off", behavior.key


def test_googles_rulebook_states_nothing_but_filters() -> None:
    stated = [behavior for behavior in newest("google").behaviors.values() if behavior.is_stated]
    assert stated
    assert {behavior.kind for behavior in stated} == {Kind.FILTER}


def test_anthropic_has_seven_bright_lines_and_calls_them_hard_constraints() -> None:
    behaviors = newest("anthropic").behaviors.values()
    constraints = {behavior.key for behavior in behaviors if behavior.authority == "hard constraint"}
    lines = {behavior.key for behavior in behaviors if behavior.kind is Kind.BRIGHT_LINE}
    assert constraints == ESSAYS_BRIGHT_LINES | FURTHER_BRIGHT_LINES
    assert len(constraints) == 7
    assert lines - {"safety.yield_to_argument"} == constraints


# The reference rulebook as a whole


def test_it_is_the_vendor_neutral_platform_rulebook_of_november_2026() -> None:
    assert (BOOK.platform, BOOK.layer, BOOK.published) == ("reference", Layer.PLATFORM, date(2026, 11, 1))


def test_its_note_says_whose_reading_it_is_and_what_it_is_not() -> None:
    assert BOOK.note.startswith("Brightline's own reading")
    for said in ("not the policy of any model vendor", "not legal advice", "essay"):
        assert said in BOOK.note


def test_it_states_every_behavior_but_the_hard_cases_and_the_four_filters() -> None:
    stances = {key: behavior.stance for key, behavior in BOOK.behaviors.items() if not behavior.is_stated}
    assert stances == {"limits.hard_cases": Stance.JUDGEMENT} | dict.fromkeys(CATEGORIES, Stance.UNADDRESSED)


def test_it_has_no_levels_of_authority_since_it_is_no_vendors() -> None:
    assert not any(behavior.authority or behavior.how for behavior in BOOK.behaviors.values())


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


# Each behavior of the reference rulebook


@BEHAVIORS
def test_a_behavior_is_cited_and_the_summary_is_marked_as_ours(behavior: Behavior) -> None:
    assert is_our_reading(behavior.citation)
    assert behavior.citation.ours


def test_a_citation_of_the_essay_names_its_sections_and_one_of_our_reading_ours() -> None:
    for item in cited_by(BOOK):
        if item.citation.section != WHOLE_DOCUMENT:
            is_essay = "essay" in item.citation.document.title
            assert re.match(r"[1-9]\. " if is_essay else r"R\d+\. ", item.citation.section), label(item)


def test_the_cited_sections_of_our_reading_are_those_written_down_beside_the_rulebook() -> None:
    readme = (LIBRARY / "README.md").read_text(encoding="utf-8")
    cited = {item.citation.section for item in cited_by(BOOK)} - {WHOLE_DOCUMENT}
    ours = {section for section in cited if section.startswith("R")}
    assert ours == set(re.findall(r"^\| (R\d+\. [^|]+?) \|", readme, re.MULTILINE))
    assert {section[0] for section in cited - ours} == {"1", "2", "3", "4", "5", "6", "9"}


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
def test_whoever_may_change_a_behavior_may_always_choose_the_strictest_value(behavior: Behavior) -> None:
    for window in (behavior.organization, behavior.product, behavior.user.window):
        assert window.is_lock or window.floor == behavior.domain.strictest


# What the framework fixes


@pytest.mark.parametrize("key", sorted(ESSAYS_BRIGHT_LINES | FURTHER_BRIGHT_LINES))
def test_a_bright_line_is_help_that_is_never_given(key: str) -> None:
    behavior = BOOK.behaviors[key]
    assert behavior.kind is Kind.BRIGHT_LINE
    assert behavior.domain == Switch("off")
    assert behavior.domain.dump(behavior.default) == "off"
    assert ("essay" in behavior.citation.document.title) == (key in ESSAYS_BRIGHT_LINES)


def test_arguments_do_not_move_bright_lines() -> None:
    assert BOOK.behaviors["safety.yield_to_argument"].kind is Kind.BRIGHT_LINE


def test_there_are_no_bright_lines_but_these() -> None:
    lines = {behavior.key for behavior in STATED if behavior.kind is Kind.BRIGHT_LINE}
    assert lines == ESSAYS_BRIGHT_LINES | FURTHER_BRIGHT_LINES | {"safety.yield_to_argument"}


@pytest.mark.parametrize(
    "key",
    sorted(
        PROTECTIONS
        | {"protection.no_engagement_goals", "protection.no_discrimination", "protection.under_18"}
        | {"protection.no_work_against_users", "protection.basic_dignity"}
    ),
)
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


@pytest.mark.parametrize(
    "key",
    [
        "agents.whistleblowing",
        "content.copyrighted_text",
        "content.extremism",
        "content.hate",
        "privacy.personal_data",
        "safety.encourage_self_harm",
        "safety.illicit_acts",
        "views.political_manipulation",
    ],
)
def test_what_harms_somebody_outside_the_conversation_cannot_be_opened(key: str) -> None:
    behavior = BOOK.behaviors[key]
    assert behavior.default == behavior.domain.strictest
    assert behavior.product.is_lock
    assert behavior.user.window.is_lock


def test_only_users_can_waive_that_a_fiction_is_broken() -> None:
    waivers = [behavior for behavior in STATED if behavior.user.waiver]
    assert [behavior.key for behavior in waivers] == ["persona.break_character"]
    assert waivers[0].product.is_lock
    assert not waivers[0].user.window.is_lock


def test_what_no_rule_settles_is_left_to_judgement_and_says_so() -> None:
    assert BOOK.behaviors["limits.hard_cases"].advice


# Attestations, rules, conflicts


@pytest.mark.parametrize("key", sorted(ATTESTATIONS))
def test_each_attestation_opens_something(key: str) -> None:
    assert key in BOOK.attestations
    needed = [rule for rule in BOOK.rules if rule.when.without == key]
    assert needed
    for rule in needed:
        behavior = BOOK.behaviors[rule.behavior]
        assert rule.ceiling is not None
        assert not behavior.domain.leq(behavior.product.ceiling, rule.ceiling)


def test_there_is_no_attestation_but_these_three() -> None:
    assert BOOK.attestations.keys() == ATTESTATIONS


def test_rules_of_every_kind_occur() -> None:
    assert any(rule.when.without for rule in BOOK.rules)
    assert any(rule.when.strict for rule in BOOK.rules)
    assert [rule.id for rule in BOOK.rules if rule.floor is not None] == ["surface-voice-hold-stays-short"]


def test_it_leaves_what_a_law_asks_for_to_law_packs() -> None:
    assert {name for rule in BOOK.rules for name in rule.when.facts} == {"audience", "surface"}


@pytest.mark.parametrize(
    "key",
    [
        "content.explicit",
        "tone.profanity",
        "tone.insults",
        "persona.romantic",
        "safety.messaging_self_harm",
        "safety.danger_caveats",
        "safety.drug_warnings",
    ],
)
def test_an_audience_of_minors_locks_adult_content_at_its_strictest_value(key: str) -> None:
    ceilings = [rule.ceiling for rule in limits(key) if rule.when.facts == {"audience": "minors"}]
    assert ceilings == [BOOK.behaviors[key].domain.strictest]


def test_safe_messaging_without_a_medical_attestation_is_locked_on() -> None:
    (ceiling,) = (rule.ceiling for rule in limits("safety.messaging_self_harm") if rule.when.without)
    assert BOOK.behaviors["safety.messaging_self_harm"].domain.dump(ceiling) == "on"


def test_an_opinion_of_its_own_needs_views_that_are_not_balanced() -> None:
    wish = {"views.own_opinion": "on"}
    assert decided(wish)["views.own_opinion"].raw == "off"
    assert decided(wish | {"views.balanced": "off"})["views.own_opinion"].raw == "on"


def test_it_has_a_conflict() -> None:
    assert BOOK.conflicts


# The three products of the demo


def test_clinicians_with_an_attestation_may_switch_safe_messaging_off() -> None:
    wish = {"safety.messaging_self_harm": "off", "safety.medical_detail": "clinical"}
    with_claim = decided(wish, "licensed_medical_provider", audience="adults", surface="api")
    without = decided(wish, audience="adults", surface="api")
    assert [with_claim[key].raw for key in wish] == ["off", "clinical"]
    assert [without[key].raw for key in wish] == ["on", "informed"]
    assert all(without[key].reason is Reason.ATTESTATION_MISSING for key in wish)


def test_an_adults_only_product_may_write_explicit_fiction() -> None:
    wish = {"content.explicit": "on", "content.graphic_violence": "graphic", "persona.romantic": "on"}
    allowed = decided(wish, "adults_only", audience="adults", jurisdictions=["eu", "us"], surface="api")
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
    got = decided(wish, *BOOK.attestations, audience="minors", surface="api")
    assert {key: got[key].raw for key in wish} == {
        "topics.allowed": ["algebra", "reading"],
        "content.explicit": "off",
        "content.graphic_violence": "mild",
        "tone.profanity": "off",
        "persona.romantic": "off",
        "safety.messaging_self_harm": "on",
    }
    assert all(got[key].reason is Reason.RULE for key in wish if key != "topics.allowed")
