"""Pages of long lists: by id and never by offset, so that what comes in meanwhile moves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Slice(Generic[M]):
    """One page of rows, newest first, and whether there may be more on either side."""

    rows: list[M]
    newer: bool
    older: bool


def slice_of(rows: QuerySet[M, M], *, before: int | None, after: int | None, size: int, by: str = "") -> Slice[M]:
    """Rows older than the one with the id ``before``, or the ones just newer than ``after``, or the newest.

    Args:
        by: a column of times that says what is newer; without it the id does.
    """
    up, down = ((by, "pk"), (f"-{by}", "-pk")) if by else (("pk",), ("-pk",))
    if after is not None:
        found = list(rows.filter(_beyond(rows, after, by, "gt")).order_by(*up)[: size + 1])
        if len(found) >= size:
            return Slice(found[:size][::-1], newer=len(found) > size, older=True)
        before = None  # near the end: the newest page, filled
    if before is not None:
        rows = rows.filter(_beyond(rows, before, by, "lt"))
    found = list(rows.order_by(*down)[: size + 1])
    return Slice(found[:size], newer=before is not None, older=len(found) > size)


def _beyond(rows: QuerySet[M, M], pk: int, by: str, side: str) -> Q:
    """On that side of a row; of its id alone, if the row is not (or no longer) there."""
    place = rows.filter(pk=pk).values_list(by, flat=True).first() if by else None
    beyond = Q(**{f"pk__{side}": pk})
    return Q(**{f"{by}__{side}": place}) | (Q(**{by: place}) & beyond) if place else beyond
