"""Alarms as pages read them, and what can be done about one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audits.checks.freshness import Tested, last_passing
from audits.checks.statistics import CommitmentOutcome
from audits.models import Alarm
from profiles.access import Actor, Scoped
from profiles.models import Draft
from profiles.queries.freshness import tested_runs
from profiles.queries.stored import Stored, leading_decisions
from profiles.resolution.types import Decision


def open_alarms(actor: Actor) -> list[Alarm]:
    """Those that nobody answered, the newest first, of what is not removed."""
    return list(alarms(actor).filter(state=Alarm.State.OPEN))


def alarm_for(actor: Actor, pk: int) -> Alarm | None:
    return alarms(actor).filter(pk=pk).first()


def alarms(actor: Actor) -> Scoped[Alarm]:
    """All of an organization's, of what is not removed."""
    return _rows(actor).filter(version__product__removed_at=None)


def _rows(actor: Actor) -> Scoped[Alarm]:
    rows = Alarm.objects.of(actor).select_related("version__product__organization", "run__protocol__endpoint")
    return rows.defer("run__protocol__document")


@dataclass(frozen=True, slots=True)
class Tightening:
    """A setting of the draft that is not at its strictest, and the strictest that its window allows, raw."""

    decision: Decision
    value: Any


@dataclass(frozen=True, slots=True)
class Ways:
    """What can be done about an alarm.

    Args:
        tightenings: of everything that runs of the version fail, by key.
        back: the run of an earlier version, on the same model, that kept all of what is broken.
    """

    tightenings: dict[str, Tightening]
    back: Tested | None


def ways(alarm: Alarm, draft: Draft, now: datetime) -> Ways:
    """
    Args:
        draft: with its product and the organization of that.
    """
    runs = tested_runs([draft.product]).get(draft.product.pk, [])
    about = (alarm.version.number, alarm.platform, alarm.run.protocol.endpoint.model)
    theirs = [run for run in runs if (run.version, run.platform, run.model) == about]
    broken = max(theirs, key=lambda run: run.ended, default=None)
    failing = {key for run in theirs for key, each in run.findings.items() if each.outcome is CommitmentOutcome.FAIL}
    back = last_passing(alarm.keys, runs, besides=broken) if broken else None
    return Ways(tightenings(draft, now, {*alarm.keys, *failing}), back)


def tightenings(draft: Draft, now: datetime, keys: set[str]) -> dict[str, Tightening]:
    """Those of the behaviors whose value in the draft can become stricter."""
    decisions = leading_decisions(Stored.draft(draft).resolve(now))
    found = ((key, each) for key, (_platform, each) in decisions.items() if key in keys)
    return {
        key: Tightening(each, each.behavior.domain.dump(each.product.floor))
        for key, each in found
        if each.operator != each.product.floor
    }
