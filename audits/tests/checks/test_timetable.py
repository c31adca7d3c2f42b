"""When something is due next: at fixed instants, whatever the clock does in between."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from audits.checks.timetable import next_due

START = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
moments = st.integers(-5_000, 600_000).map(lambda minutes: START + timedelta(minutes=minutes))


def due(after: datetime, days: int = 7, hour: int = 3) -> datetime:
    return next_due(START, every_days=days, at_hour=hour, after=after)


def test_the_first_is_today_if_the_hour_is_to_come_and_else_a_whole_step_on() -> None:
    assert due(START, hour=12) == datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert due(START, hour=3) == datetime(2026, 11, 30, 3, tzinfo=UTC)


def test_what_was_missed_for_weeks_is_one_instant() -> None:
    assert due(START + timedelta(days=40)) == datetime(2027, 1, 4, 3, tzinfo=UTC)


@given(after=moments, days=st.integers(1, 366), hour=st.integers(0, 23))
def test_it_is_always_ahead_never_further_than_a_step_and_on_the_grid(after: datetime, days: int, hour: int) -> None:
    found = due(after, days, hour)
    first = due(START - timedelta(days=10), days, hour)
    assert found > after
    assert found == first or found - after <= timedelta(days=days)
    assert (found - first) % timedelta(days=days) == timedelta(0)
    assert due(found - timedelta(seconds=1), days, hour) == found, "asked again just before, it is the same one"
