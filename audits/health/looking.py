"""Measuring the checks that need nothing but the database: limits, instructions, behavior and drift."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from audits import queries
from audits.checks.drift import Aspect
from audits.checks.lint import Severity
from audits.checks.results import Outcome, Point, Result
from audits.conformance import drifting
from audits.health.place import Place
from audits.models import Check, Finding, Look, Run
from profiles.models import RulebookRevision
from profiles.queries import lint_of

_OF_SEVERITY: Final = {
    Severity.FIX: Outcome.FAIL,
    Severity.EXPLAIN: Outcome.ATTENTION,
    Severity.NOTE: Outcome.PASS,
}


# Limits


def limits(place: Place) -> Result:
    """What the newest limits check of the version found."""
    row = Check.objects.filter(version=place.version, kind=Check.Kind.LIMITS).order_by("-pk").first()
    if row is None:
        return Result.of([Point("limits_never", Outcome.NOT_MEASURED)])
    if row.state != Check.State.FINISHED:
        code = "limits_waiting" if row.state == Check.State.WAITING else "limits_failed"
        return Result.of([Point(code, Outcome.NOT_MEASURED)])
    failed = [_outside(place, each) for each in row.findings if each["outcome"] != "pass"]
    return Result.of(failed or [_inside(row)], row.finished_at)


def _outside(place: Place, finding: dict[str, object]) -> Point:
    named = {"behavior": place.name(str(finding["behavior"]))}
    shown = {name: str(finding[name]) for name in ("wanted", "got")}
    return Point("outside_window", Outcome.FAIL, {**named, **shown})


def _inside(row: Check) -> Point:
    if not row.total:
        return Point("nothing_is_set", Outcome.PASS)
    return Point("inside_windows", Outcome.PASS, {"passed": row.passed, "total": row.total})


# Instructions


def instructions(place: Place) -> Result:
    """The lint of the version's own text, beside the values that hold now."""
    text = place.version.instructions
    found = lint_of(text, place.resolutions)
    points = [Point(each.rule.id, _OF_SEVERITY[each.rule.severity]) for each in found]
    once = list({point.code: point for point in points}.values())
    return Result.of(once or [Point("nothing_stands_out" if text else "no_instructions", Outcome.PASS)])


# Behavior


def behavior(place: Place) -> Result:
    """What the newest finished run of this version found. What was canned says nothing about a model."""
    rows = queries.runs(place.actor).filter(protocol__version__product=place.product, state=Run.State.FINISHED)
    run = rows.filter(protocol__version=place.version).order_by("-pk").first()
    if run is None:
        return Result.of([_not_run(rows.order_by("-pk").first())])
    if run.protocol.endpoint.rehearsal:
        return Result.of([Point("run_is_canned", Outcome.NOT_MEASURED, {"run": run.pk})], run.finished_at)
    return Result.of(_found(place, run), run.finished_at)


def _not_run(other: Run | None) -> Point:
    if other is None:
        return Point("never_run", Outcome.NOT_MEASURED)
    return Point("run_of_another", Outcome.NOT_MEASURED, {"tested": other.protocol.version.number})


def _found(place: Place, run: Run) -> Iterator[Point]:
    rows = list(queries.newest_findings(place.actor).filter(run=run))
    by_outcome = {outcome: [row for row in rows if row.outcome == outcome] for outcome in Finding.Outcome.values}
    for outcome, code, said in (
        (Finding.Outcome.FAIL, "broken", Outcome.FAIL),
        (Finding.Outcome.INCONCLUSIVE, "undecided", Outcome.INCONCLUSIVE),
    ):
        for row in by_outcome[outcome]:
            counts = {"passed": row.passed, "trials": row.trials}
            yield Point(code, said, {"behavior": place.name(row.behavior), **counts})
    if kept := by_outcome[Finding.Outcome.PASS]:
        yield Point("kept_in_run", Outcome.PASS, {"run": run.pk, "kept": len(kept)})
    if uncovered := by_outcome[Finding.Outcome.NOT_COVERED]:
        yield Point("uncovered", Outcome.PASS if kept else Outcome.NOT_MEASURED, {"count": len(uncovered)})


# Drift


def drift(place: Place) -> Result:
    """Whether the model changed since it was tested, and whether a rulebook was revised since the version was made."""
    newest = {row.platform: row for row in RulebookRevision.newest().defer("document")}
    used = [(row.platform, row.published) for row in place.stored.revisions]
    later = [row for name, published in used if (row := newest.get(name)) and row.published > published]
    points = [
        *_drifted(place),
        *(
            Point("newer_rulebook", Outcome.ATTENTION, {"platform": row.platform, "revision": row.revision})
            for row in later
        ),
    ]
    return Result.of(points or [Point("newest_rulebooks", Outcome.PASS)])


def _drifted(place: Place) -> Iterator[Point]:
    """What was found of the model, beside the newest complete run."""
    row = drifting.standing(place.actor, [place.product]).get(place.product.pk)
    if row is None and not _was_compared(place):
        yield Point("model_not_compared", Outcome.NOT_MEASURED)
    for change in row.changes if row else ():
        if change["aspect"] != Aspect.RULEBOOK:
            yield Point(
                f"drifted_{change['aspect']}", Outcome.ATTENTION, {key: change[key] for key in ("before", "now")}
            )


def _was_compared(place: Place) -> bool:
    """Whether the model of the newest run was seen at another time, too: in another run, or by a daily look."""
    rows = queries.runs(place.actor).filter(protocol__version__product=place.product, state=Run.State.FINISHED)
    on_models = rows.filter(protocol__endpoint__rehearsal=False).order_by("-pk")
    endpoint = on_models.values_list("protocol__endpoint", flat=True).first()
    if endpoint is None:
        return False
    looks = Look.objects.of(place.actor).filter(endpoint=endpoint, state=Look.State.FINISHED)
    return looks.exists() or on_models.filter(protocol__endpoint=endpoint).count() > 1
