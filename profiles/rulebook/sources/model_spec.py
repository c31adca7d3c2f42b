"""Reads documents in the grammar of OpenAI's Model Spec: Markdown whose headings carry an id and an authority.

What cannot be read with certainty is refused, since a section that silently went missing would be a rule that nobody
knows of. What is merely new, such as an authority or an attribute without a meaning here, is kept and flagged.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Final, NoReturn

from profiles.rulebook.sources.blocks import Block, Box, Fence, Heading, Prose, blocks
from profiles.rulebook.sources.conversation import conversation
from profiles.rulebook.sources.headings import Label, MalformedHeading, NoId, label
from profiles.rulebook.sources.model import LEVELS_OF_AUTHORITY, Commentary, Example, Link, Section, SourceDocument
from profiles.rulebook.sources.remarks import MalformedSource, Remark, Remarks, shown

__all__ = ["MAX_BYTES", "MalformedSource", "read"]

MAX_BYTES: Final = 5_000_000
MAX_LINES: Final = 200_000
MAX_PROBLEMS: Final = 50
MAX_WARNINGS: Final = 200
_BOM: Final = b"\xef\xbb\xbf"
_KNOWN_ATTRIBUTES: Final = frozenset(("authority", "tags"))
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_REORDERING: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_BLANKS: Final = re.compile(r"\n{3,}")
_EXAMPLE: Final = re.compile(r"\*\*Example(?:\*\*:|:\*\*)(.*)")
# Code comes first, so that nothing in it counts. Every class stops at what begins another match: no backtracking.
_INLINE: Final = re.compile(r"`[^`]*`|\[\^([\w-]{1,40})\]|\]\(#([^()\[\]\s]{1,200})\)")


def read(data: bytes) -> SourceDocument:
    """The document in a file.

    Raises:
        MalformedSource: with all problems found, or the first fifty of them.
    """
    text = _text(data)
    if (count := text.count("\n")) > MAX_LINES:
        _refuse(MAX_LINES + 1, f"The file has {count:,} lines; at most {MAX_LINES:,} are read.")
    return _Reader().document(text.split("\n"), "sha256:" + hashlib.sha256(data).hexdigest())


def _text(data: bytes) -> str:
    """The characters of a file, with plain line ends."""
    if len(data) > MAX_BYTES:
        _refuse(1, f"The file has {len(data):,} bytes; at most {MAX_BYTES:,} are read.")
    if (nul := data.find(b"\0")) >= 0:
        _refuse(data.count(b"\n", 0, nul) + 1, f"Byte {nul + 1} of the file is NUL: this is not a text in UTF-8.")
    data = data.removeprefix(_BOM)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line, start = data.count(b"\n", 0, error.start) + 1, data.rfind(b"\n", 0, error.start) + 1
        byte = f"Byte {error.start - start + 1} of this line, 0x{data[error.start]:02X},"
        _refuse(line, f"{byte} is not UTF-8. Save the file in that encoding.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _refuse(line: int, sentence: str) -> NoReturn:
    raise MalformedSource([Remark(line, sentence)])


@dataclass(slots=True)
class _Draft:
    """A section while its text is being gathered."""

    line: int
    level: int
    label: Label
    parent: _Draft | None
    title: str = ""
    has_children: bool = False
    text: list[str] = field(default_factory=list)

    @property
    def authority(self) -> str | None:
        return self.label.attributes.get("authority")

    def section(self) -> Section:
        body = _BLANKS.sub("\n\n", "\n".join(line.rstrip() for line in self.text)).strip("\n")
        return Section(
            id=self.label.id,
            level=self.level,
            title=self.title,
            authority=self.authority,
            tags=_tags(self.label.attributes.get("tags", "")),
            parent=self.parent.label.id if self.parent else None,
            attributes=self.label.attributes,
            body=body,
            body_digest=_body_digest(body),
            line=self.line,
        )


def _tags(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag for tag in text.split(",") if tag))


def _body_digest(body: str) -> str:
    """Of the paragraphs, each on one line. Composed and decomposed letters stay apart: to bring them together can
    take quadratic time, and vendors do not mix them."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in body.split("\n\n"))
    return "sha256:" + hashlib.sha256("\n\n".join(paragraphs).encode()).hexdigest()


class _Reader:
    """Gathers a document block by block."""

    def __init__(self) -> None:
        self.problems, self.warnings = Remarks(MAX_PROBLEMS), Remarks(MAX_WARNINGS)
        self.unnamed = Remarks(MAX_PROBLEMS)  # headings that do not try to name an id
        self.tried = False  # whether a heading tried and failed
        self.drafts: list[_Draft] = []
        self.path: list[_Draft] = []  # from the top to the section that is being read
        self.ids: dict[str, int] = {}  # with their lines
        self.title: Prose | None = None  # of an example whose conversation is still to come
        self.titles: dict[tuple[str, str], int] = {}
        self.examples: list[Example] = []
        self.commentary: list[Commentary] = []
        self.footnotes: dict[str, None] = {}
        self.links: list[Link] = []
        self.preamble = False

    def document(self, lines: list[str], digest: str) -> SourceDocument:
        self._characters(lines)
        for block in blocks(lines, self.problems):
            self._take(block)
        self._untitled()
        self._refuse()
        self._finish()
        return SourceDocument(
            digest=digest,
            sections=tuple(draft.section() for draft in self.drafts),
            examples=tuple(self.examples),
            commentary=tuple(self.commentary),
            footnotes=tuple(self.footnotes),
            links=tuple(self.links),
            warnings=tuple(self.warnings.listed()),
        )

    def _characters(self, lines: list[str]) -> None:
        for number, line in enumerate(lines, 1):
            if line.isprintable():
                continue
            if control := _CONTROL.search(line):
                self.problems.add(number, f"The control character U+{ord(control[0]):04X} is not allowed here.")
            elif turn := _REORDERING.search(line):
                self.warnings.add(number, f"U+{ord(turn[0]):04X} changes the order in which this line is displayed.")

    def _take(self, block: Block) -> None:
        if isinstance(block, Heading):
            self._heading(block)
        elif not self.path:
            self._before(block)
        elif isinstance(block, Fence):
            self._fence(block)
        elif isinstance(block, Box):
            self._box(block)
        else:
            self._prose(block)

    def _before(self, block: Fence | Box | Prose) -> None:
        if not self.preamble and not (isinstance(block, Prose) and not block.text.strip()):
            self.preamble = True
            self.warnings.add(block.line, "What stands before the first heading belongs to no section and is not read.")

    # Headings

    def _heading(self, heading: Heading) -> None:
        self._untitled()
        try:
            named = label(heading.text)
        except NoId as error:
            self.unnamed.add(heading.line, str(error))
        except MalformedHeading as error:
            self.tried = True
            self.problems.add(heading.line, str(error))
        else:
            self._section(heading, named)

    def _section(self, heading: Heading, named: Label) -> None:
        if named.id in self.ids:
            self.problems.add(heading.line, f"Line {self.ids[named.id]} has the id {named.id} already; ids are unique.")
        self.ids.setdefault(named.id, heading.line)
        while self.path and self.path[-1].level >= heading.level:
            self.path.pop()
        parent = self.path[-1] if self.path else None
        if parent:
            parent.has_children = True
        draft = _Draft(heading.line, heading.level, named, parent)
        self.drafts.append(draft)
        self.path.append(draft)
        draft.title = self._inline(heading.line, named.title).strip()
        self._flag(draft, parent.level if parent else 0)

    def _flag(self, draft: _Draft, above: int) -> None:
        if draft.level > above + 1:
            under = f"under one of level {above}" if above else "at the top"
            self.warnings.add(
                draft.line, f"This heading has level {draft.level} and stands {under}: a level is skipped."
            )
        for key, value in draft.label.attributes.items():
            if key not in _KNOWN_ATTRIBUTES:
                self.warnings.add(draft.line, f"The attribute {shown(key)} ({shown(value)}) is not known; it is kept.")
        if draft.authority is not None and draft.authority not in LEVELS_OF_AUTHORITY:
            known = ", ".join(LEVELS_OF_AUTHORITY)
            self.warnings.add(
                draft.line, f"The authority {shown(draft.authority)} is none of {known}; it is kept as it stands."
            )

    # Text

    def _prose(self, prose: Prose) -> None:
        if example := _EXAMPLE.fullmatch(prose.text.strip()):
            self._untitled()
            self.title = Prose(prose.line, self._inline(prose.line, example[1]).strip())
            return
        start = prose.text.lstrip()
        if start.startswith("<!--"):
            self.warnings.add(prose.line, "A comment outside of an example is read like any other text.")
        elif start.startswith("#") and "{#" in start:
            self.warnings.add(prose.line, "This heading is not read: it is indented by four spaces or more.")
        self.path[-1].text.append(self._inline(prose.line, prose.text))

    def _inline(self, line: int, text: str) -> str:
        """The text without markers of footnotes; these and the references in it are noted."""
        if "[" not in text:
            return text
        return _INLINE.sub(lambda found: self._marked(found, line), text)

    def _marked(self, found: re.Match[str], line: int) -> str:
        name, target = found.groups()
        if name is not None:
            self.footnotes[name] = None
            return ""
        if target is not None:
            self.links.append(Link(self.path[-1].label.id, target, line))
        return found[0]

    def _box(self, box: Box) -> None:
        lines = [self._inline(box.line + at, text).rstrip() for at, text in enumerate(box.raw, 1)]
        if not box.is_commentary:
            self.warnings.add(box.line, f"{shown(box.head)} is not commentary; its text counts as the section's own.")
            self.path[-1].text += [box.head, *("    " + line for line in lines)]
        elif lines:
            self.commentary.append(Commentary(self.path[-1].label.id, "\n".join(lines), box.line))
        else:
            self.warnings.add(box.line, "This commentary is empty; its text must be indented by four spaces.")

    # Examples

    def _fence(self, fence: Fence) -> None:
        for number, text in enumerate(fence.raw, fence.line + 1):
            if text.startswith("#") and "{#" in text:
                self.warnings.add(number, f"This heading is not read: it stands in the fence of line {fence.line}.")
        is_xml = fence.info.lower() == "xml"
        if is_xml or (self.title and not fence.info):
            self._example(fence)
        else:
            self.path[-1].text += [fence.marker + fence.info, *fence.raw, fence.marker]

    def _example(self, fence: Fence) -> None:
        section = self.path[-1].label.id
        head = self.title or Prose(fence.line, "")
        self.title = None
        if not head.text:
            self.warnings.add(head.line, "This example has no title.")
        elif (first := self.titles.setdefault((section, head.text), head.line)) != head.line:
            self.warnings.add(head.line, f"The example of line {first} has this title too.")
        messages = conversation(fence.raw, fence.line + 1, self.warnings)
        if not messages:
            self.warnings.add(fence.line, "This example has no messages.")
        for message in messages:
            if message.verdict:
                self._inline(message.line, message.verdict.reason)
        self.examples.append(Example(section, head.text, messages, head.line))

    def _untitled(self) -> None:
        """Drops the title of an example that never came."""
        if self.title:
            self.warnings.add(self.title.line, f"No conversation follows the example {shown(self.title.text)}.")
        self.title = None

    # The end

    def _refuse(self) -> None:
        if self.drafts or self.tried:
            self.problems.extend(self.unnamed)
        else:  # an article, a page: to list its headings would help nobody
            self.problems.add(1, "No heading has an id, such as '# Overview {#overview}': this is no source document.")
        if self.problems.kept:
            raise MalformedSource(self.problems.listed())

    def _finish(self) -> None:
        """What can be said only when everything was read."""
        for draft in self.drafts:
            if draft.authority is not None and draft.has_children:
                self.warnings.add(draft.line, "This section has an authority and subsections, which do not inherit it.")
        for link in self.links:
            if link.target not in self.ids:
                self.warnings.add(link.line, f"The reference to #{shown(link.target)[1:-1]} leads nowhere.")
        for example in self.examples:
            for message in example.messages:
                violates = message.verdict and message.verdict.violates
                if violates and violates not in self.ids:
                    self.warnings.add(
                        message.line, f"The verdict names #{shown(violates)[1:-1]}, which does not exist."
                    )
