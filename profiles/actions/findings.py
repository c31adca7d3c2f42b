"""For actions and the end of a run: what its trials say of each commitment, as rows that stand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from audits.checks.conclusions import Concluded, Ended, Part, conclude
from audits.models import Finding, Judgement, Run

_PIECE: Final = 500  # rows read at once


def record_findings(run: Run, *, now: datetime) -> tuple[Concluded, ...]:
    """Findings of all commitments by the trials as they stand, with what people judged since."""
    document = json.loads(bytes(run.protocol.document))
    found = conclude(document, _ended(run))
    Finding.objects.bulk_create(_row(run, one, now) for one in found)
    missing = [(each["behavior"], each["because"]) for each in document["not_covered"]]
    Finding.objects.bulk_create(
        Finding(
            run=run, behavior=key, outcome=Finding.Outcome.NOT_COVERED, passed=0, trials=0, planned=0,
            because=because[:500], at=now,
        )
        for key, because in missing
    )  # fmt: skip
    return found


def _row(run: Run, one: Concluded, now: datetime) -> Finding:
    return Finding(
        run=run,
        behavior=one.behavior,
        outcome=one.outcome.value,
        passed=one.passed,
        trials=one.trials,
        planned=one.planned,
        low=one.interval.low,
        high=one.interval.high,
        parts=[_part(part) for part in one.parts],
        because=one.deciding.verdict.why.value,
        at=now,
    )


def _part(part: Part) -> dict[str, Any]:
    found = part.verdict
    return {
        "direction": part.direction.value,
        "kind": part.kind.value,
        "threshold": part.threshold,
        "probes": list(part.probes),
        "outcome": found.outcome.value,
        "why": found.why.value,
        "passed": found.passed,
        "failed": found.failed,
        "invalid": found.invalid,
        "planned": found.planned,
        "low": found.interval.low,
        "high": found.interval.high,
        "bound": found.bound,
        "needed": found.needed,
    }


def _ended(run: Run) -> Iterator[Ended]:
    """How each trial ended, a person's word before the program's."""
    said = dict(Judgement.objects.filter(trial__run=run).order_by("pk").values_list("trial_id", "outcome"))
    rows = run.trials.order_by("position").values_list("pk", "probe", "variant", "outcome")
    for pk, probe, variant, outcome in rows.iterator(chunk_size=_PIECE):
        yield Ended(probe, variant, said.get(pk, outcome))
