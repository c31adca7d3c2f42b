from __future__ import annotations

import logging
import signal
from threading import Event
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connection
from django.utils import timezone

from audits.ledger import keys
from audits.ledger.sequence import BATCH, look, place
from audits.witnessing import asking, watch

logger = logging.getLogger(__name__)

# Entries wait for so long at most. A notification would come sooner, and cost every transaction that writes
# an entry the lock under which PostgreSQL queues notifications.
LOOK_SECONDS: Final = 0.5
PAUSE_SECONDS: Final = 1.0  # before the next try, while the database cannot be reached


class Command(BaseCommand):
    help = "Give entries their places in the logs and sign checkpoints, until it is told to end. One is enough."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="place what waits now, and end")

    def handle(self, *, once: bool, **_options: Any) -> None:
        if not keys.can_sign():
            raise CommandError("No checkpoint can be signed: set BRIGHTLINE_LOG_KEY to a private Ed25519 key.")
        ended = Event()
        self._compare()
        if once:
            self._work(ended)
            return
        watch.start(ended)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        while not ended.is_set():
            ended.wait(self._work(ended))

    def _compare(self) -> None:
        """Before anything is signed: is the database what was published?"""
        try:
            asking.compare_with_witnesses(now=timezone.now())
            look(now=timezone.now())
        except Error as error:
            # It is compared again with each batch.
            logger.warning("Nothing can be compared: %s", str(error).strip().partition("\n")[0])
            connection.close()

    def _work(self, ended: Event) -> float:
        """Place all that waits; returns after how many seconds to look again."""
        try:
            while place(now=timezone.now()) == BATCH and not ended.is_set():
                pass
        except Error as error:
            logger.warning("No places can be given: %s", str(error).strip().partition("\n")[0])
            connection.close()
            return PAUSE_SECONDS
        return LOOK_SECONDS
