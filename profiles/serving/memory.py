"""What one web process holds: live client keys, and what holds for each product and environment, now and later.

One thread writes (``follower.py``), many read, and nobody waits: whatever changes is replaced as a whole.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Final, NamedTuple

from profiles.serving.answers import Held, Representation, represent

Place = tuple[int, int]  # product and environment, by their ids

CURRENT_SECONDS: Final = 2.0  # for so long after the last look at the database everything counts as current


def digest_of(text: str) -> bytes:
    """By which a key is found, so that no key itself stays in memory."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


class LiveKey(NamedTuple):
    """A client key that is not revoked. ``ends`` is in seconds since the epoch, infinite without an expiry."""

    id: int
    place: Place
    ends: float


@dataclass(frozen=True, slots=True)
class Slot:
    """What is published for one product and environment on its platforms: the newest rows first."""

    platforms: tuple[str, ...]
    rows: tuple[Held, ...]

    def holding(self, platform: str, now: float) -> Held | None:
        for row in self.rows:
            if row.platform == platform and row.holds(now):
                return row
        return None

    def until(self, platform: str, now: float) -> float:
        """The first instant after ``now`` at which ``holding`` may find another row."""
        instants = (instant for row in self.rows if row.platform == platform for instant in (row.starts, row.ends))
        return min((instant for instant in instants if instant > now), default=math.inf)

    @property
    def size(self) -> int:
        return sum(row.size for row in self.rows)


@dataclass
class Forms:
    """Ready answers of what was asked for lately, up to a number of bytes. Rows never change, so neither do they."""

    most: int  # bytes
    _made: dict[tuple[int, str, str], Representation] = field(default_factory=dict)
    _size: int = 0
    _lock: Lock = field(default_factory=Lock)

    def of(self, held: Held, what: str, coding: str) -> Representation:
        key = (held.id, what, coding)
        found = self._made.get(key)
        if found is None:
            found = represent(held, what, coding)
            self._keep(key, found)
        return found

    def _keep(self, key: tuple[int, str, str], made: Representation) -> None:
        with self._lock:
            self._made[key] = made
            self._size += len(made.body)
            while self._size > self.most and self._made:
                self._size -= len(self._made.pop(next(iter(self._made))).body)


class Memory:
    """``clock`` is monotonic, in seconds."""

    def __init__(self, *, most: int, clock: Callable[[], float] = monotonic) -> None:
        self.most = most  # bytes of compressed documents
        self.forms = Forms(most // 4)
        self.keys: dict[bytes, LiveKey] = {}
        self.slots: dict[Place, Slot] = {}
        self.seen = -math.inf  # when the database was last known to agree, by the clock
        self.is_cut_off = False  # the database cannot be reached
        # Called by the writing thread with the products that are concerned, or with None for all.
        self.on_change: Callable[[Iterable[int] | None], None] | None = None
        self._digests: dict[int, bytes] = {}
        self._places: dict[int, tuple[int, ...]] = {}  # of each product its environments
        self._size = 0
        self._clock = clock

    # Reading

    def age(self) -> float:
        """Seconds since the database was last known to agree."""
        return self._clock() - self.seen

    def is_current(self) -> bool:
        return self.age() <= CURRENT_SECONDS

    def held(self) -> dict[int, Held]:
        """Every row that is held with its bytes, by its id."""
        return {row.id: row for slot in self.slots.values() for row in slot.rows if row.gzip}

    def digest_of(self, key_id: int) -> bytes | None:
        """Of a key that lives."""
        return self._digests.get(key_id)

    def product_of(self, key_id: int) -> int | None:
        """Of a key that lives."""
        digest = self._digests.get(key_id)
        key = self.keys.get(digest) if digest is not None else None
        return key.place[0] if key else None

    def room(self) -> int:
        """Bytes that may still be added."""
        return self.most - self._size

    # Writing, by one thread

    def agree(self, at: float) -> None:
        """The database was read at ``at``, and everything from it is here."""
        self.seen, self.is_cut_off = at, False

    def tell(self, products: Iterable[int] | None) -> None:
        """What is held of these products, or of all, or their keys, is not what it was."""
        if self.on_change:
            self.on_change(products)

    def replace_keys(self, keys: Iterable[tuple[bytes, LiveKey]]) -> None:
        found = dict(keys)
        self._digests = {key.id: digest for digest, key in found.items()}
        self.keys = found

    def put_key(self, key_id: int, digest: bytes | None, key: LiveKey | None) -> None:
        """A key as it is now; None where it opens nothing any more."""
        before = self._digests.pop(key_id, None)
        if before is not None and before != digest:
            self.keys.pop(before, None)
        if digest is None:
            return
        if key is None:
            self.keys.pop(digest, None)
            return
        self._digests[key_id] = digest
        self.keys[digest] = key

    def replace_slots(self, slots: dict[Place, Slot]) -> None:
        places: dict[int, tuple[int, ...]] = {}
        for product, environment in slots:
            places[product] = (*places.get(product, ()), environment)
        self._places, self.slots = places, slots
        self._size = sum(slot.size for slot in slots.values())

    def put_product(self, product: int, slots: dict[Place, Slot]) -> None:
        """All of one product; what is not in ``slots`` is gone."""
        before = self._places.pop(product, ())
        if slots:
            self._places[product] = tuple(environment for _product, environment in slots)
        for place in {*slots, *((product, environment) for environment in before)}:
            old, new = self.slots.get(place), slots.get(place)
            self._size += (new.size if new else 0) - (old.size if old else 0)
            if new:
                self.slots[place] = new
            else:
                self.slots.pop(place, None)
