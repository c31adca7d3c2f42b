"""What a vendor's source document says, once read: sections with their authority, examples with verdicts, commentary.

A **section** is a heading with an id, and its **own text**: without subsections, commentary and examples, and without
the markers of footnotes. Authority belongs to the section that states it. It is neither inherited nor passed on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from profiles.rulebook.sources.remarks import Remark

Grade = Literal["good", "bad", "ok"]
LEVELS_OF_AUTHORITY: Final = ("root", "system", "developer", "user", "guideline", "platform")  # the last until mid 2025
ROLES: Final = ("system", "developer", "user", "assistant", "tool")


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    level: int  # 1 to 6: how many '#' its heading has
    title: str
    authority: str | None  # as it stands, known or not
    tags: tuple[str, ...]
    parent: str | None  # id of the section that holds this one
    attributes: Mapping[str, str] = field(hash=False)  # all but the id, as they stand: authority and tags too
    body: str = field(repr=False)  # own text, Markdown
    body_digest: str = field(repr=False)  # of the own text, whatever its spaces and line breaks
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    grade: Grade
    reason: str  # may be empty
    violates: str | None  # id of a section


@dataclass(frozen=True, slots=True)
class Message:
    role: str  # one of ROLES, or as it stands
    attributes: Mapping[str, str] = field(hash=False)
    text: str
    verdict: Verdict | None
    comparison: int | None  # which comparison of the example it stands in, from 0; None: context
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Example:
    section: str
    title: str  # may be empty
    messages: tuple[Message, ...]
    line: int = field(compare=False)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        return tuple(message.verdict for message in self.messages if message.verdict)


@dataclass(frozen=True, slots=True)
class Commentary:
    """Remarks of the authors, which instruct nobody."""

    section: str
    text: str
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Link:
    """A reference from one section to another: in its text, a title, commentary or the reason of a verdict."""

    section: str
    target: str  # an id, whether or not there is such a section
    line: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class SourceDocument:
    digest: str  # of the file, byte for byte
    sections: tuple[Section, ...]  # in reading order, as everything below
    examples: tuple[Example, ...]
    commentary: tuple[Commentary, ...]
    footnotes: tuple[str, ...]  # different names
    links: tuple[Link, ...]
    warnings: tuple[Remark, ...]


def as_json(document: SourceDocument) -> dict[str, Any]:
    """What ``import_source`` prints. ``links`` counts references; ``footnotes`` lists each name once; a warning is a
    text with its line. ``verdicts`` has one grade for each graded message, in reading order."""
    return {
        "digest": document.digest,
        "sections": [
            {
                "id": section.id,
                "level": section.level,
                "title": section.title,
                "authority": section.authority,
                "tags": list(section.tags),
                "parent": section.parent,
            }
            for section in document.sections
        ],
        "examples": [
            {
                "section": example.section,
                "title": example.title,
                "verdicts": [verdict.grade for verdict in example.verdicts],
            }
            for example in document.examples
        ],
        "commentary": len(document.commentary),
        "footnotes": list(document.footnotes),
        "links": len(document.links),
        "warnings": [str(warning) for warning in document.warnings],
    }
