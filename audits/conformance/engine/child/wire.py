"""A thread with a loop of its own for what is on the wire, so that no answer waits for what is made of another."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Coroutine
from functools import cache
from typing import Any, Final, TypeVar

T = TypeVar("T")

# Preparing a request and reading an answer take Inspect 10 ms of processor; the wire is not to wait for all of it.
_SWITCH: Final = 0.0005  # seconds


async def on_the_wire(work: Coroutine[Any, Any, T]) -> T:
    """What ``work`` returns or raises. Whoever stops waiting for it ends it."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, _loop()))


@cache
def _loop() -> asyncio.AbstractEventLoop:
    sys.setswitchinterval(_SWITCH)
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="wire", daemon=True).start()
    return loop
