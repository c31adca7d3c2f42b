"""Holds: what may go no further for now, for one organization or for everybody, and what that changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from msgspec import field

from audits.trail.kinds import Kind as EntryKind
from profiles import queries
from profiles.access import Actor, Permission
from profiles.models import Hold, Organization, Product
from profiles.resolution import types
from profiles.rulebook.domains import Domain, MalformedValue
from profiles.rulebook.model import Layer
from profiles.web.pages import bounds, effects, words
from profiles.web.pages.above import layer_of, placed_words
from profiles.web.pages.attestations import labelled
from profiles.web.pages.baseline import Stated, needs
from profiles.web.pages.bounds import TypedBound
from profiles.web.pages.typed import TypedForm
from profiles.web.presenters.limits import (
    Choices,
    EffectOnProduct,
    Effects,
    HoldForm,
    HoldLine,
    HoldPage,
    HoldSection,
    HoldsPage,
)
from profiles.web.presenters.parts import Crumb, Pill, Problem, When
from profiles.web.presenters.settings import Choice

OURS: Final = "organization"
EVERYBODY: Final = "everybody"


@dataclass(frozen=True, slots=True)
class TypedHold(TypedForm):
    """What the form for a new hold held, kept after a refusal; ``asked`` where a value came with it."""

    behavior: str = ""
    scope: str = ""
    ceiling: TypedBound = field(default_factory=TypedBound)
    reason: str = ""
    asked: bool = False

    @classmethod
    def of(cls, form: QueryDict) -> TypedHold:
        behavior, scope = form.get("behavior", "")[:120], form.get("scope", "")
        return cls(behavior, scope, TypedBound.of(form, "ceiling"), form.get("reason", ""), asked="ceiling" in form)


@dataclass(frozen=True)
class Holds:
    """Everything that the pages of holds are built from."""

    actor: Actor
    organization: Organization | None
    rows: Sequence[Hold]
    now: datetime

    @cached_property
    def stated(self) -> Stated:
        """A hold is for every platform, so all of them have their say."""
        return Stated.of_all()

    @property
    def ours(self) -> bool:
        return self.organization is not None and self.actor.may(Permission.PLACE_HOLD)

    @property
    def everybodys(self) -> bool:
        return self.actor.may(Permission.HOLD_EVERYBODY)

    def scope(self, wanted: str) -> str:
        """The one that is asked for, or else the only one that this person may place."""
        if self.organization is None:
            return EVERYBODY
        return wanted if wanted in (OURS, EVERYBODY) else OURS if self.ours or not self.everybodys else EVERYBODY

    def products(self, scope: str) -> QuerySet[Product]:
        return queries.products_on("") if scope == EVERYBODY else Product.objects.of(self.actor)

    def domain(self, key: str) -> Domain | None:
        return self.stated.lead(key).domain if key in self.stated.behaviors else None

    def name(self, key: str) -> str:
        return self.stated.lead(key).name if key in self.stated.behaviors else key


# The list


def build_holds(board: Holds, typed: TypedHold) -> HoldsPage:
    may = board.ours or board.everybodys
    return HoldsPage(
        lead=_(
            "A hold stops a behavior at once, with a reason, until somebody lifts it. It only ever narrows, so it "
            "needs nobody's approval; what versions were approved with holds again when it is lifted."
        ),
        sections=tuple(_sections(board)),
        form=_form(board, typed) if may else None,
        no_form="" if may else needs(Permission.PLACE_HOLD),
        problems=_problems(typed, has_bounds=board.domain(typed.behavior) is not None),
    )


def _sections(board: Holds) -> list[HoldSection]:
    active = [row for row in board.rows if row.lifted_at is None]
    ours = tuple(_line(board, row) for row in active if row.organization_id is not None)
    everybodys = tuple(_line(board, row) for row in active if row.organization_id is None)
    lifted = tuple(_line(board, row) for row in board.rows if row.lifted_at is not None)
    sections = [HoldSection("everybody", _("For everybody"), everybodys, _("Stewards hold nothing for everybody now."))]
    if board.organization is not None:
        name = _("For %(name)s") % {"name": board.organization.name}
        sections.insert(0, HoldSection("ours", name, ours, _("Nothing is on hold.")))
    return [*sections, HoldSection("lifted", _("Lifted"), lifted, _("No hold was lifted yet."))]


def _line(board: Holds, row: Hold) -> HoldLine:
    domain = board.domain(row.behavior)
    most = words.value_words(domain, row.ceiling) if domain else str(row.ceiling)
    ended = ""
    if row.lifted_at is not None:
        ended = _("Lifted by %(name)s, %(when)s: %(reason)s") % {
            "name": row.lifted_by,
            "when": When.of(row.lifted_at).shown,
            "reason": row.lifted_reason,
        }
    return HoldLine(
        name=board.name(row.behavior),
        key=row.behavior,
        href=reverse("settings_hold", args=[row.pk]),
        most=_("at most %(value)s") % {"value": most},
        binds=_("everybody") if row.organization is None else row.organization.name,
        reason=row.reason,
        by=placed_words(row),
        pill=Pill("neutral", _("Lifted")) if ended else Pill("warn", _("On hold")),
        ended=ended,
    )


# Placing


def _form(board: Holds, typed: TypedHold) -> HoldForm:
    scope, domain = board.scope(typed.scope), board.domain(typed.behavior)
    error = typed.errors.get("ceiling", "")
    both = board.ours and board.everybodys and board.organization
    scopes = (
        (
            Choice(OURS, board.organization.name, scope == OURS),
            Choice(EVERYBODY, _("Every organization"), scope == EVERYBODY),
        )
        if both and board.organization
        else ()
    )
    return HoldForm(
        behaviors=_behaviors(board, typed.behavior),
        behavior=typed.behavior if domain else "",
        behavior_error=typed.errors.get("behavior", ""),
        scopes=scopes,
        scope=scope,
        ceiling=bounds.bound(domain, "ceiling", typed.ceiling, error=error, required=True) if domain else None,
        reason=typed.reason,
        reason_error=typed.errors.get("reason", ""),
        effects=_placing(board, typed, scope, domain) if domain and typed.asked else None,
    )


def _behaviors(board: Holds, chosen: str) -> tuple[Choices, ...]:
    """What a hold could narrow: on some platform it is not at its strictest already."""
    groups: dict[str, list[Choice]] = {group: [] for group in words.groups()}
    for key, platforms in board.stated.behaviors.items():
        if any(each.product.ceiling != each.domain.strictest for each in platforms.values()):
            lead = board.stated.lead(key)
            groups[words.group_of(lead)].append(Choice(key, lead.name, key == chosen))
    return tuple(Choices(words.group_words(group), tuple(found)) for group, found in groups.items() if found)


def _placing(board: Holds, typed: TypedHold, scope: str, domain: Domain) -> Effects | None:
    raw = typed.ceiling.raw(domain)
    if raw is None:
        return None
    try:
        domain.parse(raw)
    except MalformedValue as error:
        return Effects((_("The value %(problem)s.") % {"problem": error},))
    layer = Layer.PLATFORM if scope == EVERYBODY else Layer.ORGANIZATION
    hold = types.Hold(typed.behavior, raw, layer, typed.reason)
    products = board.products(scope)
    found = effects.under(products, lambda holds: (*holds, hold), board.now, links=scope == OURS)
    return _effects(products, found, scope)


def _effects(products: QuerySet[Product], found: tuple[EffectOnProduct, ...], scope: str) -> Effects:
    said = effects.count_words(found, later=scope == EVERYBODY)
    return Effects(tuple(filter(None, (said, effects.looked_at(products)))), found)


def _problems(typed: TypedHold, *, has_bounds: bool) -> tuple[Problem, ...]:
    labels = {"behavior": _("Behavior"), "ceiling": _("Ceiling"), "reason": _("Why?")}
    # Before a behavior is chosen its field is the only one.
    found = [
        Problem(labelled(labels.get(name, ""), text), f"#{name}" if has_bounds else "#behavior")
        for name, text in typed.errors.items()
    ]
    return (*found, Problem(typed.sentence, "#place")) if typed.sentence else tuple(found)


# One hold


@dataclass(frozen=True, slots=True)
class TypedLift(TypedForm):
    reason: str = ""


def build_hold(board: Holds, row: Hold, typed: TypedLift) -> HoldPage:
    everybodys = row.organization_id is None
    may = (board.everybodys if everybodys else board.ours) and row.lifted_at is None
    name = board.organization.name if board.organization else _("This installation")
    error = typed.errors.get("reason", "")
    return HoldPage(
        id=row.pk,
        line=_line(board, row),
        crumbs=(Crumb(name, reverse("home")), Crumb(_("Holds"), reverse("settings_holds"))),
        placed=When.of(row.placed_at, board.now),
        windows=board.stated.windows(row.behavior, all_platforms=True),
        can_lift=may,
        no_lift="" if may or row.lifted_at is not None else _no_lift(everybodys=everybodys),
        effects=_lifting(board, row) if row.lifted_at is None else None,
        reason=typed.reason,
        reason_error=error,
        rechecks=_rechecks(row) if board.everybodys and everybodys else (),
        trail_href=_trail(board, row),
        problems=tuple(
            Problem(text, place) for text, place in ((error, "#reason"), (typed.sentence, "#hold-h")) if text
        ),
    )


def _no_lift(*, everybodys: bool) -> str:
    return _("Only a steward lifts a hold that binds everybody.") if everybodys else needs(Permission.PLACE_HOLD)


def _lifting(board: Holds, row: Hold) -> Effects:
    """What clients would get again. A member sees only the own organization's products, whoever placed the hold."""
    mine, layer = row.as_limit(), layer_of(row)
    scope = EVERYBODY if layer is Layer.PLATFORM and board.everybodys else OURS
    products = board.products(scope)

    def without(holds: queries.Holds) -> queries.Holds:
        return tuple(hold for hold in holds if hold != mine)

    return _effects(products, effects.under(products, without, board.now, links=scope == OURS), scope)


def _rechecks(row: Hold) -> tuple[tuple[str, str], ...]:
    """The progress of what follows the hold, and of what follows its end."""
    rows: list[Any] = sorted(row.rechecks.all(), key=lambda recheck: recheck.pk)
    names = (_("Products that follow the hold"), _("Products that follow its end"))
    return tuple((name, reverse("recheck", args=[recheck.pk])) for name, recheck in zip(names, rows, strict=False))


def _trail(board: Holds, row: Hold) -> str:
    """Whose trail the entry stands in: the organization's, or the installation's, which only its stewards read."""
    if (row.organization_id is None) is not (board.organization is None):
        return ""
    query = {"kind": EntryKind.HOLD_LIFTED if row.lifted_at else EntryKind.HOLD_PLACED, "q": row.behavior}
    return f"{reverse('trail')}?{urlencode(query)}"
