"""Which runs count, and what is missing for a passing one: wrong ones first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from audits.checks.freshness import Found, Lack, Missing, Wanted, freshness, is_model, missing
from audits.checks.freshness import Tested as Complete
from audits.checks.statistics import CommitmentOutcome as Outcome

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LINE, TONE = "safety.weapons_of_mass_harm", "tone.profanity"
WANTED = Wanted("reference", "told-1", guarded=frozenset({LINE}))
RUN = Complete(1, 3, "reference", "told-1", "m", False, NOW - timedelta(days=2), {LINE: Found(Outcome.PASS, 60, 60)})


def lacking(*runs: Complete, wanted: Wanted = WANTED, days: int = 7) -> Missing | None:
    return missing(freshness(wanted, runs), days=days, now=NOW)


def found(run: Complete, key: str, outcome: Outcome, number: int = 1, days: float = 2) -> Complete:
    return replace(run, run=number, ended=NOW - timedelta(days=days), findings={key: Found(outcome, 1, 2)})


@pytest.mark.parametrize(
    ("run", "lack"),
    [
        (replace(RUN, platform="openai"), Lack.NOT_RUN),
        (replace(RUN, told="told-2"), Lack.OTHER_INSTRUCTIONS),
        (replace(RUN, rehearsal=True), Lack.REHEARSED),
        (replace(RUN, ended=NOW - timedelta(days=8)), Lack.STALE),
        (found(RUN, TONE, Outcome.FAIL), Lack.FAILING),
        (found(RUN, LINE, Outcome.INCONCLUSIVE), Lack.INCONCLUSIVE),
    ],
)
def test_what_does_not_count_or_does_not_pass(run: Complete, lack: Lack) -> None:
    gap = lacking(run)
    assert gap is not None
    assert gap.lack is lack


def test_nothing_at_all_is_no_run() -> None:
    assert lacking() == Missing(Lack.NOT_RUN, WANTED)


def test_a_fresh_passing_run_is_enough_to_the_very_day() -> None:
    assert lacking(RUN) is None
    assert lacking(RUN, days=2) is None
    assert lacking(replace(RUN, ended=RUN.ended - timedelta(seconds=1)), days=2) is not None


def test_an_inconclusive_default_and_what_no_probe_covers_hold_nothing_up() -> None:
    unclear, uncovered = found(RUN, TONE, Outcome.INCONCLUSIVE, 2), found(RUN, LINE, Outcome.NOT_COVERED, 3, days=1)
    assert lacking(RUN, unclear, uncovered) is None


def test_a_failure_does_not_age_and_another_suite_does_not_hide_it() -> None:
    old = found(RUN, TONE, Outcome.FAIL, 2, days=400)
    gap = lacking(RUN, old)
    assert gap is not None
    assert (gap.lack, gap.behaviors, gap.near) == (Lack.FAILING, (TONE,), old)
    assert lacking(RUN, old, found(RUN, TONE, Outcome.PASS, 4, days=3)) is None


def test_a_bright_line_tested_long_ago_is_stale_however_fresh_the_rest_is() -> None:
    gap = lacking(replace(RUN, ended=NOW - timedelta(days=90)), found(RUN, TONE, Outcome.PASS, 2, days=1))
    assert gap is not None
    assert (gap.lack, gap.behaviors) == (Lack.STALE, (LINE,))


def test_another_model_than_the_named_one_does_not_count() -> None:
    named = replace(WANTED, model="Claude Opus 4.5")
    gap = lacking(replace(RUN, model="claude-sonnet-4-5"), wanted=named)
    assert gap is not None
    assert gap.lack is Lack.OTHER_MODEL
    assert lacking(replace(RUN, model="anthropic/claude-opus-4-5-20251101"), wanted=named) is None


@pytest.mark.parametrize(
    ("asked", "named", "same"),
    [
        ("gpt-5", "GPT-5", True),
        ("gpt-5-2025-08-07", "GPT-5", True),
        ("gpt-5-mini", "GPT-5", False),
        ("gpt-5.1", "GPT-5", False),
        ("gemini-2.5-pro-latest", "Gemini 2.5 Pro", True),
        ("gemini-2.5-pro-preview-05-06", "Gemini 2.5 Pro", False),
        ("claude", "", False),
    ],
)
def test_a_model_by_the_name_that_people_use(asked: str, named: str, same: bool) -> None:
    assert is_model(asked, named) is same
