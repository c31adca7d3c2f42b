"""Commitments over time: what a chart draws, and the table that says the same. Coordinates are numbers of SVG."""

from __future__ import annotations

from msgspec import Struct

from audits.web.presenters.trail import Choice
from profiles.web.presenters.parts import Action, Crumb, Pager, Pill


class Point(Struct, frozen=True):
    """One run: its share as a mark, its interval as a bar."""

    tone: str  # ok, warn, bad: the shape follows it
    href: str
    label: str
    x: str
    y: str  # empty where no trial says anything
    top: str
    height: str


class Change(Struct, frozen=True):
    """Between two runs: another version, another model, or both."""

    x: str
    version: str  # "v3"
    model: bool


class Tick(Struct, frozen=True):
    y: str
    text: str


class TrendRow(Struct, frozen=True):
    """One run, in words."""

    href: str
    run: str
    when: str
    version: str
    model: str
    share: str
    interval: str
    threshold: str
    pill: Pill
    changed: str  # what is another than in the run before it


class Chart(Struct, frozen=True):
    """The probes of one direction and kind of one commitment."""

    id: str
    title: str
    kind: str
    newest: Pill
    summary: str
    points: tuple[Point, ...]
    changes: tuple[Change, ...]
    ticks: tuple[Tick, ...]
    threshold: str  # a path, empty where nothing is held to one
    first: str  # dates of the axis
    last: str
    rows: tuple[TrendRow, ...]


class Charts(Struct, frozen=True):
    """Of one commitment."""

    key: str
    name: str
    charts: tuple[Chart, ...]


class TrendPage(Struct, frozen=True):
    title: str
    crumbs: tuple[Crumb, ...]
    lead: str
    rehearsal: bool
    series: tuple[Choice, ...]
    here: str
    marks: tuple[tuple[str, str], ...]  # what is drawn how
    commitments: tuple[Charts, ...]
    pager: Pager
    empty: str
    start: Action | None
