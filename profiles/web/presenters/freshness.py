"""What is known of whether models keep a promise, and how old that is: small, and the same wherever the promise is."""

from __future__ import annotations

from msgspec import Struct

from profiles.web.presenters.parts import Pill, When


class Freshness(Struct, frozen=True):
    """Of a whole profile on one platform. Without ``when`` nothing that counts was run."""

    pill: Pill  # "passing", "failing", "stale", "not tested"
    text: str  # "12 of 14 commitments pass on the model gpt-5."
    when: When | None = None
    href: str = ""  # to the run
    run: str = ""  # "Run 5"
    rehearsal: bool = False


class Tested(Struct, frozen=True):
    """Of one commitment. ``tone``: ok, warn, bad."""

    tone: str
    short: str  # "58 of 60"
    text: str  # "Tested: 58 of 60 trials keep it, on the model gpt-5, 27 Nov 2026, 14:00 UTC. Inconclusive."
