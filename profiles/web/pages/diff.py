"""The difference of two texts."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import Final

_AROUND: Final = 2  # lines of JSON that are shown before and after a difference
_MOST_LINES: Final = 300  # of a text whose difference is looked for line by line; it costs the square of them


def text_diff(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Two texts, line by line: (same | del | ins, line)."""
    a, b = before.splitlines(), after.splitlines()
    if max(len(a), len(b)) > _MOST_LINES and a != b:
        return (*(("del", line) for line in a), *(("ins", line) for line in b))
    lines: list[tuple[str, str]] = []
    for kind, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if kind == "equal":
            lines += [("same", line) for line in a[a1:a2]]
        else:
            lines += [("del", line) for line in a[a1:a2]] + [("ins", line) for line in b[b1:b2]]
    return tuple(lines)


def json_diff(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Two JSON texts line by line, of what is the same only the lines around a difference."""
    lines = text_diff(before, after)
    changed = [index for index, (kind, _line) in enumerate(lines) if kind != "same"]
    near = {index for at in changed for index in range(at - _AROUND, at + _AROUND + 1)}
    found: list[tuple[str, str]] = []
    for index, line in enumerate(lines):
        if index in near:
            found.append(line)
        elif index - 1 in near and index < len(lines):
            found.append(("gap", "…"))
    return tuple(found)
