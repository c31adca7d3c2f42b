"""Imported source documents: what is here, one of them in outline, and what changed from one to another."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Action, Crumb, Message, Pill, Problem, Tag, When
from profiles.web.presenters.rulebooks import Link


class SourceLine(Struct, frozen=True):
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


class SourceShelf(Struct, frozen=True):
    """All revisions of one document, newest first."""

    id: str
    platform: str  # "OpenAI"
    name: str  # "model_spec"
    lines: tuple[SourceLine, ...]
    message: Message | None = None  # a revision that is being settled, or a change that waits for one


class ImportForm(Struct, frozen=True):
    platform: str
    name: str
    published: str
    platform_error: str = ""
    name_error: str = ""
    published_error: str = ""
    file_error: str = ""
    lines: tuple[str, ...] = ()  # every problem of the file with its line


class SourcesPage(Struct, frozen=True):
    crumbs: tuple[Crumb, ...]
    lead: str
    shelves: tuple[SourceShelf, ...]
    form: ImportForm | None  # for those who may import
    problems: tuple[Problem, ...] = ()


# --- one document ------------------------------------------------------------------------------------------------


class OutlineRow(Struct, frozen=True):
    """One section. ``level`` is how many '#' its heading has; ``examples`` is "3 examples: 2 good, 1 bad"."""

    id: str
    level: int
    title: str
    authority: str
    tags: tuple[str, ...]
    examples: str
    commentary: str


class SourcePage(Struct, frozen=True):
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


class Marked(Struct, frozen=True):
    """A text with what changed in it: runs of ("same" | "folded" | "added" | "removed", text), where folded ones are
    long and the same. ``note`` says what is left out."""

    runs: tuple[tuple[str, str], ...] = ()
    note: str = ""


class SectionChange(Struct, frozen=True):
    """One section that changed. ``lines`` are (what, before, after): its authority, title, place, tags."""

    id: str
    title: str
    tags: tuple[Tag, ...]  # "Added", "Text changed"
    lines: tuple[tuple[str, str, str], ...] = ()
    marked: Marked | None = None  # its text; None where that is the same
    renamed: str = ""  # the sentence about its likely other name
    cited: tuple[Link, ...] = ()  # the behaviors that rest on it
    alone_href: str = ""  # where its text is shown, when this page has no room for it


class SectionGroup(Struct, frozen=True):
    id: str
    name: str
    count: int
    sections: tuple[SectionChange, ...]
    more: str = ""  # how many are left out


class StartForm(Struct, frozen=True):
    """Starts the next rulebook revision."""

    href: str
    platform: str
    affected: str  # "12 behaviors rest on what changed"
    published: str
    published_error: str = ""


class SourceDiffPage(Struct, frozen=True):
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


class OpenRevision(Struct, frozen=True):
    """A next revision that is being settled."""

    href: str
    name: str
    text: str  # "3 of 12 behaviors settled, started by Ines Okafor"
    settled: int
    total: int


class RulebookWork(Struct, frozen=True):
    """What leads from the rulebooks to the documents that they rest on, and to the work on their next revisions."""

    text: str
    sources: Action
    compare: tuple[Action, ...]  # the two newest revisions of each document
    revisions: tuple[OpenRevision, ...]
