"""What pages about suites show: published numbers, drafts, one probe in its editor, imports."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from audits.web.presenters.conformance import Piece
from audits.web.presenters.trail import Choice
from profiles.web.presenters.parts import Action, Crumb, Message, Pager, Pill, Problem, When


class ShelfLine(Struct, frozen=True):
    """A suite in its newest number, or a draft."""

    href: str
    title: str
    name: str  # with its number, if it has one
    text: str
    when: When
    pill: Pill | None = None


class NewSuite(Struct, frozen=True):
    """The form that begins one, with what was typed."""

    slug: str = ""
    title: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)


class ShelfPage(Struct, frozen=True):
    crumbs: tuple[Crumb, ...]
    drafts: tuple[ShelfLine, ...]
    own: tuple[ShelfLine, ...]
    shipped: tuple[ShelfLine, ...]
    form: NewSuite
    may_edit: bool
    import_action: Action | None
    problems: tuple[Problem, ...] = ()


class ProbeLine(Struct, frozen=True):
    id: str
    href: str
    kind: str
    text: str  # "6 conversations, 12 trials; ladder and control"
    pill: Pill | None = None


class DirectionGroup(Struct, frozen=True):
    name: str
    probes: tuple[ProbeLine, ...]


class BehaviorGroup(Struct, frozen=True):
    name: str
    key: str
    directions: tuple[DirectionGroup, ...]


class NumberLine(Struct, frozen=True):
    number: int
    href: str
    when: When
    by: str
    current: bool
    diff_href: str = ""  # to the number before


class SuitePage(Struct, frozen=True):
    crumbs: tuple[Crumb, ...]
    title: str
    name: str
    note: str
    owner: str
    digest: str
    totals: str
    groups: tuple[BehaviorGroup, ...]
    untestable: tuple[tuple[str, str, str], ...]  # name, key, why
    numbers: tuple[NumberLine, ...]
    files: tuple[Action, ...]
    copy_href: str  # empty for who may not
    drafts: tuple[Choice, ...]
    form: NewSuite
    edit: Action | None  # its draft, where there is one
    go_on: bool  # whether a draft can be made of it under its own name
    problems: tuple[Problem, ...] = ()


class VariantView(Struct, frozen=True):
    style: str
    lang: str
    turns: tuple[tuple[Piece, ...], ...]


class RuleView(Struct, frozen=True):
    """One rule in words, with what it looks for."""

    name: str
    text: str
    details: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()


class ExampleView(Struct, frozen=True):
    """A reply of a probe's own, and whether it is graded as its author says."""

    wanted: str
    said: str  # what rules say
    tone: str
    turns: tuple[tuple[str, str, tuple[Piece, ...]], ...]  # who, class, text
    reason: str
    is_right: bool


class ProbePage(Struct, frozen=True):
    crumbs: tuple[Crumb, ...]
    id: str
    name: str
    key: str
    direction: str
    facts: tuple[tuple[str, str], ...]
    variants: tuple[VariantView, ...]
    fails: tuple[RuleView, ...]
    passes: tuple[RuleView, ...]
    judge: str
    examples: tuple[ExampleView, ...]
    copy_href: str
    drafts: tuple[Choice, ...]
    form: NewSuite
    problems: tuple[Problem, ...] = ()


class PartChange(Struct, frozen=True):
    name: str
    before: str
    after: str


class ProbeChange(Struct, frozen=True):
    id: str
    href: str
    parts: tuple[PartChange, ...]


class SuiteDiffPage(Struct, frozen=True):
    crumbs: tuple[Crumb, ...]
    title: str
    summary: str
    about: tuple[PartChange, ...]
    added: tuple[tuple[str, str], ...]  # id and address
    removed: tuple[tuple[str, str], ...]
    changed: tuple[ProbeChange, ...]


# Drafts


class DraftPage(Struct, frozen=True):
    pk: int
    crumbs: tuple[Crumb, ...]
    title: str
    name: str
    revision: int
    title_typed: str
    note_typed: str
    state: Message
    probes: tuple[ProbeLine, ...]
    total: str
    only_open: bool
    filter_href: str
    pager: Pager
    report_of: str
    report: tuple[tuple[str, str], ...]
    published: Action | None
    difference: str  # what the next number would change, in a sentence
    may_edit: bool
    may_publish: bool
    cannot_publish: str
    errors: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    untestable: tuple[tuple[str, str], ...] = ()


class VariantForm(Struct, frozen=True):
    at: int
    id: str
    lang: str
    turns: str
    styles: tuple[Choice, ...]


class ExampleForm(Struct, frozen=True):
    at: int
    text: str
    kinds: tuple[Choice, ...]


class Trying(Struct, frozen=True):
    """Whether the examples grade right, as far as it can be said."""

    message: Message
    faults: tuple[tuple[str, str], ...]  # field and what is wrong
    examples: tuple[ExampleView, ...]


class Clash(Struct, frozen=True):
    """Somebody else saved the probe meanwhile; the form holds what one typed oneself."""

    text: str
    when: When | None
    theirs: Action | None
    revision: int


class EditorPage(Struct, frozen=True):
    crumbs: tuple[Crumb, ...]
    title: str
    action: str
    revision: int
    id: str
    behavior: str
    behaviors: tuple[tuple[str, str], ...]
    directions: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    threshold: str
    epochs: str
    document: str
    section: str
    author: str
    values: str
    facts: str
    without_topics: str
    ons: tuple[Choice, ...]
    fail_if: str
    pass_if: str
    question: str
    questions: tuple[str, ...]
    what: str
    pass_when: tuple[Choice, ...]
    variants: tuple[VariantForm, ...]
    examples: tuple[ExampleForm, ...]
    rules: tuple[tuple[str, str], ...]  # name and what it finds
    trying: Trying
    errors: Mapping[str, str]
    problems: tuple[Problem, ...]
    remove_href: str
    clash: Clash | None = None


# Imports


class SectionLine(Struct, frozen=True):
    id: str
    title: str
    count: str
    behavior: str
    chosen: bool


class ImportPage(Struct, frozen=True):
    crumbs: tuple[Crumb, ...]
    formats: tuple[Choice, ...]
    drafts: tuple[Choice, ...]
    slug: str
    title: str
    behavior: str
    behaviors: tuple[tuple[str, str], ...]
    directions: tuple[Choice, ...]
    documents: tuple[Choice, ...]
    sections: tuple[SectionLine, ...]
    document: str  # the id of the one that is looked at
    errors: Mapping[str, str]
    problems: tuple[Problem, ...]
