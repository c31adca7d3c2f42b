"""What people read of an evidence bundle: a table, and a report that can be printed. Both are written row by row."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import Any, Final, Protocol

from django.template.loader import render_to_string
from django.utils import translation

from audits.ledger.span import Wanted
from audits.models import Checkpoint, Log
from audits.trail.harmless import harmless

_COLUMNS: Final = ("place", "at", "kind", "outcome", "product", "target", "actor", "request_id", "id")
_AT_ONCE: Final = 500  # rows
_HERE: Final = "<!-- rows -->"


class Rows(Protocol):
    """Entries that can be read more than once."""

    def told(self) -> Iterator[dict[str, Any]]: ...


def table(rows: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """CSV, one line for each entry. A text that a spreadsheet would take for a formula gets an apostrophe."""
    yield _line(_COLUMNS)
    for row in rows:
        yield _line([harmless(str(told)) for told in _told(row).values()])


def _line(cells: Iterable[str]) -> bytes:
    out = StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().encode()


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row.get(name, "") for name in _COLUMNS} | {"actor": who(row)}


def who(row: Mapping[str, Any]) -> str:
    """Whoever acted: by name where the entry says it or it is disclosed, by id otherwise."""
    actor = row.get("actor") or {}
    return str(actor.get("name") or actor.get("id") or "")


@dataclass(frozen=True, slots=True)
class Report:
    """HTML without anything from elsewhere. English, as the entries themselves."""

    log: Log
    checkpoint: Checkpoint
    wanted: Wanted
    start: int
    end: int

    def html(self, rows: Rows) -> Iterator[bytes]:
        with translation.override("en"):
            page = render_to_string("audits/evidence_report.html", {"report": self, "about": list(self._about(rows))})
        head, _here, foot = page.partition(_HERE)
        yield head.encode()
        every = rows.told()
        while some := list(islice(every, _AT_ONCE)):
            with translation.override("en"):
                yield render_to_string("audits/_evidence_rows.html", {"rows": list(map(_told, some))}).encode()
        yield foot.encode()

    @property
    def count(self) -> int:
        return self.end - self.start

    @property
    def last(self) -> int:
        return self.end - 1

    @property
    def is_whole(self) -> bool:
        return self.count == self.checkpoint.size

    def _about(self, rows: Rows) -> Iterator[dict[str, Any]]:
        """The entries that tell of the version, as what they are: submission, reviews, checks, activations."""
        product, version = self.wanted.product, self.wanted.version
        if product is None or version is None:
            return
        for row in rows.told():
            if (row["product"], row["version"]) == (product.slug, version.number):
                yield _told(row)
