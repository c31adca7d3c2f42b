"""Why something that was measured does not speak of what a product promises now any more. Pure.

A failure does not age: it stands until a later run passes. What passed or was inconclusive does, by what the
environment asks for. Where a product names its models, a result on any other says nothing of those.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from audits.checks.freshness import is_model
from audits.checks.statistics import CommitmentOutcome


class Stale(StrEnum):
    OLDER = "older"  # than the environment asks for
    OTHER_MODEL = "other_model"  # than the product names now
    OTHER_VERSION = "other_version"  # than the one that is active: of that one nothing was measured


def staleness(
    outcome: str, model: str, at: datetime, *, named: Collection[str], days: int | None, now: datetime
) -> frozenset[Stale]:
    """Of one result of the version that is active; empty where nothing is wrong with it.

    Args:
        model: the one that was asked, as the endpoint names it.
        named: the models that the product names, as people call them; empty where any counts.
        days: how old a run may be; None where nobody asks for that.
    """
    found = set()
    if days and outcome != CommitmentOutcome.FAIL and now - at > timedelta(days=days):
        found.add(Stale.OLDER)
    if named and not any(is_model(model, name) for name in named):
        found.add(Stale.OTHER_MODEL)
    return frozenset(found)


def least(found: Iterable[frozenset[Stale]]) -> frozenset[Stale]:
    """Of several results of one commitment: one that is fresh is enough."""
    return min(found, key=len, default=frozenset())
