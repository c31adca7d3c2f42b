"""Writing entries. Call ``record`` inside the transaction of what it records: neither exists without the other."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol, Required, TypedDict, Unpack

import rfc8785

from audits.messages import send_on_commit
from audits.models import Entry, Untold
from audits.trail.kinds import TOLD, Kind, Outcome

SCHEMA: Final = 1
TELL: Final = "audits.tasks.tell"
MAX_LEAF: Final = 65_535  # bytes: what an entry of a C2SP log can hold
_MAX_TEXT: Final = 2_000  # characters of one text
_MAX_ITEMS: Final = 250
_MAX_DEPTH: Final = 32
_MAX_INTEGER: Final = 2**53 - 1


class Who(Protocol):
    """Whoever acted, as far as an entry needs to know."""

    @property
    def type(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def request_id(self) -> str: ...


class Fields(TypedDict, total=False):
    """What an entry says besides its kind."""

    who: Required[Who]
    at: Required[datetime]  # aware
    organization: Required[str]  # its slug; empty for what concerns the installation
    product: str
    target: str  # what it was done to, in a form that a person can find again
    outcome: Outcome
    version: int | None  # the version it was done under
    rulebooks: Iterable[str]  # the digests that were in force
    before: Any  # JSON-ready
    after: Any
    data: Mapping[str, Any] | None  # whatever else a reader needs: reasons, counts, the argument that was given


def record(kind: Kind, **fields: Unpack[Fields]) -> Entry:
    """Write one entry."""
    entry = Entry.objects.create(leaf=leaf_of(kind, **fields))
    if kind in TOLD:
        _to_be_told([entry])
    return entry


def record_all(kind: Kind, leaves: Iterable[bytes]) -> None:
    """Write many entries of a kind at once, each as ``leaf_of`` made it."""
    entries = Entry.objects.bulk_create([Entry(leaf=leaf) for leaf in leaves])
    if kind in TOLD:
        _to_be_told(entries)


def _to_be_told(entries: list[Entry]) -> None:
    """Telling starts here, where every write passes, so that no action can forget it."""
    if entries:
        Untold.objects.bulk_create([Untold(entry=entry) for entry in entries])
        send_on_commit(TELL)


def leaf_of(kind: Kind, **fields: Unpack[Fields]) -> bytes:
    """The bytes of one entry."""
    who = fields["who"]
    leaf = {
        "v": SCHEMA,
        "id": str(uuid.uuid4()),
        "at": fields["at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "kind": kind.value,
        "outcome": fields.get("outcome", Outcome.DONE).value,
        "organization": fields["organization"],
        "product": fields.get("product", ""),
        "target": plain(fields.get("target", "")),
        "actor": {"type": str(who.type), "id": who.id, "name": plain(who.name)},
        "request_id": who.request_id,
        "version": fields.get("version"),
        "rulebooks": sorted(fields.get("rulebooks", ())),
        "before": plain(fields.get("before")),
        "after": plain(fields.get("after")),
        "data": plain(dict(fields.get("data") or {})),
    }
    return _bounded(leaf)


def _bounded(leaf: dict[str, Any]) -> bytes:
    encoded = rfc8785.dumps(leaf)
    for bulky in ("before", "after", "data"):
        if len(encoded) <= MAX_LEAF:
            break
        leaf[bulky] = {"omitted": f"{len(encoded)} bytes are more than one entry holds"}
        encoded = rfc8785.dumps(leaf)
    return bytes(encoded)


def plain(value: Any, depth: int = 0) -> Any:
    """``value`` as every reader of the log can take it: no floats, no integers beyond 2^53, no NUL or lone surrogates,
    nothing endless. Refused input is recorded too, so anything may come."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _MAX_INTEGER else _text(str(value) if value.bit_length() < 8192 else "(huge)")
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else str(value)
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return _container(value, depth)
    return _text(str(value))


def _container(value: Any, depth: int) -> Any:
    if depth == _MAX_DEPTH:
        return "… (nested deeper than an entry holds)"
    if isinstance(value, Mapping):
        return {_text(str(key)): plain(item, depth + 1) for key, item in list(value.items())[:_MAX_ITEMS]}
    return [plain(item, depth + 1) for item in list(value)[:_MAX_ITEMS]]


def _text(text: str) -> str:
    clean = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    return clean if len(clean) <= _MAX_TEXT else f"{clean[:_MAX_TEXT]}… ({len(text)} characters)"
