"""The list of a product's versions, from which any two are compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles import queries
from profiles.access import Actor
from profiles.models import Activation, Environment, Product, Version
from profiles.queries import State
from profiles.web.pages import reads, words
from profiles.web.pages.product import short_digest
from profiles.web.pages.states import crumbs, diff_href, state_pills, version_href
from profiles.web.presenters.history import Choice, Pages, VersionRow, VersionsPage
from profiles.web.presenters.parts import Person, Pill, When

SIZE: Final = 25
DRAFT: Final = "draft"  # as a form names it
_STATES: Final = {
    State.ACTIVE: gettext_lazy("Active"),
    State.WAS_ACTIVE: gettext_lazy("Was active"),
    State.WAITING: gettext_lazy("Waiting for review"),
    State.APPROVED: gettext_lazy("Approved, never active"),
    State.DECLINED: gettext_lazy("Declined"),
    State.RESTORED: gettext_lazy("Restores an earlier one"),
    State.REBASED: gettext_lazy("Rebased"),
}


def versions_page(
    actor: Actor, product: Product, query: Mapping[str, str], now: datetime, *, problem: str = ""
) -> VersionsPage:
    state = next((item for item in State if item.value == query.get("state")), None)
    found = queries.versions_page(actor, product, state=state, before=_number(query.get("before", "")), size=SIZE)
    active = queries.active(product)
    newest = reads.newest_number(actor, product)
    environments = reads.environments(actor)
    before, after = _chosen(query, found.versions, active)
    rows = tuple(
        _row(product, row, _pills(row, active, environments, newest), (before, after), now) for row in found.versions
    )
    return VersionsPage(
        slug=product.slug,
        crumbs=crumbs(product),
        lead=_("Every version that was ever submitted. None is ever changed or deleted."),
        states=(
            Choice("", _("All"), state is None),
            *(Choice(item.value, str(label), item is state) for item, label in _STATES.items()),
        ),
        versions=rows,
        pages=_pages(product, state, found),
        empty=_("No version is in this state.")
        if state
        else _("No version yet. A version is made when a draft is submitted."),
        draft_after=after == DRAFT,
        problem=problem,
    )


def _pills(
    row: Version, active: Mapping[int, Activation], environments: list[Environment], newest: int
) -> tuple[Pill, ...]:
    pills = state_pills(row, active.values(), environments, newest)
    was = reads.was_active(row) and all(item.version_id != row.pk for item in active.values())
    return (Pill("neutral", _("was active")), *pills) if was else pills


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _pages(product: Product, state: State | None, found: queries.VersionSlice) -> Pages:
    here = reverse("versions", args=[product.slug])
    kept = {"state": state.value} if state else {}
    newest = f"{here}?{urlencode(kept)}" if kept else here
    older = f"{here}?{urlencode({**kept, 'before': str(found.versions[-1].number)})}" if found.older else ""
    return Pages(newest if found.newer else "", older)


def _chosen(query: Mapping[str, str], rows: list[Version], active: Mapping[int, Activation]) -> tuple[str, str]:
    """What the form of comparisons shows as chosen: what was asked for, else what is live and the newest one; where
    that is the same, what came before it."""
    live = queries.furthest(active.values())
    numbers = [row.number for row in rows]
    after = numbers[0] if len(numbers) > 1 else 0
    before = next((row.number for row in rows if row == live and row.number != after), 0) or next(
        (number for number in numbers if number != after), 0
    )
    return query.get("a") or str(before), query.get("b") or str(after or DRAFT)


def _row(product: Product, row: Version, pills: tuple[Pill, ...], chosen: tuple[str, str], now: datetime) -> VersionRow:
    said = queries.judged(row, reads.reviews(row))
    names = ", ".join(review.reviewer_name for review in said.approvals)
    return VersionRow(
        number=row.number,
        href=version_href(product, row.number),
        note=row.note,
        author=Person.of(row.author_name),
        approvers=_("Approved by %(names)s") % {"names": names} if names else "",
        when=When.of(row.created_at, now),
        pills=pills,
        direction=words.direction_pill(row.direction),
        digest=row.digest,
        short=short_digest(row.digest),
        compare_href=diff_href(product, row.base.number, row.number) if row.base else "",
        is_before=chosen[0] == str(row.number),
        is_after=chosen[1] == str(row.number),
    )


# Comparing


def comparison(product: Product, query: Mapping[str, str]) -> str | None:
    """The address of the difference that a form asks for; None where it names no two."""
    a, b = _number(query.get("a", "")), query.get("b", "")
    if a is None:
        return None
    if b == DRAFT:
        return reverse("version_diff_draft", args=[product.slug, a])
    other = _number(b)
    return diff_href(product, a, other) if other is not None else None
