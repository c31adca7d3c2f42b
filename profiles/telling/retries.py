"""When to try again what did not arrive."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

_S, _M, _H = 1, 60, 3600
# Seconds after each failed attempt: close together at first, then rarer, a good day in all.
DELAYS: Final = (5 * _S, 30 * _S, 2 * _M, 10 * _M, 30 * _M, 1 * _H, 2 * _H, 4 * _H, 7 * _H, 9 * _H)
MOST_TRIES: Final = len(DELAYS) + 1
_JITTER: Final = 0.2  # of a delay, either way: so that what failed together does not come back together


def next_delay(tries: int, *, chance: float, asked_for: timedelta | None = None) -> timedelta | None:
    """How long to wait after so many failed attempts; None when it is time to give up.

    Args:
        chance: a random number from 0 to 1.
        asked_for: what the receiver asked for; it may only make us slower, and by a day at most.
    """
    if tries >= MOST_TRIES:
        return None
    delay = timedelta(seconds=DELAYS[tries - 1] * (1 - _JITTER + 2 * _JITTER * chance))
    return max(delay, min(asked_for, timedelta(days=1))) if asked_for else delay
