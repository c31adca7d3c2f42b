"""Environments: their order, and what each asks for before a version goes live there."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Crumb, Message, Problem


class EnvironmentLine(Struct, frozen=True):
    slug: str
    name: str
    asks: str  # "2 approvals by others than the author"
    tightening: str
    serves: str  # "3 products"
    proof: str = ""  # "Asks for a passing run that is not older than 30 days."
    href: str = ""
    first: bool = False
    last: bool = False


class EnvironmentForm(Struct, frozen=True):
    """``slug`` can be chosen once, when it is created."""

    name: str
    approvals: str
    most: int
    at_once: bool
    run_days: str = ""  # empty: no run is asked for
    most_days: int = 0
    seen: str = ""
    slug: str = ""
    reason: str = ""
    name_error: str = ""
    slug_error: str = ""
    approvals_error: str = ""
    days_error: str = ""
    reason_error: str = ""
    message: Message | None = None  # what the number means with the people who are here


class EnvironmentsPage(Struct, frozen=True):
    lead: str
    lines: tuple[EnvironmentLine, ...]
    form: EnvironmentForm | None = None
    no_form: str = ""
    may_move: bool = False
    problems: tuple[Problem, ...] = ()


class EnvironmentPage(Struct, frozen=True):
    line: EnvironmentLine
    crumbs: tuple[Crumb, ...]
    form: EnvironmentForm | None = None
    no_form: str = ""
    trail_href: str = ""
    problems: tuple[Problem, ...] = ()
