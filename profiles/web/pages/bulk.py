"""Several settings at once: which values they get, and what to say of the result."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles.errors import DomainError, InvalidInput
from profiles.models import Draft
from profiles.web.pages.state import State
from profiles.web.presenters.editor import BulkResult
from profiles.web.presenters.parts import Problem

_NAMED: Final = 3


def bulk_values(state: State, picked: Iterable[str], choice: str) -> dict[str, Any]:
    """The raw value that each picked behavior gets; None for a reset.

    Raises:
        InvalidInput: nothing is picked, or there is no such choice.
    """
    keys = sorted(set(picked))
    if not keys:
        raise InvalidInput(_("Select at least one behavior first."))
    if choice == "default":
        return dict.fromkeys(keys)
    if choice == "live" and state.live:
        return {key: state.live.settings.get(key) for key in keys}
    if choice == "strictest":
        return {key: _strictest(state, key) for key in keys}
    raise InvalidInput(_("Choose what to set them to."))


def _strictest(state: State, key: str) -> Any:
    decision = state.decisions.get(key)
    # One that no rulebook states gets a value that is none, so that the action says so.
    return decision.behavior.domain.dump(decision.product.floor) if decision else ""


def done(before: State, draft: Draft) -> BulkResult:
    """What an edit changed; without a revision to take back where it changed nothing."""
    if draft.revision == before.draft.revision:
        return BulkResult(_("Nothing was different: they are so already."), 0)
    keys = sorted(
        key
        for key in draft.settings.keys() | before.draft.settings.keys()
        if draft.settings.get(key) != before.draft.settings.get(key)
    )
    names = [before.behavior(key).name for key in keys if key in before.decisions]
    shown = ", ".join(names[:_NAMED])
    more = len(names) - _NAMED
    text = ngettext("%(n)d setting changed:", "%(n)d settings changed:", len(keys)) % {"n": len(keys)}
    rest = (
        _("%(names)s and %(n)d more.") % {"names": shown, "n": more} if more > 0 else _("%(names)s.") % {"names": shown}
    )
    return BulkResult(text, draft.revision, rest)


def refused(state: State, error: DomainError) -> dict[str, Any]:
    """Why nothing was changed: a line for each value that stands in the way."""
    keys = {path: path.removeprefix("settings.") for path in error.fields}
    problems = [
        Problem(
            _("%(name)s: %(why)s")
            % {
                "name": state.behavior(key).name if key in state.decisions else key,
                "why": " ".join(error.fields[path]),
            },
            f"#{key}",
        )
        for path, key in keys.items()
    ]
    found = tuple(problems) or (Problem(error.message, "#bulk-to"),)
    return {"refused": found, "refused_title": _("Nothing was changed.")}
