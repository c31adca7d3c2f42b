"""What a product's users may change of a behavior: in a line, and as fields that an editor fills in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.actions.drafts import WINDOWS, explain
from profiles.errors import StaleDraft
from profiles.resolution.diff import raw_window
from profiles.resolution.types import Decision
from profiles.rulebook.domains import ANY, Domain, Level, Number, Switch, Topics, Window
from profiles.web.pages import words
from profiles.web.pages.bounds import LISTED, TypedBound
from profiles.web.pages.state import Refused, State
from profiles.web.presenters.editor import Conflict, UsersWindow
from profiles.web.presenters.limits import Bound
from profiles.web.presenters.parts import Message, ago
from profiles.web.presenters.settings import Choice

FLOOR, CEILING = "floor", "ceiling"
_LABELS: Final = {FLOOR: gettext_lazy("From (strictest)"), CEILING: gettext_lazy("To (most permissive)")}


def field_of(key: str) -> str:
    return f"{WINDOWS}{key}"


def users_line(decision: Decision) -> str:
    """What this product's users may choose."""
    return _("nothing") if decision.user.is_lock else words.window_words(decision.behavior.domain, decision.user)


def window_words(domain: Domain, raw: Any) -> str:
    """A stored window in words; that of nobody's choice is the default."""
    if raw is None:
        return _("the default")
    return words.window_words(domain, raw) if isinstance(raw, Mapping) and {*raw} == {FLOOR, CEILING} else str(raw)


def clash(refused: Refused, now: datetime, say: Callable[[Any], str]) -> Conflict:
    """Two values of one field, of which somebody must choose one."""
    detail = refused.error.detail
    when = ago(datetime.fromisoformat(detail["at"]), now)
    reset = _("the default")
    return Conflict(
        text=_("%(name)s changed this %(when)s.") % {"name": detail["by"], "when": when},
        theirs=reset if detail["theirs"] is None else say(detail["theirs"]),
        mine=reset if detail["mine"] is None else say(detail["mine"]),
        mine_fields=refused.fields,
        seen=int(detail["revision"]),
    )


# What may be left to users


def most_of(state: State, key: str) -> Window:
    """All that the product could leave to its users, on the platform whose decision stands."""
    open_to_users = replace(state.stored, windows={**state.stored.windows, key: {}})
    platform = state.platforms[key]
    return open_to_users.resolve(state.now, claims=state.claims)[platform].decisions[key].user


def users_window(state: State, decision: Decision, refused: Refused | None) -> UsersWindow:
    """The window of one behavior as a form."""
    key, domain = decision.behavior.key, decision.behavior.domain
    most = most_of(state, key)
    mine = refused if refused and refused.field == field_of(key) else None
    stored = state.draft.windows.get(key)
    stale = mine is not None and isinstance(mine.error, StaleDraft)
    shown = _typed(mine) if mine and not stale else raw_window(domain, decision.user)
    return UsersWindow(
        now=_now(decision),
        bounds=() if most.is_lock or decision.behavior.user.waiver else _bounds(domain, most, shown),
        limit=_limit(domain, most, decision),
        is_set=stored is not None,
        can_undo=state.live is not None and state.differs(field_of(key)),
        was=_was(state, domain, key),
        messages=_messages(state, key, mine if not stale else None),
        conflict=clash(mine, state.now, lambda raw: window_words(domain, raw)) if mine and stale else None,
    )


def _now(decision: Decision) -> str:
    domain = decision.behavior.domain
    if decision.user.is_lock:
        return _("Users cannot change this: it stays %(value)s.") % {
            "value": words.value_words(domain, decision.operator_raw)
        }
    return _("Users may choose from %(floor)s to %(ceiling)s.") % {
        "floor": words.value_words(domain, domain.dump(decision.user.floor)),
        "ceiling": words.value_words(domain, domain.dump(decision.user.ceiling)),
    }


def _limit(domain: Domain, most: Window, decision: Decision) -> str:
    if decision.behavior.user.waiver:
        return _("Users may waive this for themselves: the right is theirs, and no product narrows it.")
    if not most.is_lock:
        text = _("You may leave them anything from %(floor)s to %(ceiling)s: that is inside what you may set yourself.")
        ends = raw_window(domain, most)
        return text % {name: words.value_words(domain, ends[name]) for name in ends}
    if decision.product.is_lock:
        return _("There is nothing to leave to them: you cannot change it either.")
    return _("There is nothing to leave to them: the platform lets no user change this.")


def _was(state: State, domain: Domain, key: str) -> str:
    field = field_of(key)
    if state.live is None or not state.differs(field):
        return ""
    before = window_words(domain, state.live_fields.get(field))
    return _("Was %(value)s in v%(number)d.") % {"value": before, "number": state.live.number}


def _messages(state: State, key: str, refused: Refused | None) -> tuple[Message, ...]:
    field = field_of(key)
    if refused is not None:
        sentences = refused.error.fields.get(field, [refused.error.message])
        return tuple(Message("bad", words.refusal_words(text), lead=_("Not saved:")) for text in sentences)
    clamp = state.found.refused.get(field)
    return (Message("bad", words.refusal_words(explain(clamp)), lead=_("Fix this:")),) if clamp else ()


# The fields


def _typed(refused: Refused) -> dict[str, Any]:
    wanted = refused.wanted
    return dict(wanted) if isinstance(wanted, Mapping) else {}


def _bounds(domain: Domain, most: Window, shown: Mapping[str, Any]) -> tuple[Bound, ...]:
    """One field where the strict end is given, else two."""
    if isinstance(domain, Switch | Topics):
        return (_bound(domain, CEILING, most, shown.get(CEILING), str(_("Users may choose"))),)
    return tuple(_bound(domain, name, most, shown.get(name), str(_LABELS[name])) for name in (FLOOR, CEILING))


def _bound(domain: Domain, name: str, most: Window, raw: Any, label: str) -> Bound:
    if isinstance(domain, Number):
        return Bound(name, label, "number", "", value=str(raw if raw is not None else ""), unit=domain.unit)
    if isinstance(domain, Topics):
        typed = TypedBound.stored(raw)
        options = (
            *((Choice("any", _("Any topic"), raw == "any"),) if most.ceiling is ANY else ()),
            Choice(LISTED, _("At most these topics"), raw != "any"),
        )
        return Bound(name, label, "topics", "", options, text=typed.listed)
    assert isinstance(domain, Level)
    inside = [each for each in domain.names if domain.contains(most, domain.parse(each))]
    return Bound(name, label, "choice", "", tuple(Choice(*_choice(domain, most, each, each == raw)) for each in inside))


def _choice(domain: Level, most: Window, name: str, chosen: bool) -> tuple[str, str, bool]:
    if not isinstance(domain, Switch):
        return name, words.value_words(domain, name), chosen
    only = domain.parse(name) == most.floor
    text = _("only %(value)s") if only else _("%(floor)s or %(value)s")
    floor = words.value_words(domain, domain.dump(most.floor))
    return name, text % {"value": words.value_words(domain, name), "floor": floor}, chosen


def wanted_window(state: State, key: str, form: Mapping[str, Any]) -> Any:
    """The raw window that was typed; what is none stays as typed, for the action to refuse."""
    domain = state.domain(key)
    if domain is None:
        return dict(form.items())
    ceiling = TypedBound.of(form, CEILING)
    end = "any" if isinstance(domain, Topics) and ceiling.chosen == "any" else ceiling.raw(domain)
    if isinstance(domain, Switch | Topics):
        return {FLOOR: domain.dump(most_of(state, key).floor), CEILING: end}
    return {FLOOR: TypedBound.of(form, FLOOR).raw(domain), CEILING: end}
