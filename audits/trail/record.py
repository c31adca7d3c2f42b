"""Writing entries. Call ``record`` inside the transaction of what it records: neither exists without the other."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Protocol, Required, TypedDict, Unpack

import msgspec
import rfc8785
from django.db import connection

from audits.log.disclosures import ALGORITHM, DIGESTS, SHA_256, Hidden, Personal, conceal
from audits.messages import send_on_commit
from audits.trail.kinds import TOLD, Kind, Outcome

SCHEMA: Final = 2
TELL: Final = "audits.tasks.tell"
MAX_LEAF: Final = 65_535  # bytes: what an entry of a C2SP log can hold
_LONGEST_PATH: Final = 200
_MAX_TEXT: Final = 2_000  # characters of one text
_MAX_ITEMS: Final = 250
_MAX_DEPTH: Final = 32
_MAX_INTEGER: Final = 2**53 - 1
_WRITE: Final = "SELECT write_entries(%s::jsonb, %s::jsonb, %s)"  # migration 0031
_canonical_if_ascii: Final = msgspec.json.Encoder(order="sorted").encode
_CONTAINERS: Final = (dict, list, tuple, set, frozenset, Mapping)


class Who(Protocol):
    """Whoever acted, as far as an entry needs to know."""

    @property
    def type(self) -> str: ...
    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def is_person(self) -> bool: ...
    @property
    def auth(self) -> str: ...
    @property
    def on_behalf_of(self) -> str: ...
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


class Written(NamedTuple):
    """An entry before it is stored: the id of its event, its bytes, what they only commit to, and the name of whoever
    acted."""

    event_id: str
    leaf: bytes
    hidden: tuple[Hidden, ...]
    name: tuple[str, str, str]  # organization, id, name


class Recorded(NamedTuple):
    """An entry that was stored: its number, and the id of its event."""

    pk: int
    event_id: str


def record(kind: Kind, **fields: Unpack[Fields]) -> Recorded:
    """Write one entry.

    Raises:
        ValueError: nobody is said to have acted, or not how we know that it was they.
    """
    return record_all(kind, [entry_of(kind, **fields)])[0]


def record_all(kind: Kind, written: Sequence[Written]) -> list[Recorded]:
    """Write many entries of a kind at once, each as ``entry_of`` made it."""
    if not written:
        return []
    is_told = kind in TOLD
    with connection.cursor() as cursor:
        # Telling starts here too, where every write passes, so that no action can forget it.
        cursor.execute(_WRITE, [*arguments(written), is_told])
        numbers = cursor.fetchall()
    if is_told:
        send_on_commit(TELL)
    return [Recorded(pk, one.event_id) for (pk,), one in zip(numbers, written, strict=True)]


def arguments(written: Sequence[Written]) -> tuple[str, str]:
    """What the database's ``write_entries`` takes, as JSON: each entry with what it hides, and the names of actors."""
    entries = [(one.leaf.decode(), one.hidden) for one in written]
    names = sorted({one.name for one in written})
    return msgspec.json.encode(entries).decode(), msgspec.json.encode(names).decode()


def entry_of(kind: Kind, **fields: Unpack[Fields]) -> Written:
    """One entry, made but not stored.

    Raises:
        ValueError: as ``record``.
    """
    who, organization = fields["who"], fields["organization"]
    if not (who.type and who.id and who.auth):
        raise ValueError(f"{kind.value}: an entry says who acted, and how that is known")
    event_id, name = str(uuid.uuid4()), _text(who.name)
    leaf = {
        "v": SCHEMA,
        ALGORITHM: SHA_256,
        "id": event_id,
        "at": fields["at"].astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
        "kind": kind.value,
        "outcome": fields.get("outcome", Outcome.DONE).value,
        "organization": organization,
        "product": fields.get("product", ""),
        "target": plain(fields.get("target", "")),
        "actor": {
            "type": str(who.type),
            "id": who.id,
            "name": Personal(name) if who.is_person else name,
            "auth": who.auth,
            "on_behalf_of": who.on_behalf_of,
        },
        "request_id": who.request_id,
        "version": fields.get("version"),
        "rulebooks": sorted(fields.get("rulebooks", ())),
        "before": plain(fields.get("before")),
        "after": plain(fields.get("after")),
        "data": plain(fields.get("data") or {}),
    }
    return Written(event_id, *_bounded(leaf), (organization, who.id, name))


def _bounded(leaf: dict[str, Any]) -> tuple[bytes, tuple[Hidden, ...]]:
    encoded, hidden = _encoded(leaf)
    for bulky in ("before", "after", "data"):
        if len(encoded) <= MAX_LEAF:
            break
        leaf[bulky] = {"omitted": f"{len(encoded)} bytes are more than one entry holds"}
        encoded, hidden = _encoded(leaf)
    return encoded, hidden


def _encoded(leaf: dict[str, Any]) -> tuple[bytes, tuple[Hidden, ...]]:
    concealed, hidden = conceal(leaf)
    return canonical(concealed), tuple(hidden)


def canonical(value: Any) -> bytes:
    """RFC 8785, of what ``plain`` made. Where all is ASCII, that is what msgspec writes, in a twentieth of the time."""
    encoded = _canonical_if_ascii(value)
    return encoded if encoded.isascii() else bytes(rfc8785.dumps(value))


def plain(value: Any, depth: int = 0) -> Any:
    """``value`` as every reader of the log can take it: no floats, no integers beyond 2^53, no NUL or lone surrogates,
    nothing endless. Refused input is recorded too, so anything may come. What is personal stays marked as such."""
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _MAX_INTEGER else _text(str(value) if value.bit_length() < 8192 else "(huge)")
    if isinstance(value, Personal):
        return Personal(plain(value.value, depth))
    if isinstance(value, _CONTAINERS):
        return _container(value, depth)
    return _text(str(value))


def _container(value: Any, depth: int) -> Any:
    if depth == _MAX_DEPTH:
        return "… (nested deeper than an entry holds)"
    if isinstance(value, Mapping):
        return {_name(str(key)): plain(item, depth + 1) for key, item in list(value.items())[:_MAX_ITEMS]}
    return [plain(item, depth + 1) for item in list(value)[:_MAX_ITEMS]]


def _name(key: str) -> str:
    return f"“{key}”" if key in {DIGESTS, ALGORITHM} else _text(key)  # these are ours alone


def _text(text: str) -> str:
    if not text.isascii() or "\x00" in text:
        text = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    return str(text) if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}… ({len(text)} characters)"
