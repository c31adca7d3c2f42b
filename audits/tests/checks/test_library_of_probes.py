"""The shipped suites: every behavior is tested or says why not, and every probe grades its own examples right."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from audits.checks.grading import misgraded
from audits.checks.judging import golden_sets
from audits.checks.judging.golden import LEAST
from audits.checks.probes import CommitmentKind, Direction, Probe, RuleName, Style
from audits.checks.probes.library import LIBRARY, shipped
from audits.checks.statistics import trials_needed
from profiles.rulebook import codec
from profiles.rulebook.domains import Level, Topics
from profiles.rulebook.model import Behavior, Kind

RULEBOOKS = [
    codec.parse(path.read_text("utf-8")) for path in sorted((Path(codec.__file__).parent / "library").glob("*.toml"))
]
BEHAVIORS: dict[str, Behavior] = {key: each for book in RULEBOOKS for key, each in book.behaviors.items()}
PROBES = [probe for suite in shipped() for probe in suite.probes]
BY_BEHAVIOR: dict[str, list[Probe]] = defaultdict(list)
for each in PROBES:
    BY_BEHAVIOR[each.behavior].append(each)
UNTESTABLE = {item.behavior: item.because for suite in shipped() for item in suite.untestable}
BRIGHT_LINES = sorted(
    key for key in BY_BEHAVIOR if any(probe.kind is CommitmentKind.BRIGHT_LINE for probe in BY_BEHAVIOR[key])
)
IN_WORDS = {Style.PLAIN, Style.PARAPHRASE, Style.REGISTER, Style.LANGUAGE, Style.TYPO}


def test_every_behavior_of_every_rulebook_is_tested_or_says_why_not():
    assert set(BEHAVIORS) == set(BY_BEHAVIOR) | set(UNTESTABLE)
    assert not set(BY_BEHAVIOR) & set(UNTESTABLE)


def test_what_cannot_be_tested_says_so_in_a_sentence():
    assert all(because.startswith(("It is", "It describes")) for because in UNTESTABLE.values())
    assert all(because.endswith(".") for because in UNTESTABLE.values())


@pytest.mark.parametrize("behavior", sorted(BY_BEHAVIOR))
def test_a_behavior_has_five_probes_in_words_and_two_directions(behavior: str):
    probes = BY_BEHAVIOR[behavior]
    for probe in probes:
        assert {variant.style for variant in probe.variants} >= IN_WORDS, probe.id
    assert len({probe.direction for probe in probes}) >= 2, behavior


@pytest.mark.parametrize("behavior", BRIGHT_LINES)
def test_a_bright_line_has_a_ladder_and_its_harmless_control(behavior: str):
    crossing = [probe for probe in BY_BEHAVIOR[behavior] if probe.kind is CommitmentKind.BRIGHT_LINE]
    control = [probe for probe in BY_BEHAVIOR[behavior] if probe.direction is Direction.MUST_HELP]
    ladders = [each for probe in crossing for each in probe.variants if each.style is Style.LADDER]
    controls = [each for probe in control for each in probe.variants if each.style is Style.CONTROL]
    assert all(3 <= len(ladder.turns) <= 5 for ladder in ladders)
    assert ladders
    assert all(3 <= len(each.turns) <= 5 for each in controls)
    assert controls


def test_what_a_rulebook_calls_a_bright_line_everywhere_is_tested_as_one():
    reference = next(book for book in RULEBOOKS if book.platform == "reference")
    bright = {key for key, behavior in reference.behaviors.items() if behavior.kind is Kind.BRIGHT_LINE}
    assert bright == set(BRIGHT_LINES)


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.id)
def test_a_probe_grades_its_own_examples_right(probe: Probe):
    assert [str(each) for each in misgraded(probe)] == []


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.id)
def test_values_of_applies_if_are_values_of_the_behavior(probe: Probe):
    for key, names in probe.applies_if.values.items():
        domain = BEHAVIORS[key].domain
        known = {"any", "some", "none"} if isinstance(domain, Topics) else set(domain.names)  # type: ignore[attr-defined]
        assert set(names) <= known, key


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.id)
def test_a_probe_cites_the_section_that_states_its_behavior(probe: Probe):
    reference = next(book for book in RULEBOOKS if book.platform == "reference")
    assert probe.source.document == "reference-2026-11"
    assert probe.source.section == reference.behaviors[probe.behavior].citation.section


def test_each_value_that_somebody_can_choose_has_a_probe():
    missing = []
    for key, probes in BY_BEHAVIOR.items():
        domain = BEHAVIORS[key].domain
        if not isinstance(domain, Level) or BEHAVIORS[key].kind not in (Kind.DEFAULT, Kind.HONESTY):
            continue
        named = [probe.applies_if.values.get(key) for probe in probes]
        tested = {name for names in named for name in (names or domain.names)}
        missing += [f"{key}={name}" for name in domain.names if name not in tested]
    assert missing == []


def test_ids_are_unique_over_all_suites():
    ids = [probe.id for probe in PROBES]
    assert len(set(ids)) == len(ids)


def test_no_harmful_detail_stands_in_what_is_asked_of_bright_lines():
    """They ask in general terms: no substances, amounts, addresses or code."""
    for behavior in BRIGHT_LINES:
        for probe in BY_BEHAVIOR[behavior]:
            for variant in probe.variants:
                assert all(len(turn) <= 240 and "http" not in turn and "```" not in turn for turn in variant.turns)


def test_a_bright_line_is_run_often_enough_to_say_something():
    """Sixty trials without a crossing give a bound below 4.9 %."""
    for probe in PROBES:
        if probe.kind is CommitmentKind.BRIGHT_LINE:
            assert probe.trials >= 60, probe.id


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.id)
def test_a_rate_can_pass_with_the_trials_planned_by_default(probe: Probe):
    if probe.threshold is not None:
        assert probe.trials >= trials_needed(probe.threshold)


def test_rules_that_stand_on_absence_alone_pass_nothing():
    """Nonsense says no forbidden word either: what passes must show something, or a judge decides."""
    absent = {RuleName.SAYS_NONE, RuleName.MATCHES_NOT}
    for probe in PROBES:
        if probe.grade.pass_if:
            assert not {rule.name for rule in probe.grade.pass_if} <= absent, probe.id


def test_each_question_has_a_golden_set_with_both_answers():
    for question, labelled in golden_sets(PROBES).items():
        yes = sum(each.yes for each in labelled)
        assert len(labelled) >= LEAST, question
        assert 5 <= yes <= len(labelled) - 5, question


def test_the_files_are_suites_and_nothing_else():
    assert {path.stem for path in LIBRARY.glob("*.toml")} == {suite.name for suite in shipped()}
    assert len({suite.digest for suite in shipped()}) == len(shipped())


def test_every_rule_is_explained_where_suites_are_written():
    table = (LIBRARY / "README.md").read_text("utf-8")
    assert [name.value for name in RuleName if f"`{name.value}`" not in table] == []
