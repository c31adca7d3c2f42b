"""The ends of a window as fields of a form, and back: what is typed there becomes a raw value, or stays what it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.rulebook.domains import Direction, Domain, Level, MalformedValue, Number, Topics
from profiles.web.pages import words
from profiles.web.presenters.limits import Bound
from profiles.web.presenters.settings import Choice

LISTED: Final = "list"  # what the choice of topics sends where a list goes with it
_MOST_DIGITS: Final = 18

_LABELS: Final = {"floor": gettext_lazy("Floor"), "ceiling": gettext_lazy("Ceiling")}
_NONE: Final = {"floor": gettext_lazy("No floor"), "ceiling": gettext_lazy("No ceiling")}
_HINTS: Final = {
    "floor": gettext_lazy("No product may be stricter than this."),
    "ceiling": gettext_lazy("No product may go further than this."),
}
_LISTS: Final = {
    "floor": gettext_lazy("Always these topics"),
    "ceiling": gettext_lazy("At most these topics"),
}


@dataclass(frozen=True, slots=True)
class TypedBound:
    """``chosen`` is the value of the field; ``listed`` the topics that go with it."""

    chosen: str = ""
    listed: str = ""

    @classmethod
    def of(cls, form: Mapping[str, Any], name: str) -> TypedBound:
        return cls(str(form.get(name, "")).strip(), str(form.get(f"{name}_list", "")))

    @classmethod
    def stored(cls, raw: Any) -> TypedBound:
        """As a stored value stands in the form."""
        if isinstance(raw, list):
            return cls(LISTED, "\n".join(map(str, raw)))
        return cls() if raw is None or raw == "any" else cls(str(raw))

    def raw(self, domain: Domain) -> Any:
        """The raw value; None for none. What is not one stays as typed, for the action to refuse."""
        if not self.chosen:
            return None
        if isinstance(domain, Topics):
            return sorted({line.strip() for line in self.listed.splitlines() if line.strip()})
        digits = self.chosen.removeprefix("-")
        if isinstance(domain, Number) and digits.isascii() and digits.isdecimal() and len(digits) < _MOST_DIGITS:
            return int(self.chosen)
        return self.chosen


def bound(domain: Domain, name: str, typed: TypedBound, *, error: str = "", required: bool = False) -> Bound:
    """The field of one end. With ``required`` there is no choice of none."""
    label, hint = str(_LABELS[name]), str(_HINTS[name])
    if isinstance(domain, Number):
        hint = _("%(hint)s %(stricter)s, from %(least)d to %(most)d.") % {
            "hint": hint,
            "stricter": _("More is stricter") if domain.higher_is_stricter else _("Less is stricter"),
            "least": domain.minimum,
            "most": domain.maximum,
        }
        return Bound(name, label, "number", hint, value=typed.chosen, unit=words.unit_words(domain.unit), error=error)
    if isinstance(domain, Topics):
        options = (*_none(name, required), Choice(LISTED, str(_LISTS[name]), required or typed.chosen == LISTED))
        return Bound(name, label, "topics", hint, options, text=typed.listed, error=error)
    assert isinstance(domain, Level)
    # A hold at the most permissive value would hold nothing.
    names = domain.names[:-1] if required else domain.names
    options = tuple(Choice(each, words.value_words(domain, each), each == typed.chosen) for each in names)
    return Bound(name, label, "choice", hint, (*_none(name, required), *options), error=error)


def _none(name: str, required: bool) -> tuple[Choice, ...]:
    return (Choice("", _("Choose a value") if required else str(_NONE[name])),)


def narrowed_words(domain: Domain, bounds: Any) -> str:
    """A stored window in words: "at most Off", "at least Brief", "Brief to Normal"; nothing where there is none."""
    if not isinstance(bounds, Mapping):
        return ""
    known = {name: words.value_words(domain, bounds[name]) for name in ("floor", "ceiling") if name in bounds}
    if len(known) == 2:
        return words.window_words(domain, bounds)
    text = _("at most %(value)s") if "ceiling" in known else _("at least %(value)s")
    return text % {"value": next(iter(known.values()), "")}


def direction(domain: Domain, before: Any, after: Any) -> Direction:
    """How one stored window differs from another. What cannot be read counts as the strictest, as resolution reads
    it."""
    (floor, ceiling), (new_floor, new_ceiling) = (_points(domain, bounds) for bounds in (before, after))
    up, down = domain.direction(ceiling, new_ceiling), domain.direction(floor, new_floor)
    # A floor that rises narrows as a ceiling that falls does.
    turned = {Direction.TIGHTENING: Direction.LOOSENING, Direction.LOOSENING: Direction.TIGHTENING}.get(down, down)
    return Direction.overall([up, turned])


def _points(domain: Domain, bounds: Any) -> tuple[Any, Any]:
    stored = bounds if isinstance(bounds, Mapping) else {}
    ends = {"floor": domain.strictest, "ceiling": domain.loosest}
    for name in ends:
        if name in stored:
            try:
                ends[name] = domain.parse(stored[name])
            except MalformedValue:
                ends[name] = domain.strictest
    return ends["floor"], ends["ceiling"]
