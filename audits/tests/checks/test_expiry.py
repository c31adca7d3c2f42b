"""What ends soon: listed with what changes then, and told of 30, 7 and 1 days before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from audits.checks.expiry import Ending, judge, threshold
from audits.checks.results import CheckKind, Outcome, Point, Result, is_old, worst

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=400)


def ending(days: float, code: str = "key_ends", **more: object) -> Ending:
    values = {"name": "bl_1"} if code.startswith("key") else {"platform": "reference", "version": 3}
    return Ending(code, NOW + timedelta(days=days), values, **more)  # type: ignore[arg-type]


def test_what_ends_soon_needs_somebody_and_what_was_planned_does_not() -> None:
    assert Result.of(judge([ending(5)], NOW)).outcome is Outcome.ATTENTION
    assert Result.of(judge([ending(60)], NOW)).outcome is Outcome.PASS
    assert Result.of(judge([ending(5, "activation_due", needs_somebody=False)], NOW)).outcome is Outcome.PASS
    assert [point.code for point in judge([], NOW)] == ["nothing_ends"]


def test_what_ended_lately_is_still_said_and_then_forgotten() -> None:
    assert Result.of(judge([ending(-5, "key_ended")], NOW)).outcome is Outcome.ATTENTION
    assert [point.code for point in judge([ending(-31, "key_ended")], NOW)] == ["nothing_ends"]


def test_a_document_that_nothing_follows_fails_once_it_is_over() -> None:
    assert Result.of(judge([ending(5, "nothing_follows")], NOW)).outcome is Outcome.ATTENTION
    assert Result.of(judge([ending(-0.1, "nothing_follows")], NOW)).outcome is Outcome.FAIL


def test_the_first_to_end_comes_first_and_says_what_changes_then() -> None:
    points = judge([ending(9, changes=("Explicit content", "Profanity")), ending(2)], NOW)
    assert [point.code for point in points] == ["key_ends", "key_ends", "changes_then"]
    assert points[2].values == {"behaviors": "Explicit content, Profanity", "ends_at": "2026-12-08T12:00:00Z"}


@pytest.mark.parametrize(
    ("days", "told"), [(31, None), (30, 30), (8, 30), (7, 7), (1.5, 7), (1, 1), (0.1, 1), (0, None), (-1, None)]
)
def test_an_end_is_told_of_at_the_nearest_threshold(days: float, told: int | None) -> None:
    assert threshold(NOW + timedelta(days=days), LONG_AGO, NOW) == told


def test_whoever_settled_it_so_late_has_just_said_so() -> None:
    end = NOW + timedelta(days=5)
    assert threshold(end, NOW - timedelta(hours=1), NOW) is None
    assert threshold(end, NOW - timedelta(days=3), NOW) == 7


def test_a_result_is_the_worst_of_its_points_and_nothing_is_not_measured() -> None:
    points = [Point("no_instructions", outcome) for outcome in reversed(Outcome)]
    assert Result.of(points).outcome is Outcome.FAIL
    assert Result.of([]).outcome is Outcome.NOT_MEASURED
    assert worst([Outcome.PASS, Outcome.NOT_MEASURED]) is Outcome.NOT_MEASURED
    assert Point.read(points[0].as_dict()) == points[0]
    assert is_old(CheckKind.SERVING, NOW - timedelta(hours=13), NOW)
    assert not is_old(CheckKind.BEHAVIOR, NOW - timedelta(days=29), NOW)
