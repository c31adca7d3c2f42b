"""What the public is shown of a product's commitments. None names a person."""

from __future__ import annotations

from msgspec import Struct

from audits.web.presenters.conformance import NotCovered
from audits.web.presenters.rechecks import Count
from profiles.web.presenters.parts import Pill, When


class TestLine(Struct, frozen=True):
    """What one model's trials say of a commitment."""

    text: str  # "Kept in 58 of 60 trials"
    interval: str
    bound: str
    about: str  # "tested on gpt-5, 29 Nov 2026"
    pill: Pill | None  # where several models differ
    bar: tuple[str, str, str] | None  # of 100: where the interval begins, how wide it is, the share


class Source(Struct, frozen=True):
    """Where a promise is written."""

    text: str  # "Model Spec of 18 Dec 2025, section 3.2"
    summary: str
    href: str = ""  # of the platform's own document


class CommitmentCard(Struct, frozen=True):
    key: str
    name: str
    pill: Pill
    promise: str
    source: Source
    tests: tuple[TestLine, ...] = ()
    value: str = ""  # of a filter


class CommitmentGroup(Struct, frozen=True):
    id: str
    title: str
    cards: tuple[CommitmentCard, ...]


class RunRow(Struct, frozen=True):
    when: When
    model: str
    suite: str
    result: str  # "12 pass, 1 fail"
    note: str  # what makes it count for less
    rehearsal: bool
    digest: str
    short: str
    proof_href: str


class HistoryStep(Struct, frozen=True):
    title: str
    when: When
    lines: tuple[str, ...]


class PlatformTab(Struct, frozen=True):
    name: str
    href: str
    current: bool


class Language(Struct, frozen=True):
    code: str
    name: str
    href: str


class PublicPage(Struct, frozen=True):
    product: str
    organization: str
    lead: str
    until: str  # what changes by itself, and when
    languages: tuple[Language, ...]
    platforms: tuple[PlatformTab, ...]
    known: str  # "12 of 58 promises were tested, the last of them on …"
    counts: tuple[Count, ...]
    rehearsal: bool
    groups: tuple[CommitmentGroup, ...]
    filters: tuple[CommitmentCard, ...]
    missing: tuple[NotCovered, ...]
    missing_count: int
    promises: int
    runs: tuple[RunRow, ...]
    history: tuple[HistoryStep, ...]
    data_href: str
    badge_href: str
    checkpoint_href: str  # empty as long as nothing was signed
    policy_href: str
    rulebook: str
    rulebook_digest: str
    profile_digest: str


class Badge(Struct, frozen=True):
    """Widths in pixels."""

    label: str
    text: str
    title: str
    color: str
    label_width: int
    text_width: int

    @property
    def width(self) -> int:
        return self.label_width + self.text_width

    @property
    def edge(self) -> int:
        """Where its last corner begins."""
        return self.width - 4

    @property
    def label_middle(self) -> str:
        return f"{self.label_width / 2:.1f}"  # a text: numbers would get the comma of the language

    @property
    def text_middle(self) -> str:
        return f"{self.label_width + self.text_width / 2:.1f}"

    @property
    def label_length(self) -> int:
        return self.label_width - 14

    @property
    def text_length(self) -> int:
        return self.text_width - 14
