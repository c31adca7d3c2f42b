"""The inbox of reviews: what waits for me, what I asked for, what was decided."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.freshness import Freshness
from profiles.web.presenters.parts import Person, Pill, When


class ReviewItem(Struct, frozen=True):
    """``summary`` names the changes in a line: "Explicit content: Off to On; 2 more"."""

    title: str  # "Version 15 of Ward Companion"
    href: str
    author: Person
    when: When
    note: str
    summary: str
    direction: Pill | None = None
    state: Pill | None = None
    findings: str = ""  # "1 to explain"
    fresh: Freshness | None = None  # the worst that runs say of it


class ReviewSection(Struct, frozen=True):
    id: str  # waiting, mine, decided
    name: str
    items: tuple[ReviewItem, ...]
    empty: str  # the sentence when there is none


class ReviewsPage(Struct, frozen=True):
    lead: str
    sections: tuple[ReviewSection, ...]
