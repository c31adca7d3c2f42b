"""Answers that are the same for everybody, kept in this process for as long as their tag holds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Self


@dataclass(frozen=True, slots=True)
class Body:
    data: bytes
    etag: str  # strong, of the bytes, so that all processes name the same alike

    @classmethod
    def of(cls, data: bytes) -> Self:
        return cls(data, f'"{sha256(data).hexdigest()[:32]}"')


class Kept:
    """Up to ``most`` answers, those that were not asked for longest go first.

    A new tag makes the old answer unreachable, so nothing has to be told of changes.
    """

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._held: OrderedDict[Hashable, Body] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], bytes]) -> Body:
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
                return found
        made = Body.of(make())
        with self._lock:
            self._held[key] = made
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        return made
