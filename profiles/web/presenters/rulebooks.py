"""The rulebooks of this installation, and one revision in full: what it states, what narrows it, where that stands."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.web.presenters.parts import Crumb, Pill, When


@dataclass(frozen=True, slots=True)
class RevisionLine:
    """One revision on the shelf. ``counts`` is "42 behaviors, 28 rules, 3 kinds of attestation"."""

    title: str
    href: str
    published: str  # "1 Nov 2026"
    published_iso: str
    digest: str
    note: str  # whose reading it is
    counts: str
    loaded: When
    pill: Pill | None = None  # the newest of its platform
    twin: str = ""  # the sentence that another text was published under the same date


@dataclass(frozen=True, slots=True)
class Shelf:
    """All revisions of one platform, newest first."""

    id: str
    name: str
    revisions: tuple[RevisionLine, ...]


@dataclass(frozen=True, slots=True)
class RulebooksPage:
    lead: str
    shelves: tuple[Shelf, ...]


# --- one revision ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """Where something is written: document, its date and section, and the summary with the sentence whose it is."""

    document: str
    date: str
    date_iso: str
    section: str
    summary: str
    whose: str  # "The summary is ours."
    href: str = ""  # of the document, if it is published


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a domain, in the order from strictest to most permissive."""

    text: str
    default: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """What a model is told for one value."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class BehaviorEntry:
    """One behavior. ``stance`` is the sentence for one that the document leaves open; there is nothing to set then."""

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

    @property
    def said(self) -> str:
        """What the filter looks at."""
        source = self.source
        return " ".join(
            (self.key, self.name, self.description, self.kind, self.because, source.section, source.summary)
        ).lower()


@dataclass(frozen=True, slots=True)
class BehaviorGroup:
    id: str
    name: str
    count: str
    size: int
    entries: tuple[BehaviorEntry, ...]


@dataclass(frozen=True, slots=True)
class RuleEntry:
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
        return " ".join((self.when, self.then, self.because, self.source.section, self.source.summary, about)).lower()


@dataclass(frozen=True, slots=True)
class KindEntry:
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


@dataclass(frozen=True, slots=True)
class BookFilter:
    """``action`` is the page's own address; ``digest`` is kept beside the query where the address needs it."""

    action: str
    query: str
    placeholder: str
    empty: str
    digest: str = ""
    found: str = ""  # "3 of 42 behaviors", while something is filtered


@dataclass(frozen=True, slots=True)
class RulebookPage:
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
    documents: tuple[Link, ...] = ()  # what it cites, with the date; without an address the link is empty
