"""The help pages, and the shortcuts."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Crumb


class HelpLink(Struct, frozen=True):
    label: str
    href: str
    text: str = ""
    current: bool = False


class HelpSection(Struct, frozen=True):
    id: str
    title: str
    paragraphs: tuple[str, ...]


class Term(Struct, frozen=True):
    """One line of the glossary; ``href`` is the topic that says more."""

    id: str
    word: str
    meaning: str
    href: str = ""


class Shortcut(Struct, frozen=True):
    """``keys`` are pressed one after the other; "Ctrl K" is one. ``go`` is the letter after "g" that leads to
    ``href``."""

    keys: tuple[str, ...]
    text: str
    go: str = ""
    href: str = ""


class HelpPage(Struct, frozen=True):
    """One topic, or the list of all of them if it has no sections."""

    title: str
    lead: str
    topics: tuple[HelpLink, ...]
    sections: tuple[HelpSection, ...] = ()
    terms: tuple[Term, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    see: tuple[HelpLink, ...] = ()
    crumbs: tuple[Crumb, ...] = ()
