"""Schedules of runs and the budget, as their pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from audits.web.presenters.rechecks import Bar
from audits.web.presenters.trail import Choice
from profiles.web.presenters.parts import Action, Crumb, Message, Pill, Problem, When


@dataclass(frozen=True, slots=True)
class OccasionLine:
    """One time at which a schedule asked for a run."""

    text: str  # "Due by time, suite disclosure"
    when: When
    pill: Pill
    run_href: str = ""
    run_text: str = ""
    because: str = ""  # why no run began, or what it waits for


@dataclass(frozen=True, slots=True)
class ScheduleCard:
    """What is scheduled for one product in one environment; ``is_set`` False: nothing yet."""

    key: str
    product: str
    product_href: str
    environment: str
    is_set: bool
    what: str = ""
    triggers: tuple[str, ...] = ()
    next: When | None = None
    by: str = ""
    trouble: str = ""  # why the next run would not begin
    rehearsal: bool = False
    occasions: tuple[OccasionLine, ...] = ()
    change: Action | None = None


@dataclass(frozen=True, slots=True)
class SchedulesPage:
    crumbs: tuple[Crumb, ...]
    schedules: tuple[ScheduleCard, ...]
    others: tuple[ScheduleCard, ...]  # places without one
    empty: str
    budget: Action


@dataclass(frozen=True, slots=True)
class SchedulePage:
    title: str
    crumbs: tuple[Crumb, ...]
    action: str
    end_action: str  # empty where there is nothing to end
    platforms: tuple[Choice, ...]
    endpoints: tuple[Choice, ...]
    judges: tuple[Choice, ...]
    suites: tuple[Choice, ...]
    hours: tuple[Choice, ...]
    every_days: str = ""
    on_submission: bool = False
    on_drift: bool = False
    errors: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    missing: str = ""
    missing_action: Action | None = None


@dataclass(frozen=True, slots=True)
class CapLine:
    """One limit: what is taken of it. Without a limit there is no bar."""

    label: str
    text: str
    bar: Bar | None = None


@dataclass(frozen=True, slots=True)
class BudgetField:
    name: str
    label: str
    hint: str
    value: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class BudgetPage:
    crumbs: tuple[Crumb, ...]
    month: str
    lines: tuple[CapLine, ...]
    fields: tuple[BudgetField, ...]  # empty where this person may not change it
    messages: tuple[Message, ...] = ()
    problems: tuple[Problem, ...] = ()
