"""Published documents that are ready to be resolved for a user, up to a number of bytes."""

from __future__ import annotations

from threading import Lock
from typing import Final

from profiles.resolution.personal import Prepared

_TIMES: Final = 3  # a prepared document and its flags take 2 to 2.7 times the memory of its bytes, as measured


class PreparedProfiles:
    """By the row's id; a row never changes, so neither does what was prepared."""

    def __init__(self, *, most: int) -> None:
        self._most = most
        self._held: dict[int, tuple[Prepared, int]] = {}
        self._size = 0
        self._lock = Lock()

    def get(self, row: int) -> Prepared | None:
        found = self._held.get(row)
        return found[0] if found else None

    def keep(self, row: int, made: Prepared, size: int) -> None:
        """``size`` is that of the document, in bytes."""
        with self._lock:
            if row in self._held:
                return
            self._held[row] = (made, size * _TIMES)
            self._size += size * _TIMES
            while self._size > self._most and len(self._held) > 1:
                self._size -= self._held.pop(next(iter(self._held)))[1]
