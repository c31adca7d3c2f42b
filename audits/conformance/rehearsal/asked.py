"""One request for an answer, and one answer, apart from how a vendor writes them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from audits.conformance.engine.shapes import Dialect

# stop: the model ended by itself. filtered: the vendor's filter did. refusal: the vendor calls it that.
Finish = Literal["stop", "length", "filtered", "refusal", "blocked"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of the model."""

    dialect: Dialect
    model: str
    system: str = ""
    turns: tuple[tuple[str, str], ...] = ()  # who (user or model) and what
    stream: bool = False
    body: dict[str, Any] = field(default_factory=dict)  # as it came
    headers: dict[str, str] = field(default_factory=dict)  # with small names

    @property
    def last(self) -> str:
        """What the user said last."""
        return next((text for who, text in reversed(self.turns) if who == "user"), "")

    @property
    def said_by_user(self) -> list[str]:
        return [text for who, text in self.turns if who == "user"]


@dataclass(frozen=True, slots=True)
class Said:
    """What the model answers."""

    text: str
    finish: Finish = "stop"
    model: str = "rehearsal-responder"  # as the answer names it
    fingerprint: str = "canned"
