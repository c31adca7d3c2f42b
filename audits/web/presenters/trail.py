"""The audit trail: a filtered list of entries, and one entry with all that is known of it."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Pager


class Actor(Struct, frozen=True):
    """Who: a person, an API key or the program. ``tone`` is "1" to "5", or "s" for keys and the program."""

    name: str
    role: str
    initials: str
    tone: str


class Kind(Struct, frozen=True):
    """What sort of entry. ``name`` is the dotted kind; ``tone``: neutral, ok, bad, warn, att."""

    name: str
    label: str  # "Approved"
    icon: str
    tone: str


class Moment(Struct, frozen=True):
    iso: str
    time: str  # "14:32:08"
    shown: str  # "23 Nov 2026, 15:32:08 CET"
    utc: str = ""  # "14:32:08 UTC"; empty where that is what is shown


class State(Struct, frozen=True):
    """How far it has come: "In a checkpoint". ``tone``: ok, neutral."""

    text: str
    tone: str


class Changed(Struct, frozen=True):
    """A row of "What changed". Empty texts are shown as a dash."""

    name: str
    key: str
    before: str
    after: str


class Fact(Struct, frozen=True):
    """A row of the list beside it: "Request", "Rulebook", "Version", "Recorded for"."""

    label: str
    text: str
    href: str = ""
    code: bool = False


class Details(Struct, frozen=True):
    """``digest`` is the entry's sha256 in full; ``json`` the entry as it is stored, indented."""

    changes: tuple[Changed, ...]
    facts: tuple[Fact, ...]
    digest: str
    json: str
    title: str = ""  # over the changes: "What changed", "What was tried"
    outcome: str = ""  # the sentence when it was refused or failed
    outcome_tone: str = "bad"
    note: str = ""  # the reason that the actor gave
    log: LogPlace | None = None


class LogPlace(Struct, frozen=True):
    """Where the entry stands in its log, and what proves it. ``proof_href`` and all after it are empty while it waits
    for its place. ``href`` is where the log is published, ``event`` the id that the entry itself says."""

    state: str
    leaf_href: str
    proof_href: str = ""
    key_href: str = ""
    href: str = ""
    event: str = ""
    witnessed: str = ""  # "Witnessed 2 of 3"; empty where nobody cosigns the log


class Entry(Struct, frozen=True):
    """``id`` is the entry's number in the installation's log; ``digest`` is shortened for the list."""

    id: int
    moment: Moment
    actor: Actor
    kind: Kind
    verb: str  # "edited draft v15"
    target: str  # "agents.spend_limit"
    detail: str  # "Spending limit per action"
    digest: str  # "9c1f…44ab"
    target_href: str = ""
    details: Details | None = None  # given for an entry that is open from the start, and for its own page
    state: State | None = None  # in lists

    @property
    def slug(self) -> str:
        """``id`` as text, for ids in the page; numbers in templates are written with separators."""
        return str(self.id)


class Day(Struct, frozen=True):
    label: str  # "Today, 23 November"
    entries: tuple[Entry, ...]


class Choice(Struct, frozen=True):
    value: str
    label: str
    chosen: bool = False


class Applied(Struct, frozen=True):
    """A filter that is on; ``href`` is the page without it."""

    label: str
    href: str


class TrailFilter(Struct, frozen=True):
    """A GET form on the page itself; its fields are q, kind, actor, product, since, until."""

    query: str = ""
    kinds: tuple[Choice, ...] = ()
    actors: tuple[Choice, ...] = ()
    products: tuple[Choice, ...] = ()
    since: str = ""  # YYYY-MM-DD
    until: str = ""
    applied: tuple[Applied, ...] = ()
    examples: tuple[str, ...] = ()  # searches that the field understands; empty: no hint


class Bar(Struct, frozen=True):
    """A day in the chart, on a scale of 48 high and 10 wide. ``refused`` draws the mark above it."""

    x: int
    y: float
    height: float
    refused: bool

    @property
    def mark(self) -> float:
        return round(self.y - 4, 1)


class Histogram(Struct, frozen=True):
    """``description`` says the chart in a sentence; ``axis`` is three dates."""

    summary: str  # "612 entries"
    span: str  # "in 45 days"
    description: str
    bars: tuple[Bar, ...]
    axis: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.bars) * 10


def bars(days: tuple[tuple[int, int], ...]) -> tuple[Bar, ...]:
    """Bars for (entries, refused) of each day, oldest first."""
    most = max((entries for entries, _refused in days), default=0) or 1
    result = []
    for n, (entries, refused) in enumerate(days):
        height = max(round(42.5 * entries / most, 1), 1.0) if entries else 0.0
        result.append(Bar(n * 10, round(48 - height, 1), height, bool(refused)))
    return tuple(result)


class Strip(Struct, frozen=True):
    """What is true of the trail now, and no more than that."""

    title: str  # "Append-only and signed"
    text: str  # "The database refuses to change or delete an entry. 12,408 entries, 12,408 of them signed on 3 May."
    alarm: str = ""  # what is wrong with the log, before everything else


class FormatChoice(Struct, frozen=True):
    value: str
    label: str
    hint: str


class ExportMenu(Struct, frozen=True):
    """``note`` says how many entries a file would have, "10,000+" where they are not all counted."""

    href: str
    note: str
    formats: tuple[FormatChoice, ...]


class Saved(Struct, frozen=True):
    """A saved search. ``owner`` is empty for one's own; addresses are empty where one may not."""

    name: str
    href: str
    current: bool
    shared: bool
    owner: str
    change_href: str
    remove_href: str
    slug: str


class Searches(Struct, frozen=True):
    """``new`` is the search of the page, if it is none of those that are saved."""

    saved: tuple[Saved, ...]
    new: str
    may_share: bool


class TrailPage(Struct, frozen=True):
    lead: str
    strip: Strip
    filter: TrailFilter
    days: tuple[Day, ...]
    pager: Pager
    zone: str  # of all times and days
    histogram: Histogram | None = None
    uncounted: str = ""  # the sentence that stands where a chart would take too long
    empty: str = ""  # the sentence when no entry matches
    may_erase: bool = False
    export: ExportMenu | None = None
    searches: Searches | None = None
    may_export: bool = False  # of an organization; the installation's own trail has no bundle
    notes: tuple[str, ...] = ()  # that a legal hold stands, and that older entries were pruned


class Erased(Struct, frozen=True):
    """Something that the entry said, and the entry that tells why it is gone."""

    label: str
    title: str
    href: str


class EntryPage(Struct, frozen=True):
    """One entry: ``entry.details`` is given."""

    entry: Entry
    title: str  # "Entry 12408"
    lead: str  # the entry as a sentence
    back_href: str
    newer_href: str = ""
    older_href: str = ""
    erased: tuple[Erased, ...] = ()
    erase_href: str = ""  # for whoever may erase what it says about people
