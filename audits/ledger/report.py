"""What people read of an evidence bundle: a table, and a report that can be printed."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils import translation

from audits.models import Checkpoint, Log

_COLUMNS: Final = ("place", "at", "kind", "outcome", "product", "target", "actor", "request_id", "id")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def table(leaves: Iterable[bytes]) -> str:
    """CSV, one line for each entry. A text that a spreadsheet would take for a formula gets an apostrophe."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for row in _rows(leaves):
        writer.writerow([_harmless(str(row[column])) for column in _COLUMNS])
    return out.getvalue()


def report(log: Log, checkpoint: Checkpoint, leaves: Sequence[bytes]) -> str:
    """HTML without anything from elsewhere. English, as the entries themselves."""
    told = {"log": log, "checkpoint": checkpoint, "rows": list(_rows(leaves))}
    with translation.override("en"):
        return render_to_string("audits/evidence_report.html", told)


def _rows(leaves: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for place, leaf in enumerate(leaves):
        entry = json.loads(leaf)
        yield {**entry, "place": place, "actor": entry["actor"].get("name", entry["actor"]["id"])}


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
