"""How a product is: every check of every environment, in one look."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Action, Crumb, Pill, When


class Line(Struct, frozen=True):
    """One thing that a check found. ``why`` is the reason of a rule."""

    tone: str
    text: str
    why: str = ""


class Tile(Struct, frozen=True):
    """One check in one environment: ``word`` is how it came out, ``old`` why that does not count as known now, and
    ``todo`` what to do about it."""

    id: str
    name: str
    question: str
    tone: str
    icon: str
    word: str
    text: str
    more: tuple[Line, ...] = ()
    when: When | None = None
    since: When | None = None
    old: str = ""
    todo: str = ""
    action: Action | None = None


class PlaceHealth(Struct, frozen=True):
    slug: str
    name: str
    version: str
    href: str
    pill: Pill
    tiles: tuple[Tile, ...]


class Happened(Struct, frozen=True):
    text: str
    detail: str
    tone: str
    icon: str
    when: When
    href: str


class HealthPage(Struct, frozen=True):
    slug: str
    name: str
    crumbs: tuple[Crumb, ...]
    places: tuple[PlaceHealth, ...]
    history: tuple[Happened, ...]
    empty: str = ""
    can_measure: bool = False
    help_href: str = ""
