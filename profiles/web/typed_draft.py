"""What the forms of a draft send, as raw values, and raw values as what these forms would send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from profiles.actions.drafts import INSTRUCTIONS, WINDOWS
from profiles.errors import Malformed
from profiles.rulebook.domains import Domain, Number, Topics
from profiles.web.pages.state import State


def seen_in(form: QueryDict) -> int:
    """The draft's revision that the page showed.

    Raises:
        Malformed: it is missing, so nobody can tell whether the write is stale.
    """
    # A page sends it once with the form and once from the page's own field, which htmx keeps fresh: the later counts.
    found = [value for value in form.getlist("seen") if value.isdecimal() and len(value) < 10]
    if not found:
        raise Malformed(_("The page did not say which draft it showed. Load it again; nothing was changed."))
    return max(map(int, found))


def raw_value(domain: Domain | None, typed: list[str]) -> Any:
    """The raw value of what a control sent: the last of a name counts; topics are all of them, a line each."""
    if isinstance(domain, Topics):
        lines = [line.strip() for value in typed for line in value.splitlines() if line.strip()]
        # "any" beside topics: the one that comes last was chosen last, the page sees to their order.
        return "any" if lines and lines[-1] == "any" else sorted({line for line in lines if line != "any"})
    last = typed[-1].strip() if typed else ""
    if isinstance(domain, Number) and last.isascii() and last.removeprefix("-").isdecimal() and len(last) < 18:
        return int(last)
    return last


def form_fields(state: State, field: str, raw: Any) -> tuple[tuple[str, str], ...]:
    """A raw value of a field as the fields of its form."""
    if field == INSTRUCTIONS:
        return ((INSTRUCTIONS, raw or ""),)
    if not field.startswith(WINDOWS):
        return tuple((field, value) for value in _texts(raw))
    window = raw if isinstance(raw, Mapping) else {}
    listed = window.get("ceiling")
    if isinstance(listed, list):
        return (("ceiling", "list"), ("ceiling_list", "\n".join(map(str, listed))))
    return tuple((name, str(value)) for name, value in window.items())


def _texts(raw: Any) -> list[str]:
    return ["", *map(str, raw)] if isinstance(raw, list) else [] if raw is None else [str(raw)]
