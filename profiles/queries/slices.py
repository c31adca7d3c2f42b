"""Pages of long lists: by id and never by offset, so that what comes in meanwhile moves nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Slice(Generic[M]):
    """One page of rows, newest first, and whether there may be more on either side."""

    rows: list[M]
    newer: bool
    older: bool


def slice_of(rows: QuerySet[M, Any], *, before: int | None, after: int | None, size: int) -> Slice[M]:
    """Rows older than ``before``, or the ones just newer than ``after``, or the newest."""
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        if len(found) >= size:
            return Slice(found[:size][::-1], newer=len(found) > size, older=True)
        before = None  # near the end: the newest page, filled
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: size + 1])
    return Slice(found[:size], newer=before is not None, older=len(found) > size)
