"""What the check of instructions found, in the words of pages: the editor, the panel of changes and a version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.checks.lint import Finding, Severity
from profiles.web.presenters.parts import Message

TONES: Final = {Severity.FIX: "bad", Severity.EXPLAIN: "warn", Severity.NOTE: "note"}
TAGS: Final = {
    Severity.FIX: gettext_lazy("Fix"),
    Severity.EXPLAIN: gettext_lazy("Explain"),
    Severity.NOTE: gettext_lazy("Note"),
}
_LEADS: Final = {
    Severity.FIX: gettext_lazy("Fix this:"),
    Severity.EXPLAIN: gettext_lazy("Reviewers will ask:"),
    Severity.NOTE: gettext_lazy("Note:"),
}


def sentence(finding: Finding) -> str:
    """What is wrong, with the words that it is about."""
    return _("“%(quote)s” %(sentence)s") % {"quote": finding.quote, "sentence": _(finding.rule.sentence)}


def why(finding: Finding) -> str:
    return _(finding.rule.why)


def lint_messages(found: Iterable[Finding]) -> tuple[Message, ...]:
    """Findings as messages below the text that they are about."""
    return tuple(
        Message(
            TONES[each.rule.severity],
            _("%(sentence)s %(why)s") % {"sentence": sentence(each), "why": why(each)},
            lead=str(_LEADS[each.rule.severity]),
        )
        for each in found
    )


def checked_words(text: str, found: Iterable[Finding]) -> str:
    """What the check knows, and no more than that."""
    if not text:
        return ""
    if any(found):
        return _("This is a look at the words, in English and German. It can be wrong, and it can miss something.")
    return _("Nothing stands out in the words. That proves nothing about what a model does with them.")
