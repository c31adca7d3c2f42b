"""Schedules of runs and the budget, as their pages show them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from audits.web.presenters.rechecks import Bar
from audits.web.presenters.trail import Choice
from profiles.web.presenters.parts import Action, Crumb, Message, Pill, Problem, When


class OccasionLine(Struct, frozen=True):
    """One time at which a schedule asked for a run."""

    text: str  # "Due by time, suite disclosure"
    when: When
    pill: Pill
    run_href: str = ""
    run_text: str = ""
    because: str = ""  # why no run began, or what it waits for


class ScheduleCard(Struct, frozen=True):
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


class SchedulesPage(Struct, frozen=True):
    crumbs: tuple[Crumb, ...]
    schedules: tuple[ScheduleCard, ...]
    others: tuple[ScheduleCard, ...]  # places without one
    empty: str
    budget: Action


class SchedulePage(Struct, frozen=True):
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


class CapLine(Struct, frozen=True):
    """One limit: what is taken of it. Without a limit there is no bar."""

    label: str
    text: str
    bar: Bar | None = None


class BudgetField(Struct, frozen=True):
    name: str
    label: str
    hint: str
    value: str
    error: str = ""


class BudgetPage(Struct, frozen=True):
    crumbs: tuple[Crumb, ...]
    month: str
    lines: tuple[CapLine, ...]
    fields: tuple[BudgetField, ...]  # empty where this person may not change it
    messages: tuple[Message, ...] = ()
    problems: tuple[Problem, ...] = ()
