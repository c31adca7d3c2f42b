"""Measuring the checks that need nothing but the database: limits, instructions, behavior and drift."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from audits.checks.drift import Aspect
from audits.checks.freshness import Freshness
from audits.checks.lint import Severity
from audits.checks.results import Outcome, Point, Result
from audits.checks.statistics import CommitmentOutcome
from audits.conformance import drifting
from audits.health.place import Place
from audits.models import Check, Look, Run
from profiles.models import RulebookRevision
from profiles.queries import lint_of, shown_now

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


_OF_COMMITMENT: Final = {
    CommitmentOutcome.FAIL: ("broken", Outcome.FAIL),
    CommitmentOutcome.INCONCLUSIVE: ("undecided", Outcome.INCONCLUSIVE),
}


def behavior(place: Place) -> Result:
    """What runs say of models that are told what this version tells them, as every page has it."""
    shown = shown_now(place.product, place.resolutions, place.version.instructions)
    tested = [each.newest.ended for each in shown.known if each.newest]
    return Result.of((point for each in shown.known for point in _known(each, shown.names)), min(tested, default=None))


def _known(it: Freshness, names: Mapping[str, str]) -> Iterator[Point]:
    """Of one platform and model."""
    platform = {"platform": it.wanted.platform}
    if it.newest is None:
        yield Point(it.gap.value, Outcome.NOT_MEASURED, {**platform, **it.told})
        return
    for outcome, (code, said) in _OF_COMMITMENT.items():
        for key in it.having(outcome):
            found = it.commitments[key].found
            counts = {"passed": found.passed, "trials": found.trials}
            yield Point(code, said, {**platform, "behavior": names.get(key, key), **counts})
    passed, total = len(it.having(CommitmentOutcome.PASS)), len(it.commitments)
    if passed or not total:
        kept: dict[str, str | int] = {"model": it.newest.model, "passed": passed, "total": total}
        yield Point("kept", Outcome.PASS if passed else Outcome.NOT_MEASURED, {**platform, **kept})


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
    rows = Run.objects.of(place.actor).finished().about([place.product])
    on_models = rows.filter(protocol__endpoint__rehearsal=False).order_by("-pk")
    endpoint = on_models.values_list("protocol__endpoint", flat=True).first()
    if endpoint is None:
        return False
    looks = Look.objects.of(place.actor).filter(endpoint=endpoint, state=Look.State.FINISHED)
    return looks.exists() or on_models.filter(protocol__endpoint=endpoint).count() > 1
