"""What changed between two revisions of one rulebook, in words."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Action, Crumb, Pill
from profiles.web.presenters.rulebooks import Link


class AspectLine(Struct, frozen=True):
    """One thing that changed about a behavior or a rule. What is empty was not there."""

    name: str  # "Default"
    before: str
    after: str
    direction: str = ""  # tightening, loosening, mixed: for the class
    direction_text: str = ""


class ChangedItem(Struct, frozen=True):
    """A behavior, rule, conflict or kind of attestation that is new, gone or different."""

    id: str
    name: str
    key: str
    pill: Pill  # added, removed, changed
    lines: tuple[AspectLine, ...]
    href: str = ""


class ChangedGroup(Struct, frozen=True):
    id: str
    name: str
    items: tuple[ChangedItem, ...]


class RulebookDiffPage(Struct, frozen=True):
    title: str
    lead: str
    crumbs: tuple[Crumb, ...]
    groups: tuple[ChangedGroup, ...]
    summary: str  # "2 added, 1 removed, 5 changed; 63 behaviors are the same"
    revisions: tuple[Link, ...]  # the two that are compared
    swap: Action
    others: tuple[Action, ...]
    empty: str
