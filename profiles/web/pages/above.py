"""Who narrowed what above a product: law packs, the organization's baseline and holds, each with reason and source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from profiles import queries
from profiles.access import ROLE_NAMES, Actor, Permission, roles_with
from profiles.models import Hold, RulebookRevision
from profiles.queries import Difference, Stored
from profiles.resolution.types import Decision, Limit, Reason
from profiles.rulebook.domains import Raw
from profiles.rulebook.model import Document, Layer, Rulebook
from profiles.web.moments import day_words
from profiles.web.pages import reads, words
from profiles.web.presenters.parts import Action, DiffLine, When

HOLD: Final = "hold"  # as ``Limit.source`` names it
leading = queries.leading


class Narrowing(NamedTuple):
    """The last time that the organization's baseline changed about one behavior."""

    by: str
    when: When
    reason: str
    entry: int
    before: Any
    after: Any


class Said(NamedTuple):
    """One limit from above in words. ``lead`` names what it is, ``by`` the person behind it."""

    lead: str
    because: str
    who: str  # who can change it
    by: str = ""
    action: Action | None = None


@dataclass(frozen=True)
class Above:
    """What stands above the products of one organization, read when a page first asks for it."""

    actor: Actor
    laws: tuple[RulebookRevision, ...] = ()
    held: tuple[Hold, ...] | None = None  # the holds that bind, where they were read already

    @cached_property
    def holds(self) -> dict[tuple[str, Layer], Hold]:
        rows = (
            [row for row in queries.holds_for(self.actor) if row.lifted_at is None] if self.held is None else self.held
        )
        return {(row.behavior, layer_of(row)): row for row in rows}

    @cached_property
    def narrowings(self) -> dict[str, Narrowing]:
        """The newest narrowing of each behavior."""
        found: dict[str, Narrowing] = {}
        for key, item in narrowings(self.actor):
            found.setdefault(key, item)
        return found

    @cached_property
    def documents(self) -> dict[Document, RulebookRevision]:
        """The law pack that a document belongs to."""
        found: dict[Document, RulebookRevision] = {}
        for law in self.laws:
            book = law.rulebook()
            found |= {behavior.citation.document: law for behavior in book.behaviors.values()}
            found |= {rule.citation.document: law for rule in book.rules}
        return found

    def said(self, key: str, limit: Limit | None) -> Said | None:
        """What narrowed a behavior, if that was not the platform's rulebook."""
        if limit is None:
            return None
        if limit.source == HOLD:
            return self._held(key, limit)
        if limit.layer is Layer.ORGANIZATION:
            return self._narrowed(key, limit)
        return self._law(key, limit) if limit.layer is Layer.LAW else None

    def _held(self, key: str, limit: Limit) -> Said:
        row = self.holds.get((key, limit.layer))
        everybody = limit.layer is Layer.PLATFORM
        lead = _("On hold for everybody:") if everybody else _("On hold:")
        who = _("A steward, by lifting the hold.") if everybody else lifters()
        if row is None:
            return Said(lead, limit.because, who)
        href = reverse("settings_hold", args=[row.pk])
        return Said(lead, limit.because, who, placed_words(row), Action(_("Look at the hold"), href, "lock"))

    def _narrowed(self, key: str, limit: Limit) -> Said:
        item = self.narrowings.get(key)
        href = reverse("settings_baseline_behavior", args=[key])
        look = Action(_("Look at the baseline"), href, "building")
        who = _("Your organization, for all of its products.")
        if item is None or item.after is None:
            return Said(_("Your organization:"), limit.because, who, "", look)
        by = _("Narrowed by %(name)s, %(when)s") % {"name": item.by, "when": item.when.shown}
        return Said(_("Your organization:"), item.reason or limit.because, who, by, look)

    def _law(self, key: str, limit: Limit) -> Said:
        law = self.law_of(key, limit)
        who = _("Nobody, while the law applies to this product.")
        if law is None:
            return Said(_("By law:"), limit.because, who)
        href = f"{reverse('rulebook', args=[law.platform, law.revision])}#{key}"
        lead = _("By law, %(title)s:") % {"title": law.title}
        return Said(lead, limit.because, who, "", Action(_("Look at the law pack"), href, "doc"))

    def law_of(self, key: str, limit: Limit) -> RulebookRevision | None:
        named = {law.platform: law for law in self.laws}.get(limit.source)
        return named or (self.documents.get(limit.citation.document) if limit.citation else None)

    def floor(self, decision: Decision, windows: Mapping[str, Any]) -> Said | None:
        """Who raised the floor of a behavior above the one that its platform gives, if anybody did."""
        behavior, floor = decision.behavior, decision.product.floor
        if floor == behavior.product.floor:
            return None
        for limit in self._raising(behavior.key, behavior.domain.dump(floor), windows):
            return self.said(behavior.key, limit)
        return Said(_("A rule:"), _("It holds for products like this one."), "")

    def _raising(self, key: str, floor: Raw, windows: Mapping[str, Any]) -> Iterable[Limit]:
        for law in self.laws:
            stated = law.rulebook().behaviors.get(key)
            if stated is not None and stated.is_stated and stated.domain.dump(stated.product.floor) == floor:
                because, where = stated.because, stated.citation
                yield Limit(Layer.LAW, Reason.LOCKED_LAW, because, where, law.platform, None, None, None)
        bounds = windows.get(key)
        if isinstance(bounds, Mapping) and bounds.get("floor") is not None:
            because = _("Your organization allows less here.")
            yield Limit(Layer.ORGANIZATION, Reason.LOCKED_ORGANIZATION, because, None, "window", None, None, None)


# Holds and the baseline in words


def layer_of(row: Hold) -> Layer:
    return Layer.PLATFORM if row.organization_id is None else Layer.ORGANIZATION


def placed_words(row: Hold) -> str:
    """Who placed a hold and when."""
    return _("Placed by %(name)s, %(when)s") % {"name": row.placed_by, "when": When.of(row.placed_at).shown}


def lifters() -> str:
    roles = ", ".join(str(ROLE_NAMES[role]) for role in roles_with(Permission.PLACE_HOLD))
    return _("Whoever may lift the hold: %(roles)s.") % {"roles": roles}


def narrowings(actor: Actor) -> Iterable[tuple[str, Narrowing]]:
    """Every change of the organization's baseline by behavior, the newest first."""
    for row in reads.baseline_entries(actor):
        leaf = row.content()
        before, after = (leaf[side] if isinstance(leaf[side], Mapping) else {} for side in ("before", "after"))
        for key in sorted(before.keys() | after.keys()):
            reason = str((leaf["data"] or {}).get("reason", ""))
            yield key, Narrowing(row.actor_name, When.of(row.at), reason, row.pk, before.get(key), after.get(key))


def in_force_words(book: Rulebook, now: datetime) -> str:
    """When a law pack counts: "In force since 2 Aug 2026", "From 1 Jul 2027", "Until 1 Jan 2027"."""
    first, gone = book.in_force
    if gone is not None and not book.is_in_force(now) and (first is None or first <= now.date()):
        return _("Gone since %(day)s") % {"day": day_words(gone)}
    if first is None:
        return _("In force")
    words_ = _("In force since %(day)s") if book.is_in_force(now) else _("From %(day)s on")
    text = words_ % {"day": day_words(first)}
    return _("%(text)s, until %(day)s") % {"text": text, "day": day_words(gone)} if gone else text


# Decisions


def decided_words(decision: Decision) -> str:
    """Who decided a value: a hold says so, whoever placed it."""
    if decision.limit and decision.limit.source == HOLD:
        return _("On hold")
    return words.decided_words(decision)


# What a version is judged by


def place_lines(base: Stored | None, new: Stored) -> tuple[DiffLine, ...]:
    """What differs of a product's facts and platforms, and of the rulebooks, law packs and windows of its organization
    that it is judged by."""
    if base is None:
        return ()
    names = sorted(base.facts.keys() | new.facts.keys())
    lines = [
        _line(f"facts.{name}", words.fact_words(name), _fact(base.facts.get(name)), _fact(new.facts.get(name)))
        for name in names
        if base.facts.get(name) != new.facts.get(name)
    ]
    if base.platforms != new.platforms:
        before, after = (", ".join(map(words.platform_words, each.platforms)) for each in (base, new))
        lines.append(_line("platforms", _("Runs on"), before, after))
    lines += _revised(base.revisions, new.revisions, _("Rulebook"), both=True)
    lines += _revised(base.laws, new.laws, _("Law pack"))
    if base.baseline_then != new.baseline_then:
        lines.append(_line("baseline", _("Organization baseline"), _("as it was then"), _("as it is today")))
    return tuple(lines)


def place_sentences(found: Difference) -> list[str]:
    """The same in a sentence or two."""
    sentences = [_("Where it runs differs.")] if found.facts_changed else []
    return [*sentences, _("What it is judged by differs.")] if found.limits_changed else sentences


def _revised(
    before: Iterable[RulebookRevision], after: Iterable[RulebookRevision], name: str, *, both: bool = False
) -> Iterable[DiffLine]:
    """With ``both``, only those that stand on both sides: a platform that came or went is said already."""
    old, new = ({row.platform: row for row in rows} for rows in (before, after))
    keys = old.keys() & new.keys() if both else old.keys() | new.keys()
    for key in sorted(keys):
        was, now = old.get(key), new.get(key)
        if (was and was.digest) != (now and now.digest):
            yield _line(f"rulebook.{key}", name, _revision(was), _revision(now))


def _revision(row: RulebookRevision | None) -> str:
    if row is None:
        return ""
    name = row.title if row.is_law else words.platform_words(row.platform)
    return _("%(name)s, %(revision)s") % {"name": name, "revision": row.revision}


def _fact(value: Any) -> str:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return ", ".join(words.fact_words(str(item)) for item in items)


def _line(key: str, name: str, before: str, after: str) -> DiffLine:
    return DiffLine(name, key, before=before, after=after or _("none"), direction_text=_("no order"))
