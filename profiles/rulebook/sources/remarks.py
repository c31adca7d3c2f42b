"""Remarks on lines of a source document: problems, for which it is refused, and warnings, with which it is read."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Remark:
    line: int  # from 1; what concerns the whole file stands at line 1
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}"


class MalformedSource(ValueError):
    """Bytes that are not a source document. ``problems`` are the faults in reading order, at least one."""

    def __init__(self, problems: list[Remark]) -> None:
        self.problems = problems
        super().__init__("\n".join(map(str, problems)))


@dataclass(slots=True)
class Remarks:
    """Collects remarks and keeps the first ``limit``: nobody reads a thousand, and a file may earn a million."""

    limit: int
    kept: list[Remark] = field(default_factory=list)
    beyond: int = 0

    def add(self, line: int, sentence: str) -> None:
        if len(self.kept) < self.limit:
            self.kept.append(Remark(line, sentence))
        else:
            self.beyond += 1

    def extend(self, others: Remarks) -> None:
        for remark in others.kept:
            self.add(remark.line, remark.sentence)
        self.beyond += others.beyond

    def listed(self) -> list[Remark]:
        """In reading order; where some were left out, the last one says how many."""
        remarks = sorted(self.kept)
        if self.beyond:
            remarks.append(Remark(remarks[-1].line, f"There are {self.beyond} more remarks of this sort."))
        return remarks


def shown(text: str) -> str:
    """A piece of the document as it may stand in a sentence: quoted, short and safe to print."""
    piece = repr(text[:60])
    return piece if len(text) <= 60 else f"{piece[:-1]}…{piece[-1]}"
