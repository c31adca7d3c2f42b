"""Two runs of a product side by side."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Action, Crumb, Message, Pill


class RunSide(Struct, frozen=True):
    """One of the two."""

    title: str
    href: str
    text: str
    when: str


class ChangeLine(Struct, frozen=True):
    """One thing that the later protocol fixes otherwise."""

    label: str
    text: str
    href: str = ""
    english: bool = False


class VariantLine(Struct, frozen=True):
    """A variant that got better or worse, with its trials in both runs."""

    name: str
    earlier_href: str
    later_href: str


class ComparedLine(Struct, frozen=True):
    """One commitment."""

    key: str
    name: str
    pill: Pill
    earlier: str  # "58 of 60, pass"
    later: str
    difference: str
    sure: str  # the interval
    variants: str
    better: tuple[VariantLine, ...] = ()
    worse: tuple[VariantLine, ...] = ()


class ComparisonPage(Struct, frozen=True):
    title: str
    crumbs: tuple[Crumb, ...]
    lead: str
    sides: tuple[RunSide, RunSide]
    messages: tuple[Message, ...]
    rehearsal: bool
    changes: tuple[ChangeLine, ...]
    changes_empty: str
    limits: tuple[str, ...]  # what the numbers can and cannot show
    lines: tuple[ComparedLine, ...]
    empty: str
    others: tuple[Action, ...]
    swap_href: str
