"""What pages and the API read of checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from audits.checks.results import CheckKind, Outcome, Point, is_old, worst
from audits.models import CheckResult, Entry
from audits.trail.kinds import Kind
from profiles.access import Actor, Scoped
from profiles.models import Product

HISTORY: Final = 12  # lines
_READ: Final = 80  # entries read for them: checks of nights on which all was well are left out
_TOLD: Final = (
    Kind.VERSION_ACTIVATED,
    Kind.PROFILE_REPUBLISHED,
    Kind.PROFILE_AFFECTED,
    Kind.CHECK_CHANGED,
    Kind.CHECK_FINISHED,
    Kind.RUN_FINISHED,
    Kind.END_FORETOLD,
    Kind.ATTESTATION_REMINDED,
    Kind.ATTESTATION_EXPIRED,
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one check in one place.

    Args:
        other: the version that it was measured of, where that is not the active one any more.
        is_old: measured too long ago to count as known.
    """

    kind: CheckKind
    outcome: Outcome
    points: tuple[Point, ...]
    measured_at: datetime | None = None
    since: datetime | None = None
    other: int | None = None
    is_old: bool = False

    @property
    def counts(self) -> Outcome:
        """What may be said of it now: what is old, or of another version, says nothing of this one."""
        return Outcome.NOT_MEASURED if self.is_old or self.other is not None else self.outcome


def results(actor: Actor, product: Product | None = None) -> Scoped[CheckResult]:
    rows = CheckResult.objects.of(actor).select_related("product", "environment")
    return rows.filter(product=product) if product else rows


def known(rows: Iterable[CheckResult], active: Mapping[int, int], now: datetime) -> dict[int, dict[CheckKind, Known]]:
    """By environment and kind; of what was never measured nothing.

    Args:
        active: the number of the active version, by the environment's id.
    """
    found: dict[int, dict[CheckKind, Known]] = {}
    for row in rows:
        kind = CheckKind(row.kind)
        number = active.get(row.environment_id)
        found.setdefault(row.environment_id, {})[kind] = Known(
            kind=kind,
            outcome=Outcome(row.outcome),
            points=tuple(Point.read(each) for each in row.points),
            measured_at=row.measured_at,
            since=row.since,
            other=row.version if row.version != number else None,
            is_old=is_old(kind, row.measured_at, now),
        )
    return found


def never(kind: CheckKind) -> Known:
    return Known(kind, Outcome.NOT_MEASURED, (Point("not_looked_at", Outcome.NOT_MEASURED),))


@dataclass(frozen=True, slots=True)
class Sign:
    """How a product is, in a glance: its worst outcome, and how many checks of its environments come out so."""

    outcome: Outcome
    count: int


def signs(actor: Actor, now: datetime, product: Product | None = None) -> dict[int, Sign]:
    """Of every product that was measured, or of one, by its id, with one query."""
    outcomes: dict[int, list[Outcome]] = {}
    rows = results(actor, product).order_by()
    for pk, kind, outcome, measured_at in rows.values_list("product_id", "kind", "outcome", "measured_at"):
        counts = Outcome.NOT_MEASURED if is_old(CheckKind(kind), measured_at, now) else Outcome(outcome)
        outcomes.setdefault(pk, []).append(counts)
    return {pk: Sign(top, found.count(top)) for pk, found in outcomes.items() if (top := worst(found))}


def history(actor: Actor, product: Product) -> list[Entry]:
    """What changed in how a product is, the newest first."""
    rows = Entry.objects.of(actor).filter(product=product.slug, kind__in=_TOLD).prefetch_related("disclosures")
    return [entry for entry in rows.order_by("-pk")[:_READ] if not _is_routine(entry)][:HISTORY]


def _is_routine(entry: Entry) -> bool:
    data = entry.content()["data"]
    return entry.kind == Kind.CHECK_FINISHED and data.get("outcome") == "pass"
