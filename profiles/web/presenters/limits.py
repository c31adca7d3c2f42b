"""What an organization narrows for all of its products: the baseline, and holds; and what that changes, said before."""

from __future__ import annotations

from dataclasses import dataclass

from profiles.web.presenters.parts import Citation, Crumb, DiffLine, Pill, Problem, When
from profiles.web.presenters.settings import Choice

# --- what a change would do --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EffectOnProduct:
    name: str
    href: str
    version: str  # "version 3"
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class Effects:
    """``sentences`` say what happens and when; ``products`` are those whose clients get something else at once."""

    sentences: tuple[str, ...]
    products: tuple[EffectOnProduct, ...] = ()


# --- fields ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bound:
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


@dataclass(frozen=True, slots=True)
class PlatformWindow:
    """What one platform leaves to products."""

    name: str
    text: str  # "Off to On", "only Off", "not addressed"
    locked: bool = False
    because: str = ""
    source: Citation | None = None


@dataclass(frozen=True, slots=True)
class BaselineRow:
    key: str
    name: str
    description: str
    href: str
    windows: tuple[PlatformWindow, ...]
    narrowed: str = ""  # "at most Off"
    by: str = ""  # who and when
    locked: bool = False  # on every platform: there is nothing to narrow


@dataclass(frozen=True, slots=True)
class BaselineGroup:
    id: str
    name: str
    count: str
    rows: tuple[BaselineRow, ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry about the baseline. ``text`` is what it changed: "Explicit content: not narrowed to at most Off"."""

    text: str
    reason: str
    by: str
    when: When
    href: str


@dataclass(frozen=True, slots=True)
class BaselinePage:
    lead: str
    query: str
    options: tuple[Choice, ...]  # all, only narrowed
    groups: tuple[BaselineGroup, ...]
    empty: str
    history: tuple[Happened, ...]
    trail_href: str
    no_form: str = ""  # why this person may not change it


@dataclass(frozen=True, slots=True)
class BaselineForm:
    """Without ends there is nothing to choose: what no platform states any more can only be taken back."""

    floor: Bound | None
    ceiling: Bound | None
    seen: str  # the window that the page shows, as JSON; sent back with the write
    reason: str
    reason_error: str = ""
    can_take_back: bool = False


@dataclass(frozen=True, slots=True)
class BaselineBehaviorPage:
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


@dataclass(frozen=True, slots=True)
class HoldLine:
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


@dataclass(frozen=True, slots=True)
class HoldSection:
    id: str
    name: str
    lines: tuple[HoldLine, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class Choices:
    """A group of a list to choose from."""

    name: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class HoldForm:
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


@dataclass(frozen=True, slots=True)
class HoldsPage:
    lead: str
    sections: tuple[HoldSection, ...]
    form: HoldForm | None = None
    no_form: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class HoldPage:
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
