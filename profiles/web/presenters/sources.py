"""Imported source documents: what is here, one of them in outline, and what changed from one to another."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.web.presenters.parts import Action, Crumb, Message, Pill, Problem, Tag, When
from profiles.web.presenters.rulebooks import Link


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One imported revision. ``counts`` is "78 sections, 181 examples, 2 warnings"."""

    published: str  # "18 Dec 2025"
    published_iso: str
    href: str
    digest: str
    counts: str
    imported: When
    imported_by: str
    pills: tuple[Pill, ...] = ()
    twin: str = ""  # the sentence that another text was published under the same date
    compare: Action | None = None  # with the one before it


@dataclass(frozen=True, slots=True)
class SourceShelf:
    """All revisions of one document, newest first."""

    id: str
    platform: str  # "OpenAI"
    name: str  # "model_spec"
    lines: tuple[SourceLine, ...]
    message: Message | None = None  # a revision that is being settled, or a change that waits for one


@dataclass(frozen=True, slots=True)
class ImportForm:
    platform: str
    name: str
    published: str
    platform_error: str = ""
    name_error: str = ""
    published_error: str = ""
    file_error: str = ""
    lines: tuple[str, ...] = ()  # every problem of the file with its line


@dataclass(frozen=True, slots=True)
class SourcesPage:
    crumbs: tuple[Crumb, ...]
    lead: str
    shelves: tuple[SourceShelf, ...]
    form: ImportForm | None  # for those who may import
    problems: tuple[Problem, ...] = ()


# --- one document ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OutlineRow:
    """One section. ``level`` is how many '#' its heading has; ``examples`` is "3 examples: 2 good, 1 bad"."""

    id: str
    level: int
    title: str
    authority: str
    tags: tuple[str, ...]
    examples: str
    commentary: str


@dataclass(frozen=True, slots=True)
class SourcePage:
    title: str
    crumbs: tuple[Crumb, ...]
    lead: str
    facts: tuple[tuple[str, str], ...]
    digest: str
    imported: When
    imported_by: str
    rows: tuple[OutlineRow, ...]
    warnings: tuple[str, ...]
    others: tuple[Link, ...]  # differences with the other revisions of this document


# --- what changed ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with what changed in it: runs of ("same" | "folded" | "added" | "removed", text), where folded ones are
    long and the same. ``note`` says what is left out."""

    runs: tuple[tuple[str, str], ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class SectionChange:
    """One section that changed. ``lines`` are (what, before, after): its authority, title, place, tags."""

    id: str
    title: str
    tags: tuple[Tag, ...]  # "Added", "Text changed"
    lines: tuple[tuple[str, str, str], ...] = ()
    marked: Marked | None = None  # its text; None where that is the same
    renamed: str = ""  # the sentence about its likely other name
    cited: tuple[Link, ...] = ()  # the behaviors that rest on it
    alone_href: str = ""  # where its text is shown, when this page has no room for it


@dataclass(frozen=True, slots=True)
class SectionGroup:
    id: str
    name: str
    count: int
    sections: tuple[SectionChange, ...]
    more: str = ""  # how many are left out


@dataclass(frozen=True, slots=True)
class StartForm:
    """Starts the next rulebook revision."""

    href: str
    platform: str
    affected: str  # "12 behaviors rest on what changed"
    published: str
    published_error: str = ""


@dataclass(frozen=True, slots=True)
class SourceDiffPage:
    title: str
    crumbs: tuple[Crumb, ...]
    lead: str
    summary: tuple[tuple[str, int, str], ...]  # ("Texts changed", 6, its anchor)
    groups: tuple[SectionGroup, ...]
    asides: tuple[tuple[str, tuple[str, ...]], ...]  # what binds nobody: examples, commentary, names of levels
    empty: str
    swap_href: str = ""
    whole_href: str = ""  # back to all of it, from a section alone
    start: StartForm | None = None
    message: Message | None = None  # why there is no form, or what to know before one starts
    problems: tuple[Problem, ...] = ()


# --- on the shelf of the rulebooks -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenRevision:
    """A next revision that is being settled."""

    href: str
    name: str
    text: str  # "3 of 12 behaviors settled, started by Ines Okafor"
    settled: int
    total: int


@dataclass(frozen=True, slots=True)
class RulebookWork:
    """What leads from the rulebooks to the documents that they rest on, and to the work on their next revisions."""

    text: str
    sources: Action
    compare: tuple[Action, ...]  # the two newest revisions of each document
    revisions: tuple[OpenRevision, ...]
