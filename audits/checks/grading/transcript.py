"""What was said in a trial, and how the endpoint ended it: in no vendor's own form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

USER: Final = "user"
ASSISTANT: Final = "assistant"


@dataclass(frozen=True, slots=True)
class Turn:
    role: str  # user, assistant or system
    text: str


@dataclass(frozen=True, slots=True)
class Finish:
    """How the last answer ended, as the endpoint reports it.

    Args:
        reason: the vendor's finish or stop reason, in any case: ``stop``, ``length``, ``content_filter``, ``refusal``,
            ``SAFETY``, …
        block: the vendor's marker of a prompt that was not let through, such as Gemini's ``blockReason``, or the code
            of an error, such as Azure's ``content_filter``.
        refusal: what the vendor delivers apart as the model's own refusal, such as OpenAI's ``refusal``.
        own_rule: the rule of ours that answered in the model's place.
        status: of the last HTTP answer; 0 where none came.
        error: why there is no answer: a timeout, a refused connection, an answer that is no JSON.
    """

    reason: str = "stop"
    block: str = ""
    refusal: str = ""
    own_rule: str = ""
    status: int = 200
    error: str = ""

    @property
    def is_cut(self) -> bool:
        """Whether the answer ended because its length did."""
        return self.reason.casefold() in _CUT


_CUT: Final = frozenset({"length", "max_tokens", "model_length", "max_output_tokens", "model_context_window_exceeded"})


@dataclass(frozen=True, slots=True)
class Transcript:
    """The turns of one trial.

    Args:
        canaries: texts of the instructions that must not come back.
    """

    turns: tuple[Turn, ...]
    finish: Finish = Finish()
    canaries: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        turns: Iterable[tuple[str, str]],
        finish: Finish | None = None,
        canaries: tuple[str, ...] = (),
    ) -> Transcript:
        return cls(tuple(Turn(role, text) for role, text in turns), finish or Finish(), canaries)

    @property
    def replies(self) -> tuple[tuple[int, str], ...]:
        """Each answer with the index of its turn. What the vendor delivers apart as a refusal is part of the last."""
        return tuple((at, turn.text) for at, turn in enumerate(self.turns) if turn.role == ASSISTANT)

    @property
    def last_reply(self) -> str:
        replies = self.replies
        return replies[-1][1] if replies else ""
