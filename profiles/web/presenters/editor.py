"""The editor of a draft: every behavior in groups, and the panel of changes.

Names of fields in the forms: a control is named by its behavior key, in the one-behavior POST (``draft_setting``) as in
the whole form (``draft_save``). The last value of a name counts; a name that is absent means unchanged; a switch
therefore always sends its off value first, and topics an empty one. Topics are all values that are not empty, one on
each line; where the last of them is "any", it is any topic, and an "any" before others gives way to them.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from profiles.web.presenters.freshness import Tested
from profiles.web.presenters.limits import Bound
from profiles.web.presenters.parts import (
    Action,
    Citation,
    Crumb,
    DiffLine,
    Message,
    Person,
    Pill,
    Problem,
)

# --- controls: one per domain ------------------------------------------------------------------------------------


class SwitchControl(Struct, frozen=True):
    """Two values. ``shown`` is the current one in a word ("On")."""

    type: ClassVar[str] = "switch"
    wide: ClassVar[bool] = False
    on: bool
    shown: str
    on_value: str = "on"
    off_value: str = "off"


class Option(Struct, frozen=True):
    """One level. Outside the window it stays visible, ``locked``; the row's messages say why. ``sent`` is the threshold
    that a vendor's filter gets."""

    value: str
    label: str
    chosen: bool = False
    locked: bool = False
    sent: str = ""


class LevelControl(Struct, frozen=True):
    type: ClassVar[str] = "level"
    wide: ClassVar[bool] = True
    options: tuple[Option, ...]


class NumberControl(Struct, frozen=True):
    """``value`` is text: a refused entry stays in the field as typed. ``limit`` is shown inside it ("max 200")."""

    type: ClassVar[str] = "number"
    wide: ClassVar[bool] = False
    value: str
    prefix: str = ""  # "€"
    suffix: str = ""  # "min"
    limit: str = ""
    invalid: bool = False


class Topic(Struct, frozen=True):
    """``state``: kept, added, removed (struck through, can be put back) or locked (always in, cannot be removed)."""

    value: str
    label: str
    state: str = "kept"

    @property
    def chosen(self) -> bool:
        return self.state != "removed"


class TopicsControl(Struct, frozen=True):
    """A set of topics. ``any_allowed`` offers the value "any" (no restriction); a topic added to it replaces it.
    ``suggestions`` are what the window permits, for the field's list; ``typed`` is a refused entry, kept."""

    type: ClassVar[str] = "topics"
    wide: ClassVar[bool] = True
    topics: tuple[Topic, ...] = ()
    any_allowed: bool = False
    any_chosen: bool = False
    suggestions: tuple[str, ...] = ()
    typed: str = ""
    invalid: bool = False


Control = SwitchControl | LevelControl | NumberControl | TopicsControl

# --- rows --------------------------------------------------------------------------------------------------------


class OnPlatform(Struct, frozen=True):
    """What holds on one of several platforms ("locked: Off", "not addressed"), why, and where its maker says so."""

    name: str
    text: str
    because: str = ""
    source: Citation | None = None


class Why(Struct, frozen=True):
    """The disclosure "Why locked?": what, because of what, where it is written, who can change it. ``by`` names who
    narrowed it and when, where that was a person."""

    because: str
    who: str
    sources: tuple[Citation, ...] = ()
    full: str = ""  # the rule as a sentence, where the row itself is only its name
    known: str = ""  # how far it is known to hold: "Instructed: the model is told. Not tested."
    platforms: tuple[OnPlatform, ...] = ()  # where platforms differ
    action: Action | None = None  # "Request attestation", "Look at the hold"
    by: str = ""


class LockedRow(Struct, frozen=True):
    """A window of one value: a sentence, not a disabled control.

    ``verdict`` is its word ("Never", "Always", "Locked on"); ``tone`` colors it: never (bright line), always (protects
    the user), law, gate (an attestation would open it), organization, platform.
    """

    locked: ClassVar[bool] = True
    key: str
    name: str
    verdict: str
    tone: str
    why: Why
    description: str = ""
    compact: bool = False  # in the groups "It never will" and "It always will"
    tested: Tested | None = None
    source: str = ""  # what narrowed it, where that is not the platform: a law pack, the organization, a hold
    is_plain: ClassVar[bool] = True

    @property
    def reasons(self) -> tuple[OnPlatform, ...]:
        return self.why.platforms

    @property
    def known(self) -> str:
        return self.why.known


class Provenance(Struct, frozen=True):
    """Who decided. ``kind``: default, organization, set, attested, clamped."""

    kind: str
    text: str


class Conflict(Struct, frozen=True):
    """Somebody else changed this since ``seen``; both values are shown and one is chosen.

    ``mine_fields`` are posted again by "Keep mine", with the current revision as ``seen``.
    """

    text: str  # "Lena changed this 1 minute ago."
    theirs: str
    mine: str
    mine_fields: tuple[tuple[str, str], ...]
    seen: int


class VendorFilter(Struct, frozen=True):
    """A filter of the vendor's own: it blocks what is sent and received, and tells the model nothing."""

    vendor: str
    category: str
    sent: str  # the threshold that clients send


class UsersWindow(Struct, frozen=True):
    """What the product's users may change of a behavior, as a form. Without ``bounds`` there is nothing to leave them,
    and ``limit`` says why."""

    now: str  # "Users may choose from Off to On."
    limit: str  # what they could be left at most
    bounds: tuple[Bound, ...] = ()
    is_set: bool = False  # the draft says something of its own
    can_undo: bool = False
    was: str = ""
    messages: tuple[Message, ...] = ()
    conflict: Conflict | None = None


class Row(Struct, frozen=True):
    """A behavior that the product may set. Without ``control`` (a reader's view) only ``shown`` is rendered.

    What users may change is loaded when somebody asks for it, or stands open (``window``).
    """

    locked: ClassVar[bool] = False
    key: str
    name: str
    description: str
    provenance: Provenance
    control: Control | None
    shown: str  # the value in words
    citation: Citation | None = None
    changed: bool = False
    was: str = ""  # "Was On in v14." (with Undo) or "Default is Off." (with Reset)
    can_undo: bool = False
    can_reset: bool = False
    users: str = ""  # what users may choose: "Off to On", "nothing"
    known: str = ""  # how far it is known to hold
    tested: Tested | None = None
    pick: bool = False  # offered for a change of several at once
    picked: bool = False
    window: UsersWindow | None = None
    platforms: tuple[OnPlatform, ...] = ()  # where platforms differ
    messages: tuple[Message, ...] = ()
    conflict: Conflict | None = None
    filter: VendorFilter | None = None

    @property
    def invalid(self) -> bool:
        return bool(getattr(self.control, "invalid", False))

    @property
    def selector(self) -> str:
        return f"[id='{self.key}']"

    @property
    def reasons(self) -> tuple[OnPlatform, ...]:
        return self.platforms

    @property
    def is_plain(self) -> bool:
        """Whether it looks the same to whoever may edit: no form of its own stands in it."""
        return self.conflict is None and self.window is None

    @property
    def described_by(self) -> str:
        """The ids that describe the control: description, then messages."""
        ids = [f"d-{self.key}", *(f"m-{self.key}-{n}" for n, _message in enumerate(self.messages, start=1))]
        return " ".join(ids)

    @property
    def wide(self) -> bool:
        return bool(self.control and self.control.wide)


class Group(Struct, frozen=True):
    """``count`` is the line at the right: "7 settings · 1 changed · 2 locked". ``silent`` are the behaviors that no
    platform of the product states, folded away under ``silent_title``."""

    id: str
    name: str
    description: str
    count: str
    size: int
    rows: tuple[Row | LockedRow, ...]
    changed: bool = False
    compact: bool = False
    silent: tuple[LockedRow, ...] = ()
    silent_title: str = ""  # "12 not addressed by these platforms"
    silent_open: bool = False  # because the filter found something there


# --- the panel ---------------------------------------------------------------------------------------------------


class Remark(Struct, frozen=True):
    """What a reviewer will see beside the changes. ``tone``: warn (explain it), note."""

    tone: str
    tag: str  # "Explain", "Note"
    name: str  # of what it is about
    href: str
    text: str
    why: str = ""


class ChangesPanel(Struct, frozen=True):
    """What is different from the active version, what a reviewer will ask, and Submit.

    ``problems`` block submission; after a refused one (422) ``refused`` puts the focus on them. ``submit_note`` says
    what Submit will do ("1 approval needed", "Goes live at once, reviewed after").
    """

    title: str  # "Changes in draft v15"
    count: int
    saved: str  # "Draft saved at 14:32. Nothing is live yet."
    others: str = ""  # "Lena Brandt edited this draft at 14:30 UTC."
    lines: tuple[DiffLine, ...] = ()
    problems: tuple[Problem, ...] = ()
    problems_title: str = ""  # "1 problem to fix before you submit"
    refused: bool = False
    remarks: tuple[Remark, ...] = ()
    limits: str = ""  # "12 of 12 settings inside their windows"
    limits_tone: str = "ok"
    known: str = ""  # what was checked and tested of what is active, and when
    note: str = ""
    note_error: str = ""
    reviewers: tuple[Person, ...] = ()
    approvals: str = ""  # "Staging: 1 approval. Production: 2 approvals."
    approvers: str = ""  # "Lena Brandt or Tom Keller. Not you."
    at_once: str = ""  # what only gets stricter may go live before it is reviewed
    submit_label: str = ""
    can_submit: bool = True  # False: the person may only read
    cannot_submit: str = ""  # the sentence that says so
    diff_href: str = ""
    can_discard: bool = False
    discards: int = 0  # how many edits of the draft would be lost
    short: str = ""  # for the phone's bottom bar: "6 changes"
    short_problem: str = ""  # "1 to fix"


# --- the page ----------------------------------------------------------------------------------------------------


class Segment(Struct, frozen=True):
    """A part of the provenance bar, on a scale of 400. ``kind``: locked, default, organization, set, attested."""

    kind: str
    label: str
    count: int
    href: str
    x: float
    width: float


def segments(counts: tuple[tuple[str, str, int, str], ...]) -> tuple[Segment, ...]:
    """The bar for (kind, label, count, href) in this order; kinds without a behavior are left out."""
    total = sum(count for _kind, _label, count, _href in counts) or 1
    result: list[Segment] = []
    x = 0.0
    for kind, label, count, href in counts:
        if not count:
            continue
        width = 400 * count / total
        result.append(Segment(kind, label, count, href, round(x, 1), round(max(width - 1.5, 1.0), 1)))
        x += width
    return tuple(result)


class FilterOption(Struct, frozen=True):
    value: str  # "", editable, changed, locked
    label: str
    count: int
    chosen: bool = False


class Filter(Struct, frozen=True):
    query: str
    placeholder: str  # "Filter 40 behaviors"
    options: tuple[FilterOption, ...]
    empty: str = ""  # the sentence when nothing matches


class Instructions(Struct, frozen=True):
    """The operator's own text. ``messages`` are lint findings; a refused text stays in the field."""

    text: str
    limit: int  # characters
    hint: str
    changed: bool = False
    was: str = ""
    messages: tuple[Message, ...] = ()
    conflict: Conflict | None = None
    editable: bool = True
    can_undo: bool = False
    checked: str = ""  # what the look at the words found, and what it cannot


class BulkResult(Struct, frozen=True):
    """What a write of several settings at once did; ``revision`` names it, so that it can be taken back as a whole."""

    text: str
    revision: int
    names: str = ""


class Bulk(Struct, frozen=True):
    """Setting several behaviors at once. ``choices`` are (value, label); after a refusal ``picked`` and ``choice`` are
    what was chosen."""

    choices: tuple[tuple[str, str], ...]
    open: bool = False
    picked: frozenset[str] = frozenset()
    choice: str = ""
    refused: tuple[Problem, ...] = ()
    refused_title: str = ""
    done: BulkResult | None = None


class EditorPage(Struct, frozen=True):
    slug: str
    product: str
    crumbs: tuple[Crumb, ...]
    pills: tuple[Pill, ...]  # "v14 active", "Draft v15"
    lead: str
    seen: int  # the draft's revision, sent back with every write
    provenance: tuple[Segment, ...]
    provenance_label: str  # "Where the 40 values come from"
    filter: Filter
    groups: tuple[Group, ...]
    panel: ChangesPanel
    instructions: Instructions
    editable: bool = True
    banner: Message | None = None  # read-only and why; draft made against an older rulebook revision
    history_href: str = ""  # versions of this product
    compare_href: str = ""  # active version to draft, or empty
    place_href: str = ""  # where the product runs: facts, platforms, models
    copy_href: str = ""  # taking settings over from elsewhere
    bulk: Bulk | None = None

    @property
    def all_rows(self) -> tuple[Row | LockedRow, ...]:
        """The rows of every group, in the order of the page."""
        return tuple(row for group in self.groups for row in (*group.rows, *group.silent))

    def row(self, key: str) -> Row | LockedRow | None:
        """The row of a behavior; nothing where the page does not show it."""
        return next((row for row in self.all_rows if row.key == key), None)
