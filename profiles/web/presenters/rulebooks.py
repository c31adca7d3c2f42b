"""The rulebooks of this installation, and one revision in full: what it states, what narrows it, where that stands."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Action, Crumb, Pill, When


class Tally(Struct, frozen=True):
    """How many behaviors a rulebook answers in one way: "8 bright lines", "17 left to judgement"."""

    icon: str
    text: str


class RevisionLine(Struct, frozen=True):
    """One revision on the shelf."""

    title: str
    href: str
    published: str  # "1 Nov 2026"
    published_iso: str
    digest: str
    note: str  # whose reading it is
    tallies: tuple[Tally, ...]
    counts: str  # "28 rules, 3 kinds of attestation"
    loaded: When
    pill: Pill | None = None  # the newest of its platform; whether a law pack is in force
    twin: str = ""  # the sentence that another text was published under the same date
    facts: tuple[tuple[str, str], ...] = ()  # a law pack's reach and days
    change: Action | None = None  # what changed against the revision before it


class Shelf(Struct, frozen=True):
    """All revisions of one platform, newest first; or all law packs."""

    id: str
    name: str
    revisions: tuple[RevisionLine, ...]
    text: str = ""


class RulebooksPage(Struct, frozen=True):
    lead: str
    shelves: tuple[Shelf, ...]
    compare: Action


# --- one revision ------------------------------------------------------------------------------------------------


class Source(Struct, frozen=True):
    """Where something is written: document, its date and section, and the summary with the sentence whose it is."""

    document: str
    date: str
    date_iso: str
    section: str
    summary: str
    whose: str  # "The summary is ours."
    href: str = ""  # of the document, if it is published
    also: tuple[str, ...] = ()  # further sections of the same document

    @property
    def said(self) -> tuple[str, ...]:
        return (self.section, *self.also, self.summary)


class Value(Struct, frozen=True):
    """One value of a domain, in the order from strictest to most permissive."""

    text: str
    default: bool = False


class Phrase(Struct, frozen=True):
    """What a model is told for one value."""

    value: str
    text: str


class Link(Struct, frozen=True):
    text: str
    href: str


class Threshold(Struct, frozen=True):
    """One setting of a vendor's filter: our word and the vendor's, strictest first."""

    text: str
    vendor: str
    default: bool = False


class BehaviorEntry(Struct, frozen=True):
    """One behavior. ``stance`` is the sentence for one that the document leaves open; there is nothing to set then.
    A vendor's filter has ``filter`` instead, the sentence that tells it from what the model itself does."""

    key: str
    name: str
    description: str
    kind: str  # "Bright line"
    tone: str  # never, always, set, platform
    icon: str
    because: str
    source: Source
    who: str
    values: tuple[Value, ...] = ()
    order: str = ""  # of numbers and topics: "0 to 10,000 EUR per action, less is stricter"
    default: str = ""
    windows: tuple[tuple[str, str], ...] = ()  # ("Organization", "Off to On")
    phrasing: tuple[Phrase, ...] = ()
    stance: str = ""
    advice: str = ""
    narrowed: tuple[Link, ...] = ()  # the rules and conflicts about it
    authority: str = ""  # the level in the vendor's own words
    how: str = ""  # what it takes to change it
    see: tuple[Link, ...] = ()  # other behaviors that bear on it
    filter: str = ""
    category: str = ""  # the vendor's name of an adjustable filter
    thresholds: tuple[Threshold, ...] = ()

    @property
    def said(self) -> str:
        """What the filter looks at."""
        said = (self.key, self.name, self.description, self.kind, self.because, self.authority, self.category)
        thresholds = (each.vendor for each in self.thresholds)
        return " ".join((*said, *thresholds, *self.source.said)).lower()


class BehaviorGroup(Struct, frozen=True):
    id: str
    name: str
    count: str
    size: int
    entries: tuple[BehaviorEntry, ...]


class RuleEntry(Struct, frozen=True):
    """A rule or a conflict in words: ``when`` and ``then`` are the two halves of one sentence."""

    id: str  # its anchor
    when: str
    then: str
    because: str
    source: Source
    behaviors: tuple[Link, ...]

    @property
    def said(self) -> str:
        about = " ".join(f"{link.text} {link.href}" for link in self.behaviors)
        return " ".join((self.when, self.then, self.because, about, *self.source.said)).lower()


class KindEntry(Struct, frozen=True):
    """A kind of attestation."""

    id: str
    name: str
    claim: str
    evidence: str
    longest: str  # "At most 365 days"
    opens: tuple[Link, ...]

    @property
    def said(self) -> str:
        opens = " ".join(link.text for link in self.opens)
        return " ".join((self.name, self.claim, self.evidence, opens)).lower()


class BookFilter(Struct, frozen=True):
    """``action`` is the page's own address; ``digest`` is kept beside the query where the address needs it."""

    action: str
    query: str
    placeholder: str
    empty: str
    digest: str = ""
    found: str = ""  # "3 of 42 behaviors", while something is filtered


class RulebookPage(Struct, frozen=True):
    title: str
    platform: str
    published: str
    published_iso: str
    note: str
    digest: str
    loaded: When
    crumbs: tuple[Crumb, ...]
    filter: BookFilter
    contents: tuple[tuple[str, str, int], ...]  # (anchor, name, how many), of all that is shown
    groups: tuple[BehaviorGroup, ...]
    rules: tuple[RuleEntry, ...]
    conflicts: tuple[RuleEntry, ...]
    kinds: tuple[KindEntry, ...]
    pills: tuple[Pill, ...] = ()
    others: tuple[Link, ...] = ()  # other revisions of this platform
    twins: tuple[Link, ...] = ()  # those of them that bear the same date
    changes: tuple[Link, ...] = ()  # what changed between this revision and its neighbors
    reach: tuple[tuple[str, str], ...] = ()  # a law pack's reach and days
    legal: str = ""  # that a law pack is no legal advice
    compare_href: str = ""  # the crosswalk, with this platform's column
    documents: tuple[Link, ...] = ()  # what it cites, with the date; without an address the link is empty
