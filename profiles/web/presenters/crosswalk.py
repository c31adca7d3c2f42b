"""The crosswalk: what the platforms' newest rulebooks say about each behavior, side by side."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Crumb
from profiles.web.presenters.rulebooks import Link, Source


class Column(Struct, frozen=True):
    platform: str
    name: str
    title: str
    published: str
    published_iso: str
    href: str  # of the rulebook


class CellView(Struct, frozen=True):
    """What one platform says, first in a few words and then (``details``) with its source."""

    platform: str
    name: str
    kind: str  # "Bright line", "Vendor filter", "Not addressed"
    tone: str
    icon: str
    href: str  # the behavior on the rulebook's page
    value: str = ""  # "Off by default"
    window: str = ""  # "Off to On": what an operator may choose
    who: str = ""  # empty where nothing is stated
    how: str = ""
    authority: str = ""
    conditions: str = ""  # "1 attestation, 3 rules"
    see: tuple[Link, ...] = ()
    # details
    who_sentence: str = ""
    stance: str = ""
    because: str = ""
    rules: tuple[str, ...] = ()
    source: Source | None = None

    @property
    def said(self) -> str:
        """What the text filter looks at."""
        source = self.source
        said = (self.kind, self.value, self.who, self.authority, *(source.said if source else ()))
        return " ".join((*said, *(link.text for link in self.see))).lower()


class RowView(Struct, frozen=True):
    key: str
    name: str
    verdict: str  # "Vendors differ on the default"
    tone: str
    icon: str
    cells: tuple[CellView, ...]


class RowGroup(Struct, frozen=True):
    id: str
    name: str
    count: str
    rows: tuple[RowView, ...]


class Choice(Struct, frozen=True):
    value: str
    label: str
    chosen: bool


class CrosswalkFilter(Struct, frozen=True):
    action: str
    query: str
    groups: tuple[Choice, ...]
    shows: tuple[Choice, ...]
    platforms: tuple[Choice, ...]
    found: str  # "32 of 71 behaviors"
    csv_href: str
    reset_href: str = ""  # where something is filtered


class Term(Struct, frozen=True):
    """A word of the table and what it means."""

    word: str
    meaning: str
    icon: str = ""
    tone: str = ""


class CrosswalkPage(Struct, frozen=True):
    lead: str
    crumbs: tuple[Crumb, ...]
    filter: CrosswalkFilter
    columns: tuple[Column, ...]
    groups: tuple[RowGroup, ...]
    legend: tuple[tuple[str, tuple[Term, ...]], ...]
    compared: str  # whose differences count
    empty: str

    @property
    def span(self) -> int:
        return len(self.columns) + 1

    @property
    def is_wide(self) -> bool:
        """More columns than a page has room for."""
        return len(self.columns) > 5
