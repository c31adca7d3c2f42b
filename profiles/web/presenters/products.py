"""Products as things that are made, named and removed."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Crumb, Message, Problem
from profiles.web.presenters.place import FactField, PlatformField
from profiles.web.presenters.settings import Choice


class LeftOut(Struct, frozen=True):
    """A setting that does not come along. ``why`` is what the action says."""

    name: str
    key: str
    why: str


class Start(Struct, frozen=True):
    """What a new product would start with, before it is made."""

    lead: str
    notes: tuple[Message, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    left_out_title: str = ""


class NewProductPage(Struct, frozen=True):
    crumbs: tuple[Crumb, ...]
    lead: str
    facts: tuple[FactField, ...]
    platforms: tuple[PlatformField, ...]
    originals: tuple[Choice, ...] = ()  # what it may start from
    start: Start | None = None
    name: str = ""
    slug: str = ""
    description: str = ""
    can_sample: bool = False
    name_error: str = ""
    slug_error: str = ""
    description_error: str = ""
    copy_error: str = ""
    platforms_error: str = ""
    problems: tuple[Problem, ...] = ()


class ProductSettingsPage(Struct, frozen=True):
    slug: str
    name: str
    description: str
    crumbs: tuple[Crumb, ...]
    can_change: bool
    no_form: str = ""
    is_sample: bool = False
    typed_name: str = ""
    name_error: str = ""
    description_error: str = ""
    problems: tuple[Problem, ...] = ()


class RemovePage(Struct, frozen=True):
    """``effects`` say what will happen, in the order of who notices."""

    slug: str
    name: str
    crumbs: tuple[Crumb, ...]
    effects: tuple[Message, ...]
    is_sample: bool
    typed_slug: str = ""
    reason: str = ""
    slug_error: str = ""
    reason_error: str = ""
    problems: tuple[Problem, ...] = ()
