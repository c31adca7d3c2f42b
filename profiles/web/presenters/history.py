"""A product's versions, its activations, and what counted at an instant."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Action, Crumb, Message, Person, Pill, When


class Choice(Struct, frozen=True):
    """One option of a filter."""

    value: str
    label: str
    chosen: bool = False


class Pages(Struct, frozen=True):
    """Keyset pages. ``newest_href`` and ``older_href`` are empty at the ends."""

    newest_href: str = ""
    older_href: str = ""


class VersionRow(Struct, frozen=True):
    number: int
    href: str
    note: str
    author: Person
    approvers: str  # "Approved by Lena Brandt"
    when: When
    pills: tuple[Pill, ...]
    direction: Pill
    digest: str
    short: str  # of the digest
    compare_href: str = ""  # what it changed
    is_before: bool = False  # chosen in the form of comparisons
    is_after: bool = False


class VersionsPage(Struct, frozen=True):
    slug: str
    crumbs: tuple[Crumb, ...]
    lead: str
    states: tuple[Choice, ...]
    versions: tuple[VersionRow, ...]
    pages: Pages
    empty: str
    draft_after: bool = False  # the draft is what the form compares with
    problem: str = ""


class EventRow(Struct, frozen=True):
    """One activation, or one that was to happen and did not. ``tone``: live, neutral, warn, bad."""

    id: str
    environment: str
    text: str  # "Version 5, from version 4"
    href: str
    when: When
    person: Person
    reason: str
    basis: str
    tone: str
    lasted: str = ""  # "for 3 days", "since 2 hours"
    until: When | None = None
    outcome: str = ""  # why it did not happen
    entry_href: str = ""
    at_href: str = ""  # what clients got then


class HistoryPage(Struct, frozen=True):
    slug: str
    crumbs: tuple[Crumb, ...]
    environments: tuple[Choice, ...]
    to_come: tuple[EventRow, ...]
    events: tuple[EventRow, ...]
    pages: Pages
    empty: str


class ServedRow(Struct, frozen=True):
    """One behavior in the bytes that were served."""

    key: str
    name: str
    value: str
    decided: str
    window: str
    source: str  # the citation in words
    href: str = ""  # of the rulebook, at this behavior


class ServedGroup(Struct, frozen=True):
    name: str
    rows: tuple[ServedRow, ...]


class Served(Struct, frozen=True):
    """What clients of one platform were answered."""

    platform: str
    name: str
    digest: str
    published: When
    valid_from: When
    valid_until: When | None
    republished: str  # why these bytes are younger than the activation
    entry_href: str
    groups: tuple[ServedGroup, ...]
    count: str
    instructions: str
    matches: bool  # the bytes have the digest that stands beside them


class MomentPage(Struct, frozen=True):
    slug: str
    crumbs: tuple[Crumb, ...]
    when: str  # for the field, in the person's own zone
    zone: str
    environments: tuple[Choice, ...]
    error: str = ""
    shown: When | None = None
    local: str = ""  # the same instant in the person's own zone
    title: str = ""  # "Version 3 was active in Production"
    version_href: str = ""
    is_active: bool = False
    tense: str = "past"  # or "future"
    person: Person | None = None
    since: When | None = None
    reason: str = ""
    basis: str = ""
    before: str = ""  # what it took the place of
    until: When | None = None
    entry_href: str = ""
    messages: tuple[Message, ...] = ()
    served: tuple[Served, ...] = ()
    actions: tuple[Action, ...] = ()
