"""A finding as a card: the promise, how many trials kept it, how sure that is, and why it came out so."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits import queries as audit_queries
from audits.models import Finding, Run
from audits.web.pages.conformance import words
from audits.web.presenters.conformance import FindingCard, PartLine
from profiles.models import RulebookRevision
from profiles.rulebook.model import Rulebook
from profiles.web.presenters.parts import Citation


class Cards:
    """Cards of one run.

    Args:
        judged: by behavior, how many judgements of people there are.
    """

    def __init__(
        self, run: Run, document: Mapping[str, Any], names: Mapping[str, str], judged: Mapping[str, int]
    ) -> None:
        self.run, self.document, self.names, self.judged = run, document, names, judged
        self.promises = {each["behavior"]: each["promise"] for each in document["commitments"]}

    @cached_property
    def book(self) -> tuple[RulebookRevision, Rulebook] | None:
        """The rulebook of the platform that the version was made against."""
        found = audit_queries.revisions(list(self.document["rulebooks"]))
        revision = next((each for each in found.values() if each.platform == self.run.protocol.platform), None)
        return (revision, revision.rulebook()) if revision else None

    def card(self, row: Finding) -> FindingCard:
        key = row.behavior
        return FindingCard(
            key=key,
            name=self.names.get(key, key),
            pill=words.finding_pill(row.outcome),
            promise=self.promises.get(key, ""),
            share=share_words(row),
            interval=words.interval_words(row.low, row.high) if row.low is not None and row.high is not None else "",
            bar=bar_of(row),
            parts=tuple(self._part(part) for part in row.parts),
            trials_href=self._trials(behavior=key),
            failures_href=self._trials(behavior=key, outcome="fail") if row.trials > row.passed else "",
            citation=self._citation(key),
            judged=_judged(self.judged.get(key, 0)),
        )

    def _part(self, part: Mapping[str, Any]) -> PartLine:
        told = {"passed": words.number(part["passed"]), "planned": words.number(part["planned"])}
        text = ngettext("%(passed)s of %(planned)s trial", "%(passed)s of %(planned)s trials", part["planned"]) % told
        why = words.why_words(part, self.document["max_invalid"])
        tone = words.FINDINGS[Finding.Outcome(part["outcome"])][0]
        direction = str(words.DIRECTIONS[part["direction"]])
        return PartLine(direction, words.kind_words(part), text, why, words.bound_words(part), tone)

    def _trials(self, **query: str) -> str:
        return f"{reverse('run_trials', args=[self.run.pk])}?{urlencode(query)}"

    def _citation(self, key: str) -> Citation | None:
        if self.book is None or key not in self.book[1].behaviors:
            return None
        revision, book = self.book
        citation = book.behaviors[key].citation
        here = reverse("rulebook", args=[revision.platform, revision.revision])
        return Citation(citation.section, f"{here}#{key}", citation.document.title)


def share_words(row: Finding) -> str:
    """k of n, and what of n has no outcome."""
    if not row.trials:
        return _("No trial has an outcome")
    told = {
        "passed": words.number(row.passed),
        "trials": words.number(row.trials),
        "rest": words.number(row.planned - row.trials),
    }
    text = ngettext("Kept in %(passed)s of %(trials)s trial", "Kept in %(passed)s of %(trials)s trials", row.trials)
    if row.planned == row.trials:
        return text % told
    more = ngettext("%(rest)s more has no outcome", "%(rest)s more have no outcome", row.planned - row.trials)
    return f"{text % told}; {more % told}"


def bar_of(row: Finding) -> tuple[str, str, str] | None:
    if row.low is None or row.high is None or not row.trials:
        return None
    share = row.passed / row.trials
    numbers = (row.low, max(row.high - row.low, 0.005), min(share, 0.994))
    low, width, at = (f"{number * 100:.1f}" for number in numbers)
    return low, width, at


def _judged(count: int) -> str:
    if not count:
        return ""
    text = ngettext("People judged %(n)s trial of it.", "People judged %(n)s trials of it.", count)
    return text % {"n": words.number(count)}
