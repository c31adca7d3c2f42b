"""One version, which is also the page on which it is reviewed and activated; and the difference of two."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.freshness import Freshness, Tested
from profiles.web.presenters.parts import (
    Action,
    Check,
    CommentThread,
    Crumb,
    Decision,
    DiffLine,
    Message,
    Person,
    Pill,
    Problem,
    When,
)


class ReviewForm(Struct, frozen=True):
    """Approve or request changes. ``digest`` is posted with it: the approval is of these bytes. ``comment`` and
    ``decision`` are kept after a refusal."""

    digest: str
    decision: str = ""
    comment: str = ""
    comment_error: str = ""
    decision_error: str = ""
    problems: tuple[Problem, ...] = ()


class CommentForm(Struct, frozen=True):
    """``changed`` and ``others`` are the behaviors to choose from: key, name, chosen."""

    href: str
    changed: tuple[tuple[str, str, bool], ...]
    others: tuple[tuple[str, str, bool], ...]
    text: str = ""
    error: str = ""
    keep: str = ""


class Scheduled(Struct, frozen=True):
    """An activation that waits for its time. ``cancel`` is where to call it off."""

    text: str
    reason: str
    cancel: str = ""


class MergeLine(Struct, frozen=True):
    """A field on which a stale version and what is live differ. ``chosen`` is mine, theirs, or nothing yet."""

    field: str
    name: str
    base: str
    mine: str
    theirs: str
    chosen: str
    hint: str  # who changed it
    is_conflict: bool = False  # both did
    error: str = ""


class RebasePage(Struct, frozen=True):
    """A stale version beside what went live meanwhile, behavior by behavior."""

    slug: str
    number: int
    live: int
    title: str
    lead: str
    crumbs: tuple[Crumb, ...]
    lines: tuple[MergeLine, ...]
    note: str
    note_error: str = ""
    problems: tuple[Problem, ...] = ()
    cannot: str = ""  # why there is nothing to rebase


class RestorePage(Struct, frozen=True):
    """What would change if an earlier version came back, before it does."""

    slug: str
    number: int
    title: str
    lead: str
    crumbs: tuple[Crumb, ...]
    compared: str
    direction: Pill | None
    lines: tuple[DiffLine, ...]
    empty: str
    instructions: tuple[tuple[str, str], ...] = ()
    effect: str = ""  # what it needs to go live
    note: str = ""
    note_error: str = ""
    problems: tuple[Problem, ...] = ()
    cannot: str = ""  # why there is nothing to restore


class ActivationForm(Struct, frozen=True):
    """One environment, with the form that activates now or later. Without ``can`` the sentence ``why_not`` stands
    there. ``active`` says what it serves now; ``at_once`` why it may go live before its review; ``break_glass`` is the
    button of an emergency."""

    environment: str  # the value that is posted
    name: str
    active: str  # "Serves version 13" or "Serves nothing yet"
    button: str = ""  # "Activate version 14 in production"
    is_active: bool = False
    can: bool = True
    why_not: str = ""
    effect: str = ""  # what will happen, before it does
    at_once: str = ""
    untested: str = ""  # what no run shows yet, though the environment asks for one
    break_glass: str = ""
    emergency: str = ""
    scheduled: Scheduled | None = None
    can_schedule: bool = False
    due_hint: str = ""
    is_open: bool = False  # its form was refused
    due_at: str = ""
    due_error: str = ""
    reason: str = ""
    reason_error: str = ""


class SettingLine(Struct, frozen=True):
    """One line of the full list. ``decided`` is "Platform default", "Set for this product" ..."""

    name: str
    key: str
    value: str
    decided: str
    known: str = ""  # instructed, filtered
    tested: Tested | None = None


class SettingGroup(Struct, frozen=True):
    name: str
    lines: tuple[SettingLine, ...]


class Fact(Struct, frozen=True):
    label: str
    text: str
    href: str = ""
    code: bool = False
    copy: bool = False  # offer to copy the text
    when: When | None = None


class RunLine(Struct, frozen=True):
    """A run of this version, whatever it is or was."""

    text: str  # "Run 12: disclosure"
    href: str
    pill: Pill
    when: When
    rehearsal: bool = False


class VersionPage(Struct, frozen=True):
    slug: str
    number: int
    title: str  # "Version 15"
    crumbs: tuple[Crumb, ...]
    pills: tuple[Pill, ...]
    author: Person
    when: When
    note: str
    compared: str  # "Compared with version 14, which is active in production"
    direction: Pill | None  # the whole: looser, stricter, mixed
    lines: tuple[DiffLine, ...]
    facts: tuple[Fact, ...]  # digest, rulebooks, restored from
    findings: tuple[Message, ...] = ()
    instructions: tuple[tuple[str, str], ...] = ()  # text diff: (same | del | ins, line)
    decisions: tuple[Decision, ...] = ()
    needs: str = ""  # "1 approval needed. Lena Brandt or Tom Keller."
    review: ReviewForm | None = None
    no_review: str = ""  # why this person may not decide: "You wrote this version."
    activations: tuple[ActivationForm, ...] = ()
    check: Check | None = None
    groups: tuple[SettingGroup, ...] = ()
    settings_count: str = ""  # "All 40 settings"
    json: str = ""
    compare_href: str = ""
    empty: str = ""  # the sentence when nothing differs
    banner: Message | None = None
    alerts: tuple[Message, ...] = ()  # where it is live and not reviewed
    actions: tuple[Action, ...] = ()  # promote, rebase, restore
    json_diff: tuple[tuple[str, str], ...] = ()  # the same difference as JSON: (same | del | ins, line)
    reached: str = ""  # "3 of 4 clients have fetched this version."
    threads: tuple[CommentThread, ...] = ()  # of what is not in ``lines``, which carry their own
    comment: CommentForm | None = None
    fresh: tuple[Freshness, ...] = ()  # what runs say of it
    run_href: str = ""  # where a run of it is started, for those who may
    runs: tuple[RunLine, ...] = ()  # of this version, the newest first

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What was refused on this page, a review or an activation, for the summary above it."""
        forms = [(form.reason_error, f"#reason-{form.environment}") for form in self.activations]
        forms += [(form.due_error, f"#due-{form.environment}") for form in self.activations]
        forms += [(self.comment.error, "#comment-text")] if self.comment else []
        return (*(self.review.problems if self.review else ()), *(Problem(*each) for each in forms if each[0]))


class JsonLine(Struct, frozen=True):
    """One place at which two stored profiles differ: "settings.tone.profanity", and the JSON on either side."""

    path: str
    before: str
    after: str


class DiffSide(Struct, frozen=True):
    """One of the two that are compared."""

    name: str  # "Version 13" or "The draft"
    href: str
    text: str = ""  # who wrote it, and when


class DiffPage(Struct, frozen=True):
    """Version ``a`` to version ``b``, in words or as JSON."""

    title: str  # "Version 13 to version 15"
    crumbs: tuple[Crumb, ...]
    lead: str
    lines: tuple[DiffLine, ...]
    unchanged: str  # "36 settings are the same."
    direction: Pill | None = None
    instructions: tuple[tuple[str, str], ...] = ()
    others: tuple[Action, ...] = ()  # other pairs: "Version 12 to version 15"
    swap_href: str = ""
    empty: str = ""
    sides: tuple[DiffSide, ...] = ()
    same: tuple[SettingLine, ...] = ()
    words_href: str = ""
    json_href: str = ""
    as_json: bool = False
    json: tuple[JsonLine, ...] = ()
