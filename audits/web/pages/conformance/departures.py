"""Where a run departed from its protocol, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from audits.checks.departures import NOTED, What
from audits.models import Run
from audits.web.pages.conformance import words
from audits.web.presenters.conformance import Departed, DepartureLine

_PARAMETERS: Final = {
    "temperature": lazy("temperature"),
    "max_tokens": lazy("most tokens of an answer"),
    "seed": lazy("seed"),
    "top_p": lazy("top_p"),
}
_LEADS: Final = {
    What.OTHER_MODEL: lazy("The endpoint was asked for %(planned)s and reported %(found)s."),
    What.SEVERAL_MODELS: lazy(
        "The endpoint reported several models during the run: %(found)s. The result is of all of them."
    ),
    What.SEVERAL_FINGERPRINTS: lazy("The endpoint reported several fingerprints, so its setup changed during the run."),
    What.SAMPLING_LEFT_OUT: lazy(
        "The %(name)s was not in the request, so the vendor’s own value counted; %(planned)s was planned."
    ),
    What.SAMPLING_CHANGED: lazy("The %(name)s that was sent was %(found)s; %(planned)s was planned."),
    What.OTHER_JUDGE: lazy("The judge was to be %(planned)s and reported %(found)s."),
    What.VOTES_MISSING: lazy("The judge did not give all of its %(planned)s votes."),
    What.SKIPPED: lazy("The run ended before all planned trials were asked."),
    What.WITHOUT_ANSWER: lazy("No answer came."),
    What.RETRIED: lazy("A request failed and was sent again."),
}


def departed(run: Run) -> Departed | None:
    """None while the run goes on, and where it could not begin."""
    if run.state not in (Run.State.FINISHED, Run.State.CANCELLED):
        return None
    if run.departures is None:
        return Departed((), _("This run ended before departures were recorded, so nothing is known of them."))
    lines = tuple(_lines(run.departures))
    return Departed(lines, "" if lines else _("None: what was sent and what came back is as it was fixed."))


def _lines(found: list[Mapping[str, Any]]) -> Iterator[DepartureLine]:
    for one in found:
        what = What(one["what"])
        yield DepartureLine("neutral" if what in NOTED else "warn", sentence(one), _how_often(what, one["trials"]))


def sentence(one: Mapping[str, Any]) -> str:
    """One departure, as a run or its entry keeps it."""
    what, name = What(one["what"]), one["name"]
    if what is What.BEGUN_AGAIN:
        return _("Its worker was lost and another one went on. What was under way may have been asked twice.")
    told = {
        "planned": one["planned"],
        "found": ", ".join(one["found"]),
        "name": str(_PARAMETERS.get(name, name)),
    }
    return str(_LEADS[what]) % told


def _how_often(what: What, count: int) -> str:
    if what is What.BEGUN_AGAIN:
        return ngettext("%(n)s time", "%(n)s times", count) % {"n": words.number(count)}
    return words.trials_words(count)
