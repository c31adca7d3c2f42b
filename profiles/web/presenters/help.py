"""The help pages, and the shortcuts."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.web.presenters.parts import Crumb


@dataclass(frozen=True, slots=True)
class HelpLink:
    label: str
    href: str
    text: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class HelpSection:
    id: str
    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """One line of the glossary; ``href`` is the topic that says more."""

    id: str
    word: str
    meaning: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Shortcut:
    """``keys`` are pressed one after the other; "Ctrl K" is one. ``go`` is the letter after "g" that leads to
    ``href``."""

    keys: tuple[str, ...]
    text: str
    go: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class HelpPage:
    """One topic, or the list of all of them if it has no sections."""

    title: str
    lead: str
    topics: tuple[HelpLink, ...]
    sections: tuple[HelpSection, ...] = ()
    terms: tuple[Term, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    see: tuple[HelpLink, ...] = ()
    crumbs: tuple[Crumb, ...] = ()
