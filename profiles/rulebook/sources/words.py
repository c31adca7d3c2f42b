"""What changed within a text, word by word, for a page that marks it.

Paragraphs are aligned first, and only those that changed are compared word by word, each with the one it came from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from profiles.rulebook.sources.alignment import aligned, likeness

_PAIRS: Final = 400  # changed paragraphs in a row, old times new, up to which each gets the partner that suits it best
_ALIKE: Final = 0.4  # share of common words from which two paragraphs are one that was changed
_PARAGRAPH: Final = re.compile(r"\n[ \t]*\n\s*")
_TOKEN: Final = re.compile(r"\w+(?:['’]\w+)*|\s+|[^\w\s]")


class Op(StrEnum):
    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


class Run(NamedTuple):
    op: Op
    text: str


class _Part(NamedTuple):
    """A stretch of both texts: kept, or the old one replaced by the new one."""

    old: str
    new: str
    kept: bool


class _Paragraph(NamedTuple):
    text: str
    space: str  # the line breaks after it

    @property
    def whole(self) -> str:
        return self.text + self.space


def words(old: str, new: str) -> list[Run]:
    """The runs that lead from one text to the other; within a change, what was removed comes first.

    The texts of all runs but the added ones make ``old``, of all but the removed ones ``new``, character by character.
    No run is empty, and no two neighbours have the same operation.
    """
    return list(_runs(_compared(_paragraphs(old), _paragraphs(new))))


def _runs(parts: Iterator[_Part]) -> Iterator[Run]:
    kept: list[str] = []
    old: list[str] = []
    new: list[str] = []
    for part in parts:
        if part.kept and part.old:
            yield from _joined(Op.REMOVED, old)
            yield from _joined(Op.ADDED, new)
            kept.append(part.old)
        elif part.old or part.new:
            yield from _joined(Op.SAME, kept)
            old.append(part.old)
            new.append(part.new)
    for op, pieces in ((Op.SAME, kept), (Op.REMOVED, old), (Op.ADDED, new)):
        yield from _joined(op, pieces)


def _joined(op: Op, pieces: list[str]) -> Iterator[Run]:
    """One run of all pieces, which are used up."""
    if text := "".join(pieces):
        yield Run(op, text)
    pieces.clear()


# Paragraphs


def _paragraphs(text: str) -> list[_Paragraph]:
    found, start = [], 0
    for space in _PARAGRAPH.finditer(text):
        found.append(_Paragraph(text[start : space.start()], space[0]))
        start = space.end()
    return [*found, _Paragraph(text[start:], "")]


def _compared(old: list[_Paragraph], new: list[_Paragraph]) -> Iterator[_Part]:
    i = j = 0
    for a, b in aligned([paragraph.text for paragraph in old], [paragraph.text for paragraph in new]):
        yield from _replaced(old[i:a], new[j:b])
        yield from _edited(old[a], new[b])
        i, j = a + 1, b + 1
    yield from _replaced(old[i:], new[j:])


def _replaced(old: list[_Paragraph], new: list[_Paragraph]) -> Iterator[_Part]:
    """Paragraphs in a row none of which is the same on both sides."""
    if len(old) * len(new) > _PAIRS:
        yield from _worded("".join(one.whole for one in old), "".join(one.whole for one in new))
        return
    i = j = 0
    for a, b in _partners(old, new):
        yield _wholly(old[i:a], new[j:b])
        yield from _edited(old[a], new[b])
        i, j = a + 1, b + 1
    yield _wholly(old[i:], new[j:])


def _wholly(old: list[_Paragraph], new: list[_Paragraph]) -> _Part:
    return _Part("".join(one.whole for one in old), "".join(one.whole for one in new), kept=False)


def _partners(old: list[_Paragraph], new: list[_Paragraph]) -> list[tuple[int, int]]:
    """The pairs of paragraphs, ascending on both sides, that have the most in common altogether."""
    ours, theirs = ([Counter(one.text.split()) for one in side] for side in (old, new))
    best: list[list[tuple[float, tuple[int, int] | None]]] = [
        [(0.0, None)] * (len(new) + 1) for _ in range(len(old) + 1)
    ]
    for a in range(len(old) - 1, -1, -1):
        for b in range(len(new) - 1, -1, -1):
            alike = likeness(ours[a], theirs[b])
            paired = (alike + best[a + 1][b + 1][0], (a, b)) if alike >= _ALIKE else (0.0, None)
            best[a][b] = max(paired, best[a + 1][b], best[a][b + 1], key=lambda found: found[0])
    pairs = []
    at = best[0][0][1]
    while at:
        pairs.append(at)
        at = best[at[0] + 1][at[1] + 1][1]
    return pairs


# Words


def _edited(old: _Paragraph, new: _Paragraph) -> Iterator[_Part]:
    yield from _worded(old.text, new.text)
    yield _Part(old.space, new.space, kept=old.space == new.space)


def _worded(old: str, new: str) -> Iterator[_Part]:
    if old == new:
        yield _Part(old, new, kept=True)
        return
    parts = _parts(_TOKEN.findall(old), _TOKEN.findall(new))
    for at, part in enumerate(parts):
        yield part._replace(kept=False) if part.kept and _is_glue(parts, at) else part


def _parts(old: Sequence[str], new: Sequence[str]) -> list[_Part]:
    """Kept and replaced parts in turn."""
    parts: list[_Part] = []
    start = i = j = 0  # where the kept words began, and where they end on both sides
    for a, b in [*aligned(old, new), (len(old), len(new))]:
        if (a, b) == (i, j) and a < len(old):
            i, j = i + 1, j + 1
            continue
        if i > start:
            text = "".join(old[start:i])
            parts.append(_Part(text, text, kept=True))
        if a > i or b > j:
            parts.append(_Part("".join(old[i:a]), "".join(new[j:b]), kept=False))
        start, i, j = a, a + 1, b + 1
    return parts


def _is_glue(parts: Sequence[_Part], at: int) -> bool:
    """Whether a kept part is but a space or a comma between two replaced ones: they read better as one."""
    if any(character.isalnum() for character in parts[at].old) or not 0 < at < len(parts) - 1:
        return False
    left, right = parts[at - 1], parts[at + 1]
    return not (left.kept or right.kept) and bool(left.old or right.old) and bool(left.new or right.new)
