"""Running all rules over a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from audits.checks.lint import marks, rules, secrets
from audits.checks.lint.finding import Finding, Rule, Severity
from audits.checks.lint.phrases import Phrase
from audits.checks.lint.reading import Sentence, sentences
from audits.checks.lint.selves import with_selves

_MOST: Final = 100  # findings of one rule: whoever fixes the first hundred is told of the rest
_OUT: Final = re.compile(r"!\[[^\]\n]{0,100}\]\(\s{0,3}https?://[^)\s{$<]{0,300}[{$<]")
_WORD: Final = re.compile(r"\w+")


def lint(text: str, values: Mapping[str, Any]) -> tuple[Finding, ...]:
    """What stands out in an operator's own text.

    Args:
        values: raw values by behavior key, as they hold for the product; what is missing contradicts nothing.

    Returns:
        Findings in the order of severity, then of the text. It never raises, and its cost grows with the length of the
        text.
    """
    alone, read = _read(text)
    found = [*alone, *_contradictions(text, read, values)]
    order = list(Severity)
    return tuple(sorted(found, key=lambda each: (order.index(each.rule.severity), each.start, each.rule.id)))


def secrets_in(text: str) -> tuple[Finding, ...]:
    """What is a key or a password beyond doubt: it must not even be stored."""
    return tuple(Finding.at(rules.KNOWN_SECRET, text, *span) for span in secrets.known(text))


@lru_cache(maxsize=64)
def _read(text: str) -> tuple[tuple[Finding, ...], tuple[Sentence, ...]]:
    """What can be said of a text without its settings, and its sentences."""
    read = tuple(map(with_selves, sentences(text)))
    return (*_said(text, read), *_written(text)), read


def _said(text: str, read: tuple[Sentence, ...]) -> Iterator[Finding]:
    for said in rules.AGAINST_USERS:
        spans = (span for sentence in read for span in _first(said.phrases, sentence))
        yield from _findings(said.rule, text, spans)


def _contradictions(text: str, read: tuple[Sentence, ...], values: Mapping[str, Any]) -> Iterator[Finding]:
    for against in rules.AGAINST_SETTINGS:
        if against.speaks_of(values.get(against.rule.behavior)):
            spans = (span for sentence in read for span in _first(against.phrases, sentence))
            yield from _findings(against.rule, text, spans)


def _first(phrases: tuple[Phrase, ...], sentence: Sentence) -> Iterator[tuple[int, int]]:
    """Where the first of several phrases stands in a sentence: one finding a rule is enough."""
    for phrase in phrases:
        for span in phrase.find(sentence):
            yield span
            return


def _written(text: str) -> Iterator[Finding]:
    sure = list(secrets.known(text))
    yield from _findings(rules.KNOWN_SECRET, text, iter(sure))
    unsure = (span for span in secrets.likely(text) if not any(a < span[1] and span[0] < b for a, b in sure[:_MOST]))
    yield from _findings(rules.LIKELY_SECRET, text, unsure)
    yield from _findings(rules.SENDS_OUT, text, (match.span() for match in _OUT.finditer(text)))
    yield from _findings(rules.HIDDEN_CHARACTERS, text, marks.hidden(text))
    words = () if text.isascii() else (match.span() for match in _WORD.finditer(text) if marks.mixed(match[0]))
    yield from _findings(rules.MIXED_SCRIPTS, text, iter(words))


def _findings(rule: Rule, text: str, spans: Iterator[tuple[int, int]]) -> Iterator[Finding]:
    for (start, end), _n in zip(spans, range(_MOST), strict=False):
        yield Finding.at(rule, text, start, end)
