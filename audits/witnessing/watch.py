"""Threads beside the sequencer, one for each witness, so that none of them waits for another one, and signing for none.

They keep no state: what is due stands in rows, so a process that dies in the middle has only to ask again.
"""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import Final

from django.db import Error, connection
from django.utils import timezone

from audits.ledger.cosignatures import Known
from audits.witnessing.asking import ask_about, asked, due

logger = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
PAUSE_SECONDS: Final = 10.0  # after something that should not have happened


def start(ended: Event) -> list[Thread]:
    """Ask every witness until ``ended``. The threads end with the process, whatever they wait for."""
    threads = [Thread(target=_watch, args=(one, ended), name=f"witness {one.name}", daemon=True) for one in asked()]
    for thread in threads:
        thread.start()
    return threads


def _watch(one: Known, ended: Event) -> None:
    while not ended.wait(_look(one, ended)):
        pass
    connection.close()


def _look(one: Known, ended: Event) -> float:
    """Ask about what is due; returns after how many seconds to look again."""
    try:
        for log in due(one, timezone.now()):
            if ended.is_set():
                break
            ask_about(log, one, now=timezone.now())
    except Error as error:
        logger.warning("The witness %s waits: %s", one.name, str(error).strip().partition("\n")[0])
        connection.close()
        return PAUSE_SECONDS
    except Exception:  # the thread must go on
        logger.exception("Asking the witness %s failed.", one.name)
        return PAUSE_SECONDS
    return LOOK_SECONDS
