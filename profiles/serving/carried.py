"""Streams of events that a web process carries itself, each on a thread of its own: few, and without any other address.

The events process (``events.py``) carries thousands. These are for installations without a reverse proxy, whose clients
find the stream at the address of everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from threading import BoundedSemaphore, Condition
from time import monotonic, time

from profiles.serving.memory import Memory
from profiles.serving.stream import LONGEST, RETRY, Stream


class Carried:
    """``most`` streams at once; each holds one of the server's threads for as long as its client listens. They are told
    of a change ``settle`` seconds after it, when every other process knows too."""

    def __init__(self, memory: Memory, *, most: int, settle: float, clock: Callable[[], float] = time) -> None:
        self._room = BoundedSemaphore(most) if most else None
        self._settle, self._clock = settle, clock
        self._changes = 0
        self._is_ending = False
        self._changed = Condition()
        memory.on_change = self._tell

    def open(self, stream: Stream) -> Listener | None:
        """What is sent to its client, bit by bit; None where there is no room. Whoever takes it has to close it."""
        if self._room is None or self._is_ending or not self._room.acquire(blocking=False):
            return None
        return Listener(self, stream, self._room)

    def events(self, stream: Stream) -> Iterator[bytes]:
        yield RETRY
        while not stream.is_over:
            seen, now = self._changes, self._clock()
            if self._is_ending:  # after the count: the end counts as a change, and is not slept through
                return
            if said := stream.next(now):
                yield said
            else:
                self._pause(seen, stream.wait(now))

    def end(self) -> None:
        """End every stream, and open no other one: the process stops. Clients come back by themselves."""
        self._is_ending = True
        self._tell(None)

    def _tell(self, _products: Iterable[int] | None) -> None:
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def _pause(self, seen: int, seconds: float) -> None:
        with self._changed:
            if self._changed.wait_for(partial(self._is_past, seen), timeout=seconds):
                self._wait_until_settled()

    def _wait_until_settled(self) -> None:
        latest = monotonic() + self._settle * LONGEST
        while not self._is_ending and (left := latest - monotonic()) > 0:
            if not self._changed.wait_for(partial(self._is_past, self._changes), timeout=min(left, self._settle)):
                return

    def _is_past(self, seen: int) -> bool:
        return self._changes != seen


class Listener:
    """An answer that the server takes piece by piece, and closes when its client is gone."""

    def __init__(self, carried: Carried, stream: Stream, room: BoundedSemaphore) -> None:
        self._events = carried.events(stream)
        self._room: BoundedSemaphore | None = room

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._events)
        except StopIteration:
            self.close()
            raise

    def close(self) -> None:
        room, self._room = self._room, None
        if room is not None:
            room.release()

    __del__ = close
