"""The documents that these tests read: an invented charter in two revisions, and small ones made on the spot."""

from pathlib import Path

from profiles.rulebook.sources.model import Example, Message, Section, SourceDocument
from profiles.rulebook.sources.model_spec import MalformedSource, read

HERE = Path(__file__).parent
OLDER = (HERE / "older.md").read_bytes()
NEWER = (HERE / "newer.md").read_bytes()


def of(*lines: str) -> SourceDocument:
    """The document of some lines."""
    return read("\n".join(lines).encode())


def example(*lines: str) -> tuple[Message, ...]:
    """The messages of an example; its first line is line 6 of the document."""
    return conversation(of("# One {#one}", "", "**Example**: a talk", "", "~~~xml", *lines, "~~~")).messages


def conversation(document: SourceDocument) -> Example:
    (found,) = document.examples
    return found


def section(document: SourceDocument, name: str) -> Section:
    (found,) = [section for section in document.sections if section.id == name]
    return found


def warnings(*lines: str) -> list[str]:
    return [str(warning) for warning in of(*lines).warnings]


def problems(*lines: str) -> list[tuple[int, str]]:
    return problems_of("\n".join(lines).encode())


def problems_of(data: bytes) -> list[tuple[int, str]]:
    try:
        read(data)
    except MalformedSource as refusal:
        return [(problem.line, problem.sentence) for problem in refusal.problems]
    return []
