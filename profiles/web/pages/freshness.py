"""From runs to what pages say of them beside a promise: how much passes, since when, and whether that still counts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from audits.checks import freshness as checks
from audits.checks.freshness import Known, Lack
from audits.checks.sentences import SENTENCES
from audits.checks.statistics import CommitmentOutcome as Outcome
from profiles.models import Environment
from profiles.queries.freshness import Shown
from profiles.web.pages import words
from profiles.web.presenters.freshness import Freshness, Tested
from profiles.web.presenters.parts import Pill, When

_WORST_FIRST: Final = (Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.PASS)
_TONES: Final = {Outcome.FAIL: "bad", Outcome.INCONCLUSIVE: "warn", Outcome.PASS: "ok"}
_OUTCOMES: Final = {Outcome.FAIL: lazy("fail"), Outcome.INCONCLUSIVE: lazy("inconclusive"), Outcome.PASS: lazy("pass")}


def asked_days(environments: Iterable[Environment]) -> int | None:
    """How old a run may be where most is asked; None where no environment asks for one."""
    return min((place.run_days for place in environments if place.run_days), default=None)


def lines(shown: Shown, now: datetime, days: int | None = None) -> tuple[Freshness, ...]:
    """One for each platform, and each model that the product names for it.

    Args:
        days: how old a run may be; None where nobody asks for that.
    """
    return tuple(line(each, now, days) for each in shown.known)


def worst(shown: Shown, now: datetime, days: int | None = None) -> Freshness | None:
    """The one line that says most against it, where there is room for one alone."""
    order = ("bad", "warn", "neutral", "ok")
    return min(lines(shown, now, days), key=lambda each: order.index(each.pill.tone), default=None)


def line(known: checks.Freshness, now: datetime, days: int | None = None) -> Freshness:
    platform = words.platform_words(known.wanted.platform)
    run = known.newest
    if run is None:
        return _untested(known, platform, now)
    tone, state = _state(known, now, days)
    return Freshness(
        Pill(tone, state),
        " ".join(_counted(known, platform)),
        When.of(run.ended, now),
        reverse("run", args=[run.run]),
        _("Run %(number)d") % {"number": run.run},
    )


def _state(known: checks.Freshness, now: datetime, days: int | None) -> tuple[str, str]:
    outcome = known.outcome
    if outcome is Outcome.FAIL:
        return "bad", _("failing")
    gap = checks.missing(known, days=days, now=now) if days else None
    if gap and gap.lack is Lack.STALE:
        return "warn", _("stale")
    if outcome is None:
        return "neutral", _("not tested")
    return ("warn", _("inconclusive")) if outcome is Outcome.INCONCLUSIVE else ("ok", _("passing"))


def _counted(known: checks.Freshness, platform: str) -> Iterable[str]:
    assert known.newest is not None, "there is a run"
    total = len(known.commitments)
    told = {
        "passed": len(known.having(Outcome.PASS)),
        "total": total,
        "platform": platform,
        "model": known.newest.model,
    }
    text = ngettext(
        "%(passed)d of %(total)d commitment tested for %(platform)s passes, on the model %(model)s.",
        "%(passed)d of %(total)d commitments tested for %(platform)s pass, on the model %(model)s.",
        total,
    )
    yield text % told
    if failing := len(known.having(Outcome.FAIL)):
        yield ngettext("%(n)d fails.", "%(n)d fail.", failing) % {"n": failing}
    if unclear := len(known.having(Outcome.INCONCLUSIVE)):
        yield ngettext("%(n)d is inconclusive.", "%(n)d are inconclusive.", unclear) % {"n": unclear}


def _untested(known: checks.Freshness, platform: str, now: datetime) -> Freshness:
    near, pill = known.near, Pill("neutral", _("not tested"))
    text = _(SENTENCES[known.gap]) % {"platform": platform, **known.told}
    if near is None:
        return Freshness(pill, text)
    return Freshness(
        pill,
        text,
        When.of(near.ended, now),
        reverse("run", args=[near.run]),
        _("Run %(number)d") % {"number": near.run},
        rehearsal=near.rehearsal,
    )


def tested(shown: Shown | None, key: str) -> Tested | None:
    """Of one commitment: the worst that is known of it on any platform; None where no run that counts tested it."""
    found = [each.commitments[key] for each in shown.known if key in each.commitments] if shown else []
    if not found:
        return None
    known = min(found, key=lambda each: (_WORST_FIRST.index(each.found.outcome), -each.source.ended.timestamp()))
    return Tested(_TONES[known.found.outcome], _share(known), _told(known))


def _share(known: Known) -> str:
    return _("%(passed)d of %(trials)d") % {"passed": known.found.passed, "trials": known.found.trials}


def _told(known: Known) -> str:
    text = _("Tested on %(when)s: %(share)s trials keep it, on the model %(model)s (%(outcome)s).")
    told = {"when": When.of(known.source.ended).shown, "share": _share(known), "model": known.source.model}
    return text % {**told, "outcome": _OUTCOMES[known.found.outcome]}
