"""What was found, as a page and as the list of the palette."""

from __future__ import annotations

from msgspec import Struct


class Hit(Struct, frozen=True):
    """One thing. ``lang`` is the language of ``label``, where that is not the page's."""

    id: str
    href: str
    label: str
    icon: str
    detail: str = ""
    lang: str = ""


class HitGroup(Struct, frozen=True):
    id: str
    title: str
    hits: tuple[Hit, ...]


class SearchPage(Struct, frozen=True):
    """``said`` is announced: how many there are, or that there are none."""

    query: str
    product: str  # the slug of the one that is looked at; its things come first
    groups: tuple[HitGroup, ...]
    said: str
    empty: str = ""  # what to try instead
