"""One run: how far it is, what it says of each commitment, and what was fixed before it began."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits import queries as audit_queries
from audits.checks.prices import Money
from audits.conformance import reads
from audits.conformance.spending import taken_by_run
from audits.models import Endpoint, Finding, Judgement, Run, Trial
from audits.web.pages.conformance import costs, words
from audits.web.pages.conformance.comparison import compare_actions
from audits.web.pages.conformance.departures import departed
from audits.web.pages.conformance.findings import Cards
from audits.web.pages.conformance.schedules import CAUSES
from audits.web.presenters.conformance import Fact, Failure, RunPage
from audits.web.presenters.rechecks import Bar, Count
from profiles.access import Actor, Permission
from profiles.actions.endpoints import standing
from profiles.actions.runs import removed_words
from profiles.queries import open_alarms
from profiles.web.pages import words as said
from profiles.web.pages.alerts import alarm_bars
from profiles.web.pages.states import run_pill
from profiles.web.presenters.parts import Action, Crumb, Message, When

FAILURES: Final = 5  # that are shown at the top


@dataclass
class Look:
    """Everything that the page is built from.

    Args:
        announced: the quarter that was announced last, -1 for none.
    """

    run: Run
    actor: Actor
    now: datetime
    announced: int = -1

    @cached_property
    def document(self) -> dict[str, Any]:
        return reads.document_of(self.run)

    @cached_property
    def counts(self) -> dict[str, int]:
        return audit_queries.trial_counts(self.run)

    @cached_property
    def names(self) -> Mapping[str, str]:
        return audit_queries.behavior_names()

    @cached_property
    def findings(self) -> list[Finding]:
        rows = Finding.objects.of(self.actor).said_by([self.run])[self.run.pk].values()
        return sorted(rows, key=lambda row: (list(words.FINDINGS).index(Finding.Outcome(row.outcome)), row.behavior))

    @cached_property
    def judged(self) -> dict[str, int]:
        """How many judgements of people there are, by behavior."""
        found: dict[str, int] = {}
        for key in (
            Judgement.objects.of(self.actor).filter(trial__run=self.run).values_list("trial__behavior", flat=True)
        ):
            found[key] = found.get(key, 0) + 1
        return found

    @cached_property
    def removed(self) -> Endpoint | None:
        """One that it asks, in the place of which nothing stands any more."""
        asked = filter(None, (self.run.protocol.endpoint, self.run.protocol.judge))
        return next((each for each in asked if standing(each) is None), None)

    @property
    def done(self) -> int:
        return self.run.protocol.planned - self.counts["planned"]

    @property
    def quarter(self) -> int:
        return self.done * 100 // max(self.run.protocol.planned, 1) // 25 * 25

    def trials_href(self, **query: str) -> str:
        here = reverse("run_trials", args=[self.run.pk])
        return f"{here}?{urlencode(query)}" if query else here


def build_run(look: Look) -> RunPage:
    run, document = look.run, look.document
    protocol = run.protocol
    here = reverse("run", args=[run.pk])
    is_open = run.state == Run.State.OPEN
    may = look.actor.may(Permission.RUN_CHECK)
    cards = Cards(look.run, document, look.names, look.judged)
    return RunPage(
        pk=run.pk,
        title=_("Run %(number)d of %(product)s") % {"number": run.pk, "product": protocol.version.product.name},
        crumbs=(
            Crumb(_("Conformance"), reverse("conformance")),
            Crumb(protocol.version.product.name, reverse("product", args=[protocol.version.product.slug])),
        ),
        lead=_lead(run),
        pill=run_pill(run),
        rehearsal=bool(document["target"]["rehearsal"] or (document["judge"] or {}).get("rehearsal")),
        messages=tuple(_messages(look)),
        bar=_bar(look),
        counts=tuple(_counts(look)),
        when=tuple(_when(look)),
        failures=tuple(_failures(look)),
        failures_more=_more(look),
        findings=tuple(cards.card(row) for row in look.findings if row.outcome != Finding.Outcome.NOT_COVERED),
        summary=_summary(look),
        missing=tuple(words.not_covered(document, look.names)),
        missing_count=len(document["not_covered"]),
        facts=tuple(_facts(look)),
        agreement=tuple(_agreement(run)),
        protocol=json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True),
        instructions=document["instructions"]["text"],
        entry_href=reverse("trail_entry", args=[protocol.entry_id]) if look.actor.may(Permission.VIEW_TRAIL) else "",
        trials_href=look.trials_href(),
        file_href=reverse("run_trials_file", args=[run.pk]),
        here=here,
        poll_href=f"{here}?said={look.quarter}" if is_open else "",
        quarter=look.quarter,
        cancel_href=reverse("run_cancel", args=[run.pk]) if is_open and may and run.cancel_at is None else "",
        resume_href=reverse("run_resume", args=[run.pk]) if _can_resume(look) and may else "",
        departed=departed(run),
        compare=compare_actions(look.actor, run),
        trend_href=reverse("product_trend", args=[protocol.version.product.slug]),
        spent=tuple(costs.spent(taken_by_run(run, document), has_judge=document["judge"] is not None)),
        again=_again(run) if may and not is_open else None,
    )


def _again(run: Run) -> Action:
    return Action(_("Plan it again"), f"{reverse('conformance_start')}?again={run.pk}", "play")


def _can_resume(look: Look) -> bool:
    return look.run.state == Run.State.INTERRUPTED and look.removed is None


def _lead(run: Run) -> str:
    protocol = run.protocol
    told = {
        "number": protocol.version.number,
        "platform": said.platform_words(protocol.platform),
        "model": protocol.endpoint.model,
        "suite": protocol.suite.title,
        "suite_number": protocol.suite.number,
    }
    return (
        _("Version %(number)d for %(platform)s, asked of the model %(model)s with “%(suite)s” %(suite_number)d.") % told
    )


# How it goes


def _bar(look: Look) -> Bar:
    planned = look.run.protocol.planned
    told = {"done": words.number(look.done), "planned": words.number(planned)}
    text = ngettext("%(done)s of %(planned)s trial has ended", "%(done)s of %(planned)s trials have ended", planned)
    return Bar(look.done, planned, text % told)


def _counts(look: Look) -> Iterator[Count]:
    """Trials by how they ended; together they are those that were planned."""
    for outcome, (_tone, text) in words.TRIALS.items():
        value = outcome or "planned"
        count = look.counts[value]
        label = str(text) if outcome else _("to come")
        yield Count(label, count, look.trials_href(outcome=value) if count else "")


def _when(look: Look) -> Iterator[tuple[str, When, str]]:
    run = look.run
    yield _("Asked for"), When.of(run.requested_at, look.now), run.requested_by
    if run.started_at:
        yield _("Began"), When.of(run.started_at, look.now), ""
    if run.finished_at:
        yield _("Ended"), When.of(run.finished_at, look.now), ""


def _messages(look: Look) -> Iterator[Message]:
    """What has to be said before anything that was found."""
    run = look.run
    yield from alarm_bars(each for each in open_alarms(look.actor) if each.run_id == run.pk)
    if run.state == Run.State.FAILED:
        lead = _("The run could not begin. This says nothing about the model.")
        yield Message("bad", run.failure, lead=lead)
    if run.state == Run.State.INTERRUPTED:
        lead = _("The run was interrupted. What was answered is kept; resume it to go on with the rest.")
        yield Message("warn", run.failure, lead=lead)
    if run.state in (Run.State.FAILED, Run.State.INTERRUPTED) and look.removed:
        yield Message("note", removed_words(look.removed))
    if run.state == Run.State.CANCELLED and run.failure:
        lead = _("The run stopped before its cap. Trials that were not asked are skipped, and count as planned.")
        yield Message("warn", run.failure, lead=lead)
    elif run.state == Run.State.CANCELLED:
        text = _("The run was cancelled. Trials that were not asked are skipped, and count as planned.")
        yield Message("warn", text)
    if run.state == Run.State.OPEN and run.cancel_at:
        yield Message("note", _("It is ending: no further request begins, and what was answered is kept."))
    elif run.state == Run.State.OPEN and run.started_at is None:
        yield Message(
            "note", _("It begins as soon as its protocol stands in a signed checkpoint and a worker is free.")
        )


def _failures(look: Look) -> Iterator[Failure]:
    for trial in reads.first_failures(look.run, FAILURES):
        told = {"position": trial.position + 1, "probe": trial.probe}
        yield Failure(
            href=reverse("run_trial", args=[look.run.pk, trial.position]),
            name=look.names.get(trial.behavior, trial.behavior),
            text=_("Trial %(position)d, probe %(probe)s") % told,
            reason=words.reason_words(trial.reason),
        )


def _more(look: Look) -> Action | None:
    count = look.counts[Trial.Outcome.FAIL]
    if count <= FAILURES:
        return None
    text = _("All %(count)s trials that failed") % {"count": words.number(count)}
    return Action(text, look.trials_href(outcome="fail"), "list")


def _summary(look: Look) -> tuple[Count, ...]:
    counts: dict[str, int] = {}
    for row in look.findings:
        counts[row.outcome] = counts.get(row.outcome, 0) + 1
    return tuple(words.finding_counts(counts)) if counts else ()


# What was fixed before


def _facts(look: Look) -> Iterator[Fact]:
    run, document = look.run, look.document
    target, sampling, judge = document["target"], document["sampling"], document["judge"]
    yield Fact(_("Started"), str(CAUSES[run.trigger]))
    yield Fact(_("Protocol"), run.protocol.digest, code=True)
    yield Fact(_("Version"), _("%(number)d of %(product)s") % _version(run))
    suite = document["suite"]
    yield Fact(_("Suite"), _("%(name)s %(number)d, %(digest)s") % {**suite, "digest": words.short(suite["digest"])})
    yield Fact(_("Model"), words.model_words(target["model"], target["reported"] or ", ".join(reads.reported(run))))
    yield Fact(_("Endpoint"), f"{target['address']} ({words.dialect_words(target['dialect'])})")
    yield Fact(_("Sampling"), _sampling(sampling))
    yield Fact(_("Judge"), _judge(judge))
    yield Fact(_("Trials planned"), words.number(document["trials"]))
    yield from (Fact(label, text) for label, text in costs.estimated(document))
    yield from _prices(Money.of(document))
    most = words.percent(document["max_invalid"])
    yield Fact(_("Without an outcome, at most"), _("%(share)s of the trials of a commitment") % {"share": most})
    yield Fact(_("Instructions"), document["instructions"]["digest"], code=True)
    if document.get("canary"):
        yield Fact(_("Mark behind them, which must not come back"), document["canary"], code=True)
    if run.digest:
        yield Fact(_("All trials"), run.digest, code=True)


def _version(run: Run) -> dict[str, Any]:
    return {"number": run.protocol.version.number, "product": run.protocol.version.product.name}


def _sampling(sampling: Mapping[str, Any]) -> str:
    told = {
        "temperature": number_format(sampling["temperature"], decimal_pos=1),
        "tokens": words.number(sampling["max_tokens"]),
        "seed": sampling["seed"],
    }
    if sampling["seed"] is None:
        return _("Temperature %(temperature)s, at most %(tokens)s tokens an answer, no seed") % told
    return _("Temperature %(temperature)s, at most %(tokens)s tokens an answer, seed %(seed)s and on") % told


def _prices(money: Money | None) -> Iterator[Fact]:
    """As the protocol fixed them; those of an endpoint may be others by now."""
    if money and money.target:
        yield Fact(_("Prices of the model"), words.prices(money.target))
    if money and money.judge:
        yield Fact(_("Prices of the judge"), words.prices(money.judge))


def _judge(judge: Mapping[str, Any] | None) -> str:
    if judge is None:
        return _("None: rules alone decide")
    told = {"model": judge["model"], "votes": judge["votes"]}
    text = _("%(model)s, %(votes)s votes on each reply")
    return text % told


def _agreement(run: Run) -> Iterator[Fact]:
    """How the judge did on the labelled replies, question by question."""
    for name, each in sorted((run.agreement or {}).items()):
        told = {"right": each["right"], "labelled": each["labelled"]}
        if each["counts"]:
            text = _("%(right)d of %(labelled)d labelled replies right: its votes count") % told
        else:
            text = _("%(right)d of %(labelled)d labelled replies right: its votes do not count") % told
        yield Fact(name, text)
