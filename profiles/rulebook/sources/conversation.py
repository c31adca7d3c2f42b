"""The text of an example: messages between tags, and verdicts as comments on the line of a tag.

It is read line by line and not as XML: an XML parser drops comments, and these carry the verdicts. A tag counts where
it begins a line, a closing tag where it ends one. Within a message everything else is text, other tags too.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

from profiles.rulebook.sources.model import ROLES, Grade, Message, Verdict
from profiles.rulebook.sources.remarks import Remarks, shown

GROUP: Final = "comparison"
_KNOWN: Final = frozenset((*ROLES, GROUP))
_OPEN: Final = re.compile(r"""<([A-Za-z_][\w.-]*)((?:[ \t]+[\w.:-]+[ \t]*=[ \t]*(?:"[^"]*"|'[^']*'))*)[ \t]*>""")
_ATTRIBUTE: Final = re.compile(r"""([\w.:-]+)[ \t]*=[ \t]*(?:"([^"]*)"|'([^']*)')""")
_NAME: Final = re.compile(r"[A-Za-z_][\w.-]*")
_VERDICT: Final = re.compile(r"(GOOD|BAD|OK)(?:[ \t]*\[#([^\]\s]{1,100})\])?(?:[ \t]*[:,](.*))?", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(lt|gt|amp|quot|apos);")
_ENTITIES: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}
_OMITTED: Final = frozenset(("[...]", "[…]"))  # a part of the conversation that is left out


@dataclass(frozen=True, slots=True)
class _Line:
    """A line, the tag that it opens, and the tag that it closes; one line may do both."""

    number: int
    text: str  # as it stands
    opens: str | None
    attributes: dict[str, str]
    rest: str  # what stands after the opening tag
    closes: str | None


def conversation(raw: Sequence[str], first: int, warnings: Remarks) -> tuple[Message, ...]:
    """The messages of an example.

    Args:
        raw: the lines of its fence.
        first: the number of the first of them.
        warnings: where it notes what it could not make sense of.
    """
    return _Conversation([_line(text, first + at, warnings) for at, text in enumerate(raw)], warnings).messages()


def _line(text: str, number: int, warnings: Remarks) -> _Line:
    stripped = text.strip()
    if not stripped.startswith(("<", "*<")) and not stripped.endswith(">"):
        return _Line(number, text, None, {}, "", None)
    tag = _OPEN.match(stripped.removeprefix("*"))
    opens, closes = tag[1] if tag else None, _closing(stripped)
    if stripped.startswith("*<") and {opens, closes} & _KNOWN:
        warnings.add(number, "A stray asterisk stands before this tag; it is ignored.")
    if tag is None:
        return _Line(number, text, None, {}, "", closes)
    attributes = {name: _plain(double or single) for name, double, single in _ATTRIBUTE.findall(tag[2])}
    return _Line(number, text, opens, attributes, tag.string[tag.end() :], closes)


def _closing(stripped: str) -> str | None:
    """The name of the closing tag at the end of a line."""
    start = stripped.rfind("</")
    name = stripped[start + 2 : -1].strip() if start >= 0 and stripped.endswith(">") else ""
    return name if _NAME.fullmatch(name) else None


def _plain(text: str) -> str:
    return _ENTITY.sub(lambda entity: _ENTITIES[entity[1]], text)


class _Conversation:
    def __init__(self, lines: Sequence[_Line], warnings: Remarks) -> None:
        self.lines, self.warnings = lines, warnings
        self.opened: defaultdict[str, list[int]] = defaultdict(list)
        self.closed: defaultdict[str, list[int]] = defaultdict(list)
        self.tags: list[int] = []  # lines that would end a message that nobody closes
        for at, line in enumerate(lines):
            if line.opens:
                self.opened[line.opens].append(at)
            if line.closes:
                self.closed[line.closes].append(at)
            if line.opens in _KNOWN or line.closes == GROUP:
                self.tags.append(at)
        self.comparison: int | None = None
        self.comparisons = 0

    def messages(self) -> tuple[Message, ...]:
        found: list[Message] = []
        at = 0
        while at < len(self.lines):
            line = self.lines[at]
            if line.opens is None or line.opens == GROUP:
                self._between(line)
                at += 1
                continue
            end = self._end(at, line.opens)
            found.append(self._message(at, end, line.opens))
            at = self._unclosed_end(at) if end is None else end + 1
        if self.comparison is not None:
            self.warnings.add(self.lines[-1].number, f"A <{GROUP}> is still open where the example ends.")
        return tuple(found)

    def _end(self, at: int, role: str) -> int | None:
        """The line that closes the message opened at an index; None where nothing does.

        One that is opened again before it is closed was not closed: else a forgotten closing tag would make text of
        the messages that follow, and their verdicts would be lost.
        """
        end, again = _first_after(self.closed[role], at - 1), _first_after(self.opened[role], at)
        return None if end is None or (again is not None and again <= end != at) else end

    def _unclosed_end(self, at: int) -> int:
        end = _first_after(self.tags, at)
        return len(self.lines) if end is None else end

    def _message(self, at: int, end: int | None, role: str) -> Message:
        head = self.lines[at]
        if role not in ROLES:
            self.warnings.add(head.number, f"<{role[:40]}> is not a known role; it is kept as it stands.")
        comment, rest = _comment(head.rest)
        if end is None:
            self.warnings.add(head.number, f"This <{role[:40]}> is not closed; it ends with the next tag.")
            inside = [rest, *(line.text for line in self.lines[at + 1 : self._unclosed_end(at)])]
        else:
            inside = [rest, *(line.text for line in self.lines[at + 1 : end + 1])]
            inside[-1] = inside[-1][: inside[-1].rfind("</")]
            for line in self.lines[at + 1 : end]:
                if line.opens in ROLES and line.rest.lstrip().startswith("<!--"):
                    self.warnings.add(line.number, f"This <{line.opens}> stands within another message; it is text.")
        text = _plain("\n".join(piece.rstrip() for piece in inside)).strip("\n")
        if text.startswith("<!--"):
            self.warnings.add(
                head.number, "A comment counts as a verdict only on the line of its tag; this one is text."
            )
        return Message(role, head.attributes, text, self._verdict(head.number, comment), self.comparison, head.number)

    def _verdict(self, number: int, comment: str | None) -> Verdict | None:
        if comment is None:
            return None
        verdict = _VERDICT.fullmatch(comment)
        if verdict is None:
            self.warnings.add(number, f"The comment {shown(comment)} is not a verdict: GOOD, BAD or OK, then a reason.")
            return None
        return Verdict(cast(Grade, verdict[1].lower()), (verdict[3] or "").strip(), verdict[2])

    def _between(self, line: _Line) -> None:
        """A line outside of messages: it opens or closes a comparison, or it is left out."""
        if line.opens == GROUP:
            if self.comparison is not None:
                self.warnings.add(line.number, f"This <{GROUP}> opens before the one above it is closed.")
            self.comparison = self.comparisons
            self.comparisons += 1
            if _comment(line.rest)[1].strip():
                self.warnings.add(line.number, f"What follows <{GROUP}> on its line is not read.")
        elif line.closes == GROUP:
            if self.comparison is None:
                self.warnings.add(line.number, f"This </{GROUP}> closes nothing.")
            self.comparison = None
        elif (text := line.text.strip()) and text not in _OMITTED:
            self.warnings.add(line.number, f"{shown(text)} stands outside of any message and is not read.")


def _comment(rest: str) -> tuple[str | None, str]:
    """The comment that begins a text, and what follows it."""
    rest = rest.strip()
    if not rest.startswith("<!--"):
        return None, rest
    comment, _, after = rest[4:].partition("-->")
    return comment.strip(), after.strip()


def _first_after(numbers: list[int], bound: int) -> int | None:
    """The first of ascending numbers that is greater than a bound."""
    at = bisect_right(numbers, bound)
    return numbers[at] if at < len(numbers) else None
