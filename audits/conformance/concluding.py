"""The end of a run: what it says of each commitment, the digest of all its trials, and the entry that tells of both."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_noop

from audits.checks.conclusions import Concluded
from audits.checks.departures import Look, Observed, look
from audits.conformance import drifting
from audits.dispatch import send_measure
from audits.models import Run, Trial
from audits.queries import lines_of_trials, trial_counts
from audits.trail.kinds import Kind, Outcome
from audits.trail.record import record
from profiles.access import Actor, system
from profiles.actions.alarms import settle_alarms
from profiles.actions.findings import record_findings

WORKER: Final = system("worker")
_PIECE: Final = 500  # rows read at once
_ENDED: Final = "The run ended before."
CAPPED: Final = gettext_noop("The next request could pass the cap of the run.")


def conclude(run_id: int, *, because: str = "", now: datetime) -> bool:
    """End a run that has asked everything, or whose end somebody asked for; returns whether it was open. What was
    not asked is skipped, and counts as such.

    Args:
        because: that what is left could pass the cap, where nobody asked for its end.
    """
    with transaction.atomic():
        run = _locked(run_id)
        if run is None:
            return False
        rest = run.trials.filter(outcome=Trial.Outcome.PLANNED)
        skipped = rest.update(outcome=Trial.Outcome.SKIPPED, reason=CAPPED if because else _ENDED, ended_at=now)
        run.state = Run.State.CANCELLED if skipped else Run.State.FINISHED
        run.failure = because[:500]
        run.finished_at, run.digest = now, digest_of_trials(run)
        seen = _look(run)
        run.departures, run.reported = [one.as_dict() for one in seen.departures], list(seen.reported)
        run.save()
        found = record_findings(run, now=now)
        data = {
            "run": run.pk,
            "protocol": run.protocol.digest,
            "state": str(run.state),
            **({"message": because} if because else {}),
            "trials": trial_counts(run),
            "trials_digest": run.digest,
            "judge": run.agreement,
            "departures": run.departures,
            "findings": [_told(one) for one in found],
        }
        _entry(run, Kind.RUN_FINISHED, now, data=data)
        if run.state == Run.State.FINISHED:
            settle_alarms(run.protocol.version.product, by=_who(run), now=now)
            drifting.after_run(run, now=now)
        send_measure(run.protocol.version.product_id)
    return True


def fail(run: Run, because: str, *, now: datetime) -> None:
    """End a run that cannot ask anything."""
    with transaction.atomic():
        row = _locked(run.pk)
        if row is not None:
            _end(row, Run.State.FAILED, because, now)


def interrupt(run: Run, now: datetime) -> None:
    """Leave a run whose workers died time and again to a person, who can resume it; the caller holds its row."""
    run = _with_parents().get(pk=run.pk)
    _end(run, Run.State.INTERRUPTED, f"Its worker ended in each of {run.attempts} attempts.", now)


def stop_short(run_id: int, because: str, *, now: datetime) -> None:
    """Leave a run that may not go on for now to a person."""
    with transaction.atomic():
        row = _locked(run_id)
        if row is not None:
            _end(row, Run.State.INTERRUPTED, because, now)


def _end(run: Run, state: Run.State, because: str, now: datetime) -> None:
    run.state, run.failure, run.finished_at = state, because[:500], now
    run.save()
    data = {"run": run.pk, "protocol": run.protocol.digest, "state": str(state), "message": run.failure}
    _entry(run, Kind.RUN_FINISHED, now, data={**data, "trials": trial_counts(run)}, outcome=Outcome.FAILED)


def digest_of_trials(run: Run) -> str:
    """sha256 over the trials in order, each in its RFC 8785 form on a line of its own, as an export writes them."""
    digest = hashlib.sha256()
    for line in lines_of_trials(run):
        digest.update(line)
    return f"sha256:{digest.hexdigest()}"


def _look(run: Run) -> Look:
    rows = run.trials.values_list("outcome", "epoch", "reported", "fingerprint", "observed").order_by("position")
    seen = (_observed(*row) for row in rows.iterator(chunk_size=_PIECE))
    return look(json.loads(bytes(run.protocol.document)), seen, restarts=run.restarts)


def _observed(
    outcome: str, epoch: int, reported: str, fingerprint: str, observed: Mapping[str, Any] | None
) -> Observed:
    found = observed or {}
    sent = found.get("sent")
    return Observed(
        outcome,
        epoch,
        sent is not None,
        reported,
        fingerprint,
        sent or {},
        found.get("retries", 0),
        tuple(found.get("judges", ())),
        found.get("missing_votes", 0),
    )


def _told(one: Concluded) -> dict[str, Any]:
    """In numbers that every reader of the log takes: no floats, so ends of intervals are in units of 0.0001."""
    return {
        "behavior": one.behavior,
        "outcome": one.outcome.value,
        "passed": one.passed,
        "trials": one.trials,
        "planned": one.planned,
        "interval": [round(one.interval.low * 10_000), round(one.interval.high * 10_000)],
    }


def _locked(run_id: int) -> Run | None:
    return _with_parents().select_for_update(of=("self",)).filter(pk=run_id, state=Run.State.OPEN).first()


def _with_parents() -> Any:
    return Run.objects.select_related("protocol__version__product__organization")


def _who(run: Run) -> Actor:
    return replace(WORKER, on_behalf_of=run.requested_by_id)


def _entry(run: Run, kind: Kind, now: datetime, *, data: dict[str, Any], outcome: Outcome = Outcome.DONE) -> None:
    version = run.protocol.version
    record(
        kind,
        who=_who(run),
        at=now,
        organization=version.product.organization.slug,
        product=version.product.slug,
        target=f"run {run.pk}",
        version=version.number,
        rulebooks=[item["digest"] for item in version.rulebooks],
        outcome=outcome,
        data=data,
    )
