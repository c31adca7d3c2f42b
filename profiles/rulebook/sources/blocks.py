"""Markdown in the large: headings, fences, boxes such as ``!!! meta "Commentary"``, and lines of prose.

Only what tells these four apart is looked at here; what they mean is not. Every line is visited a constant number of
times and no pattern can backtrack far, since the text comes from outside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from profiles.rulebook.sources.remarks import Remarks

_HEADING: Final = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?")
_FENCE: Final = re.compile(r" {0,3}(~{3,}|`{3,})(.*)")
_BOX: Final = re.compile(r'!!![ \t]+(\w+)(?:[ \t]+"([^"]*)")?')
_INDENT: Final = re.compile(r" {4}| {0,3}\t")
_UNDERLINE: Final = re.compile(r"=+|-+")


@dataclass(frozen=True, slots=True)
class Heading:
    line: int
    level: int
    text: str  # without the '#', with its attributes


@dataclass(frozen=True, slots=True)
class Fence:
    line: int  # where it opens; its text begins on the next one
    marker: str
    info: str  # the word after the marker: xml, python, or nothing
    raw: Sequence[str]  # its lines without the two markers


@dataclass(frozen=True, slots=True)
class Box:
    line: int
    head: str  # its first line, as it stands
    kind: str
    title: str
    raw: Sequence[str]  # its lines without their indentation and without blank lines around them

    @property
    def is_commentary(self) -> bool:
        return self.kind == "meta" and self.title.strip().lower() == "commentary"


@dataclass(frozen=True, slots=True)
class Prose:
    line: int
    text: str


Block = Heading | Fence | Box | Prose


def blocks(lines: Sequence[str], problems: Remarks) -> Iterator[Block]:
    """The blocks of a text in reading order; fences that nothing closes go to ``problems``."""
    at = 0
    while at < len(lines):
        block, after = _block(lines, at, problems)
        yield block
        at = after


def _block(lines: Sequence[str], at: int, problems: Remarks) -> tuple[Block, int]:
    """The block at an index, and the index after it."""
    text = lines[at]
    first = text.lstrip(" ")[:1]
    if first in ("~", "`") and (marker := _opening(text)):
        return _fence(lines, at, marker, problems)
    if first == "!" and (box := _BOX.fullmatch(text.rstrip())):
        return _box(lines, at, box)
    if first == "#" and (heading := _HEADING.fullmatch(text)):
        return Heading(at + 1, len(heading[1]), (heading[2] or "").strip()), at + 1
    if first == "#" and "{#" in text and not _INDENT.match(text):
        problems.add(at + 1, "A heading is one to six '#', a space, a title and an id; this one is not.")
    elif first in ("=", "-") and at and _underlines(lines[at - 1], text):
        problems.add(at, "This heading is underlined; write it with '#' and an id, as the others are.")
    return Prose(at + 1, text), at + 1


def _underlines(above: str, text: str) -> bool:
    """Whether a line makes a heading of the one above. A row of '-' is more often a rule, so it takes an id too."""
    line = text.rstrip()
    if not above.strip() or above.lstrip().startswith("#") or not _UNDERLINE.fullmatch(line):
        return False
    return line[0] == "=" or ("{#" in above and above.rstrip().endswith("}"))


def _opening(text: str) -> re.Match[str] | None:
    """The marker and the info string of a line that opens a fence. Backticks twice in a line are code within it."""
    marker = _FENCE.fullmatch(text)
    return None if marker and marker[1][0] == "`" and "`" in marker[2] else marker


def _fence(lines: Sequence[str], at: int, marker: re.Match[str], problems: Remarks) -> tuple[Fence, int]:
    def until(end: int) -> Fence:
        return Fence(at + 1, marker[1], marker[2].strip(), lines[at + 1 : end])

    watch = _Watch(marker[1])
    for end in range(at + 1, len(lines)):
        found = _opening(lines[end])
        if not found:
            continue
        if watch.closes(found):
            return until(end), end + 1
        if watch.reopens(found):
            problems.add(at + 1, f"This fence is not closed before line {end + 1} opens another.{watch.hint}")
            return until(end), end
        watch.see(end + 1, found)
    problems.add(
        at + 1, f"This fence is never closed; {marker[1][:10]} on a line of its own would close it.{watch.hint}"
    )
    return until(len(lines)), len(lines)


class _Watch:
    """Looks for the end of a fence, and for the line that was perhaps meant to be it."""

    def __init__(self, marker: str) -> None:
        self.marker = marker
        self.inside: str | None = None  # the marker of a fence within the text of this one
        self.suspect = 0

    @property
    def hint(self) -> str:
        return f" Line {self.suspect} does not close it: the markers differ." if self.suspect else ""

    def _matches(self, found: re.Match[str]) -> bool:
        return found[1][0] == self.marker[0] and len(found[1]) >= len(self.marker)

    def closes(self, found: re.Match[str]) -> bool:
        return self._matches(found) and not found[2].strip()

    def reopens(self, found: re.Match[str]) -> bool:
        """A marker as long as ours with an info string can only be the next fence: ours was forgotten."""
        return self._matches(found) and bool(found[2].strip())

    def see(self, line: int, found: re.Match[str]) -> None:
        if self.inside is not None:
            if found[1].startswith(self.inside) and not found[2].strip():
                self.inside, self.suspect = None, 0
        else:
            self.inside = found[1]
            self.suspect = 0 if found[2].strip() else line


def _box(lines: Sequence[str], at: int, head: re.Match[str]) -> tuple[Box, int]:
    end, after = at + 1, at + 1
    while end < len(lines) and (not lines[end].strip() or _INDENT.match(lines[end])):
        end += 1
        if lines[end - 1].strip():
            after = end
    begin = at + 1
    while begin < after and not lines[begin].strip():
        begin += 1
    return Box(at + 1, head[0], head[1], head[2] or "", [_outdented(line) for line in lines[begin:after]]), after


def _outdented(line: str) -> str:
    indent = _INDENT.match(line)
    return line[indent.end() :] if indent else line
