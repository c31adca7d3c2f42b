"""What pages read about runs. Trials are counted and paged by their index; no list is held whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Max, QuerySet

from audits import queries
from audits.models import Endpoint, Run, Suite, Trial
from profiles.access import Actor, Scoped
from profiles.models import Product, Version

TRIALS: Final = 50  # of one page


def runs(actor: Actor) -> Scoped[Run]:
    """As lists show them: without their protocols' documents."""
    return queries.runs(actor).defer("protocol__document", "protocol__suite__document")


def run_for(actor: Actor, pk: int) -> Run | None:
    return queries.runs(actor).defer("protocol__suite__document").filter(pk=pk).first()


def document_of(run: Run) -> dict[str, Any]:
    """The protocol of a run."""
    found: dict[str, Any] = json.loads(bytes(run.protocol.document))
    return found


def of_version(actor: Actor, version: Version, most: int = 3) -> list[Run]:
    """The newest runs of a version, whatever their state."""
    return list(runs(actor).filter(protocol__version=version)[:most])


def newest_finished(actor: Actor, products: Iterable[Product]) -> dict[int, Run]:
    """The newest finished run of each product, by its id."""
    rows = Run.objects.of(actor).filter(state=Run.State.FINISHED, protocol__version__product__in=list(products))
    newest = rows.order_by().values("protocol__version__product").annotate(newest=Max("pk")).values("newest")
    return {run.protocol.version.product_id: run for run in runs(actor).filter(pk__in=newest)}


def outcomes_of(actor: Actor, found: Iterable[Run]) -> dict[int, dict[str, int]]:
    """How many commitments have which outcome, by run."""
    counts: dict[int, dict[str, int]] = {}
    rows = queries.newest_findings(actor).filter(run__in=[run.pk for run in found]).order_by()
    for run, outcome, count in rows.values_list("run", "outcome").annotate(count=Count("pk")):
        counts.setdefault(run, {})[outcome] = count
    return counts


def suites(actor: Actor) -> list[Suite]:
    """The newest number of each, without their probes."""
    rows = queries.suites(actor).order_by("organization_id", "slug", "-number")
    return list(rows.distinct("organization_id", "slug").defer("document"))


def endpoints(actor: Actor) -> list[Endpoint]:
    """Those that can be asked."""
    return list(Endpoint.objects.of(actor).filter(removed_at=None).order_by("name"))


# Trials


@dataclass(frozen=True, slots=True)
class Piece:
    """One page of trials; ``before`` and ``after`` are positions from which to go on, None at the ends."""

    trials: list[Trial]
    before: int | None
    after: int | None


def trials_page(rows: QuerySet[Trial], *, after: int | None = None, before: int | None = None) -> Piece:
    """Trials by their positions: those from ``after`` on, or the last ones up to ``before``."""
    rows = rows.defer("transcript", "votes", "deciding")
    if before is not None:
        found = list(rows.filter(position__lt=before).order_by("-position")[: TRIALS + 1])
        more, shown = len(found) > TRIALS, found[:TRIALS][::-1]
        return Piece(shown, shown[0].position if more else None, shown[-1].position if shown else None)
    start = rows.filter(position__gt=after) if after is not None else rows
    found = list(start.order_by("position")[: TRIALS + 1])
    shown = found[:TRIALS]
    further = shown[-1].position if len(found) > TRIALS else None
    return Piece(shown, shown[0].position if after is not None and shown else None, further)


def behaviors_of(document: Mapping[str, Any]) -> list[str]:
    return [each["behavior"] for each in document["commitments"]]


def first_failures(run: Run, most: int) -> Sequence[Trial]:
    """Where a model broke its promise, earliest first."""
    return list(run.trials.filter(outcome=Trial.Outcome.FAIL).defer("transcript").order_by("position")[:most])
