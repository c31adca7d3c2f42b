"""When something that is to happen every so many days is due next. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta


def next_due(since: datetime, *, every_days: int, at_hour: int, after: datetime) -> datetime:
    """The first instant after ``after`` among those that are whole multiples of ``every_days`` from the day of
    ``since``, at an hour of UTC. What was missed in between is not made up for: it is one instant, not many.

    Args:
        every_days: at least 1.
        at_hour: 0 to 23.
    """
    day = since.astimezone(UTC).date()
    first = datetime.combine(day, time(at_hour), UTC)
    step = timedelta(days=every_days)
    if after < first:
        return first
    return first + ((after - first) // step + 1) * step
