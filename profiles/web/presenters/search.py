"""What was found, as a page and as the list of the palette."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing. ``lang`` is the language of ``label``, where that is not the page's."""

    id: str
    href: str
    label: str
    icon: str
    detail: str = ""
    lang: str = ""


@dataclass(frozen=True, slots=True)
class HitGroup:
    id: str
    title: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """``said`` is announced: how many there are, or that there are none."""

    query: str
    product: str  # the slug of the one that is looked at; its things come first
    groups: tuple[HitGroup, ...]
    said: str
    empty: str = ""  # what to try instead
