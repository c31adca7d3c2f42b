"""One trial: what was said, what decided, and what people say of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from audits import queries as audit_queries
from audits.checks.prices import Money
from audits.conformance import reads
from audits.conformance.concluding import CAPPED
from audits.models import Judgement, Run, Trial
from audits.web.pages.conformance import costs, words
from audits.web.pages.conformance.trials import crumbs
from audits.web.pages.conformance.visible import pieces, spans_of
from audits.web.presenters.conformance import Fact, JudgementLine, Said, TrialPage, VoteLine
from audits.web.presenters.trail import Choice
from profiles.access import Actor, Permission
from profiles.actions.runs import JUDGED
from profiles.web.pages.typed import TypedForm, texts
from profiles.web.presenters.parts import Crumb, Pill, When


@dataclass(frozen=True, slots=True)
class TypedJudgement(TypedForm):
    outcome: str = ""
    reason: str = ""

    @classmethod
    def read(cls, form: QueryDict) -> Self:
        return cls(**{name: text.replace("\x00", "") for name, text in texts(form, "outcome", "reason").items()})


def build_trial(actor: Actor, run: Run, trial: Trial, typed: TypedJudgement, now: datetime) -> TrialPage:
    document = reads.document_of(run)
    name = audit_queries.behavior_names().get(trial.behavior, trial.behavior)
    rows = list(Judgement.objects.of(actor).filter(trial=trial).order_by("-pk"))
    can = trial.outcome in JUDGED
    earlier, later = _neighbors(run, trial)
    return TrialPage(
        title=_("Trial %(position)d of run %(number)d") % {"position": trial.position + 1, "number": run.pk},
        crumbs=(*crumbs(run), Crumb(_("Trials"), reverse("run_trials", args=[run.pk]))),
        rehearsal=bool(document["target"]["rehearsal"]),
        pill=words.trial_pill(trial.outcome),
        name=name,
        key=trial.behavior,
        promise=_promise(document, trial.behavior),
        decided=_decided(trial),
        reason=words.reason_words(trial.reason),
        transcript=tuple(_said(trial)),
        empty=_empty(trial),
        facts=tuple(_facts(trial, document)),
        votes=tuple(_vote(each) for each in trial.votes),
        judgements=tuple(_judgement(row, now) for row in rows),
        judge_href=_judge_href(run, trial) if can and actor.may(Permission.RUN_CHECK) else "",
        cannot_judge="" if can else _("There is no answer in this trial that could be judged."),
        choices=tuple(Choice(each, str(words.TRIALS[each][1]), each == typed.outcome) for each in JUDGED),
        reason_typed=typed.reason,
        errors=dict(typed.errors),
        problems=typed.problems("judge"),
        earlier_href=earlier,
        later_href=later,
    )


def _judge_href(run: Run, trial: Trial) -> str:
    return reverse("trial_judge", args=[run.pk, trial.position])


def _neighbors(run: Run, trial: Trial) -> tuple[str, str]:
    """The addresses of the trials before and after it, empty at the ends."""
    at, planned = trial.position, run.protocol.planned
    earlier = reverse("run_trial", args=[run.pk, at - 1]) if at > 0 else ""
    return earlier, reverse("run_trial", args=[run.pk, at + 1]) if at + 1 < planned else ""


def _promise(document: Mapping[str, Any], key: str) -> str:
    return next((each["promise"] for each in document["commitments"] if each["behavior"] == key), "")


def _decided(trial: Trial) -> str:
    if trial.rule == "judge":
        return _("Decided by the votes of the judge")
    if trial.rule:
        return _("Decided by the rule %(rule)s") % {"rule": trial.rule}
    return ""


def _empty(trial: Trial) -> str:
    if trial.outcome == Trial.Outcome.PLANNED:
        return _("It was not asked yet.")
    if trial.outcome == Trial.Outcome.SKIPPED and trial.reason == CAPPED:
        return _("It was not asked, because the next request could pass the cap of the run.")
    if trial.outcome == Trial.Outcome.SKIPPED:
        return _("It was not asked, because the run ended before.")
    return _("Nothing was said.")


def _said(trial: Trial) -> Iterator[Said]:
    for at, message in enumerate(trial.transcript):
        is_model = message["role"] == "assistant"
        role = _("Model") if is_model else _("User")
        found = pieces(message["text"], spans_of(trial.deciding, at))
        yield Said(role, "model" if is_model else "user", found)


def _facts(trial: Trial, document: Mapping[str, Any]) -> Iterator[Fact]:
    told = {"probe": trial.probe, "variant": trial.variant, "n": trial.epoch + 1}
    yield Fact(_("Probe"), _("%(probe)s, variant %(variant)s, repetition %(n)d") % told)
    if trial.refused_by:
        yield Fact(_("Who refused"), str(words.REFUSERS.get(trial.refused_by, trial.refused_by)))
    yield Fact(_("Model asked"), document["target"]["model"])
    if trial.reported:
        yield Fact(_("It reports itself as"), trial.reported)
    if trial.fingerprint:
        yield Fact(_("Fingerprint"), trial.fingerprint, code=True)
    yield from (Fact(label, text) for label, text in costs.of_trial(trial, Money.of(document)))
    if trial.milliseconds:
        yield Fact(_("Time"), _("%(n)s ms") % {"n": words.number(trial.milliseconds)})


def _vote(vote: Mapping[str, Any]) -> VoteLine:
    tone, text = words.VOTES.get(vote.get("answer", "void"), words.VOTES["void"])
    void = str(words.VOIDS.get(vote.get("void", ""), ""))
    return VoteLine(Pill(tone, str(text)), pieces(vote.get("quote", "")), pieces(vote.get("reason", "")), void)


def _judgement(row: Judgement, now: datetime) -> JudgementLine:
    return JudgementLine(row.by, When.of(row.at, now), words.trial_pill(row.outcome), row.reason)
