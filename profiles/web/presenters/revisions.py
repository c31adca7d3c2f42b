"""A rulebook's next revision while its behaviors are settled, one by one."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from profiles.web.presenters.parts import Action, Crumb, Message, Pill, Problem, When
from profiles.web.presenters.rulebooks import Link
from profiles.web.presenters.sources import Marked, SectionChange


class Theirs(Struct, frozen=True):
    """What somebody else made of a behavior meanwhile."""

    text: str
    toml: str


class WorkBody(Struct, frozen=True):
    """An opened behavior: the changed sections that it rests on, and its text to edit; ``problems`` are by path."""

    sections: tuple[SectionChange, ...]
    nothing: str  # the sentence where no section changed
    toml: str
    rows: int
    seen: int
    settle_href: str
    can_edit: bool
    changed: Marked | None = None  # what of its text is another one than in the revision before
    problems: tuple[tuple[str, str], ...] = ()
    theirs: Theirs | None = None


class WorkRow(Struct, frozen=True):
    """One behavior. ``note`` names the sections; ``lost`` says which of them are gone and must not be cited."""

    key: str
    name: str
    href: str
    pill: Pill
    note: str
    by: str = ""
    when: When | None = None
    lost: str = ""
    body: WorkBody | None = None


class RevisionProgress(Struct, frozen=True):
    """How far it is, with what can be done then. ``text`` is "3 of 12 behaviors settled"."""

    pk: int
    settled: int
    total: int
    text: str
    seen: int
    may: bool
    title: str  # of the rulebook, and what it says about itself: as typed, or as it is
    about: str
    waits: str = ""  # why it cannot be published yet
    errors: Mapping[str, str] = field(default_factory=dict)  # sentences by field
    preview: Action | None = None  # the newest one


class RevisionPage(Struct, frozen=True):
    title: str
    crumbs: tuple[Crumb, ...]
    lead: str
    pill: Pill
    facts: tuple[tuple[str, Link], ...]
    progress: RevisionProgress
    rows_title: str
    rows: tuple[WorkRow, ...]
    others: tuple[Link, ...]  # behaviors that no change touches
    uncited: tuple[SectionChange, ...]  # new sections that no behavior rests on
    banner: Message | None = None
    problems: tuple[Problem, ...] = ()
    row: WorkRow | None = None  # the one that is looked at alone
    before: Link | None = None
    after: Link | None = None
