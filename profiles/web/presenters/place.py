"""Where a product runs: for whom, on which surfaces, in which jurisdictions, on which platforms and models."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Crumb, DiffLine, Message, Problem
from profiles.web.presenters.settings import Choice


class FactField(Struct, frozen=True):
    """One fact, as the rulebooks know it: one of several values, or (``several``) any of them."""

    name: str  # "facts.audience": of the field
    label: str
    choices: tuple[Choice, ...]
    several: bool
    hint: str = ""
    error: str = ""

    @property
    def id(self) -> str:
        return self.name.replace(".", "-")


class PlatformField(Struct, frozen=True):
    """A platform with the models that people name for it."""

    value: str
    label: str
    revision: str  # "Rulebook of 21 Jan 2026"
    chosen: bool
    models: str
    error: str = ""


class LimitLine(Struct, frozen=True):
    """A window that would be another one. ``platform`` is empty where it is so on all of them."""

    name: str
    key: str
    before: str
    after: str
    direction: str
    direction_text: str
    platform: str = ""


class PlaceEffects(Struct, frozen=True):
    """What would change, before it does: law packs that begin or stop to apply, limits, and the draft's values."""

    lead: str
    notes: tuple[Message, ...] = ()
    limits: tuple[LimitLine, ...] = ()
    limits_title: str = ""
    values: tuple[DiffLine, ...] = ()
    values_title: str = ""


class PlacePage(Struct, frozen=True):
    slug: str
    seen: str
    product: str
    crumbs: tuple[Crumb, ...]
    lead: str
    facts: tuple[FactField, ...]
    platforms: tuple[PlatformField, ...]
    platforms_error: str = ""
    shown: tuple[tuple[str, str], ...] = ()  # for those who only read
    laws: tuple[tuple[str, str, str], ...] = ()  # (title, when, where) of the law packs that apply today
    effects: PlaceEffects | None = None
    no_form: str = ""
    problems: tuple[Problem, ...] = ()
