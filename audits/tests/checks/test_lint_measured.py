"""How well the lint of instructions does, in numbers: what docs/instructions.md says of it is what is measured here."""

from __future__ import annotations

from pathlib import Path

from audits.checks.lint import RULES, lint
from audits.tests.checks.instructions_corpus import (
    HELD_OUT_HONEST,
    HELD_OUT_HOSTILE,
    HONEST,
    HOSTILE,
    STRICT,
    lines,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "instructions.md"


def found(text: str) -> set[str]:
    return {each.rule.id for each in lint(text, STRICT)}


def wrongly_found(block: str) -> dict[str, set[str]]:
    return {line: rules for line in lines(block) if (rules := found(line))}


def missed(blocks: dict[str, str]) -> list[str]:
    return [line for rule, block in blocks.items() for line in lines(block) if rule not in found(line)]


def test_honest_restrictive_instructions_pass_alone_and_on_one_page() -> None:
    assert len(lines(HONEST)) >= 60
    assert wrongly_found(HONEST) == {}
    assert found("\n".join(lines(HONEST))) == set()


def test_hostile_instructions_are_found_each_by_its_rule_also_among_honest_ones() -> None:
    assert missed(HOSTILE) == []
    honest = lines(HONEST)
    everything = "\n".join([*honest[:20], *(line for block in HOSTILE.values() for line in lines(block)), *honest[20:]])
    assert found(everything) >= HOSTILE.keys()


def test_every_rule_about_words_has_hostile_examples() -> None:
    by_characters = {"has_hidden_characters", "mixes_scripts", "may_hold_a_secret"}  # tested one by one
    assert HOSTILE.keys() == RULES.keys() - by_characters


def test_what_the_document_says_of_unseen_instructions_is_what_is_measured() -> None:
    honest, hostile = lines(HELD_OUT_HONEST), [line for block in HELD_OUT_HOSTILE.values() for line in lines(block)]
    wrong, not_found = len(wrongly_found(HELD_OUT_HONEST)), len(missed(HELD_OUT_HOSTILE))
    seen = sum(len(lines(block)) for block in HOSTILE.values())
    text = DOCUMENT.read_text("utf-8")
    assert f"| held out | {len(honest)} | {wrong} | {len(hostile)} | {not_found} |" in text
    assert f"| tuned on | {len(lines(HONEST))} | 0 | {seen} | 0 |" in text
