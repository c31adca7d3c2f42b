"""The organization baseline: what every product of an organization may use at most, by behavior."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec import field

from audits.trail.kinds import Kind as EntryKind
from profiles import queries
from profiles.access import ROLE_NAMES, Actor, Permission, roles_with
from profiles.errors import InvalidInput, Malformed, NotFound
from profiles.models import Organization, Product, RulebookRevision
from profiles.rulebook.domains import Direction, Domain, MalformedValue
from profiles.rulebook.model import Behavior, Kind, Stance
from profiles.web.pages import bounds, effects, words
from profiles.web.pages.above import Narrowing, narrowings
from profiles.web.pages.attestations import labelled
from profiles.web.pages.bounds import TypedBound
from profiles.web.pages.typed import TypedForm
from profiles.web.presenters.limits import (
    BaselineBehaviorPage,
    BaselineForm,
    BaselineGroup,
    BaselinePage,
    BaselineRow,
    Effects,
    Happened,
    PlatformWindow,
)
from profiles.web.presenters.parts import Citation, Crumb, Problem
from profiles.web.presenters.settings import Choice

_LATEST: Final = 8  # entries on the page of all behaviors


# What the platforms state


@dataclass(frozen=True)
class Stated:
    """What the platforms say about behaviors, by their newest rulebooks."""

    revisions: tuple[RulebookRevision, ...]

    @classmethod
    def of(cls, products: Iterable[Product]) -> Stated:
        """Of the platforms of an organization's products; of all platforms where it has none."""
        platforms = sorted({name for product in products for name in product.platforms})
        found = queries.latest_rulebooks(platforms)
        return cls(found) if found else cls.of_all()

    @classmethod
    def of_all(cls) -> Stated:
        return cls(tuple(row for row in queries.latest_of_all() if not row.is_law))

    @cached_property
    def behaviors(self) -> dict[str, dict[str, Behavior]]:
        """Each behavior that some platform states, by key and platform."""
        found: dict[str, dict[str, Behavior]] = {}
        for row in self.revisions:
            for key, behavior in row.rulebook().behaviors.items():
                if behavior.is_stated:
                    found.setdefault(key, {})[row.platform] = behavior
        return dict(sorted(found.items()))

    def lead(self, key: str) -> Behavior:
        """The behavior as the platform says it that speaks of the model, if one does."""
        return min(self.behaviors[key].values(), key=lambda each: each.kind is Kind.FILTER)

    def is_locked(self, key: str) -> bool:
        return all(each.product.is_lock for each in self.behaviors[key].values())

    def windows(self, key: str, *, all_platforms: bool = False) -> tuple[PlatformWindow, ...]:
        """What each platform leaves to products; with ``all_platforms`` also who says nothing."""
        lines = []
        for row in self.revisions:
            behavior = row.rulebook().behaviors.get(key)
            if behavior is not None and (behavior.is_stated or (all_platforms and behavior.kind is not Kind.FILTER)):
                lines.append(_window(row, behavior))
        return tuple(lines)


def _window(row: RulebookRevision, behavior: Behavior) -> PlatformWindow:
    text = words.window_words(behavior.domain, behavior.product) if behavior.is_stated else ""
    if behavior.stance is Stance.JUDGEMENT:
        text = _("left to the model's judgement")
    elif not behavior.is_stated:
        text = _("not addressed")
    elif behavior.kind is Kind.FILTER:
        text = _("%(window)s, its own filter") % {"window": text}
    href = f"{reverse('rulebook', args=[row.platform, row.revision])}#{behavior.key}"
    source = Citation(behavior.citation.section, href, behavior.citation.document.title)
    locked = behavior.is_stated and behavior.product.is_lock
    because = behavior.because if behavior.is_stated else behavior.advice or behavior.because
    return PlatformWindow(words.platform_words(row.platform), text, locked, because, source)


# All behaviors


@dataclass(frozen=True)
class Baseline:
    """Everything that the pages of the baseline are built from."""

    actor: Actor
    organization: Organization
    products: Sequence[Product]
    now: datetime

    @cached_property
    def stated(self) -> Stated:
        return Stated.of(self.products)

    @cached_property
    def changes(self) -> list[tuple[str, Narrowing]]:
        return list(narrowings(self.actor))

    @cached_property
    def newest(self) -> dict[str, Narrowing]:
        return dict(reversed(self.changes))

    @property
    def no_form(self) -> str:
        return "" if self.actor.may(Permission.MANAGE_BASELINE) else needs(Permission.MANAGE_BASELINE)

    def window(self, key: str) -> Any:
        return self.organization.windows.get(key)


def needs(permission: Permission) -> str:
    """Which roles a change takes, for those who have none of them."""
    roles = ", ".join(str(ROLE_NAMES[role]) for role in roles_with(permission))
    sentence = {
        Permission.MANAGE_BASELINE: _("Changing the baseline needs one of these roles: %(roles)s."),
        Permission.PLACE_HOLD: _("Placing and lifting holds needs one of these roles: %(roles)s."),
        Permission.EDIT_DRAFT: _("Changing where a product runs needs one of these roles: %(roles)s."),
        Permission.MANAGE_MEMBERS: _("Inviting and changing members needs one of these roles: %(roles)s."),
        Permission.MANAGE_ENVIRONMENTS: _("Changing environments needs one of these roles: %(roles)s."),
        Permission.MANAGE_PRODUCTS: _("Creating and removing products needs one of these roles: %(roles)s."),
        Permission.PUBLISH_COMMITMENTS: _("Making commitments public needs one of these roles: %(roles)s."),
    }[permission]
    return sentence % {"roles": roles}


def build_baseline(board: Baseline, *, query: str = "", show: str = "") -> BaselinePage:
    rows = {key: _row(board, key) for key in board.stated.behaviors}
    gone = [key for key in board.organization.windows if key not in rows]
    groups: dict[str, list[BaselineRow]] = {}
    for key, row in rows.items():
        groups.setdefault(words.group_of(board.stated.lead(key)), []).append(row)
    groups.setdefault("other", []).extend(_gone(board, key) for key in sorted(gone))
    narrowed = sum(bool(row.narrowed) for row in rows.values()) + len(gone)
    kept = {name: [row for row in groups.get(name, ()) if _matches(row, query, show)] for name in words.groups()}
    return BaselinePage(
        lead=_(
            "What all products of %(name)s may use at most. What is narrowed here, no product and no user can widen."
        )
        % {"name": board.organization.name},
        query=query,
        options=(
            Choice("", _("All %(n)d") % {"n": len(rows) + len(gone)}, show != "narrowed"),
            Choice("narrowed", _("Narrowed %(n)d") % {"n": narrowed}, show == "narrowed"),
        ),
        groups=tuple(_group(name, found) for name, found in kept.items() if found),
        empty=_("Nothing is narrowed yet.") if show and not narrowed else _("No behavior matches. Try another word."),
        history=tuple(_happened(board, key, item) for key, item in board.changes[:_LATEST]),
        trail_href=f"{reverse('trail')}?{urlencode({'kind': EntryKind.BASELINE_CHANGED})}",
        no_form=board.no_form,
    )


def _row(board: Baseline, key: str) -> BaselineRow:
    behavior = board.stated.lead(key)
    newest = board.newest.get(key)
    narrowed = bounds.narrowed_words(behavior.domain, board.window(key))
    return BaselineRow(
        key=key,
        name=behavior.name,
        description=behavior.description,
        href=reverse("settings_baseline_behavior", args=[key]),
        windows=board.stated.windows(key),
        narrowed=narrowed,
        by=_by(newest) if narrowed and newest else "",
        locked=board.stated.is_locked(key) and not narrowed,
    )


def _gone(board: Baseline, key: str) -> BaselineRow:
    """A behavior that was narrowed and that no platform states any more: it must be possible to take that back."""
    text = _("No platform of your products states it now.")
    return BaselineRow(key, key, text, reverse("settings_baseline_behavior", args=[key]), (), _("narrowed"))


def _by(item: Narrowing) -> str:
    return _("%(name)s, %(when)s") % {"name": item.by, "when": item.when.shown}


def _matches(row: BaselineRow, query: str, show: str) -> bool:
    text = f"{row.key} {row.name} {row.description}".lower()
    return (show != "narrowed" or bool(row.narrowed)) and all(word in text for word in query.lower().split())


def _group(name: str, rows: list[BaselineRow]) -> BaselineGroup:
    count = ngettext("%(n)d behavior", "%(n)d behaviors", len(rows)) % {"n": len(rows)}
    if narrowed := sum(bool(row.narrowed) for row in rows):
        count = _("%(count)s · %(n)d narrowed") % {"count": count, "n": narrowed}
    return BaselineGroup(f"g-{name}", words.group_words(name), count, tuple(rows))


def _happened(board: Baseline, key: str, item: Narrowing) -> Happened:
    known = key in board.stated.behaviors
    behavior = board.stated.lead(key) if known else None
    sides = [_side(behavior.domain if behavior else None, side) for side in (item.before, item.after)]
    text = _("%(name)s: %(before)s to %(after)s") % {
        "name": behavior.name if behavior else key,
        "before": sides[0],
        "after": sides[1],
    }
    return Happened(text, item.reason, item.by, item.when, reverse("trail_entry", args=[item.entry]))


def _side(domain: Domain | None, window: Any) -> str:
    if not window:
        return _("not narrowed")
    return bounds.narrowed_words(domain, window) if domain else _("narrowed")


# One behavior


@dataclass(frozen=True, slots=True)
class TypedWindow(TypedForm):
    """What the form of one behavior held, kept after a refusal; ``asked`` where it is only to be tried."""

    floor: TypedBound = field(default_factory=TypedBound)
    ceiling: TypedBound = field(default_factory=TypedBound)
    reason: str = ""
    asked: bool = False

    @classmethod
    def of(cls, form: QueryDict) -> TypedWindow:
        ends = TypedBound.of(form, "floor"), TypedBound.of(form, "ceiling")
        return cls(*ends, form.get("reason", ""), asked=True)

    @classmethod
    def stored(cls, window: Any) -> TypedWindow:
        known = window if isinstance(window, Mapping) else {}
        return cls(TypedBound.stored(known.get("floor")), TypedBound.stored(known.get("ceiling")))

    def window(self, domain: Domain) -> dict[str, Any] | None:
        """The raw window; None for none."""
        ends = {"floor": self.floor.raw(domain), "ceiling": self.ceiling.raw(domain)}
        return {name: raw for name, raw in ends.items() if raw is not None} or None


def read_seen(form: QueryDict) -> Any:
    """The window that the page showed.

    Raises:
        Malformed: it is missing, so nobody can tell whether the write is stale.
    """
    try:
        return json.loads(form.get("seen", "")[:100_000])
    except (ValueError, RecursionError):
        raise Malformed(_("The page did not say what it showed. Load it again; nothing was changed.")) from None


def need_change(board: Baseline, key: str, window: dict[str, Any] | None) -> None:
    """
    Raises:
        InvalidInput: the form says what holds already.
    """
    if window == board.window(key):
        message = _("This is what holds already.") if window else _("Choose a floor, a ceiling or both.")
        raise InvalidInput(message, fields={f"windows.{key}": [message]})


def build_behavior(board: Baseline, key: str, typed: TypedWindow) -> BaselineBehaviorPage:
    """
    Raises:
        NotFound: no platform states the behavior, and nobody ever narrowed it.
    """
    known = key in board.stated.behaviors
    if not known and key not in board.organization.windows:
        raise NotFound(_("No platform of your products states this behavior."))
    behavior = board.stated.lead(key) if known else None
    newest = board.newest.get(key)
    window = board.window(key)
    narrowed = bounds.narrowed_words(behavior.domain, window) if behavior else _("narrowed")
    form = _form(board, key, behavior, typed)
    return BaselineBehaviorPage(
        key=key,
        name=behavior.name if behavior else key,
        description=behavior.description if behavior else _("No platform of your products states it now."),
        crumbs=(
            Crumb(board.organization.name, reverse("home")),
            Crumb(_("Baseline"), reverse("settings_baseline")),
        ),
        windows=board.stated.windows(key, all_platforms=True),
        narrowed=narrowed,
        why=newest.reason if newest and window else "",
        by=_by(newest) if newest and window else "",
        form=form,
        no_form=_no_form(board, key, locked=known and board.stated.is_locked(key) and not window),
        effects=_effects(board, key, behavior, typed) if typed.asked and not typed.sentence else None,
        history=tuple(_happened(board, each, item) for each, item in board.changes if each == key),
        problems=_problems(typed, form),
    )


def _no_form(board: Baseline, key: str, *, locked: bool) -> str:
    if locked:
        return _("Locked on every platform: there is nothing left to narrow.")
    return board.no_form


def _form(board: Baseline, key: str, behavior: Behavior | None, typed: TypedWindow) -> BaselineForm | None:
    window = board.window(key)
    if board.no_form or (behavior is not None and board.stated.is_locked(key) and not window):
        return None
    shown = typed if typed.asked else TypedWindow.stored(window)
    error = _window_error(typed)
    # What no platform states any more can only be taken back.
    domain = behavior.domain if behavior else None
    return BaselineForm(
        floor=bounds.bound(domain, "floor", shown.floor) if domain else None,
        ceiling=bounds.bound(domain, "ceiling", shown.ceiling, error=error) if domain else None,
        seen=json.dumps(window),
        reason=typed.reason,
        reason_error=typed.errors.get("reason", ""),
        can_take_back=bool(window),
    )


def _window_error(typed: TypedWindow) -> str:
    return " ".join(text for name, text in typed.errors.items() if name.startswith("windows."))


def _problems(typed: TypedWindow, form: BaselineForm | None) -> tuple[Problem, ...]:
    reason = typed.errors.get("reason", "")
    found = (
        (typed.sentence, "#window"),
        (_window_error(typed), "#ceiling" if form and form.ceiling else "#window"),
        (reason and labelled(_("Why?"), reason), "#reason"),
    )
    # Whoever has no form is refused too, and sees why.
    return tuple(Problem(text, place if form else "#main") for text, place in found if text)


# What it would do


def _effects(board: Baseline, key: str, behavior: Behavior | None, typed: TypedWindow) -> Effects | None:
    """What the typed window would change; nothing while it cannot be read."""
    if behavior is None:
        return None
    window, now = typed.window(behavior.domain), board.window(key)
    if window == now:
        return Effects((_("This is what holds already."),))
    try:
        points = {name: behavior.domain.parse(raw) for name, raw in (window or {}).items()}
    except MalformedValue as error:
        return Effects((_("The value %(problem)s.") % {"problem": error},))
    if len(points) == 2 and not behavior.domain.leq(points["floor"], points["ceiling"]):
        return Effects((_("The floor must be at least as strict as the ceiling."),))
    others = {name: bounds_ for name, bounds_ in board.organization.windows.items() if name != key}
    products = Product.objects.of(board.actor)
    found = effects.under_windows(products, others | ({key: window} if window else {}), board.now)
    said = _direction_words(bounds.direction(behavior.domain, now, window))
    rest = effects.looked_at(products)
    return Effects(tuple(filter(None, (*said, effects.count_words(found), rest))), found)


def _direction_words(direction: Direction) -> tuple[str, ...]:
    narrower = _("A lower limit takes effect at once, on everything that is active.")
    wider = _("What loosens waits: each product gets it with its next version, which somebody else reviews.")
    if direction is Direction.TIGHTENING:
        return (narrower,)
    return (wider,) if direction is Direction.LOOSENING else (narrower, wider)
