"""How many requests and tokens conversations and votes take, before anybody asks: about, and at most. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from audits.checks import judging
from audits.checks.grading.transcript import ASSISTANT, USER, Transcript
from audits.checks.probes import Asked

_CHARACTERS_A_TOKEN: Final = 4  # of English, roughly; for the estimate alone
_AROUND: Final = 64  # tokens that a format may put around one message
_FOREIGN: Final = 4  # tokens of one model that another may need for one of its own
_TAG: Final = "0" * 24  # stands for the one that is drawn for a vote


@dataclass(frozen=True, slots=True)
class Tokens:
    """What is asked: requests, tokens that go in and tokens that come out."""

    requests: int = 0
    sent: int = 0
    got: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.requests + other.requests, self.sent + other.sent, self.got + other.got)

    def times(self, count: int) -> Tokens:
        return Tokens(self.requests * count, self.sent * count, self.got * count)


@dataclass(frozen=True, slots=True)
class Measure:
    """How the tokens of a text are told from its letters.

    Args:
        of: of a text.
        foreign: for each token of the model under test, those of the judge who reads it.
    """

    of: Callable[[str], int]
    foreign: int


ABOUT: Final = Measure(lambda text: len(text) // _CHARACTERS_A_TOKEN + 1, 1)
# No token stands for less than a byte, so that a text never has more tokens than bytes.
AT_MOST: Final = Measure(lambda text: len(text.encode("utf-8", "replace")) + _AROUND, _FOREIGN)


def of_conversation(system: str, turns: Sequence[str], longest: int, measure: Measure) -> Tokens:
    """A conversation is sent anew with each of its turns, and every answer is taken to be as long as it may.

    Args:
        longest: tokens of one answer.
    """
    said, start = [measure.of(turn) for turn in turns], measure.of(system)
    sent = sum(start + sum(said[: n + 1]) + n * longest for n in range(len(said)))
    return Tokens(len(said), sent, len(said) * longest)


def of_vote(asked: Asked, turns: Sequence[str], longest: int, measure: Measure) -> Tokens:
    """One vote on a conversation whose answers are as long as they may be.

    Args:
        longest: tokens of one answer of the model under test.
    """
    said = Transcript.of((role, text) for turn in turns for role, text in ((USER, turn), (ASSISTANT, "")))
    return _question(asked, said, measure) + Tokens(0, len(turns) * longest * measure.foreign, 0)


def of_labelled(item: judging.Labelled, measure: Measure) -> Tokens:
    """A judge on one labelled reply, once."""
    return _question(item.asked, item.transcript, measure)


def _question(asked: Asked, said: Transcript, measure: Measure) -> Tokens:
    made = judging.prompt(asked, said, _TAG)
    return Tokens(1, measure.of(made.system) + measure.of(made.user), judging.LONGEST)
