"""Hear of a request to stop without being the one who handles it: the server has handlers of its own."""

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
    theirs = signal.set_wakeup_fd(pythons, warn_on_full_buffer=False)
    Thread(target=_pass_on, args=(ours, theirs, tell), name="stopping", daemon=True).start()


def _pass_on(ours: int, theirs: int, tell: Callable[[], object]) -> None:
    """Each signal with a handler, whoever's it is, comes as a byte with its number. Event loops wait for them too."""
    while came := os.read(ours, 64):
        if theirs >= 0:
            os.write(theirs, came)
        if STOPPING.intersection(came):
            tell()
