"""What pages and the API read about runs. Trials are counted and paged by their index; no list is held whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Max, Q, QuerySet

from audits.models import Endpoint, Finding, Run, Suite, Trial
from profiles.access import Actor, Scoped
from profiles.models import Product

TRIALS: Final = 50  # of one page
_PARENTS: Final = (
    "protocol__version__product__organization",
    "protocol__suite",
    "protocol__endpoint",
    "protocol__judge",
)


def runs(actor: Actor) -> Scoped[Run]:
    """Those of the actor's organization, with everything that names them; without their protocols' documents."""
    return Run.objects.of(actor).select_related(*_PARENTS).defer("protocol__document", "protocol__suite__document")


def run_for(actor: Actor, pk: int) -> Run | None:
    rows = Run.objects.of(actor).select_related(*_PARENTS).defer("protocol__suite__document")
    return rows.filter(pk=pk).first()


def document_of(run: Run) -> dict[str, Any]:
    """The protocol of a run."""
    found: dict[str, Any] = json.loads(bytes(run.protocol.document))
    return found


def newest_finished(actor: Actor, products: Iterable[Product]) -> dict[int, Run]:
    """The newest finished run of each product, by its id."""
    rows = Run.objects.of(actor).filter(state=Run.State.FINISHED, protocol__version__product__in=list(products))
    newest = rows.order_by().values("protocol__version__product").annotate(newest=Max("pk")).values("newest")
    return {run.protocol.version.product_id: run for run in runs(actor).filter(pk__in=newest)}


def outcomes_of(actor: Actor, found: Iterable[Run]) -> dict[int, dict[str, int]]:
    """How many commitments have which outcome, by run. Of each commitment its newest finding counts."""
    counts: dict[int, dict[str, int]] = {}
    for run, outcome in newest_findings(actor, found).values_list("run_id", "outcome"):
        told = counts.setdefault(run, {})
        told[outcome] = told.get(outcome, 0) + 1
    return counts


def newest_findings(actor: Actor, found: Iterable[Run]) -> Scoped[Finding]:
    """Of each commitment of these runs the newest finding."""
    rows = Finding.objects.of(actor).filter(run__in=[run.pk for run in found])
    return rows.order_by("run_id", "behavior", "-pk").distinct("run_id", "behavior")


def suites(actor: Actor) -> list[Suite]:
    """The newest number of each: one's own, and what ships with the program. Without their probes."""
    own = Q(organization=actor.organization_id) if actor.organization_id else Q(pk__in=())
    rows = Suite.objects.filter(own | Q(organization=None)).order_by("organization_id", "slug", "-number")
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


def outcome_counts(run: Run) -> dict[str, int]:
    """How many trials ended how, counted in the database; "" are those that are still to come."""
    rows = run.trials.order_by().values_list("outcome").annotate(count=Count("pk"))
    return dict(rows)


def behaviors_of(document: Mapping[str, Any]) -> list[str]:
    return [each["behavior"] for each in document["commitments"]]


def first_failures(run: Run, most: int) -> Sequence[Trial]:
    """Where a model broke its promise, earliest first."""
    return list(run.trials.filter(outcome=Trial.Outcome.FAIL).defer("transcript").order_by("position")[:most])
