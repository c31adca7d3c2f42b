"""Runs: fixing what will be asked, asking for it, ending it early, going on with it, and what people say of a trial."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from audits import dispatch
from audits.checks import judging, probes, protocols
from audits.checks.protocols import MOST_TRIALS, Sampling, Target
from audits.log.disclosures import personal
from audits.models import Endpoint, Judgement, Protocol, Run, Suite, Trial
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions import endpoints
from profiles.actions.alarms import settle_alarms
from profiles.actions.base import Subject, action, note, subject
from profiles.actions.budgets import cost_of, need_budget, rest_of
from profiles.actions.findings import record_findings
from profiles.actions.run_money import money_of, need_prices, need_room
from profiles.actions.text import clean_text
from profiles.errors import InvalidInput, WrongState
from profiles.models import Organization, Version
from profiles.queries.tested import profile_of
from profiles.resolution.document import canonical

MOST_OPEN: Final = 3  # runs of an organization at once
_ENDED: Final = (Run.State.FINISHED, Run.State.CANCELLED)
BY_ITSELF: Final = (Run.Trigger.SCHEDULE, Run.Trigger.SUBMISSION, Run.Trigger.DRIFT)  # in somebody's name
JUDGED: Final = (Trial.Outcome.PASS, Trial.Outcome.FAIL, Trial.Outcome.UNCLEAR)


class Busy(WrongState):
    """Other runs are going on; it can begin once one of them has ended."""


@subject.register
def _protocol(thing: Protocol) -> Subject:
    return _about(thing.version, f"protocol {thing.pk}")


@subject.register
def _run(thing: Run) -> Subject:
    return _about(thing.protocol.version, f"run {thing.pk}")


@subject.register
def _trial(thing: Trial) -> Subject:
    return _about(thing.run.protocol.version, f"trial {thing.position + 1} of run {thing.run_id}")


def _about(version: Version, target: str) -> Subject:
    return Subject(version.product.organization.slug, version.product.slug, target, version.number)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be tested on what.

    Args:
        cap: the most that a run may cost, in the currency of its endpoints' prices.
    """

    platform: str
    suite: Suite
    endpoint: Endpoint
    judge: Endpoint | None = None
    sampling: Sampling = field(default_factory=Sampling)
    cap: Decimal | None = None


def planned_protocol(version: Version, plan: Plan, now: datetime) -> dict[str, Any]:
    """What ``fix_protocol`` would put on record now, to be shown before.

    Raises:
        InvalidInput, WrongState: whatever ``fix_protocol`` would raise.
    """
    return _document(version, _fitting(version, plan), now)


@action(Kind.PROTOCOL_FIXED)
def fix_protocol(version: Version, *, plan: Plan, by: Actor, now: datetime) -> tuple[Protocol, bool]:
    """Fix what runs of a version will do, and put it on record; returns it and whether it is new.

    Raises:
        InvalidInput: the version does not run on the platform, the suite says nothing about it, or it would be more
            trials than a run may have; or a cap without prices to keep it by.
        WrongState: an endpoint was removed.
    """
    by.require(Permission.RUN_CHECK)
    plan = _fitting(version, plan)
    document = _document(version, plan, now)
    data = canonical(document)
    digest = protocols.digest_of(data)
    if known := Protocol.objects.select_related("version__product__organization").filter(digest=digest).first():
        return known, False
    told = {
        "digest": digest,
        "suite": document["suite"],
        "target": document["target"],
        "judge": document["judge"],
        "trials": document["trials"],
        "instructions": document["instructions"]["digest"],
        **({"money": document["money"]} if "money" in document else {}),
    }
    entry = note(
        Kind.PROTOCOL_FIXED,
        version,
        by=by,
        now=now,
        target=f"protocol {digest[7:19]}",
        rulebooks=document["rulebooks"],
        after=told,
    )
    protocol = Protocol.objects.create(
        version=version,
        platform=plan.platform,
        suite=plan.suite,
        endpoint=plan.endpoint,
        judge=plan.judge,
        document=data,
        digest=digest,
        planned=document["trials"],
        currency=document["money"]["currency"] if "money" in document else "",
        entry_id=entry.pk,
        fixed_at=now,
        fixed_by=by.name,
    )
    return protocol, True


def _fitting(version: Version, plan: Plan) -> Plan:
    """The plan with the endpoints that stand where its own do."""
    need_usable(version.product.organization_id, (plan.suite,), plan.endpoint, plan.judge)
    judge = endpoints.standing(plan.judge) if plan.judge else None
    return replace(plan, endpoint=endpoints.standing(plan.endpoint) or plan.endpoint, judge=judge)


def need_usable(organization: int, suites: Iterable[Suite], endpoint: Endpoint, judge: Endpoint | None) -> None:
    """
    Raises:
        InvalidInput: one of them is another organization's, or a model would judge itself.
        WrongState: an endpoint was removed.
    """
    for each in filter(None, (endpoint, judge)):
        if each.organization_id != organization:
            raise InvalidInput(_("This endpoint belongs to another organization."))
        if endpoints.standing(each) is None:
            raise WrongState(removed_words(each))
    if any(suite.organization_id not in (None, organization) for suite in suites):
        raise InvalidInput(_("This suite belongs to another organization."))
    if judge and judge.model == endpoint.model and judge.url == endpoint.url:
        message = _("A model cannot judge its own replies. Choose another one as the judge.")
        raise InvalidInput(message, fields={"judge": [message]})


def removed_words(endpoint: Endpoint) -> str:
    """What to do where nothing stands at the address of an endpoint any more."""
    message = _(
        "The endpoint %(name)s was removed. Add one with the same address, model and format again, or start a new run "
        "on another endpoint."
    )
    return message % {"name": endpoint.name}


def _document(version: Version, plan: Plan, now: datetime) -> dict[str, Any]:
    profile = profile_of(version, plan.platform, now=now)
    if profile is None:
        message = _("Version %(number)d does not run on %(platform)s.") % {
            "number": version.number,
            "platform": plan.platform,
        }
        raise InvalidInput(message, fields={"platform": [message]})
    suite = probes.parse_json(bytes(plan.suite.document))
    document = protocols.protocol_document(
        suite,
        profile,
        target=_target(plan.endpoint),
        judge=_target(plan.judge) if plan.judge else None,
        judging=_judging(suite),
        sampling=plan.sampling,
        money=money_of(plan.endpoint, plan.judge, plan.cap),
    )
    if not document["trials"]:
        message = _("No probe of this suite applies to the profile, so there is nothing to run.")
        raise InvalidInput(message, fields={"suite": [message]})
    if document["trials"] > MOST_TRIALS:
        message = _("These would be %(trials)d trials; a run has at most %(most)d.") % {
            "trials": document["trials"],
            "most": MOST_TRIALS,
        }
        raise InvalidInput(message, fields={"suite": [message]})
    need_room(suite, document)
    return document


def _judging(suite: probes.Suite) -> dict[str, Any]:
    """How a judge is asked: its votes, and by question the digest of what it gets besides the reply."""
    asked = [probe.grade.judge for probe in suite.probes if probe.grade.judge]
    prompts = sorted({judging.prompt_digest(one) for one in asked})
    return {"votes": judging.VOTES, "prompts": prompts, "agreement": str(judging.AGREEMENT)}


def _target(endpoint: Endpoint) -> Target:
    told = endpoints.shown(endpoint)
    return Target(told["dialect"], told["address"], told["model"], told["rehearsal"])


@action(Kind.RUN_REQUESTED)
def request_run(protocol: Protocol, *, trigger: Run.Trigger = Run.Trigger.REQUEST, by: Actor, now: datetime) -> Run:
    """Plan every trial of a run; a worker begins once this is committed. With the trigger ``COMMAND`` the caller
    carries it out itself.

    Raises:
        Busy: one of this protocol is open, or as many as may be are.
        OverBudget: it does not fit into what is left of the month.
        WrongState: an endpoint was removed meanwhile, or its prices are others now.
    """
    by.require(Permission.RUN_CHECK)
    organization = protocol.version.product.organization
    type(organization).objects.select_for_update().get(pk=organization.pk)
    _fitting(protocol.version, Plan(protocol.platform, protocol.suite, protocol.endpoint, protocol.judge))
    document = json.loads(bytes(protocol.document))
    need_prices(protocol, document)
    need_turn(organization, protocol.digest)
    need_budget(organization, cost_of(document), now=now)
    run = Run.objects.create(
        protocol=protocol,
        trigger=trigger,
        requested_by=by.name,
        requested_by_id=by.on_behalf_of if trigger in BY_ITSELF else by.id,
        requested_at=now,
        sent_at=now,
    )
    _plan_trials(run)
    data = {"run": run.pk, "protocol": protocol.digest, "trials": protocol.planned, "trigger": str(trigger)}
    note(Kind.RUN_REQUESTED, run, by=by, now=now, data=data)
    if trigger is not Run.Trigger.COMMAND:
        dispatch.send_run(run.pk)
    return run


def need_turn(organization: Organization, digest: str) -> None:
    """
    Args:
        digest: of the protocol.

    Raises:
        Busy: one of this protocol is open, or as many as may be are.
    """
    opened = Run.objects.filter(protocol__version__product__organization=organization, state=Run.State.OPEN)
    if opened.filter(protocol__digest=digest).exists():
        raise Busy(_("A run of this protocol is going on. Wait for its end, or cancel it."))
    if opened.count() >= MOST_OPEN:
        message = _("%(most)d runs are going on, which is the most at once. Wait for one of them to end.")
        raise Busy(message % {"most": MOST_OPEN})


def _plan_trials(run: Run) -> None:
    protocol = run.protocol
    suite = probes.parse_json(bytes(protocol.suite.document))
    planned = protocols.planned_of(suite, json.loads(bytes(protocol.document)))
    Trial.objects.bulk_create([Trial(run=run, **asdict(one)) for one in planned], batch_size=1_000)


@action(Kind.RUN_CANCELLED)
def cancel_run(run: Run, *, by: Actor, now: datetime) -> Run:
    """Ask for its end: no request begins more than two seconds later, and what was answered is kept.

    Raises:
        WrongState: it has ended, or somebody asked already.
    """
    by.require(Permission.RUN_CHECK)
    row = _locked(run)
    if row.state != Run.State.OPEN:
        raise WrongState(_("This run has ended."))
    if row.cancel_at is not None:
        raise WrongState(_("Somebody asked for its end already."))
    row.cancel_at = now
    row.save()
    note(Kind.RUN_CANCELLED, row, by=by, now=now)
    dispatch.send_run(row.pk)  # if no worker has it, one comes and ends it
    return row


@action(Kind.RUN_RESUMED)
def resume_run(run: Run, *, by: Actor, now: datetime) -> Run:
    """Go on with an interrupted run: only what has no outcome yet is asked.

    Raises:
        WrongState: it was not interrupted, another run of its protocol is going on, or an endpoint was removed.
        OverBudget: what is left of it does not fit into what is left of the month.
    """
    by.require(Permission.RUN_CHECK)
    row = _locked(run)
    if row.state != Run.State.INTERRUPTED:
        raise WrongState(_("Only a run that was interrupted can be resumed."))
    if Run.objects.filter(protocol=row.protocol, state=Run.State.OPEN).exists():
        raise WrongState(_("A run of this protocol is going on. Wait for its end, or cancel it."))
    for endpoint in filter(None, (row.protocol.endpoint, row.protocol.judge)):
        if endpoints.standing(endpoint) is None:
            raise WrongState(removed_words(endpoint))
    need_budget(row.protocol.version.product.organization, rest_of(row), now=now)
    row.state, row.attempts, row.sent_at, row.failure, row.finished_at = Run.State.OPEN, 0, now, "", None
    row.save()
    note(Kind.RUN_RESUMED, row, by=by, now=now)
    dispatch.send_run(row.pk)
    return row


@action(Kind.TRIAL_JUDGED)
def judge_trial(trial: Trial, *, outcome: str, reason: str, by: Actor, now: datetime) -> Judgement:
    """Say what a trial shows, against the program's own grade or where it had none. Both stand side by side.

    Raises:
        InvalidInput: not an outcome that a person can give, or no reason.
        WrongState: there is no answer that could be judged.
    """
    by.require(Permission.RUN_CHECK)
    if trial.outcome not in JUDGED:
        raise WrongState(_("There is no answer in this trial that could be judged."))
    if outcome not in JUDGED:
        message = _("Choose pass, fail or unclear.")
        raise InvalidInput(message, fields={"outcome": [message]})
    reason = clean_text(reason, field="reason", most=1_000, required=True)
    run = _locked(trial.run)  # findings follow one judgement after the other
    row = Judgement.objects.create(trial=trial, outcome=outcome, reason=reason, by=by.name, by_id=by.id, at=now)
    note(
        Kind.TRIAL_JUDGED,
        trial,
        by=by,
        now=now,
        before={"outcome": trial.outcome},
        after={"outcome": outcome},
        data={"behavior": trial.behavior, "probe": trial.probe, "reason": personal(reason)},
    )
    if run.state in _ENDED:
        record_findings(run, now=now)
        settle_alarms(run.protocol.version.product, by=by, now=now)
    return row


def _locked(run: Run) -> Run:
    rows = Run.objects.select_for_update(of=("self",)).select_related("protocol__version__product__organization")
    return rows.get(pk=run.pk)
