"""Moments and days in words, in the zone and the language of whoever reads the page."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

# Abbreviations that other languages write differently; all others are the same everywhere.
_ZONES: Final = {
    "WET": pgettext_lazy("time zone", "WET"),
    "WEST": pgettext_lazy("time zone", "WEST"),
    "CET": pgettext_lazy("time zone", "CET"),
    "CEST": pgettext_lazy("time zone", "CEST"),
    "EET": pgettext_lazy("time zone", "EET"),
    "EEST": pgettext_lazy("time zone", "EEST"),
}


def local(moment: datetime) -> datetime:
    """The same moment in the zone of the request."""
    return timezone.localtime(moment)


def day_words(day: date) -> str:
    """ "23 Nov 2026"."""
    return str(dateformat.format(day, pgettext("date format", "j M Y")))


def short_day_words(day: date) -> str:
    """ "23 Nov"."""
    return str(dateformat.format(day, pgettext("date format", "j M")))


def day_of_year_words(day: date) -> str:
    """ "23 November"."""
    return str(dateformat.format(day, pgettext("date format", "j F")))


def long_day_words(day: date) -> str:
    """ "Monday, 23 November 2026"."""
    return str(dateformat.format(day, pgettext("date format", "l, j F Y")))


def moment_words(moment: datetime, *, seconds: bool = False) -> str:
    """ "23 Nov 2026, 14:32 CET"."""
    here = local(moment)
    time = f"{here:%H:%M:%S}" if seconds else f"{here:%H:%M}"
    return _("%(day)s, %(time)s %(zone)s") % {"day": day_words(here), "time": time, "zone": zone_words(here)}


def zone_words(moment: datetime) -> str:
    """What its zone is called at that moment: "UTC", "CEST"; "UTC−03" where people have no name for it."""
    name = moment.tzname() or ""
    if name[:1] in ("+", "-"):
        return "UTC" + name.replace("-", "−")
    return str(_ZONES.get(name, name))


def zone_name() -> str:
    """The zone of the request, where no moment is meant: "UTC", "Europe/Berlin"."""
    return timezone.get_current_timezone_name().replace("_", " ")


def iso(moment: datetime) -> str:
    """For machines: RFC 3339 in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
