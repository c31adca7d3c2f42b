"""Values, windows, directions and reasons in the words of pages: the same in the editor, a review and a diff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from profiles.models import RulebookRevision
from profiles.queries import Difference
from profiles.resolution.diff import Change, raw_window
from profiles.resolution.types import Decision, Reason, Resolution
from profiles.rulebook.domains import ANY, Direction, Domain, Level, MalformedValue, Number, Switch, Topics, Window
from profiles.rulebook.model import Behavior, Kind, Layer, Rulebook
from profiles.web.presenters.parts import CommentThread, DiffLine, Message, Pill, Tag

# Values and windows


_UNITS: Final = {
    "minutes": pgettext_lazy("unit", "minutes"),
    "EUR per action": pgettext_lazy("unit", "EUR per action"),
}


def value_words(domain: Domain, raw: Any) -> str:
    """A raw value as people read it: "On", "Only when asked", "30 minutes", "algebra, geometry". What is not in the
    domain (a value of an older rulebook) is shown as it is stored."""
    try:
        point = domain.parse(raw)
    except MalformedValue:
        return raw if isinstance(raw, str) else ", ".join(map(str, raw)) if isinstance(raw, list) else str(raw)
    if isinstance(domain, Switch):
        return _("On") if raw == "on" else _("Off")
    if isinstance(domain, Level):
        return domain.labels.get(str(raw)) or str(raw).replace("_", " ").capitalize()
    if isinstance(domain, Number):
        return number_words(domain, int(raw))
    if point is ANY:
        return _("Any")
    return ", ".join(sorted(point)) or _("None")


def number_words(domain: Number, number: int) -> str:
    """A number with its unit."""
    return _("%(number)s %(unit)s") % {"number": digits(number), "unit": unit_words(domain.unit)}


def digits(number: int) -> str:
    """In groups of three, as the language divides them."""
    return number_format(number, force_grouping=True)


def unit_words(unit: str) -> str:
    """A rulebook's unit; one that is not known here stays as it stands there."""
    return str(_UNITS.get(unit, unit))


def window_words(domain: Domain, window: Window | Mapping[str, Any]) -> str:
    """The values of a window, or of its raw form: "Off to On", "only Off"."""
    ends = raw_window(domain, window) if isinstance(window, Window) else window
    floor, ceiling = value_words(domain, ends["floor"]), value_words(domain, ends["ceiling"])
    if ends["floor"] == ends["ceiling"]:
        return _("only %(value)s") % {"value": floor}
    return _("%(floor)s to %(ceiling)s") % {"floor": floor, "ceiling": ceiling}


# Directions

_DIRECTIONS: Final = {
    Direction.SAME: gettext_lazy("same"),
    Direction.TIGHTENING: gettext_lazy("stricter"),
    Direction.LOOSENING: gettext_lazy("looser"),
    Direction.MIXED: gettext_lazy("looser and stricter"),
}
_TONES: Final = {Direction.SAME: "neutral", Direction.TIGHTENING: "ok"}


def direction_words(direction: Direction | str) -> str:
    return str(_DIRECTIONS[Direction(direction)])


def direction_pill(direction: Direction | str) -> Pill:
    return Pill(_TONES.get(Direction(direction), "warn"), direction_words(direction))


def directions_counted(changes: Iterable[Change]) -> str:
    """ "2 looser, 1 stricter" of several changes."""
    return counted_words(change.direction for change in changes)


def counted_words(directions: Iterable[Direction]) -> str:
    """The same of their directions alone."""
    found = list(directions)
    counted = ((found.count(direction), direction) for direction in _DIRECTIONS if direction is not Direction.SAME)
    ordered = sorted(counted, key=lambda item: item[1] is Direction.TIGHTENING)  # what loosens is said first
    return ", ".join(f"{count} {direction_words(direction)}" for count, direction in ordered if count)


# Who decided, and why

_LOCKED: Final = {
    Reason.LOCKED_BRIGHT_LINE: gettext_lazy("Bright line: nobody changes it"),
    Reason.LOCKED_PROTECTION: gettext_lazy("Protects the user: no operator can take it away"),
    Reason.LOCKED_PLATFORM: gettext_lazy("Locked by the platform"),
    Reason.LOCKED_LAW: gettext_lazy("Locked by law"),
    Reason.LOCKED_ORGANIZATION: gettext_lazy("Locked by the organization"),
    Reason.ATTESTATION_MISSING: gettext_lazy("Needs an attestation"),
    Reason.ATTESTATION_EXPIRED: gettext_lazy("Its attestation has ended"),
    Reason.RULE: gettext_lazy("Limited by a rule"),
    Reason.ABOVE_CEILING: gettext_lazy("Cut to the maximum"),
    Reason.BELOW_FLOOR: gettext_lazy("Raised to the minimum"),
    Reason.NOT_ADJUSTABLE_BY_USER: gettext_lazy("Users cannot change this"),
    Reason.UNKNOWN_BEHAVIOR: gettext_lazy("No rulebook states this behavior"),
    Reason.MALFORMED_VALUE: gettext_lazy("The stored value cannot be read"),
}
_SET_BY: Final = {
    Layer.PLATFORM: gettext_lazy("Platform default"),
    Layer.LAW: gettext_lazy("Set by law"),
    Layer.ORGANIZATION: gettext_lazy("Set by the organization"),
    Layer.PRODUCT: gettext_lazy("Set for this product"),
    Layer.USER: gettext_lazy("Set by the user"),
}


def reason_words(reason: Reason) -> str:
    """Why a value is what it is, in a few words."""
    if reason in _LOCKED:
        return str(_LOCKED[reason])
    return str(
        _SET_BY[{Reason.DEFAULT: Layer.PLATFORM, Reason.INHERITED: Layer.ORGANIZATION}.get(reason, Layer.PRODUCT)]
    )


def refusal_words(text: str) -> str:
    """A refusal without the reason's name where the control beside it says as much: a number outside its range. What no
    control offers was asked for by a program, and keeps the name."""
    for reason in (Reason.ABOVE_CEILING, Reason.BELOW_FLOOR):
        text = text.replace(" " + _("Reason: %(reason)s.") % {"reason": reason.value}, "")
    return text


def decided_words(decision: Decision) -> str:
    """Who decided a behavior's value: "Platform default", "Set for this product", "Locked by the platform"."""
    return said_words(decision.decided_by, decision.reason)


def said_words(layer: Layer, reason: Reason) -> str:
    """The same of a published profile, which names layer and reason."""
    return str(_SET_BY[layer]) if reason is Reason.SET else reason_words(reason)


def known_words(behavior: Behavior) -> str:
    """How far a value is known to hold: what is done about it and never more."""
    return _("filtered") if behavior.kind is Kind.FILTER else _("instructed")


_PLATFORMS: Final = {
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "google": "Google",
    "reference": gettext_lazy("Reference"),
}


def platform_words(platform: str) -> str:
    """A platform by its name. A law pack has none but its title: see ``rulebook_words``."""
    return str(_PLATFORMS.get(platform) or platform.replace("-", " ").replace("_", " ").title())


def rulebook_words(book: RulebookRevision | Rulebook) -> str:
    """Whose rulebook it is: a platform by its name, a law pack by its title."""
    return book.title if book.layer == Layer.LAW else platform_words(book.platform)


_FACTS: Final = {
    "api": gettext_lazy("API"),
    "first_party": gettext_lazy("First party"),
    "eu": gettext_lazy("EU"),
    "uk": gettext_lazy("UK"),
    "us": gettext_lazy("US"),
    "us-ca": gettext_lazy("California"),
    "ca": gettext_lazy("Canada"),
    "ch": gettext_lazy("Switzerland"),
    "au": gettext_lazy("Australia"),
    "jp": gettext_lazy("Japan"),
    "adults": gettext_lazy("Adults"),
    "minors": gettext_lazy("Minors"),
    "general": gettext_lazy("General"),
    "voice": gettext_lazy("Voice"),
    "other": gettext_lazy("Other"),
    "audience": gettext_lazy("Audience"),
    "surface": gettext_lazy("Surface"),
    "jurisdictions": gettext_lazy("Jurisdictions"),
}


def fact_words(name: str) -> str:
    """The name or the value of a product's fact, as rulebooks spell it: "minors", "eu", "us-ca"."""
    return str(_FACTS.get(name) or name.replace("_", " ").capitalize())


def facts_words(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """A product's facts as pairs of words: ("Audience", "Adults")."""
    pairs = ((name, value if isinstance(value, list) else [value]) for name, value in sorted(facts.items()))
    return tuple((fact_words(name), ", ".join(fact_words(str(item)) for item in items)) for name, items in pairs)


def attestation_words(kind: str) -> str:
    """An attestation's key where no rulebook names it: "Licensed medical provider"."""
    return kind.replace("_", " ").capitalize()


# Groups of behaviors, in the order in which pages show them

_GROUPS: Final = {
    "never": gettext_lazy("It never will"),
    "always": gettext_lazy("It always will"),
    "protection": gettext_lazy("What protects the user"),
    "limits": gettext_lazy("Who may decide what"),
    "honesty": gettext_lazy("Honesty"),
    "safety": gettext_lazy("Health and risk"),
    "content": gettext_lazy("Content"),
    "topics": gettext_lazy("Topics and views"),
    "tone": gettext_lazy("Tone, persona and form"),
    "disclosure": gettext_lazy("Disclosure"),
    "agents": gettext_lazy("Agents"),
    "filters": gettext_lazy("Vendor filters"),
    "other": gettext_lazy("Other"),
}
_BY_KIND: Final = {Kind.BRIGHT_LINE: "never", Kind.PROTECTION: "always", Kind.FILTER: "filters"}
_BY_PREFIX: Final = {"privacy": "content", "views": "topics", "persona": "tone", "format": "tone"}


def group_of(behavior: Behavior) -> str:
    """The id of the group that a behavior is shown in: what nobody changes and filters apart, the others by key."""
    return _BY_KIND.get(behavior.kind) or group_of_key(behavior.key)


def group_of_key(key: str) -> str:
    """The id of a key's group, whatever a platform makes of it: how rulebooks are laid side by side."""
    prefix = key.partition(".")[0]
    found = _BY_PREFIX.get(prefix, prefix)
    return found if found in _GROUPS and found not in ("never", "always") else "other"


def group_words(group: str) -> str:
    return str(_GROUPS[group])


def group_count(group: str, count: int) -> str:
    """How many a group has: a filter is no behavior."""
    if group == "filters":
        return ngettext("%(n)d filter", "%(n)d filters", count) % {"n": count}
    return ngettext("%(n)d behavior", "%(n)d behaviors", count) % {"n": count}


def groups() -> tuple[str, ...]:
    """The ids of all groups, in order."""
    return tuple(_GROUPS)


# Changes


def behavior_in(resolutions: Mapping[str, Resolution], key: str) -> Behavior | None:
    """A behavior as the first of the platforms that state it does."""
    found = (resolution.decisions.get(key) for resolution in resolutions.values())
    return next((decision.behavior for decision in found if decision), None)


def diff_lines(found: Difference, **more: Any) -> tuple[DiffLine, ...]:
    """Every change of a difference in words; ``more`` goes to each line, and a callable is asked with its key."""
    lines = []
    for change in found.changes:
        given = {name: each(change.behavior) if callable(each) else each for name, each in more.items()}
        new, old = (behavior_in(resolutions, change.behavior) for resolutions in (found.after, found.before))
        assert new is not None, "a change is of something that the new resolution states"
        lines.append(diff_line(change, new, old, **given))
    return tuple(lines)


def diff_line(
    change: Change,
    behavior: Behavior,
    old: Behavior | None = None,
    *,
    href: str = "",
    tag: Tag | None = None,
    messages: tuple[Message, ...] = (),
    undo: bool = False,
    thread: CommentThread | None = None,
) -> DiffLine:
    """One change in words. ``old`` is the behavior as the rulebook before stated it, where that is another one."""
    domain, before_domain = behavior.domain, (old or behavior).domain
    before, after, added, removed = _sides(change, domain, before_domain)
    if users := _users(change, domain, before_domain):
        messages = (*messages, Message("note", users))
    return DiffLine(
        behavior.name,
        behavior.key,
        href=href,
        before=before,
        after=after,
        added=added,
        removed=removed,
        direction=change.direction.value,
        direction_text=direction_words(change.direction),
        tag=tag,
        messages=messages,
        undo=undo,
        thread=thread,
    )


def change_summary(line: DiffLine) -> str:
    """A line of a diff as one phrase: "Explicit content: Off to On"."""
    if line.before or line.after:
        words = _("%(before)s to %(after)s") % {"before": line.before or "–", "after": line.after or "–"}
    else:
        words = ", ".join([*(f"+{text}" for text in line.added), *(f"−{text}" for text in line.removed)])
    return _("%(name)s: %(change)s") % {"name": line.name, "change": words}


def summary(lines: tuple[DiffLine, ...], *, most: int = 2) -> str:
    """Several changes in a line: "Explicit content: Off to On; 2 more"."""
    shown = [change_summary(line) for line in lines[:most]]
    if rest := len(lines) - most:
        shown += [ngettext("%(n)d more", "%(n)d more", rest) % {"n": rest}] if rest > 0 else []
    return "; ".join(shown)


def _sides(change: Change, domain: Domain, old: Domain) -> tuple[str, str, tuple[str, ...], tuple[str, ...]]:
    """Before, after, added, removed: sets of topics are shown by what entered and what left."""
    if change.before == change.after:
        return _user_side(change.user_before, old), _user_side(change.user_after, domain), (), ()
    if isinstance(domain, Topics) and isinstance(change.before, list) and isinstance(change.after, list):
        gone, come = set(change.before) - set(change.after), set(change.after) - set(change.before)
        return "", "", tuple(sorted(come)), tuple(sorted(gone))
    return _or_nothing(old, change.before), _or_nothing(domain, change.after), (), ()


def _or_nothing(domain: Domain, raw: Any) -> str:
    return "" if raw is None else value_words(domain, raw)


def _user_side(window: Mapping[str, Any] | None, domain: Domain) -> str:
    return _("users: %(window)s") % {"window": window_words(domain, window)} if window else ""


def _users(change: Change, domain: Domain, old: Domain) -> str:
    """What becomes of the users' own window, where the values alone do not explain the direction."""
    if change.before == change.after or domain != old or change.user_before is None or change.user_after is None:
        return ""
    before, after = domain.parse(change.before), domain.parse(change.after)
    if domain.direction(before, after) is change.direction:
        return ""
    return _("Users may choose: %(after)s. Before: %(before)s.") % {
        "after": window_words(domain, change.user_after),
        "before": window_words(old, change.user_before),
    }
