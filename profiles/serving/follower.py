"""The thread that keeps a web process's memory equal to the database.

It listens for notifications and, whether or not one came, looks twice a second for what changed. So a notification that
is lost costs half a second. It has a connection of its own: a pooler in transaction mode would lose what it listens to,
and then only the second way is left.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Any, Final

import psycopg

from profiles.serving import loading
from profiles.serving.memory import Memory

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 0.5
PAUSE_SECONDS: Final = 0.2  # before the next try to connect


class Follower:
    """``connect`` makes a new connection in autocommit mode; ``listens`` says whether notifications arrive on it."""

    def __init__(
        self,
        memory: Memory,
        connect: Callable[[], psycopg.Connection[Any]],
        *,
        listens: bool = True,
    ) -> None:
        self.memory, self._connect, self._listens = memory, connect, listens
        self._stopping, self._ready = Event(), Event()
        self._thread = Thread(target=self._run, name="serving", daemon=True)
        self._horizon = 0
        self._known: frozenset[int] = frozenset()

    def start(self) -> None:
        self._thread.start()

    def wait(self, patience: float) -> None:
        """At most ``patience`` seconds, until everything is in memory."""
        self._ready.wait(patience)

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(2)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._connected() as connection:
                    self.read_everything(connection)
                    self._ready.set()
                    self._follow(connection)
            except psycopg.Error as error:
                logger.warning("The memory lost its database: %s", str(error).strip().partition("\n")[0])
                self._stopping.wait(PAUSE_SECONDS)
            except Exception:
                # INVARIANT: this thread never ends by itself, or what is held would never change again.
                logger.exception("The memory could not be brought up to date")
                self._stopping.wait(PAUSE_SECONDS)

    def _connected(self) -> psycopg.Connection[Any]:
        """Only here it shows whether the database can be reached at all."""
        failed = False
        while True:
            try:
                return self._connect()
            except psycopg.OperationalError:
                if failed and self._stopping.is_set():
                    raise
                self.memory.is_cut_off = failed = True
                self._stopping.wait(PAUSE_SECONDS)

    def _follow(self, connection: psycopg.Connection[Any]) -> None:
        while not self._stopping.is_set():
            if self._listens:
                wait_for_call(connection, LOOK_SECONDS)
            else:
                self._stopping.wait(LOOK_SECONDS)
            self.catch_up(connection)

    def read_everything(self, connection: psycopg.Connection[Any]) -> None:
        """Whatever may have happened while there was no connection."""
        at = monotonic()
        if self._listens:
            connection.execute("LISTEN brightline_serving")
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._horizon, self._known = loading.horizon(connection), frozenset()
            self.memory.replace_keys(loading.keys(connection))
            at_hand = self.memory.held()
            room = self.memory.most - sum(row.size for row in at_hand.values())
            self.memory.replace_slots(loading.slots(connection, at_hand, room))
        self.memory.agree(at)
        self.memory.tell(None)

    def catch_up(self, connection: psycopg.Connection[Any]) -> None:
        """What changed since the last time."""
        at = monotonic()
        found = loading.changes(connection, self._horizon, self._known, self.memory.room())
        if found.everything:
            self.read_everything(connection)
            return
        concerned = {*found.slots, *filter(None, map(self.memory.product_of, found.keys))}
        for key_id, (digest, key) in found.keys.items():
            self.memory.put_key(key_id, digest, key)
        for product, slots in found.slots.items():
            self.memory.put_product(product, slots)
        self._horizon, self._known = found.horizon, found.ids
        self.memory.agree(at)
        if concerned:
            self.memory.tell(concerned)


def wait_for_call(connection: psycopg.Connection[Any], seconds: float) -> None:
    """Until a notification is there, for at most so long.

    All that came while it was looking are one: else each would be a look of its own, and under load they come in
    dozens.
    """
    if not list(connection.notifies(timeout=0)):
        next(iter(connection.notifies(timeout=seconds, stop_after=1)), None)
