"""What drifted, in words: what was compared with what, and no more than that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from audits.models import Drift
from profiles.web.presenters.parts import When

ASPECTS: Final = {
    "model": lazy("the model's name"),
    "fingerprint": lazy("its fingerprint"),
    "answers": lazy("its answers to fixed questions"),
    "rulebook": lazy("the rulebook revision"),
}
_CHANGES: Final = {
    "model": lazy("the model called itself %(before)s, and now %(now)s"),
    "fingerprint": lazy("the endpoint's fingerprint was %(before)s, and is now %(now)s"),
    "answers": lazy("%(now)s of %(before)s fixed questions are answered otherwise"),
    "rulebook": lazy("the active version was made against %(before)s, and %(now)s is published"),
}


def drift_words(row: Drift, now: datetime) -> str:
    """For a product's page: since its newest complete run."""
    when = When.of(row.found_at, now)
    told = {"changes": changes_words(row.changes), "compared": compared_words(row.compared), "when": when.shown}
    return _("Drift since the last complete run: %(changes)s. Compared: %(compared)s; found %(when)s.") % told


def changes_words(changes: Iterable[Mapping[str, Any]]) -> str:
    known = (each for each in changes if each.get("aspect") in _CHANGES)
    return "; ".join(str(_CHANGES[each["aspect"]]) % {"before": each["before"], "now": each["now"]} for each in known)


def compared_words(aspects: Iterable[str]) -> str:
    return ", ".join(str(ASPECTS[each]) for each in aspects if each in ASPECTS)
