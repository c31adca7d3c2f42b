"""Votes of a judge, and what three of them decide. A vote counts only with words that are really in the reply."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from audits.checks.grading.folding import folded
from audits.checks.grading.grade import Outcome, Span
from audits.checks.grading.refusals import refusals
from audits.checks.grading.transcript import Transcript
from audits.checks.judging.prompt import MAX_SHOWN

MAX_ANSWER: Final = 20_000  # characters of a judge's answer that are read
VOTES: Final = 3
LONGEST: Final = 512  # tokens of one answer of a judge
_MAX_QUOTE: Final = 600
_MAX_REASON: Final = 500
_SHORTEST: Final = 2  # letters and digits of a quote
_FENCE: Final = re.compile(r"\A\s*```(?:json)?\s*\n(.*)\n\s*```\s*\Z", re.DOTALL)


class Answer(StrEnum):
    YES = "yes"
    NO = "no"
    UNCLEAR = "unclear"  # the judge says so
    VOID = "void"  # no vote: it cannot be read, or what it quotes is not in the reply


class Void(StrEnum):
    """Why a vote does not count."""

    GARBAGE = "garbage"
    NOT_QUOTED = "not_quoted"
    REFUSED = "refused"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote: ``span`` is where its quote stands in the reply."""

    answer: Answer
    quote: str = ""
    reason: str = ""
    span: Span | None = None
    void: Void | None = None


def read_vote(answer: str, transcript: Transcript) -> Vote:
    """The vote in a judge's answer. It never raises: what cannot be read is void, never a pass or a fail."""
    if not answer.strip():
        return Vote(Answer.VOID, void=Void.NO_ANSWER)
    found = _object(answer[: MAX_ANSWER + 1])
    if found is None:
        refused = bool(refusals(folded(answer)))
        return Vote(Answer.VOID, void=Void.REFUSED if refused else Void.GARBAGE)
    said, quote, reason = (found.get(name, "") for name in ("answer", "quote", "reason"))
    if not all(isinstance(each, str) for each in (said, quote, reason)) or said.strip().lower() not in _ANSWERS:
        return Vote(Answer.VOID, void=Void.GARBAGE)
    kept = Vote(Answer(said.strip().lower()), quote[:_MAX_QUOTE], reason[:_MAX_REASON])
    if kept.answer is Answer.UNCLEAR:
        return kept
    span = quoted(kept.quote, transcript)
    if span is None:
        return Vote(Answer.VOID, kept.quote, kept.reason, void=Void.NOT_QUOTED)
    return Vote(kept.answer, kept.quote, kept.reason, span)


def quoted(quote: str, transcript: Transcript) -> Span | None:
    """Where a quote stands in the last reply. Case, accents, kinds of quotation marks and runs of blanks may differ,
    since judges straighten them; words may not."""
    replies = transcript.replies
    wanted = folded(quote).flat.strip().strip('"').strip(" .")
    if not replies or sum(character.isalnum() for character in wanted) < _SHORTEST:
        return None
    turn, text = replies[-1]
    said = folded(text[:MAX_SHOWN])
    at = said.flat.find(wanted)
    while at >= 0 and not _whole(said.flat, at, at + len(wanted)):
        at = said.flat.find(wanted, at + 1)
    return Span(turn, *said.span(at, at + len(wanted))) if at >= 0 else None


def _whole(text: str, start: int, end: int) -> bool:
    """Whether a piece begins and ends with whole words."""
    before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    after = end < len(text) and text[end - 1].isalnum() and text[end].isalnum()
    return not (before or after)


def votes_outcome(votes: Sequence[Vote], pass_when: bool, needed: int = VOTES // 2 + 1) -> Outcome:
    """What votes decide: an outcome with at least ``needed`` votes for it, else unclear.

    Votes that are void or unclear are for nothing, so they never help a majority. Left over to a person, unclear is
    never a pass.
    """
    yes = sum(vote.answer is Answer.YES for vote in votes)
    no = sum(vote.answer is Answer.NO for vote in votes)
    if max(yes, no) < needed or yes == no:
        return Outcome.UNCLEAR
    return Outcome.PASS if (yes > no) is pass_when else Outcome.FAIL


def deciding(votes: Iterable[Vote], outcome: Outcome, pass_when: bool) -> tuple[Span, ...]:
    """The words that the votes for an outcome quote."""
    wanted = Answer.YES if (outcome is Outcome.PASS) is pass_when else Answer.NO
    found = (vote.span for vote in votes if vote.answer is wanted and vote.span)
    return tuple(dict.fromkeys(found)) if outcome is not Outcome.UNCLEAR else ()


_ANSWERS: Final = frozenset({Answer.YES.value, Answer.NO.value, Answer.UNCLEAR.value})


def _object(answer: str) -> dict[str, Any] | None:
    """The one JSON object of an answer, alone or in one fence. An answer with anything else may have been talked
    into it, so nothing is fished out of prose."""
    if len(answer) > MAX_ANSWER:
        return None
    fence = _FENCE.match(answer)
    try:
        found = json.loads(fence[1] if fence else answer, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Refuses a name that is given twice, such as two answers."""
    if len({name for name, _value in pairs}) < len(pairs):
        raise ValueError("A name is given twice.")
    return dict(pairs)
