"""What somebody looks for in the trail, as data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. ``field`` is text, actor, action, product, behavior or outcome. ``values`` are what ``text`` names
    there: kinds, outcomes, keys of behaviors. Actors and products are found by name when the trail is read."""

    field: str
    text: str
    negated: bool = False
    values: tuple[str, ...] = ()
    behaviors: tuple[str, ...] = ()  # of a text: the keys of behaviors that are called so


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; all of it must hold. Days are those of ``zone``, both included."""

    terms: tuple[Term, ...] = ()
    kind: str = ""
    actor: str = ""  # the id
    product: str = ""
    since: date | None = None
    until: date | None = None
    zone: tzinfo = _UTC

    @property
    def start(self) -> datetime | None:
        """The first instant."""
        return midnight(self.since, self.zone) if self.since else None

    @property
    def end(self) -> datetime | None:
        """The first instant after."""
        return midnight(self.until + timedelta(days=1), self.zone) if self.until else None


def midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, zone)
