"""What an organization narrows for all of its products: the baseline, and holds; and what that changes, said before."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Citation, Crumb, DiffLine, Pill, Problem, When
from profiles.web.presenters.settings import Choice

# --- what a change would do --------------------------------------------------------------------------------------


class EffectOnProduct(Struct, frozen=True):
    name: str
    href: str
    version: str  # "version 3"
    lines: tuple[DiffLine, ...]


class Effects(Struct, frozen=True):
    """``sentences`` say what happens and when; ``products`` are those whose clients get something else at once."""

    sentences: tuple[str, ...]
    products: tuple[EffectOnProduct, ...] = ()


# --- fields ------------------------------------------------------------------------------------------------------


class Bound(Struct, frozen=True):
    """A field for one end of a window. ``type``: choice (options), number (value and unit), topics (a choice, and
    ``text`` with one topic on each line)."""

    name: str  # floor, ceiling
    label: str
    type: str
    hint: str
    options: tuple[Choice, ...] = ()
    value: str = ""
    unit: str = ""
    text: str = ""
    error: str = ""


# --- the baseline ------------------------------------------------------------------------------------------------


class PlatformWindow(Struct, frozen=True):
    """What one platform leaves to products."""

    name: str
    text: str  # "Off to On", "only Off", "not addressed"
    locked: bool = False
    because: str = ""
    source: Citation | None = None


class BaselineRow(Struct, frozen=True):
    key: str
    name: str
    description: str
    href: str
    windows: tuple[PlatformWindow, ...]
    narrowed: str = ""  # "at most Off"
    by: str = ""  # who and when
    locked: bool = False  # on every platform: there is nothing to narrow


class BaselineGroup(Struct, frozen=True):
    id: str
    name: str
    count: str
    rows: tuple[BaselineRow, ...]


class Happened(Struct, frozen=True):
    """One entry about the baseline. ``text`` is what it changed: "Explicit content: not narrowed to at most Off"."""

    text: str
    reason: str
    by: str
    when: When
    href: str


class BaselinePage(Struct, frozen=True):
    lead: str
    query: str
    options: tuple[Choice, ...]  # all, only narrowed
    groups: tuple[BaselineGroup, ...]
    empty: str
    history: tuple[Happened, ...]
    trail_href: str
    no_form: str = ""  # why this person may not change it


class BaselineForm(Struct, frozen=True):
    """Without ends there is nothing to choose: what no platform states any more can only be taken back."""

    floor: Bound | None
    ceiling: Bound | None
    seen: str  # the window that the page shows, as JSON; sent back with the write
    reason: str
    reason_error: str = ""
    can_take_back: bool = False


class BaselineBehaviorPage(Struct, frozen=True):
    key: str
    name: str
    description: str
    crumbs: tuple[Crumb, ...]
    windows: tuple[PlatformWindow, ...]
    narrowed: str
    why: str = ""  # the reason of the newest narrowing
    by: str = ""
    form: BaselineForm | None = None
    no_form: str = ""
    effects: Effects | None = None
    history: tuple[Happened, ...] = ()
    problems: tuple[Problem, ...] = ()


# --- holds -------------------------------------------------------------------------------------------------------


class HoldLine(Struct, frozen=True):
    """One hold. ``binds`` is "Acme" or "everybody"; ``ended`` who lifted it, when and why."""

    name: str
    key: str
    href: str
    most: str  # "at most Off"
    binds: str
    reason: str
    by: str
    pill: Pill
    ended: str = ""


class HoldSection(Struct, frozen=True):
    id: str
    name: str
    lines: tuple[HoldLine, ...]
    empty: str


class Choices(Struct, frozen=True):
    """A group of a list to choose from."""

    name: str
    choices: tuple[Choice, ...]


class HoldForm(Struct, frozen=True):
    """First the behavior is chosen, then (with ``ceiling``) how far anybody may still go. ``scopes`` only where the
    person may place both kinds."""

    behaviors: tuple[Choices, ...]
    behavior: str = ""
    behavior_error: str = ""
    scopes: tuple[Choice, ...] = ()
    scope: str = ""
    ceiling: Bound | None = None
    reason: str = ""
    reason_error: str = ""
    effects: Effects | None = None


class HoldsPage(Struct, frozen=True):
    lead: str
    sections: tuple[HoldSection, ...]
    form: HoldForm | None = None
    no_form: str = ""
    problems: tuple[Problem, ...] = ()


class HoldPage(Struct, frozen=True):
    """One hold with its end. ``recheck`` is the way to the progress of what follows it, for stewards."""

    id: int
    line: HoldLine
    crumbs: tuple[Crumb, ...]
    placed: When
    windows: tuple[PlatformWindow, ...]
    can_lift: bool = False
    no_lift: str = ""
    effects: Effects | None = None  # of lifting it
    reason: str = ""
    reason_error: str = ""
    rechecks: tuple[tuple[str, str], ...] = ()  # (what, where)
    trail_href: str = ""
    problems: tuple[Problem, ...] = ()
