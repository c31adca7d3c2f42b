"""The thread that writes what a web process counted, and sweeps up what nobody asks for any more.

It is not the one that follows the database (``follower.py``): a write may have to wait for another process that counts
the same, and news must not wait with it. It connects when there is something to write for the first time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import Event, Thread
from time import monotonic
from typing import Any, Final

import psycopg

from profiles.serving.receipts import Receipts

logger = logging.getLogger(__name__)

FLUSH_SECONDS: Final = 2.0
SWEEP_SECONDS: Final = 600.0
KEEP: Final = "1 hour"  # of changes; whoever was away reads everything anew
_SWEEP: Final = f"DELETE FROM profiles_servingchange WHERE at < now() - interval '{KEEP}'"  # noqa: S608


class Upkeep:
    """``connect`` makes a new connection in autocommit mode."""

    def __init__(self, receipts: Receipts, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self._receipts, self._connect = receipts, connect
        self._connection: psycopg.Connection[Any] | None = None
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="upkeep", daemon=True)
        self._swept = monotonic()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(2)

    def _run(self) -> None:
        while not self._stopping.wait(FLUSH_SECONDS):
            try:
                self.look()
            except psycopg.Error as error:  # what was counted is kept, and the next look tries again
                logger.info("Receipts wait for the database: %s", str(error).strip().partition("\n")[0])
                self._disconnect()
            except Exception:
                # INVARIANT: this thread never ends by itself, or what is counted would never be written again.
                logger.exception("Receipts could not be written")
                self._disconnect()

    def look(self) -> None:
        """Write what is there to be written.

        Raises:
            psycopg.Error
        """
        if self._receipts.is_empty() and monotonic() - self._swept < SWEEP_SECONDS:
            return
        connection = self._connection = self._connection or self._connect()
        self._receipts.flush(connection)
        if monotonic() - self._swept >= SWEEP_SECONDS:
            self._swept = monotonic()
            connection.execute(_SWEEP)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
