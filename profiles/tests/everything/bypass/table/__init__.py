"""The matrix: a line for every door. A door without a line fails a test, which says what to write here.

A line says who goes through the door, what it is given, and the same with a value outside of its window. ``first`` is
what must have happened so that it gets through. A door that does several things has a line for each of them: what
stands after `` / `` in its name says which.
"""

from __future__ import annotations

from typing import Final

from profiles.tests.everything.bypass.table import api, conformance, installation, organization, products, programs
from profiles.tests.everything.bypass.table.lines import Bookkeeping, Line, Whose, no_value
from profiles.tests.everything.bypass.table.programs import READING

__all__ = ["BY_LOOKING", "LINES", "PAGES", "Bookkeeping", "Line", "Whose", "no_value"]

PAGES: Final[dict[str, Line]] = {
    **products.PAGES,
    **organization.PAGES,
    **installation.PAGES,
    **conformance.PAGES,
}
ACTIONS: Final[dict[str, Line]] = {
    **products.ACTIONS,
    **organization.ACTIONS,
    **installation.ACTIONS,
    **conformance.ACTIONS,
}

LINES: Final[dict[str, dict[str, Line]]] = {
    "page": PAGES,
    "htmx": PAGES,
    "api": api.API,
    "action": ACTIONS,
    "command": programs.COMMANDS,
    "task": programs.TASKS,
}
# Pages that write when they are looked at, and no more than this.
BY_LOOKING: Final[dict[str, Bookkeeping]] = {"notice": READING}
