"""Writing entries. Call ``record`` inside the transaction of what it records: neither exists without the other."""

from __future__ import annotations

import json
import math
import uuid
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Protocol, Required, TypedDict, Unpack

import rfc8785
from django.db import connection

from audits.log.disclosures import ALGORITHM, DIGESTS, SHA_256, Hidden, Personal, conceal, digest
from audits.messages import send_on_commit
from audits.models import Entry
from audits.trail.kinds import TOLD, Kind, Outcome

SCHEMA: Final = 2
TELL: Final = "audits.tasks.tell"
MAX_LEAF: Final = 65_535  # bytes: what an entry of a C2SP log can hold
_LONGEST_PATH: Final = 200
_MAX_TEXT: Final = 2_000  # characters of one text
_MAX_ITEMS: Final = 250
_MAX_DEPTH: Final = 32
_MAX_INTEGER: Final = 2**53 - 1
_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


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
    """An entry before it is stored: its bytes, what they only commit to, and the name of whoever acted."""

    leaf: bytes
    hidden: tuple[Hidden, ...]
    organization: str
    actor: tuple[str, str]  # id and name


def record(kind: Kind, **fields: Unpack[Fields]) -> Entry:
    """Write one entry.

    Raises:
        ValueError: nobody is said to have acted, or not how we know that it was they.
    """
    return record_all(kind, [entry_of(kind, **fields)])[0]


def record_all(kind: Kind, written: Sequence[Written]) -> list[Entry]:
    """Write many entries of a kind at once, each as ``entry_of`` made it."""
    if not written:
        return []
    is_told = kind in TOLD
    ids = _insert(written, is_told=is_told)
    if is_told:
        send_on_commit(TELL)
    return [_stored(pk, one.leaf) for pk, one in zip(ids, written, strict=True)]


# All of it in one statement, nearly all in one parameter: each further statement costs every transaction a way there
# and back, and an array costs the client more than its JSON. Ids are given in the order of the entries. Telling starts
# here too, where every write passes, so that no action can forget it.
_INSERT: Final = """
WITH given AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('audits_entry', 'id')) AS id, it FROM (
        SELECT it FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS given(it, n) ORDER BY n
    ) ordered
), entry AS (
    INSERT INTO audits_entry (id, leaf) SELECT id, decode(it ->> 'leaf', 'base64') FROM given
), disclosure AS (
    INSERT INTO audits_disclosure (entry_id, path, digest, text)
    SELECT id, hidden ->> 0, hidden ->> 1, hidden ->> 2
    FROM given, jsonb_array_elements(it -> 'hidden') WITH ORDINALITY AS told(hidden, n) ORDER BY id, n
), actor AS (
    INSERT INTO audits_actorname (organization, actor_id, name)
    SELECT DISTINCT it ->> 'organization', it ->> 'actor', it ->> 'name' FROM given ORDER BY 1, 2, 3
    ON CONFLICT DO NOTHING
), untold AS (
    INSERT INTO audits_untold (entry_id, attempts, gave_up) SELECT id, 0, false FROM given WHERE %s
)
SELECT id FROM given ORDER BY id
"""


def _insert(written: Sequence[Written], *, is_told: bool) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [json.dumps([_given(one) for one in written]), is_told])
        return [pk for (pk,) in cursor.fetchall()]


def _given(one: Written) -> dict[str, Any]:
    return {
        "leaf": b64encode(one.leaf).decode(),
        "hidden": [(path[:_LONGEST_PATH], digest(text), text) for path, text in one.hidden],
        "organization": one.organization,
        "actor": one.actor[0],
        "name": one.actor[1],
    }


def _stored(pk: int, leaf: bytes) -> Entry:
    entry = Entry(pk=pk, leaf=leaf)
    entry._state.adding, entry._state.db = False, connection.alias
    return entry


def entry_of(kind: Kind, **fields: Unpack[Fields]) -> Written:
    """One entry, made but not stored.

    Raises:
        ValueError: as ``record``.
    """
    who = fields["who"]
    if not (who.type and who.id and who.auth):
        raise ValueError(f"{kind.value}: an entry says who acted, and how that is known")
    leaf = {
        "v": SCHEMA,
        ALGORITHM: SHA_256,
        "id": str(uuid.uuid4()),
        "at": fields["at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "kind": kind.value,
        "outcome": fields.get("outcome", Outcome.DONE).value,
        "organization": fields["organization"],
        "product": fields.get("product", ""),
        "target": plain(fields.get("target", "")),
        "actor": {
            "type": str(who.type),
            "id": who.id,
            "name": Personal(plain(who.name)) if who.is_person else plain(who.name),
            "auth": who.auth,
            "on_behalf_of": who.on_behalf_of,
        },
        "request_id": who.request_id,
        "version": fields.get("version"),
        "rulebooks": sorted(fields.get("rulebooks", ())),
        "before": plain(fields.get("before")),
        "after": plain(fields.get("after")),
        "data": plain(dict(fields.get("data") or {})),
    }
    return Written(*_bounded(leaf), fields["organization"], (who.id, _text(who.name)))


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
    """RFC 8785, of what ``plain`` made. Where all is ASCII, that is what Python writes, in a tenth of the time."""
    text = _ENCODER.encode(value)
    return text.encode() if text.isascii() else bytes(rfc8785.dumps(value))


def plain(value: Any, depth: int = 0) -> Any:
    """``value`` as every reader of the log can take it: no floats, no integers beyond 2^53, no NUL or lone surrogates,
    nothing endless. Refused input is recorded too, so anything may come. What is personal stays marked as such."""
    if isinstance(value, Personal):
        return Personal(plain(value.value, depth))
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
        return {_name(str(key)): plain(item, depth + 1) for key, item in list(value.items())[:_MAX_ITEMS]}
    return [plain(item, depth + 1) for item in list(value)[:_MAX_ITEMS]]


def _name(key: str) -> str:
    return f"“{key}”" if key in {DIGESTS, ALGORITHM} else _text(key)  # these are ours alone


def _text(text: str) -> str:
    clean = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    return clean if len(clean) <= _MAX_TEXT else f"{clean[:_MAX_TEXT]}… ({len(text)} characters)"
