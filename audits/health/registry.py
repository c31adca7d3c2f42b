"""Which checks there are, and what measures each. Another one plugs in as one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from audits.checks.results import CheckKind, Result
from audits.health import endings, looking, serving
from audits.health.place import Place

Measure: TypeAlias = Callable[[Place], Result]

MEASURES: Final[Mapping[CheckKind, Measure]] = {
    CheckKind.LIMITS: looking.limits,
    CheckKind.INSTRUCTIONS: looking.instructions,
    CheckKind.BEHAVIOR: looking.behavior,
    CheckKind.SERVING: serving.measure,
    CheckKind.EXPIRY: endings.measure,
    CheckKind.DRIFT: looking.drift,
}
# What becomes of these has entries of its own: a limits check, a run, a reminder. Of all others the trail is told when
# they come out otherwise.
HAVE_OWN_ENTRIES: Final = frozenset({CheckKind.LIMITS, CheckKind.BEHAVIOR, CheckKind.EXPIRY, CheckKind.DRIFT})
