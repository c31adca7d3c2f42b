"""How often requests may leave: evenly, whoever they go to, so that no minute holds more than it may."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import cache


class Pace:
    """Turns that are a fixed time apart. It is asked from one event loop, so that a turn is taken in one step."""

    def __init__(self, per_minute: int) -> None:
        self._step = 60 / per_minute
        self._next = 0.0

    async def turn(self, stopped: Callable[[], bool]) -> None:
        """Returns when it is this one's turn, or at once if everything is to stop."""
        at = max(time.monotonic(), self._next)
        self._next = at + self._step
        while (left := at - time.monotonic()) > 0 and not stopped():
            await asyncio.sleep(min(left, 0.25))


@cache
def pace(per_minute: int) -> Pace:
    """The one of this process, which clients of the model and of the judge share."""
    return Pace(per_minute)
