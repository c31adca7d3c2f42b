"""Hear of a request to stop without being the one who handles it: the web server has a handler of its own."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from threading import Thread, current_thread, main_thread
from typing import Final

STOPPING: Final = {signal.SIGTERM, signal.SIGINT}


def when_stopped(tell: Callable[[], object]) -> None:
    """Call ``tell``, on a thread of its own, as soon as this process is asked to stop. Only the main thread may wish
    so; elsewhere nothing happens."""
    if current_thread() is not main_thread():
        return
    ours, pythons = os.pipe()
    os.set_blocking(pythons, False)
    signal.set_wakeup_fd(pythons, warn_on_full_buffer=False)
    Thread(target=_wait, args=(ours, tell), name="stopping", daemon=True).start()


def _wait(numbers: int, tell: Callable[[], object]) -> None:
    """Each signal with a handler, whoever's it is, comes as a byte with its number."""
    while came := os.read(numbers, 64):
        if STOPPING.intersection(came):
            tell()
            return
