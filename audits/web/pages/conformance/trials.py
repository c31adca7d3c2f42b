"""The trials of a run as a list: filtered, and paged by their positions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Self
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from msgspec import Struct

from audits import queries as audit_queries
from audits.conformance import reads
from audits.models import Judgement, Run, Trial
from audits.web.pages.conformance import words
from audits.web.presenters.conformance import TrialLine, TrialsPage
from audits.web.presenters.trail import Choice
from profiles.access import Actor
from profiles.web.presenters.parts import Crumb, Pager

PLANNED: Final = "planned"  # in addresses, for the outcome that is none yet
YES: Final = "yes"
_BIGGEST: Final = 2**31 - 1


class Asked(Struct, frozen=True):
    """What an address asks for; what it names and is not known counts as nothing."""

    outcome: str = ""
    behavior: str = ""
    probe: str = ""
    refused: str = ""  # by whom
    person: bool = False  # only what nobody could decide yet
    after: int | None = None
    before: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        outcome, refused = query.get("outcome", ""), query.get("refused", "")
        known = outcome if outcome == PLANNED or (outcome and outcome in Trial.Outcome.values) else ""
        return cls(
            outcome=known,
            behavior=query.get("behavior", "")[:80],
            probe=query.get("probe", "").replace("\x00", "")[:120],
            refused=refused if refused in words.REFUSERS else "",
            person=query.get("person", "") == YES,
            after=_number(query.get("after")),
            before=_number(query.get("before")),
        )

    def of_run(self, run: Run) -> QuerySet[Trial]:
        rows = run.trials.all()
        if self.outcome:
            rows = rows.filter(outcome="" if self.outcome == PLANNED else self.outcome)
        if self.person:
            rows = reads.undecided(rows)
        named = {"behavior": self.behavior, "probe": self.probe, "refused_by": self.refused}
        return rows.filter(**{name: value for name, value in named.items() if value})

    @property
    def chosen(self) -> dict[str, str]:
        """What narrows the list, as an address has it."""
        told = {
            "outcome": self.outcome,
            "behavior": self.behavior,
            "probe": self.probe,
            "refused": self.refused,
            "person": YES if self.person else "",
        }
        return {name: value for name, value in told.items() if value}

    def href(self, run: Run, name: str = "run_trials", **place: int) -> str:
        text = urlencode({**self.chosen, **place})
        here = reverse(name, args=[run.pk])
        return f"{here}?{text}" if text else here


def _number(text: str | None) -> int | None:
    found = text is not None and text.isascii() and text.isdecimal() and len(text) < 12
    return min(int(text), _BIGGEST) if found and text else None


def crumbs(run: Run) -> tuple[Crumb, ...]:
    return (
        Crumb(_("Conformance"), reverse("conformance")),
        Crumb(_("Run %(number)d") % {"number": run.pk}, reverse("run", args=[run.pk])),
    )


def build_trials(actor: Actor, run: Run, asked: Asked) -> TrialsPage:
    document, names = reads.document_of(run), audit_queries.behavior_names()
    piece = reads.trials_page(asked.of_run(run), after=asked.after, before=asked.before)
    judged = _judged(actor, piece.trials)
    return TrialsPage(
        title=_("Trials of run %(number)d") % {"number": run.pk},
        crumbs=crumbs(run),
        rehearsal=run.protocol.endpoint.rehearsal,
        outcomes=tuple(_outcomes(run, asked)),
        behaviors=tuple(_behaviors(document, names, asked)),
        probes=tuple(_probes(document, asked)),
        refusers=tuple(_refusers(asked)),
        persons=tuple(_persons(asked)),
        trials=tuple(_line(run, row, names, judged) for row in piece.trials),
        pager=_pager(run, asked, piece),
        empty=_("No trial is like this."),
        here=reverse("run_trials", args=[run.pk]),
        all_href=reverse("run_trials", args=[run.pk]) if asked.chosen else "",
        file_href=asked.href(run, "run_trials_file"),
        csv_href=asked.href(run, "run_trials_csv"),
    )


def _judged(actor: Actor, rows: list[Trial]) -> dict[int, str]:
    """What people said last, by the trial's id."""
    found = Judgement.objects.of(actor).filter(trial__in=[row.pk for row in rows]).order_by("pk")
    return dict(found.values_list("trial_id", "outcome"))


def _outcomes(run: Run, asked: Asked) -> Iterator[Choice]:
    counts = audit_queries.trial_counts(run)
    yield Choice("", _("Every outcome (%(count)s)") % {"count": words.number(sum(counts.values()))}, not asked.outcome)
    for outcome, (_tone, text) in words.TRIALS.items():
        value = outcome or PLANNED
        told = {"outcome": str(text) if outcome else _("to come"), "count": words.number(counts[value])}
        yield Choice(value, _("%(outcome)s (%(count)s)") % told, value == asked.outcome)


def _behaviors(document: Mapping[str, Any], names: Mapping[str, str], asked: Asked) -> Iterator[Choice]:
    yield Choice("", _("Every behavior"), not asked.behavior)
    keys = reads.behaviors_of(document)
    for key in sorted(keys, key=lambda key: names.get(key, key).casefold()):
        yield Choice(key, names.get(key, key), key == asked.behavior)


def _probes(document: Mapping[str, Any], asked: Asked) -> Iterator[Choice]:
    """Those of the behavior that is chosen, or all."""
    yield Choice("", _("Every probe"), not asked.probe)
    for each in document["commitments"]:
        if asked.behavior in ("", each["behavior"]):
            for probe in each["probes"]:
                yield Choice(probe["id"], probe["id"], probe["id"] == asked.probe)


def _refusers(asked: Asked) -> Iterator[Choice]:
    yield Choice("", _("Whoever refused, or nobody"), not asked.refused)
    for name, text in words.REFUSERS.items():
        yield Choice(name, str(text), name == asked.refused)


def _persons(asked: Asked) -> Iterator[Choice]:
    yield Choice("", _("Decided or not"), not asked.person)
    yield Choice(YES, _("Needs a person"), asked.person)


def _line(run: Run, row: Trial, names: Mapping[str, str], judged: Mapping[int, str]) -> TrialLine:
    said = judged.get(row.pk, "")
    return TrialLine(
        position=row.position + 1,
        href=reverse("run_trial", args=[run.pk, row.position]),
        name=names.get(row.behavior, row.behavior),
        key=row.behavior,
        probe=f"{row.probe} · {row.variant}",
        epoch=_("repetition %(n)d") % {"n": row.epoch + 1},
        pill=words.trial_pill(row.outcome),
        reason=words.reason_words(row.reason),
        judged=_("Judged: %(outcome)s") % {"outcome": words.trial_pill(said).text} if said else "",
    )


def _pager(run: Run, asked: Asked, piece: reads.Piece) -> Pager:
    text = words.trials_words(len(piece.trials))
    if piece.trials:
        told = {"first": piece.trials[0].position + 1, "last": piece.trials[-1].position + 1}
        text = _("Trials %(first)d to %(last)d") % told
    newer = asked.href(run, before=piece.before) if piece.before is not None else ""
    older = asked.href(run, after=piece.after) if piece.after is not None else ""
    return Pager(text, newer, older)
