"""What a file of entries looks like, line by line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from io import StringIO
from typing import Any, Final

from audits.exporting.ocsf import cloud_event
from audits.trail.harmless import harmless

Told = Mapping[str, Any]  # what an entry says, and its ``number``


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"
    OCSF = "ocsf"


TYPES: Final = {
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.JSONL: "application/jsonl",
    Format.OCSF: "application/jsonl",
}
ENDINGS: Final = {Format.CSV: "csv", Format.JSONL: "jsonl", Format.OCSF: "ocsf.jsonl"}
COLUMNS: Final = (
    *("number", "at", "kind", "outcome", "organization", "product", "target"),
    *("actor_type", "actor_id", "actor_name", "request_id", "version"),
    *("rulebooks", "before", "after", "data", "id"),
)


def head(how: Format) -> bytes:
    """What stands before the first entry."""
    return _csv([COLUMNS]) if how is Format.CSV else b""


def lines(how: Format, entries: Iterable[Told], source: str) -> bytes:
    """
    Args:
        source: the origin of the log, as an absolute address.
    """
    if how is Format.CSV:
        return _csv(map(_row, entries))
    told: Callable[[Told], Any] = (lambda entry: cloud_event(entry, source)) if how is Format.OCSF else dict
    return "".join(f"{_json(told(entry))}\n" for entry in entries).encode()


def _row(entry: Told) -> list[str]:
    actor = entry["actor"]
    flat = {**entry, **{f"actor_{name}": actor.get(name, "") for name in ("type", "id", "name")}}
    return [harmless(_cell(flat.get(column))) for column in COLUMNS]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _json(value)


def _csv(rows: Iterable[Iterable[str]]) -> bytes:
    out = StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
