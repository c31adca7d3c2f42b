"""What a baseline or a hold would change for clients at once, computed before it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from profiles import queries
from profiles.models import Product
from profiles.queries import Present, Stored
from profiles.web.pages import words
from profiles.web.presenters.limits import EffectOnProduct

MOST: Final = 500  # products that are looked at before somebody decides


def under_windows(
    products: QuerySet[Product], windows: Mapping[str, Any], now: datetime
) -> tuple[EffectOnProduct, ...]:
    """Active products whose clients would get something else if these were the windows of the baseline."""
    rows = _active(products)
    after = {item.product.pk: item.stored for item in queries.stored_by_product(rows, windows)}
    return _differing(queries.stored_by_product(rows), lambda item: after[item.product.pk], now, links=True)


def under(
    products: QuerySet[Product], change: Callable[[queries.Holds], queries.Holds], now: datetime, *, links: bool
) -> tuple[EffectOnProduct, ...]:
    """The same if their holds were changed so. Without ``links`` products are named with their organization: whoever
    acts for the installation has no way into theirs."""

    def changed(item: Present) -> Stored:
        return replace(item.stored, holds=change(item.stored.holds))

    return _differing(queries.stored_by_product(_active(products)), changed, now, links=links)


def looked_at(products: QuerySet[Product]) -> str:
    """The sentence that not all could be looked at; nothing where all were."""
    count = products.filter(activations__isnull=False).distinct().count()
    if count <= MOST:
        return ""
    return _("Looked at the first %(most)d of %(count)d active products.") % {"most": MOST, "count": count}


def count_words(found: tuple[EffectOnProduct, ...], *, later: bool = False) -> str:
    """How many products change: at once, or where all organizations are touched, a little later."""
    if not found:
        return _("No active product changes by it.")
    text = ngettext(
        "%(when)s, clients of %(n)d product get something else:",
        "%(when)s, clients of %(n)d products get something else:",
        len(found),
    )
    when = _("In the background, within a minute or two") if later else _("At once")
    return text % {"when": when, "n": len(found)}


def _active(products: QuerySet[Product]) -> QuerySet[Product]:
    ids = products.filter(activations__isnull=False).order_by("pk").distinct().values_list("pk", flat=True)[:MOST]
    return products.filter(pk__in=list(ids)).order_by("name", "pk")


def _differing(
    rows: list[Present], changed: Callable[[Present], Stored], now: datetime, *, links: bool
) -> tuple[EffectOnProduct, ...]:
    found = []
    for item in rows:
        difference = queries.difference(item.stored, changed(item), now, item.claims)
        if difference.changes:
            product = item.product
            name = product.name if links else f"{product.organization.name}: {product.name}"
            href = reverse("product", args=[product.slug]) if links else ""
            version = _("version %(number)d") % {"number": item.version or 0}
            found.append(EffectOnProduct(name, href, version, words.diff_lines(difference)))
    return tuple(found)
