"""What a client of an event stream is told, and when: pure, and shared by whoever carries it.

Only the newest state matters, so a stream has no queue: whenever its client takes something, it is told what holds now
if that is not what it was told last. Nothing can pile up, and nothing that still matters can be missed.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from profiles.resolution.document import instant
from profiles.serving.answers import Held
from profiles.serving.memory import Memory

PATH: Final = "/api/v1/profile/events"
HEADERS: Final = [
    ("Content-Type", "text/event-stream; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Accel-Buffering", "no"),
    # What opens a stream is a key in a header or a token in the address, which no browser sends by itself.
    ("Access-Control-Allow-Origin", "*"),
]
LONGEST_ID: Final = 100  # characters of a Last-Event-ID that are looked at
LONGEST: Final = 4  # times as long as after a change at most, what never settles is told
HEARTBEAT_SECONDS: Final = 15.0
RETRY: Final = b"retry: 2000\n\n"  # milliseconds
HEARTBEAT: Final = b": \n\n"
NOTHING: Final = "none"  # the id of the state in which nothing is active

Form = Callable[[Held | None], tuple[str, dict[str, object]]]


def for_profile(held: Held | None) -> tuple[str, dict[str, object]]:
    if held is None:
        return "profile", {"type": "none"}
    return "profile", {
        "type": "profile",
        "version": held.version,
        "etag": f'"{held.etag}"',
        "digest": held.digest,
        "platform": held.platform,
        "activated_at": _instant(held.activated_at),
        "valid_until": None if math.isinf(held.ends) else _instant(held.ends),
        "cause": cause(held),
    }


def for_ofrep(held: Held | None) -> tuple[str, dict[str, object]]:
    told: dict[str, object] = {"type": "refetchEvaluation"}
    return "message", told if held is None else {**told, "etag": held.etag, "lastModified": int(held.starts)}


def cause(held: Held) -> str:
    """Why this row holds and not another one; the row alone tells, so every process says the same."""
    if held.starts > held.published_at:
        return "expiry"
    return "activation" if held.published_at <= held.activated_at else "republication"


def id_of(held: Held | None) -> str:
    """The same in every process; later states have later ones, save where nothing is active."""
    return NOTHING if held is None else f"{round(held.starts * 1000)}-{held.id}"


def event(name: str, data: dict[str, object], event_id: str = "") -> bytes:
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n".encode()


@dataclass(slots=True)
class Stream:
    """One client's stream.

    Args:
        digest: of the key that opened it, and for as long as which it lives.
        told: the id of what the client knows; empty if it knows nothing.
    """

    memory: Memory
    digest: bytes
    platform: str | None
    form: Form
    told: str = ""
    is_over: bool = field(default=False, init=False)
    _spoke: float = field(default=-math.inf, init=False)  # when the client heard something last

    def next(self, now: float) -> bytes:
        """What the client must be told now: news, or that we are still here; empty if it knows."""
        said = self._news(now) or (HEARTBEAT if now - self._spoke >= HEARTBEAT_SECONDS else b"")
        if said:
            self._spoke = now
        return said

    def _news(self, now: float) -> bytes:
        key = self.memory.keys.get(self.digest)
        if key is None or now >= key.ends:
            self.is_over = True
            reason = "key_revoked" if key is None else "key_expired"
            return event("end", {"type": "end", "reason": reason})
        held = self._held(key.place, now)
        current = id_of(held)
        if current == self.told:
            return b""
        self.told = current
        return event(*self.form(held), current)

    def wait(self, now: float) -> float:
        """Seconds until something has to be said, if nothing changes before."""
        key = self.memory.keys.get(self.digest)
        if key is None:
            return 0.0
        slot = self.memory.slots.get(key.place)
        rows = slot.rows if slot else ()
        moments = [key.ends, *(moment for row in rows for moment in (row.starts, row.ends))]
        return max(0.0, min([self._spoke + HEARTBEAT_SECONDS, *(m for m in moments if m > now)]) - now)

    def _held(self, place: tuple[int, int], now: float) -> Held | None:
        slot = self.memory.slots.get(place)
        return slot.holding(self.platform or slot.platforms[0], now) if slot else None


def _instant(seconds: float) -> str:
    return instant(datetime.fromtimestamp(seconds, UTC))
