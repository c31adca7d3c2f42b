"""Taking a part of the trail away as a file: that it began, and how it ended, are each on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from audits.trail.kinds import Kind, Outcome
from audits.trail.record import Recorded
from profiles.access import Actor, Permission
from profiles.actions.base import Subject, action, note, subject


@dataclass(frozen=True, slots=True)
class Trail:
    """That of an organization, by its slug; or the installation's, with an empty one."""

    organization: str


@subject.register
def _(thing: Trail) -> Subject:
    return Subject(thing.organization, target="trail")


@action(Kind.EXPORT_STARTED)
def start_export(trail: Trail, *, how: str, search: Mapping[str, str], rows: int, by: Actor, now: datetime) -> Recorded:
    """Somebody begins to take so many entries with them, in a format, that a search found."""
    by.require(Permission.VIEW_TRAIL)
    data = {"format": how, "search": dict(search), "rows": rows}
    return note(Kind.EXPORT_STARTED, trail, by=by, now=now, data=data)


@action(Kind.EXPORT_FINISHED)
def end_export(trail: Trail, *, export: str, rows: int, sha256: str, by: Actor, now: datetime) -> None:
    """The file ended after so many entries.

    Args:
        export: the id of the entry of its beginning.
        sha256: of the whole file; empty if it broke off.
    """
    by.require(Permission.VIEW_TRAIL)
    outcome = Outcome.DONE if sha256 else Outcome.FAILED
    data = {"export": export, "rows": rows, **({"sha256": sha256} if sha256 else {})}
    note(Kind.EXPORT_FINISHED, trail, by=by, now=now, outcome=outcome, data=data)
