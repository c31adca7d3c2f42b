"""Measuring every check of a product, and keeping what came out.

Asking comes first and takes its time; then one transaction writes the results over the older ones, with an entry for
what came out otherwise. So a product costs a handful of rows for ever, however often it is measured.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q

from audits import dispatch
from audits.checks.results import CheckKind, Outcome, Point, Result
from audits.health.place import Place, places_of
from audits.health.registry import HAVE_OWN_ENTRIES, MEASURES
from audits.models import CheckResult
from audits.trail.kinds import Kind
from audits.trail.record import record
from profiles.models import Activation, Product

logger = logging.getLogger(__name__)

EVERY: Final = timedelta(hours=1)  # each product is measured again
AT_ONCE: Final = 20  # products that one tick asks for, so that many of them are measured in turn
_LASTS: Final = timedelta(hours=1)  # until what could not be measured is worth an entry
_SAYS_NOTHING: Final = (Outcome.NOT_MEASURED, Outcome.INCONCLUSIVE)


@dataclass(frozen=True, slots=True)
class Measured:
    place: Place
    results: Mapping[CheckKind, Result]


def measure(product_id: int, *, now: datetime) -> int:
    """Measure one product wherever something is active; returns in how many environments."""
    product = Product.objects.select_related("organization").filter(pk=product_id, removed_at=None).first()
    found = [_measured(place) for place in places_of(product, now)] if product else []
    for one in found:
        keep(one, now=now)
    return len(found)


def _measured(place: Place) -> Measured:
    return Measured(place, {kind: _carefully(kind, place) for kind in MEASURES})


def _carefully(kind: CheckKind, place: Place) -> Result:
    """One check that cannot be carried out must not hide the others."""
    try:
        return MEASURES[kind](place)
    except Exception:
        logger.exception("The check %s of product %s could not be carried out.", kind.value, place.product.pk)
        return Result.of([Point("could_not_look", Outcome.NOT_MEASURED)])


@transaction.atomic
def keep(it: Measured, *, now: datetime) -> None:
    """Write what came out over what was known before. Of two that measure at once the later one waits here."""
    place = it.place
    Product.objects.select_for_update(of=("self",)).get(pk=place.product.pk)
    rows = CheckResult.objects.filter(product=place.product, environment=place.environment)
    known = {CheckKind(row.kind): row for row in rows}
    kept = [_kept(place, kind, known.get(kind), result, now) for kind, result in it.results.items()]
    CheckResult.objects.bulk_create(
        kept,
        update_conflicts=True,
        unique_fields=["product", "environment", "kind"],
        update_fields=["version", "outcome", "points", "measured_at", "looked_at", "since", "entered"],
    )


def _kept(place: Place, kind: CheckKind, before: CheckResult | None, result: Result, now: datetime) -> CheckResult:
    same = before is not None and before.outcome == result.outcome.value
    row = CheckResult(
        product=place.product,
        environment=place.environment,
        kind=kind.value,
        version=place.version.number,
        outcome=result.outcome.value,
        points=[point.as_dict() for point in result.points],
        measured_at=result.at or now,
        looked_at=now,
        since=before.since if before and same else now,
        entered=before.entered if before else "",
    )
    if kind not in HAVE_OWN_ENTRIES and _is_news(row, result.outcome, now):
        _enter(place, kind, row, result, now)
        row.entered = row.outcome
    return row


def _is_news(row: CheckResult, outcome: Outcome, now: datetime) -> bool:
    """Whether the trail is to be told: it came out otherwise than it was last told. That nothing could be measured is
    news only once it lasts, and that all is well at first is none."""
    if row.entered == row.outcome or (not row.entered and outcome is Outcome.PASS):
        return False
    return outcome not in _SAYS_NOTHING or now - row.since >= _LASTS


def _enter(place: Place, kind: CheckKind, row: CheckResult, result: Result, now: datetime) -> None:
    record(
        Kind.CHECK_CHANGED,
        who=place.actor,
        at=now,
        organization=place.product.organization.slug,
        product=place.product.slug,
        target=f"{kind.value} check",
        version=place.version.number,
        rulebooks=place.stored.digests,
        before={"outcome": row.entered or None},
        after={"outcome": row.outcome, "environment": place.environment.slug},
        data={
            "kind": kind.value,
            "outcome": row.outcome,
            "points": [point.as_dict() for point in result.points if point.outcome is not Outcome.PASS],
        },
    )


def ask_for_due(*, now: datetime) -> int:
    """Ask for those that were measured longest ago, or never; returns for how many. Driven by rows: a tick that is
    missed loses nothing."""
    mine = CheckResult.objects.filter(product=OuterRef("pk")).order_by().values("product")
    rows = Product.objects.filter(Exists(Activation.objects.filter(product=OuterRef("pk"))), removed_at=None)
    rows = rows.annotate(last=mine.annotate(last=Min("looked_at")).values("last"))
    due = rows.filter(Q(last=None) | Q(last__lt=now - EVERY)).order_by("last", "pk")
    ids = list(due.values_list("pk", flat=True)[:AT_ONCE])
    for pk in ids:
        dispatch.send_measure(pk)
    return len(ids)
