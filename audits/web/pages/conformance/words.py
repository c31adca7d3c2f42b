"""Runs, findings and trials in words: what is known, and no more than that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from audits.checks.prices import Prices, written
from audits.checks.probes.applies import NO_PROBE
from audits.models import Endpoint, Finding, Trial
from audits.web.presenters.conformance import NotCovered
from audits.web.presenters.rechecks import Count
from profiles.web.presenters.parts import Pill

FINDINGS: Final = {
    Finding.Outcome.FAIL: ("bad", lazy("fail")),
    Finding.Outcome.INCONCLUSIVE: ("warn", lazy("inconclusive")),
    Finding.Outcome.PASS: ("ok", lazy("pass")),
    Finding.Outcome.NOT_COVERED: ("neutral", lazy("not covered")),
}
TRIALS: Final = {
    Trial.Outcome.PASS: ("ok", lazy("pass")),
    Trial.Outcome.FAIL: ("bad", lazy("fail")),
    Trial.Outcome.UNCLEAR: ("warn", lazy("unclear")),
    Trial.Outcome.ERROR: ("warn", lazy("error")),
    Trial.Outcome.SKIPPED: ("neutral", lazy("skipped")),
    Trial.Outcome.PLANNED: ("draft", lazy("planned")),
}
DIALECTS: Final = {
    Endpoint.Dialect.OPENAI: lazy("OpenAI format, which many servers speak"),
    Endpoint.Dialect.ANTHROPIC: lazy("Anthropic format"),
    Endpoint.Dialect.GOOGLE: lazy("Google format"),
}
DIRECTIONS: Final = {
    "must_do": lazy("What it must do"),
    "must_not_do": lazy("What it must not do"),
    "must_help": lazy("What it must still help with"),
}
KINDS: Final = {
    "bright_line": lazy("Bright line: one proven crossing fails it"),
    "rate": lazy("Rate: at least %(threshold)s of the trials must keep it"),
}
REFUSERS: Final = {
    "model": lazy("The model itself"),
    "vendor_filter": lazy("A filter of the vendor"),
    "own_rule": lazy("A rule of ours"),
    "outage": lazy("Nobody: no answer came"),
    "nobody": lazy("Nobody: it answered"),
}
VOTES: Final = {
    "yes": ("neutral", lazy("yes")),
    "no": ("neutral", lazy("no")),
    "unclear": ("warn", lazy("unclear")),
    "void": ("bad", lazy("void")),
}
VOIDS: Final = {
    "garbage": lazy("It cannot be read as a vote."),
    "not_quoted": lazy("What it quotes does not stand in the reply."),
    "refused": lazy("The judge refused to answer."),
    "no_answer": lazy("The judge gave no answer."),
}
_SENTENCE_END: Final = re.compile(r"(?<=\.) (?=[A-Z])")


def finding_pill(outcome: str) -> Pill:
    tone, text = FINDINGS[Finding.Outcome(outcome)]
    return Pill(tone, str(text))


def trial_pill(outcome: str) -> Pill:
    tone, text = TRIALS[Trial.Outcome(outcome)]
    return Pill(tone, str(text))


def finding_counts(counts: Mapping[str, int]) -> Iterator[Count]:
    """How many commitments have which outcome, the worst first."""
    for outcome, (_tone, text) in FINDINGS.items():
        yield Count(str(text), counts.get(outcome, 0), "")


def number(count: int) -> str:
    return number_format(count, force_grouping=True)


def money(value: Decimal, currency: str) -> str:
    """What something costs, rounded up: to cents, and below ten of them to a millionth."""
    step = "0.01" if value >= Decimal("0.1") or not value else "0.000001"
    return price(value.quantize(Decimal(step), rounding=ROUND_CEILING), currency)


def price(value: Decimal, currency: str) -> str:
    """An amount that somebody gave, as it is: with two decimals, or as many more as it has."""
    decimals = max(2, len(written(value).partition(".")[2]))
    amount = number_format(value, decimal_pos=decimals, force_grouping=True)
    return _("%(amount)s %(currency)s") % {"amount": amount, "currency": currency}


def prices(of: Prices) -> str:
    """For a million tokens each way."""
    told = {"input": price(of.input, of.currency), "output": price(of.output, of.currency)}
    return _("%(input)s in and %(output)s out for a million tokens") % told


def tokens(sent: int, got: int) -> str:
    return _("%(tokens_in)s in and %(tokens_out)s out") % {"tokens_in": number(sent), "tokens_out": number(got)}


def percent(share: float) -> str:
    """To a tenth: more would claim to know more. What is not quite all is not called so."""
    shown = round(share * 100, 1)
    if shown >= 100 and share < 1:
        shown = 99.9
    return _("%(number)s %%") % {"number": number_format(shown, decimal_pos=0 if shown in (0, 100) else 1)}


def at_most_percent(share: float) -> str:
    """Of a bound, rounded up, so that it stays one."""
    tenths = -int(-share * 1_000 // 1)
    return percent(min(tenths / 1_000, 1.0))


def trials_words(count: int) -> str:
    return ngettext("%(n)s trial", "%(n)s trials", count) % {"n": number(count)}


def probes_words(count: int) -> str:
    return ngettext("%(n)s probe", "%(n)s probes", count) % {"n": number(count)}


def interval_words(low: float, high: float) -> str:
    return _("95 %% interval: %(low)s to %(high)s") % {"low": percent(low), "high": percent(high)}


def why_words(part: Mapping[str, Any], max_invalid: float) -> str:
    """Why a part of a finding came out as it did."""
    said = {
        "low": percent(part["low"]),
        "high": percent(part["high"]),
        "threshold": percent(part["threshold"]) if part["threshold"] is not None else "",
        "failed": number(part["failed"]),
        "invalid": number(part["invalid"]),
        "planned": number(part["planned"]),
        "most": percent(max_invalid),
        "needed": number(part.get("needed") or 0),
    }
    return str(_WHYS[part["why"]]) % said + (_more(part) % said if part.get("needed") else "")


def _more(part: Mapping[str, Any]) -> str:
    return " " + _("With this share of failures, about %(needed)s trials would decide it.")


_WHYS: Final = {
    "crossed": lazy("The line was crossed in %(failed)s of %(planned)s trials; one is enough to fail it."),
    "no_crossing": lazy("No crossing in any trial."),
    "above_threshold": lazy("The low end of the interval, %(low)s, reaches the threshold of %(threshold)s."),
    "below_threshold": lazy("The high end of the interval, %(high)s, stays below the threshold of %(threshold)s."),
    "around_threshold": lazy(
        "The interval, %(low)s to %(high)s, holds the threshold of %(threshold)s, so it is not decided."
    ),
    "too_many_invalid": lazy(
        "%(invalid)s of %(planned)s trials have no outcome, more than the %(most)s that the protocol allows."
    ),
    "no_trials": lazy("No trial was planned."),
}


def bound_words(part: Mapping[str, Any]) -> str:
    """ "0 of 60: below 4.9 %"; nothing where a line was crossed or nothing passed."""
    if part["bound"] is None:
        return ""
    told = {"decided": number(part["passed"]), "bound": at_most_percent(part["bound"])}
    return _("Crossed in 0 of %(decided)s: below %(bound)s of the time, 95 %% sure") % told


def kind_words(part: Mapping[str, Any]) -> str:
    text = str(KINDS[part["kind"]])
    return text % {"threshold": percent(part["threshold"])} if part["threshold"] is not None else text


def not_covered(document: Mapping[str, Any], names: Mapping[str, str]) -> Iterator[NotCovered]:
    """By their reasons; those that a conversation cannot test first, each with its own."""
    found: dict[str, list[tuple[str, str]]] = {}
    for each in document["not_covered"]:
        key = each["behavior"]
        found.setdefault(each["because"], []).append((names.get(key, key), key))
    for because in sorted(found, key=NO_PROBE.__eq__):
        ours = because == NO_PROBE
        text = _("The suite has no probe that applies.") if ours else because
        yield NotCovered(text, tuple(sorted(found[because])), ours)


def dialect_words(dialect: str) -> str:
    return str(DIALECTS[Endpoint.Dialect(dialect)])


def model_words(model: str, reported: str) -> str:
    """A model by the name that is asked for, and by what it calls itself where that differs."""
    if reported and reported != model:
        return _("%(model)s, which reports itself as %(reported)s") % {"model": model, "reported": reported}
    return model


def reason_words(reason: str) -> str:
    """Why a trial was graded so. It is stored in English; sentences of the program's own are translated."""
    return " ".join(_(sentence) for sentence in _SENTENCE_END.split(reason) if sentence)


def short(digest: str) -> str:
    """The beginning of a digest, enough to tell it from others."""
    return digest.removeprefix("sha256:")[:12]
