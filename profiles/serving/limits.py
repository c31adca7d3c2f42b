"""How often one key may ask one web process: a bucket of tokens for each key, in memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import monotonic
from typing import Final

from django.utils.translation import ngettext

from profiles.errors import TooManyRequests

BURST_SECONDS: Final = 2  # of requests that were not made may be made up for at once


class Limiter:
    """``rate`` is in requests a second; 0 lets everybody through."""

    def __init__(self, rate: float, clock: Callable[[], float] = monotonic) -> None:
        self.rate = rate
        self._clock = clock
        self._buckets: dict[int, tuple[float, float]] = {}  # tokens, and when there were that many

    def take(self, key: int) -> int:
        """0 if the key may ask now, else for how many whole seconds it has to wait."""
        if not self.rate:
            return 0
        now, most = self._clock(), max(1.0, self.rate * BURST_SECONDS)
        tokens, then = self._buckets.get(key, (most, now))
        tokens = min(most, tokens + (now - then) * self.rate)
        if tokens < 1:
            return max(1, math.ceil((1 - tokens) / self.rate))
        self._buckets[key] = (tokens - 1, now)
        return 0


def refusal(wait: int) -> TooManyRequests:
    """What a key is told that has to wait for so many seconds."""
    sentence = ngettext(
        "This key asks too often. Wait for %(seconds)d second.",
        "This key asks too often. Wait for %(seconds)d seconds.",
        wait,
    )
    return TooManyRequests(sentence % {"seconds": wait}, retry_after=wait)
