"""Drift: whether a model or a rulebook changed since a product was last tested. What is found is an entry, a row that
pages show, and a run again where a schedule says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from audits.checks import drift
from audits.checks.drift import Comparison, Seen
from audits.models import Drift, Endpoint, Look, Run, Suite
from audits.trail.kinds import Kind
from audits.trail.record import record
from profiles.access import Actor, system
from profiles.actions.occasions import ask_on_drift
from profiles.models import Product, RulebookRevision
from profiles.queries.live import live_versions

WORKER: Final = system("worker")
_MOST_NAMES: Final = 20  # of models and fingerprints that one run is remembered by


def after_run(run: Run, *, now: datetime) -> Drift | None:
    """For the end of a run, in its transaction: what its model called itself, beside the complete run before it."""
    product, endpoint = run.protocol.version.product, run.protocol.endpoint
    rows = Run.objects.finished().about([product]).filter(protocol__endpoint=endpoint)
    before = rows.filter(pk__lt=run.pk).order_by("-pk").first()
    if before is None:
        return None
    comparison = drift.compare(seen_in(before), seen_in(run))
    return _found(product, comparison, now, endpoint=endpoint, run=before, but=run.protocol.suite)


def after_look(look: Look, *, now: datetime) -> list[Drift]:
    """For the end of a look, in its transaction: every product that was tested on the endpoint."""
    return [found for run in _newest_on(look.endpoint) if (found := _beside(run, look, now))]


def _beside(run: Run, look: Look, now: datetime) -> Drift | None:
    """Answers are compared with the first look after the run: nobody asked those questions before."""
    assert run.finished_at is not None
    earlier = look.endpoint.looks.filter(state=Look.State.FINISHED, finished_at__gte=run.finished_at, pk__lt=look.pk)
    first = earlier.order_by("pk").first()
    reported = seen_in(run)
    before = Seen(reported.models, reported.fingerprints, Seen.read(first.seen).answers if first else {})
    comparison = drift.compare(before, Seen.read(look.seen))
    return _found(run.protocol.version.product, comparison, now, endpoint=look.endpoint, run=run)


def after_publication(products: QuerySet[Product], *, now: datetime) -> list[Drift]:
    """For the recheck of a revision, in its transaction: products that were tested, and whose active version was made
    against an older one."""
    runs = Run.objects.finished().about(products.order_by().values("pk")).newest_of_each()
    newest = {run.protocol.version.product_id: run for run in runs.select_related("protocol__version")}
    rows = list(products.filter(pk__in=newest).select_related("organization"))
    live, published = live_versions(rows), {row.platform: row.revision for row in RulebookRevision.newest()}
    found = []
    for product in rows:
        if product.pk in live:
            active = {item["platform"]: item["revision"] for item in live[product.pk].rulebooks}
            comparison = drift.compare_revisions(active, published)
            found.append(_found(product, comparison, now, run=newest[product.pk]))
    return [each for each in found if each]


def seen_in(run: Run) -> Seen:
    """What the model of a run called itself, from the trials that have an answer."""
    return Seen(_names(run, "reported"), _names(run, "fingerprint"))


def _names(run: Run, field: str) -> dict[str, int]:
    rows = run.trials.exclude(**{field: ""}).order_by().values_list(field).annotate(count=Count("pk"))
    return dict(rows.order_by("-count", field)[:_MOST_NAMES])


def _newest_on(endpoint: Endpoint) -> QuerySet[Run]:
    """The newest complete run on an endpoint of each product that is still there."""
    rows = Run.objects.finished().filter(protocol__endpoint=endpoint, protocol__version__product__removed_at=None)
    return rows.newest_of_each().select_related("protocol__version__product__organization").order_by("pk")


def _found(
    product: Product,
    comparison: Comparison,
    now: datetime,
    *,
    run: Run | None,
    endpoint: Endpoint | None = None,
    but: Suite | None = None,
) -> Drift | None:
    """Put a drift on record, once; None if there is none, or it is known."""
    if not comparison.is_drift:
        return None
    cause = Drift.Cause.MODEL if endpoint else Drift.Cause.RULEBOOK
    told: dict[str, Any] = {
        "changes": [{**asdict(each), "aspect": each.aspect.value} for each in comparison.changes],
        "compared": [each.value for each in comparison.compared],
    }
    with transaction.atomic():
        row, is_new = Drift.objects.get_or_create(
            product=product,
            digest=drift.digest_of(comparison.changes, since=run.pk if run else None),
            defaults={"cause": cause, "endpoint": endpoint, "run": run, "found_at": now, **told},
        )
        if not is_new:
            return None
        schedules = ask_on_drift(row, now=now, but=but)
        record(
            Kind.DRIFT_FOUND,
            who=WORKER,
            at=now,
            organization=product.organization.slug,
            product=product.slug,
            target=f"drift {row.pk}",
            data={
                "cause": cause.value,
                "endpoint": endpoint.name if endpoint else "",
                "run": run.pk if run else None,
                **told,
                "not_compared": [each.value for each in comparison.not_compared],
                "runs_again": bool(schedules),
            },
        )
    return row


def standing(actor: Actor, products: Iterable[Product]) -> dict[int, Drift]:
    """By product, the newest drift that no complete run came after."""
    after = Run.objects.finished().filter(
        protocol__version__product=OuterRef("product"), requested_at__gte=OuterRef("found_at")
    )
    rows = Drift.objects.of(actor).filter(~Exists(after), product__in=list(products))
    return {row.product_id: row for row in rows.select_related("endpoint").order_by("pk")}
