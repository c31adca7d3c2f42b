"""Which entries of a log a bundle holds: always all from one place to another, so that none between them can be
missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Func, Max, Min, QuerySet, TextField, Value
from django.utils.translation import gettext as _

from audits.ledger.disclosed import Disclose
from audits.models import Leaf, Log
from profiles.errors import WrongState
from profiles.models import Product, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a bundle is to be of. Nothing given: the whole log. Times are instants; ``until`` is not included."""

    product: Product | None = None
    version: Version | None = None  # of that product
    since: datetime | None = None
    until: datetime | None = None
    disclose: tuple[Disclose, ...] = ()
    kept: tuple[int, ...] = ()  # sizes of the checkpoints that the receiver keeps

    @property
    def is_all(self) -> bool:
        return not (self.product or self.version or self.since or self.until)


def span(log: Log, wanted: Wanted, size: int) -> tuple[int, int]:
    """From the first place up to before the last one.

    Raises:
        WrongState: nothing of that is signed yet, or nothing of that ever happened.
    """
    if wanted.is_all:
        return log.minimum, size
    rows = Leaf.objects.filter(log=log, index__gte=log.minimum, index__lt=size)
    if wanted.since:
        rows = rows.filter(entry__at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(entry__at__lt=wanted.until)
    if wanted.product:
        rows = rows.filter(entry__product=wanted.product.slug)
    first, last = _of_version(rows, wanted.version) if wanted.version else _ends(rows)
    if first is None or last is None:
        raise WrongState(_("No signed entry fits this. What happened just now is signed in a few seconds."))
    return first, last + 1


def _of_version(rows: QuerySet[Leaf], version: Version) -> tuple[int | None, int | None]:
    """From the first thing that happened to the product since the version before it was submitted, up to the last that
    happened to this one."""
    before, _last = _ends(_naming(rows, version.number - 1))
    _first, last = _ends(_naming(rows, version.number))
    first, _last = _ends(rows.filter(index__gt=before) if before is not None else rows)
    return (first if last is not None else None), last


def _naming(rows: QuerySet[Leaf], number: int) -> QuerySet[Leaf]:
    said = Func(F("entry__leaf"), Value("version"), function="trail_text", output_field=TextField())
    return rows.annotate(said=said).filter(said=str(number))


def _ends(rows: QuerySet[Leaf]) -> tuple[int | None, int | None]:
    found = rows.aggregate(first=Min("index"), last=Max("index"))
    return found["first"], found["last"]
