"""What conformance pages show: products at a glance, runs, findings and trials. None holds a key."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from audits.web.presenters.rechecks import Bar, Count
from audits.web.presenters.trail import Choice
from profiles.web.presenters.parts import Action, Citation, Crumb, Message, Pager, Pill, Problem, When


class ProductGlance(Struct, frozen=True):
    """One product and what the newest finished run says of it. Without a run ``text`` says so."""

    name: str
    href: str
    text: str
    run_href: str = ""
    when: When | None = None
    counts: tuple[Count, ...] = ()  # of findings, by outcome
    rehearsal: bool = False
    stale: str = ""  # why it says less than it seems to
    drift: str = ""  # what changed since
    trend_href: str = ""


class RunLine(Struct, frozen=True):
    number: int
    href: str
    product: str
    what: str  # "Version 2 on Anthropic, suite disclosure 1"
    model: str
    pill: Pill
    when: When
    by: str
    rehearsal: bool = False


class SuiteLine(Struct, frozen=True):
    href: str
    name: str
    title: str
    number: int
    probes: str
    digest: str
    owner: str  # "Ships with the program" or the organization's
    when: When


class EndpointGlance(Struct, frozen=True):
    name: str
    dialect: str
    model: str
    address: str
    rehearsal: bool


class ConformancePage(Struct, frozen=True):
    alarms: tuple[Message, ...]
    products: tuple[ProductGlance, ...]
    runs: tuple[RunLine, ...]
    runs_text: str
    pager: Pager
    suites: tuple[SuiteLine, ...]
    endpoints: tuple[EndpointGlance, ...]
    products_empty: str
    runs_empty: str
    endpoints_empty: str
    start: Action | None
    endpoints_action: Action | None
    schedules: Action
    poll_href: str = ""


# Starting a run


class Plan(Struct, frozen=True):
    """What a run would do, before anybody starts it."""

    facts: tuple[tuple[str, str], ...]
    commitments: tuple[tuple[str, str, str], ...]  # name, key, how many trials
    missing: tuple[NotCovered, ...]
    rehearsal: bool
    judge_note: str


class NotCovered(Struct, frozen=True):
    """Behaviors that are promised and not tested, for one reason."""

    because: str
    behaviors: tuple[tuple[str, str], ...]  # name and key
    is_ours: bool = True  # a sentence of this program, in the language of the page; else the suite's, in English


class StartPage(Struct, frozen=True):
    crumbs: tuple[Crumb, ...]
    products: tuple[Choice, ...]
    versions: tuple[Choice, ...]
    platforms: tuple[Choice, ...]
    suites: tuple[Choice, ...]
    endpoints: tuple[Choice, ...]
    judges: tuple[Choice, ...]
    plan: Plan | None
    chosen: Mapping[str, str] = field(default_factory=dict)  # what the button starts
    refusal: str = ""
    problems: tuple[Problem, ...] = ()
    missing: str = ""  # what must be there first
    missing_action: Action | None = None
    currency: str = ""  # in which a cap is given; empty where nothing has prices, and there is none
    cap: str = ""
    cap_error: str = ""


# A run


class PartLine(Struct, frozen=True):
    """The probes of one direction, kind and threshold."""

    direction: str
    kind: str
    text: str  # "60 of 60 kept"
    why: str
    bound: str = ""
    tone: str = "neutral"


class FindingCard(Struct, frozen=True):
    key: str
    name: str
    pill: Pill
    promise: str
    share: str  # "58 of 60 trials keep it"
    interval: str  # "between 88.6 % and 99.1 %, 95 % sure"
    bar: tuple[str, str, str] | None  # low, width, share in percent, as numbers of SVG
    parts: tuple[PartLine, ...]
    trials_href: str
    failures_href: str = ""
    citation: Citation | None = None
    judged: str = ""


class Failure(Struct, frozen=True):
    """One trial in which the model did not keep its promise."""

    href: str
    name: str
    text: str
    reason: str


class Fact(Struct, frozen=True):
    label: str
    text: str
    code: bool = False
    english: bool = False


class DepartureLine(Struct, frozen=True):
    tone: str  # warn where it bears on the result
    text: str
    often: str  # "3 trials"


class Departed(Struct, frozen=True):
    """Where a run departed from its protocol; ``text`` says so where it did not, or where nobody knows."""

    lines: tuple[DepartureLine, ...]
    text: str = ""


class RunPage(Struct, frozen=True):
    pk: int
    title: str
    crumbs: tuple[Crumb, ...]
    lead: str
    pill: Pill
    rehearsal: bool
    messages: tuple[Message, ...]
    bar: Bar
    counts: tuple[Count, ...]
    when: tuple[tuple[str, When, str], ...]
    failures: tuple[Failure, ...]
    failures_more: Action | None
    findings: tuple[FindingCard, ...]
    summary: tuple[Count, ...]
    missing: tuple[NotCovered, ...]
    missing_count: int
    facts: tuple[Fact, ...]
    agreement: tuple[Fact, ...]
    protocol: str  # its canonical form, for whoever wants all of it
    instructions: str
    entry_href: str
    trials_href: str
    file_href: str
    here: str
    poll_href: str
    quarter: int
    cancel_href: str = ""
    resume_href: str = ""
    departed: Departed | None = None
    compare: tuple[Action, ...] = ()  # with earlier runs, the nearest first
    trend_href: str = ""
    spent: tuple[tuple[str, str], ...] = ()  # what it took so far
    again: Action | None = None  # to a page that plans the same once more


# Trials


class TrialLine(Struct, frozen=True):
    position: int
    href: str
    name: str
    key: str
    probe: str
    epoch: str
    pill: Pill
    reason: str
    judged: str = ""


class TrialsPage(Struct, frozen=True):
    title: str
    crumbs: tuple[Crumb, ...]
    rehearsal: bool
    outcomes: tuple[Choice, ...]
    behaviors: tuple[Choice, ...]
    probes: tuple[Choice, ...]
    refusers: tuple[Choice, ...]
    persons: tuple[Choice, ...]
    trials: tuple[TrialLine, ...]
    pager: Pager
    empty: str
    here: str
    file_href: str
    csv_href: str
    all_href: str  # to the list without a filter; empty where there is none


class Piece(Struct, frozen=True):
    """A stretch of a message. ``mark``: the words decided, and whether it is the first or last piece of such words;
    ``sign``: a character that would not show, by its name."""

    text: str
    mark: bool = False
    sign: bool = False
    opens: bool = False
    closes: bool = False


class Said(Struct, frozen=True):
    role: str
    css: str
    pieces: tuple[Piece, ...]


class VoteLine(Struct, frozen=True):
    pill: Pill
    quote: tuple[Piece, ...]
    reason: tuple[Piece, ...]
    void: str


class JudgementLine(Struct, frozen=True):
    who: str
    when: When
    pill: Pill
    reason: str


class TrialPage(Struct, frozen=True):
    title: str
    crumbs: tuple[Crumb, ...]
    rehearsal: bool
    pill: Pill
    name: str
    key: str
    promise: str
    decided: str
    reason: str
    transcript: tuple[Said, ...]
    empty: str
    facts: tuple[Fact, ...]
    votes: tuple[VoteLine, ...]
    judgements: tuple[JudgementLine, ...]
    judge_href: str  # empty where this person may not, or there is nothing to judge
    cannot_judge: str
    choices: tuple[Choice, ...]
    reason_typed: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    earlier_href: str = ""
    later_href: str = ""
