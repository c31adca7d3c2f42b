"""What pages read about runs. Trials are counted and paged by their index; no list is held whole."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count, Max, QuerySet

from audits import queries
from audits.models import Endpoint, Finding, Run, Runs, Suite, Trial
from profiles.access import Actor
from profiles.models import Product, Version

TRIALS: Final = 50  # of one page


def runs(actor: Actor) -> Runs:
    """As lists show them: without their protocols' documents."""
    return queries.runs(actor).defer("protocol__document", "protocol__suite__document")


def run_for(actor: Actor, pk: int) -> Run | None:
    return next(iter(runs_for(actor, pk)), None)


def runs_for(actor: Actor, *ids: int) -> list[Run]:
    """Some with their protocols' documents, in this order; fewer where one is missing or somebody else's."""
    found = queries.runs(actor).defer("protocol__suite__document").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def document_of(run: Run) -> dict[str, Any]:
    """The protocol of a run."""
    found: dict[str, Any] = json.loads(bytes(run.protocol.document))
    return found


def of_version(actor: Actor, version: Version, most: int = 3) -> list[Run]:
    """The newest runs of a version, whatever their state."""
    return list(runs(actor).filter(protocol__version=version)[:most])


def reported(run: Run) -> list[str]:
    """What the model called itself: a few names, most frequent first once the run has ended."""
    if run.reported is not None:
        return list(run.reported)
    rows = run.trials.exclude(reported="").order_by("reported").values_list("reported", flat=True)
    return list(rows.distinct()[:5])


def newest_finished(actor: Actor, products: Iterable[Product]) -> dict[int, Run]:
    """The newest finished run of each product, by its id."""
    rows = runs(actor).finished().about(list(products)).newest_of_each()
    return {run.protocol.version.product_id: run for run in rows}


def outcomes_of(actor: Actor, found: Iterable[Run]) -> dict[int, dict[str, int]]:
    """How many commitments have which outcome, by run."""
    counts: dict[int, dict[str, int]] = {}
    rows = Finding.objects.of(actor).newest().filter(run__in=[run.pk for run in found]).order_by()
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


# Over time


@dataclass(frozen=True, slots=True)
class Series:
    """Runs that one line shows: of one suite, on one platform."""

    platform: str
    suite: str  # its slug


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some finished runs of a series, the oldest first, with what they say by run and behavior."""

    runs: list[Run]
    findings: dict[int, dict[str, Finding]]
    before: int | None  # from which run older ones go on
    after: int | None  # from which run newer ones go on


def series_of(actor: Actor, product: Product) -> list[Series]:
    """Those that a product has finished runs of, the one that ran last first."""
    rows = Run.objects.of(actor).finished().about([product]).order_by()
    series = rows.values_list("protocol__platform", "protocol__suite__slug").annotate(newest=Max("pk"))
    return [Series(*row[:2]) for row in series.order_by("-newest")]


def stretch(
    actor: Actor, product: Product, series: Series, most: int, before: int | None, after: int | None
) -> Stretch:
    rows = (
        runs(actor)
        .finished()
        .about([product])
        .filter(protocol__platform=series.platform, protocol__suite__slug=series.suite)
    )
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: most + 1])
        shown, older, newer = found[:most], True, len(found) > most
    else:
        found = list((rows.filter(pk__lt=before) if before is not None else rows).order_by("-pk")[: most + 1])
        shown, older, newer = found[:most][::-1], len(found) > most, before is not None
    first, last = (shown[0].pk, shown[-1].pk) if shown else (None, None)
    return Stretch(shown, Finding.objects.said_by(shown), first if older else None, last if newer else None)


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


def undecided(rows: QuerySet[Trial]) -> QuerySet[Trial]:
    """Those that neither the program nor a person has decided."""
    return rows.filter(outcome=Trial.Outcome.UNCLEAR, judgements=None)


def behaviors_of(document: Mapping[str, Any]) -> list[str]:
    return [each["behavior"] for each in document["commitments"]]


def first_failures(run: Run, most: int) -> Sequence[Trial]:
    """Where a model broke its promise, earliest first."""
    return list(run.trials.filter(outcome=Trial.Outcome.FAIL).defer("transcript").order_by("position")[:most])
