"""From the results of a recheck to the sentence on the first page and on the product's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits import queries
from audits.models import RecheckResult
from profiles.access import Actor, Permission
from profiles.models import Product
from profiles.rulebook.domains import Direction
from profiles.web.pages import words
from profiles.web.presenters.affected import Affected
from profiles.web.presenters.parts import When


def affected(actor: Actor, now: datetime) -> list[tuple[Product, Affected]]:
    """Every product of the organization that a new revision would change, the newest result first."""
    return [(row.product, _affected(actor, row, now)) for row in queries.affected(actor)]


def affected_product(actor: Actor, product: Product, now: datetime) -> tuple[Affected, ...]:
    return tuple(_affected(actor, row, now) for row in queries.affected_product(actor, product))


def _affected(actor: Actor, row: RecheckResult, now: datetime) -> Affected:
    revision, product = row.recheck.revision, row.product
    assert revision is not None, "the table's constraint"
    about = {"rulebook": words.rulebook_words(revision), "date": revision.revision, "product": product.name}
    told = about | {"what": _what(row)}
    may_edit = actor.may(Permission.EDIT_DRAFT)
    text = _("It would change %(what)s. Nothing changed for your clients; edit and submit to adopt it.")
    if not may_edit:
        text = _("It would change %(what)s. Nothing changes for your clients until an editor submits a version.")
    return Affected(
        lead=_("A new rulebook revision: %(rulebook)s, %(date)s.") % about,
        text=text % told,
        short=_("%(rulebook)s, %(date)s, would change %(what)s.") % told,
        since=When.of(row.recheck.requested_at, now),
        href=reverse("recheck", args=[row.recheck_id]),
        edit_href=reverse("product_edit", args=[product.slug]) if may_edit else "",
    )


def _what(row: RecheckResult) -> str:
    """ "3 behaviors of Ward Companion: 1 looser, 2 stricter"."""
    directions = _directions(row.changes)
    if not directions:
        count = len(row.refused)
        text = ngettext(
            "%(n)d setting that no platform would honor", "%(n)d settings that no platform would honor", count
        )
        return text % {"n": count}
    text = ngettext("%(n)d behavior of %(product)s", "%(n)d behaviors of %(product)s", len(directions))
    counted = words.counted_words(directions.values())
    return f"{text % {'n': len(directions), 'product': row.product.name}}: {counted}"


def _directions(changes: list[dict[str, Any]]) -> dict[str, Direction]:
    """Where each behavior goes, over all platforms."""
    found: dict[str, list[Direction]] = {}
    for change in changes:
        found.setdefault(change["behavior"], []).append(Direction(change["direction"]))
    return {key: Direction.overall(each) for key, each in found.items()}
