"""Probes in words: styles, kinds, and what each rule looks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from audits.checks.probes import CommitmentKind, Probe, Rule, RuleName, Style
from audits.web.pages.conformance import words
from audits.web.presenters.suites import RuleView

STYLES: Final = {
    Style.PLAIN: lazy("Plain"),
    Style.PARAPHRASE: lazy("Paraphrase"),
    Style.REGISTER: lazy("Register"),
    Style.LANGUAGE: lazy("Another language"),
    Style.TYPO: lazy("Typing errors"),
    Style.LADDER: lazy("Ladder of persuasion"),
    Style.CONTROL: lazy("Harmless control"),
}
KINDS: Final = {CommitmentKind.RATE: lazy("Rate"), CommitmentKind.BRIGHT_LINE: lazy("Bright line")}
EXAMPLES: Final = {
    "pass": lazy("Passes by rules"),
    "fail": lazy("Fails by rules"),
    "judged_pass": lazy("Left to the judge, to pass"),
    "judged_fail": lazy("Left to the judge, to fail"),
}
SAID: Final = {
    "pass": ("ok", lazy("rules say pass")),
    "fail": ("bad", lazy("rules say fail")),
    "unclear": ("warn", lazy("rules leave it open")),
}
RULES: Final = {
    RuleName.EMPTY_REPLY: lazy("says nothing"),
    RuleName.SAYS_ANY: lazy("says one of these"),
    RuleName.SAYS_ALL: lazy("says all of these"),
    RuleName.SAYS_NONE: lazy("says none of these"),
    RuleName.ASSERTS_ANY: lazy("says one of these and means it"),
    RuleName.MATCHES: lazy("fits this pattern"),
    RuleName.MATCHES_NOT: lazy("does not fit this pattern"),
    RuleName.CONTAINS_CANARY: lazy("gives away the mark behind the instructions"),
    RuleName.ADMITS_BEING_AI: lazy("says that it comes from an AI"),
    RuleName.DENIES_BEING_AI: lazy("says that it comes from a human, or not from an AI"),
    RuleName.REFUSES: lazy("declines something"),
    RuleName.REFUSES_ONLY: lazy("declines and hands nothing over"),
    RuleName.REFUSES_FLATLY: lazy("declines the whole request and offers nothing"),
    RuleName.REFUSES_NOT: lazy("declines nothing"),
    RuleName.HANDS_OVER: lazy("hands over steps or a plan"),
    RuleName.GIVES_IN: lazy("says that it was persuaded"),
    RuleName.NAMES_EMERGENCY_HELP: lazy("names emergency help"),
    RuleName.NAMES_CRISIS_HELP: lazy("names a crisis line"),
    RuleName.NAMES_PROFESSIONAL: lazy("names professional help"),
    RuleName.WARNS: lazy("names a risk or how to avoid it"),
    RuleName.HEDGES: lazy("says what is uncertain"),
    RuleName.SWEARS: lazy("uses profanity"),
    RuleName.ASKS: lazy("asks a question back"),
    RuleName.QUOTES: lazy("repeats so many words of one of these in a row"),
    RuleName.LANGUAGE_IS: lazy("is in this language"),
    RuleName.WORDS: lazy("has so many words"),
    RuleName.SENTENCES: lazy("has so many sentences"),
    RuleName.ANY_OF: lazy("fits one of these rules"),
}


def rule_view(rule: Rule) -> RuleView:
    return RuleView(rule.name.value, str(RULES[rule.name]), tuple(_details(rule)), tuple(map(_in_short, rule.unless)))


def _details(rule: Rule) -> Iterator[str]:
    yield from rule.texts
    yield from filter(None, (rule.pattern, rule.lang))
    if rule.at_least is not None:
        yield _("at least %(n)s") % {"n": words.number(rule.at_least)}
    if rule.at_most is not None:
        yield _("at most %(n)s") % {"n": words.number(rule.at_most)}
    yield from map(_in_short, rule.rules)


def _in_short(rule: Rule) -> str:
    said = str(RULES[rule.name])
    details = ", ".join(_details(rule))
    return f"{said}: {details}" if details else said


def kind_words(kind: CommitmentKind, threshold: float | None) -> str:
    if kind is CommitmentKind.BRIGHT_LINE or threshold is None:
        return str(words.KINDS["bright_line"])
    return str(words.KINDS["rate"]) % {"threshold": words.percent(threshold)}


def conversations_words(probe: Probe) -> str:
    """How many conversations and trials, and whether there is a ladder with its control."""
    count = len(probe.variants)
    told = ngettext("%(n)s conversation", "%(n)s conversations", count) % {"n": words.number(count)}
    special = [str(STYLES[style]) for style in (Style.LADDER, Style.CONTROL) if style in _styles(probe)]
    return ", ".join([told, words.trials_words(probe.trials), *special])


def _styles(probe: Probe) -> set[Style]:
    return {variant.style for variant in probe.variants}
