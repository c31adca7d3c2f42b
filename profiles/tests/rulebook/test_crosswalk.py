"""Which rows of the crosswalk say that vendors differ, and what a cell says about who may change a behavior."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from profiles.rulebook import codec
from profiles.rulebook.crosswalk import (
    Aspect,
    Row,
    Verdict,
    Who,
    compared,
    crosswalk,
    differences,
    disagree,
    verdict,
    who_changes,
)
from profiles.rulebook.domains import Window
from profiles.rulebook.model import Kind, Rulebook, Stance, UserWindow

LIBRARY = Path(codec.__file__).parent / "library"
BOOKS = {
    book.platform: book
    for book in (codec.parse(path.read_text(encoding="utf-8")) for path in sorted(LIBRARY.glob("*.toml")))
}
ROWS = {row.key: row for row in crosswalk(BOOKS.values())}


def stands_for(platform: str, key: str, **changed: Any) -> Rulebook:
    """A vendor whose one behavior is the reference's, but for what is changed."""
    source = BOOKS["reference"]
    behavior = replace(source.behaviors[key], **changed)
    return replace(source, platform=platform, behaviors={key: behavior}, rules=(), digest=f"sha256:{platform}")


def row(key: str, *books: Rulebook) -> Row:
    return next(row for row in crosswalk(books) if row.key == key)


# Shape


def test_each_behavior_is_a_row_and_each_platform_a_column() -> None:
    assert len(ROWS) == 71
    assert list(ROWS) == sorted(ROWS)
    for found in ROWS.values():
        assert set(found.cells) == {"anthropic", "google", "openai", "reference"}


def test_a_law_pack_is_no_column() -> None:
    assert "eu-ai-act" in BOOKS
    assert crosswalk([BOOKS["eu-ai-act"]]) == ()


def test_a_behavior_that_a_rulebook_has_no_row_for_is_not_addressed() -> None:
    found = row("tone.profanity", stands_for("a", "tone.profanity"), stands_for("b", "content.explicit"))
    assert found.cells["b"].behavior is None
    assert (found.cells["b"].who, found.cells["b"].default, found.cells["b"].kind) == (Who.NOT_ADDRESSED, None, None)
    assert verdict(found) is Verdict.ONE


def test_the_reference_names_the_row_and_else_those_who_state_it_as_a_behavior() -> None:
    key = "safety.child_sexual_abuse"
    assert ROWS[key].name == BOOKS["reference"].behaviors[key].name
    without = {name: book for name, book in BOOKS.items() if name in ("google", "anthropic")}
    assert row(key, *without.values()).name == BOOKS["anthropic"].behaviors[key].name


def test_columns_can_be_chosen() -> None:
    assert list(ROWS["content.explicit"].on(["openai", "nobody", "google"]).cells) == ["openai", "google"]


# Who


@pytest.mark.parametrize(
    ("platform", "key", "who"),
    [
        ("openai", "safety.child_sexual_abuse", Who.NOBODY),
        ("anthropic", "protection.admit_being_ai", Who.NOBODY),
        ("openai", "content.explicit", Who.PLATFORM),
        ("anthropic", "honesty.truthful", Who.PLATFORM),
        ("google", "safety.child_sexual_abuse", Who.PLATFORM),
        ("google", "filters.harassment", Who.OPERATOR),
        ("openai", "disclosure.system_prompt", Who.OPERATOR),
        ("anthropic", "content.explicit", Who.OPERATOR_AND_USERS),
        ("anthropic", "persona.break_character", Who.USERS),
        ("anthropic", "content.hate", Who.JUDGEMENT),
        ("google", "content.hate", Who.NOT_ADDRESSED),
    ],
)
def test_who_may_change_it_follows_from_the_windows(platform: str, key: str, who: Who) -> None:
    assert ROWS[key].cells[platform].who is who


def test_every_behavior_of_the_library_has_an_answer() -> None:
    for book in BOOKS.values():
        for behavior in book.behaviors.values():
            who = who_changes(behavior)
            assert (who is Who.JUDGEMENT) == (behavior.stance is Stance.JUDGEMENT)
            assert (who is Who.NOT_ADDRESSED) == (behavior.stance is Stance.UNADDRESSED)
            if behavior.kind is Kind.BRIGHT_LINE:
                assert who is Who.NOBODY


# What differs


def test_what_an_operator_may_do_and_the_default_count() -> None:
    assert differences(ROWS["content.explicit"]) == (Aspect.OPERATOR,)
    assert differences(ROWS["disclosure.underlying_model"]) == (Aspect.DEFAULT,)
    assert verdict(ROWS["content.explicit"]) is Verdict.DISAGREE


def test_what_users_may_do_is_not_counted() -> None:
    key = "tone.profanity"
    users = UserWindow(Window(0, 1), "operator")
    assert not disagree(row(key, stands_for("a", key), stands_for("b", key, user=users)))


def test_a_silent_rulebook_neither_differs_nor_agrees() -> None:
    key = "tone.profanity"
    silent = stands_for("b", key, stance=Stance.UNADDRESSED, default=1)
    assert verdict(row(key, stands_for("a", key), silent)) is Verdict.ONE
    assert verdict(row(key, silent, stands_for("c", key, stance=Stance.UNADDRESSED))) is Verdict.NONE
    # Google's column is silent on most; the others decide.
    assert verdict(ROWS["tone.profanity"]) is Verdict.AGREE


def test_leaving_it_to_judgement_differs_from_settling_it_and_agrees_with_itself() -> None:
    key = "tone.profanity"
    judged = stands_for("b", key, stance=Stance.JUDGEMENT)
    assert differences(row(key, stands_for("a", key), judged)) == (Aspect.JUDGEMENT,)
    assert verdict(ROWS["limits.hard_cases"]) is Verdict.AGREE


def test_a_filter_and_a_behavior_never_agree_by_accident() -> None:
    # The same value, the same windows: but one is a filter.
    found = ROWS["safety.child_sexual_abuse"]
    assert found.cells["google"].default == found.cells["openai"].default
    assert found.cells["google"].operator == found.cells["openai"].operator
    assert found.cells["google"].is_filter
    assert verdict(found) is Verdict.CONTROLS
    assert not disagree(found)
    assert verdict(found.on(["google", "openai"])) is Verdict.CONTROLS
    assert verdict(found.on(["anthropic", "openai"])) is Verdict.AGREE


def test_filters_are_compared_with_filters() -> None:
    key, source = "filters.harassment", BOOKS["google"]
    other = replace(source.behaviors[key], default=0)
    second = replace(source, platform="other", behaviors={key: other}, digest="sha256:other")
    assert differences(row(key, source, second)) == (Aspect.DEFAULT,)
    # A difference among behaviors counts beside a filter, too.
    assert differences(ROWS["privacy.personal_data"]) == (Aspect.JUDGEMENT,)


def test_the_reference_is_no_vendor_where_there_are_two() -> None:
    key = "agents.spend_limit"  # the reference states another limit than OpenAI, and no other vendor states one
    assert {cell.platform for cell in compared(ROWS[key])} == {"anthropic", "google", "openai"}
    assert verdict(ROWS[key]) is Verdict.ONE
    assert differences(ROWS[key].on(["openai", "reference"])) == (Aspect.OPERATOR,)


def test_order_of_the_books_is_irrelevant_to_the_verdicts() -> None:
    turned = {each.key: each for each in crosswalk(reversed(list(BOOKS.values())))}
    assert {key: differences(each) for key, each in turned.items()} == {k: differences(r) for k, r in ROWS.items()}


# What goes with a cell


def test_a_cell_names_its_rules_and_attestations() -> None:
    cell = ROWS["content.explicit"].cells["anthropic"]
    assert cell.attestations == ("adults_only",)
    assert "audience-minors-no-explicit" in {rule.id for rule in cell.rules}
    assert cell.authority == "instructable, off by default"
    assert cell.how == "context"
    assert cell.citation is not None


def test_a_filter_points_to_the_behaviors_that_point_to_it() -> None:
    back = ROWS["filters.harassment"].cells["google"].see
    assert "tone.insults" in back
    for key in back:
        assert "filters.harassment" in ROWS[key].cells["google"].see
