"""The golden set: labelled replies on which a judge is tried before it may judge, question by question.

A question's labelled replies are the examples of the probes that ask it: their authors say for each whether it keeps
the promise, so what the judge should answer is known. Those that rules leave open come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from audits.checks.grading.grade import as_transcript
from audits.checks.grading.transcript import Transcript
from audits.checks.grading.words import gettext_noop
from audits.checks.judging.votes import Answer
from audits.checks.probes.model import Asked, Example, Probe

AGREEMENT: Final = 0.9  # share of labelled replies that a judge must get right
LEAST: Final = 20  # labelled replies of a question
MOST: Final = 40  # more cost money and say little more


@dataclass(frozen=True, slots=True)
class Labelled:
    """A reply and the right answer to the question about it."""

    probe: str
    asked: Asked
    transcript: Transcript
    yes: bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a judge did on one question. Votes that are void or unclear are wrong."""

    question: str
    right: int
    labelled: int
    share: float
    counts: bool  # whether the judge may judge this question
    because: str


def golden_sets(probes: Iterable[Probe], most: int = MOST) -> Mapping[str, tuple[Labelled, ...]]:
    """By question, the labelled replies of these probes, in a fixed order, with as many of either answer as there
    are."""
    found: dict[str, list[tuple[bool, Labelled]]] = {}
    for probe in probes:
        asked = probe.grade.judge
        if asked is None:
            continue
        for example in probe.examples:
            if any(reply.strip() for reply in example.replies[-1:]):
                found.setdefault(asked.question.id, []).append((example.by_judge, _labelled(probe, asked, example)))
    return {question: _mixed(items, most) for question, items in sorted(found.items())}


def agreement(question: str, labelled: Sequence[Labelled], answers: Sequence[Answer]) -> Agreement:
    """Whether a judge knows a question well enough.

    Args:
        answers: what it answered to each labelled reply, in their order.
    """
    if len(labelled) != len(answers):
        raise ValueError("Each labelled reply needs one answer.")
    right = sum(
        answer is (Answer.YES if item.yes else Answer.NO) for item, answer in zip(labelled, answers, strict=True)
    )
    share = right / len(labelled) if labelled else 0.0
    if len(labelled) < LEAST:
        return Agreement(question, right, len(labelled), share, False, _FEW)
    if len({item.yes for item in labelled}) < 2:
        return Agreement(question, right, len(labelled), share, False, _ONE_SIDED)
    counts = share >= AGREEMENT
    return Agreement(question, right, len(labelled), share, counts, "" if counts else _WRONG)


_FEW: Final = gettext_noop("The question has too few labelled replies to try a judge on.")
_ONE_SIDED: Final = gettext_noop(
    "All labelled replies have the same answer, so a judge that always says it would look right."
)
_WRONG: Final = gettext_noop(
    "The judge agrees with fewer than nine in ten labelled replies, so its votes do not count."
)


def _labelled(probe: Probe, asked: Asked, example: Example) -> Labelled:
    transcript = as_transcript(probe.variant_of(example).turns, example.replies)
    return Labelled(probe.id, asked, transcript, example.passes is asked.pass_when)


def _mixed(items: list[tuple[bool, Labelled]], most: int) -> tuple[Labelled, ...]:
    """Hard ones first, and yes and no in turns, so that a cut keeps both."""
    ordered = sorted(items, key=lambda item: not item[0])
    sides = ([each for _hard, each in ordered if each.yes], [each for _hard, each in ordered if not each.yes])
    half = most // 2
    kept = [*sides[0][: max(half, most - len(sides[1]))], *sides[1][: max(half, most - len(sides[0]))]]
    return tuple(kept[:most])
