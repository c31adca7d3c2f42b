"""Days as people write them in forms. A day that somebody names counts until its end, in their own time zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo

from django.utils import timezone
from django.utils.translation import gettext as _

from profiles.errors import InvalidInput
from profiles.web.moments import local

_LAST_SECOND = time(23, 59, 59, fold=1)  # where clocks go back over midnight, the later of the two


def end_of_day(day: date) -> datetime:
    """The last second of a day: shown as the day that was chosen, not as midnight of the next."""
    return datetime.combine(day, _LAST_SECOND, timezone.get_current_timezone())


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


def read_moment(text: str, field: str, *, zone: tzinfo | None = None, message: str = "") -> datetime:
    """The date and time that a field holds.

    Args:
        zone: where it is meant if it does not say so; else in the person's own.
        message: what to say where it is none.

    Raises:
        InvalidInput: it is none, with the sentence under ``field``.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        return found if found.tzinfo else timezone.make_aware(found, zone)
    except (ValueError, OverflowError):
        message = message or _("Give a date and a time, such as 2026-05-03 14:00.")
        raise InvalidInput(message, fields={field: [message]}) from None


def last_day(now: datetime, days: int) -> date:
    """The last day whose end is at most ``days`` days away."""
    limit = local(now + timedelta(days=days))
    return limit.date() if end_of_day(limit.date()) <= limit else limit.date() - timedelta(days=1)


def first_day(now: datetime) -> date:
    """The first day whose end is still to come."""
    return local(now).date()
