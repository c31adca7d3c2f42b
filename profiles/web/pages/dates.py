"""Days as people write them in forms. A day that somebody names counts until its end, in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.utils.translation import gettext as _

from profiles.errors import InvalidInput

_LAST_SECOND = time(23, 59, 59, tzinfo=UTC)


def end_of_day(day: date) -> datetime:
    """The last second of a day, in UTC: shown as the day that was chosen, not as midnight of the next."""
    return datetime.combine(day, _LAST_SECOND)


def read_day(text: str, field: str) -> datetime:
    """The end of the day that a date field holds.

    Raises:
        InvalidInput: no date, with the sentence under ``field``.
    """
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        message = _("Write a date as year-month-day, such as 2027-03-01.")
        raise InvalidInput(message, fields={field: [message]}) from None
    return end_of_day(day)


def last_day(now: datetime, days: int) -> date:
    """The last day whose end is at most ``days`` days away."""
    limit = now.astimezone(UTC) + timedelta(days=days)
    return limit.date() if end_of_day(limit.date()) <= limit else limit.date() - timedelta(days=1)


def first_day(now: datetime) -> date:
    """The first day whose end is still to come."""
    return now.astimezone(UTC).date()
