"""What a version lacks for the passing run that an environment asks for, in a sentence that says how to get it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from audits.checks.freshness import Lack, Missing

_NAMED: Final = 3  # behaviors
_SENTENCES: Final = {
    Lack.NOT_RUN: lazy("For %(platform)s no run is complete. Start one under Conformance."),
    Lack.REHEARSED: lazy(
        "For %(platform)s there is only a rehearsal, run %(run)d, whose answers are canned. "
        "Start a run on a real model."
    ),
    Lack.OTHER_INSTRUCTIONS: lazy(
        "The newest run for %(platform)s, run %(run)d of version %(version)d, told the model something else. "
        "Start a run of this version."
    ),
    Lack.OTHER_MODEL: lazy(
        "Run %(run)d for %(platform)s asked the model %(asked)s, and the product names %(model)s. "
        "Start a run on that one."
    ),
    Lack.FAILING: lazy(
        "Run %(run)d for %(platform)s fails: %(behaviors)s. Change the profile or the model, then run it again."
    ),
    Lack.INCONCLUSIVE: lazy(
        "Run %(run)d for %(platform)s is inconclusive: %(behaviors)s. Judge its unclear trials, or run it again."
    ),
    Lack.STALE: lazy("Run %(run)d for %(platform)s is older than that. Run it again."),
}
_STALE_PART: Final = lazy(
    "What run %(run)d for %(platform)s says of %(behaviors)s is older than that. Run its suite again."
)


def missing_words(missing: Missing, names: Mapping[str, str]) -> str:
    """
    Args:
        names: of behaviors, by key.
    """
    near = missing.near
    told: dict[str, Any] = {"platform": missing.wanted.platform, "model": missing.wanted.model}
    told["behaviors"] = named(missing.behaviors, names)
    if near is not None:
        told |= {"run": near.run, "version": near.version, "asked": near.model}
    is_part = missing.lack is Lack.STALE and missing.behaviors
    return str(_STALE_PART if is_part else _SENTENCES[missing.lack]) % told


def named(behaviors: Iterable[str], names: Mapping[str, str]) -> str:
    """A few of them by name, and how many more there are."""
    found = [names.get(key, key) for key in behaviors]
    shown, rest = ", ".join(found[:_NAMED]), len(found) - _NAMED
    return _("%(names)s and %(n)d more") % {"names": shown, "n": rest} if rest > 0 else shown
