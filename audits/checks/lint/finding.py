"""What a check of instructions says."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_SHOWN: Final = 160  # characters of a quotation
_KEPT: Final = 4  # of a secret


class Severity(StrEnum):
    """How a finding binds: ``fix`` blocks a submission, ``explain`` is shown to those who review, ``note`` informs."""

    FIX = "fix"
    EXPLAIN = "explain"
    NOTE = "note"


def gettext_noop(text: str) -> str:
    """Marks a sentence for translation: this room is pure, so pages translate it when they show it."""
    return text


@dataclass(frozen=True, slots=True)
class Rule:
    """``sentence`` says what is wrong and what to do, ``why`` the reason; both are English and marked for
    translation."""

    id: str
    severity: Severity
    sentence: str
    why: str
    hidden: bool = False  # a quotation would repeat a secret: only its first characters are shown
    behavior: str = ""  # the setting that the text contradicts


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule and the place that it is about: ``start`` and ``end`` count characters of the text."""

    rule: Rule
    start: int
    end: int
    quote: str

    @classmethod
    def at(cls, rule: Rule, text: str, start: int, end: int) -> Finding:
        found = " ".join(text[start:end].split())
        if rule.hidden:
            found = f"{found[:_KEPT]}…"
        elif len(found) > _SHOWN:
            found = f"{found[:_SHOWN]}…"
        return cls(rule, start, end, found)
