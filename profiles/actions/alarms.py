"""Alarms: a model breaks a bright line or a protection of what is active. What runs show and what becomes active raises
and ends them, and people answer them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from audits.checks.freshness import Freshness, Known, Tested, freshness
from audits.checks.statistics import CommitmentOutcome
from audits.log.disclosures import personal
from audits.models import Alarm, Run
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission, system
from profiles.actions.base import Subject, action, note, subject
from profiles.actions.drafts import edit_draft
from profiles.actions.text import clean_text
from profiles.errors import DomainError, InvalidInput, WrongState
from profiles.models import Draft, Product, Version
from profiles.queries import Stored, active, ways
from profiles.queries.freshness import tested_runs, wanted_of
from profiles.rulebook.model import Behavior

_SHOWN: Final = 200  # characters of names that a refusal repeats


@subject.register
def _alarm(thing: Alarm) -> Subject:
    version = thing.version
    return Subject(version.product.organization.slug, version.product.slug, f"alarm {thing.pk}", version.number)


@dataclass(frozen=True, slots=True)
class _Shown:
    """What runs on one model say of an active version, on one platform."""

    version: Version
    platform: str
    model: str
    known: Freshness
    behaviors: Mapping[str, Behavior]


def settle_alarms(product: Product, *, by: Actor, now: datetime) -> None:
    """Raise and end alarms by what is active and what complete runs say of it, in the caller's transaction.

    Whichever model a run asked, what it broke is told: a name that nobody matched must not keep an alarm from being
    raised. A rehearsal raises none.

    Args:
        by: whose act brought it about; the program itself is who raises an alarm, so that everybody is told.
    """
    product = Product.with_removed.select_for_update(of=("self",)).select_related("organization").get(pk=product.pk)
    who = replace(system("alarms"), on_behalf_of=by.on_behalf_of or by.id)
    rows = Alarm.objects.select_for_update(of=("self",)).filter(version__product=product)
    alarms = list(rows.select_related("version__product__organization", "run__protocol__endpoint"))
    versions = {row.version_id: row.version for row in active(product).values()}
    for alarm in alarms:
        if alarm.state == Alarm.State.OPEN and alarm.version_id not in versions:
            _end(alarm, Alarm.State.REPLACED, who, now)
    for shown in _all_shown(product, versions.values(), now):
        mine = [alarm for alarm in alarms if _is_of(alarm, shown)]
        _end_passed(mine, shown, who, now)
        _raise(mine, shown, who, now)


def _all_shown(product: Product, versions: Iterable[Version], now: datetime) -> Iterator[_Shown]:
    runs = [run for run in tested_runs([product]).get(product.pk, ()) if not run.rehearsal]
    if not runs:
        return
    versions = list(versions)
    for version in versions:
        version.product = product
    stored = Stored.versions(versions)
    for version in versions:
        resolutions = stored[version.pk].resolve(now)
        for wanted in {each.platform: each for each in wanted_of(product, resolutions, version.instructions)}.values():
            behaviors = {key: each.behavior for key, each in resolutions[wanted.platform].decisions.items()}
            for model, theirs in _by_model(runs).items():
                known = freshness(replace(wanted, model=""), theirs)
                yield _Shown(version, wanted.platform, model, known, behaviors)


def _by_model(runs: Iterable[Tested]) -> dict[str, list[Tested]]:
    found: dict[str, list[Tested]] = {}
    for run in runs:
        found.setdefault(run.model, []).append(run)
    return found


def _is_of(alarm: Alarm, shown: _Shown) -> bool:
    asked = alarm.run.protocol.endpoint.model
    return (alarm.version_id, alarm.platform, asked) == (shown.version.pk, shown.platform, shown.model)


def _end_passed(alarms: Iterable[Alarm], shown: _Shown, who: Actor, now: datetime) -> None:
    for alarm in alarms:
        known = [shown.known.commitments.get(key) for key in alarm.keys]
        passed = [each for each in known if each and each.found.outcome is CommitmentOutcome.PASS]
        if alarm.state == Alarm.State.OPEN and len(passed) == len(known):
            answer = max((each.source for each in passed), key=lambda run: run.ended)
            _end(alarm, Alarm.State.PASSED, who, now, answer=answer.run)


def _raise(alarms: Iterable[Alarm], shown: _Shown, who: Actor, now: datetime) -> None:
    """One alarm for each run that shows something which nobody was told, or which somebody answered before that run."""
    alarms = list(alarms)
    by_run: dict[int, dict[str, Known]] = {}
    for key in shown.known.having(CommitmentOutcome.FAIL, guarded=True):
        known = shown.known.commitments[key]
        if not any(key in alarm.keys and _covers(alarm, known.source.run) for alarm in alarms):
            by_run.setdefault(known.source.run, {})[key] = known
    for run, broken in sorted(by_run.items()):
        alarm = Alarm.objects.create(
            version=shown.version,
            run=Run.objects.get(pk=run),
            platform=shown.platform,
            behaviors=[_told(key, known, shown) for key, known in broken.items()],
            raised_at=now,
        )
        data = {"alarm": alarm.pk, "run": run, "platform": shown.platform, "model": shown.model}
        note(Kind.ALARM_RAISED, alarm, by=who, now=now, data={**data, "behaviors": alarm.behaviors})


def _covers(alarm: Alarm, run: int) -> bool:
    return alarm.state == Alarm.State.OPEN or (alarm.state == Alarm.State.ACKNOWLEDGED and alarm.run_id >= run)


def _told(key: str, known: Known, shown: _Shown) -> dict[str, Any]:
    found, behavior = known.found, shown.behaviors[key]
    told = {"behavior": key, "name": behavior.name, "kind": behavior.kind.value}
    return {**told, "passed": found.passed, "trials": found.trials}


@action(Kind.ALARM_ANSWERED)
def acknowledge_alarm(alarm: Alarm, *, reason: str, by: Actor, now: datetime) -> Alarm:
    """Say that somebody knows, and why nothing else is done. A later run that breaks it again raises it anew.

    Raises:
        InvalidInput: no reason.
        WrongState: it was answered already.
    """
    by.require(Permission.ACTIVATE)
    reason = clean_text(reason, field="reason", most=1_000, required=True)
    rows = Alarm.objects.select_for_update(of=("self",)).select_related("version__product__organization")
    row = rows.get(pk=alarm.pk)
    if refusal := answer_refusal(row, by=by):
        raise refusal
    row.reason = reason
    _end(row, Alarm.State.ACKNOWLEDGED, by, now)
    return row


@action(Kind.DRAFT_EDITED)
def tighten_draft(alarm: Alarm, *, by: Actor, now: datetime, only: Collection[str] | None = None) -> Draft:
    """Set everything that the run of an alarm fails to the strictest value that its window allows, in the draft.

    Args:
        only: these behaviors alone, by key; without them all.

    Raises:
        WrongState: the draft is as strict as it can be.
        InvalidInput: one of ``only`` can become no stricter, or the run does not fail it.
    """
    by.require(Permission.EDIT_DRAFT)
    draft = (
        Draft.objects.select_for_update(of=("self",))
        .select_related("product__organization")
        .get(product=alarm.version.product_id)
    )
    found = ways(alarm, draft, now).tightenings
    if not found:
        raise WrongState(_("Nothing that this run fails can be set stricter than the draft has it."))
    if unknown := sorted(set(only or ()) - found.keys()):
        message = _("The alarm does not offer to tighten this: %(names)s.") % {"names": ", ".join(unknown)[:_SHOWN]}
        raise InvalidInput(message, fields={"behaviors": [message]})
    settings = {key: each.value for key, each in found.items() if only is None or key in only}
    return edit_draft(draft, settings=settings, seen=draft.revision, origin={"alarm": alarm.pk}, by=by, now=now)


def answer_refusal(alarm: Alarm, *, by: Actor) -> DomainError | None:
    """Why somebody cannot acknowledge it; None if they can."""
    if alarm.state != Alarm.State.OPEN:
        who = alarm.answered_by or "Brightline"
        return WrongState(_("%(name)s answered this alarm already. Look at how.") % {"name": who})
    return by.refusal(Permission.ACTIVATE)


def _end(alarm: Alarm, state: Alarm.State, who: Actor, now: datetime, *, answer: int | None = None) -> None:
    alarm.state, alarm.answered_at, alarm.answered_by, alarm.answer_id = state, now, who.name, answer
    alarm.save(update_fields=["state", "answered_at", "answered_by", "answer", "reason"])
    data: dict[str, Any] = {"alarm": alarm.pk, "run": alarm.run_id, "state": str(state)}
    if answer is not None:
        data["answer"] = answer
    if alarm.reason:
        data["reason"] = personal(alarm.reason)
    note(Kind.ALARM_ANSWERED, alarm, by=who, now=now, data=data)
