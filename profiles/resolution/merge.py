"""Three states of one profile, field by field: what two sides made of a common base, and where they collide.

A field is a behavior key, ``windows.<key>`` or ``instructions``; its value is raw, None where nothing is set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

INSTRUCTIONS: Final = "instructions"
WINDOWS: Final = "windows."
MINE, THEIRS = "mine", "theirs"


def flat(settings: Mapping[str, Any], windows: Mapping[str, Any], instructions: str) -> dict[str, Any]:
    """A profile as one mapping of its fields."""
    return {**settings, **{f"{WINDOWS}{key}": window for key, window in windows.items()}, INSTRUCTIONS: instructions}


def unflat(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Settings, windows and instructions of ``fields``; what is None is not set."""
    settings: dict[str, Any] = {}
    windows: dict[str, Any] = {}
    for field, value in fields.items():
        if value is None or field == INSTRUCTIONS:
            continue
        if field.startswith(WINDOWS):
            windows[field.removeprefix(WINDOWS)] = value
        else:
            settings[field] = value
    return settings, windows, fields.get(INSTRUCTIONS) or ""


@dataclass(frozen=True, slots=True)
class Merge:
    """A field on which two sides differ."""

    field: str
    base: Any
    mine: Any
    theirs: Any

    @property
    def suggested(self) -> str:
        """The only side that changed it; empty where both did, so that somebody must choose."""
        if self.mine == self.base:
            return THEIRS
        return MINE if self.theirs == self.base else ""


def merges(base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[Merge, ...]:
    """Every field on which ``mine`` and ``theirs`` differ, sorted by name."""
    return tuple(
        Merge(field, base.get(field), mine.get(field), theirs.get(field))
        for field in sorted(mine.keys() | theirs.keys())
        if mine.get(field) != theirs.get(field)
    )


def merged(mine: Mapping[str, Any], found: tuple[Merge, ...], choices: Mapping[str, str]) -> dict[str, Any]:
    """``mine`` with each field of which ``choices`` says "theirs" taken from there, set or not."""
    result = {**mine, **{item.field: item.theirs for item in found if choices[item.field] == THEIRS}}
    return {field: value for field, value in result.items() if value is not None}


def carried(now: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What a working copy takes over when what it stands on goes from ``before`` to ``after``: the fields that it has
    left as they were."""
    return {
        field: after.get(field)
        for field in sorted(before.keys() | after.keys())
        if before.get(field) != after.get(field) and now.get(field) == before.get(field)
    }
