"""How a product is, in a word or two: on its card, on its page, and over each environment of the page of its health."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.checks.results import Outcome
from audits.health.reads import Sign
from profiles.web.presenters.parts import Pill

TONES: Final[Mapping[Outcome, str]] = {
    Outcome.PASS: "ok",
    Outcome.ATTENTION: "warn",
    Outcome.FAIL: "bad",
    Outcome.INCONCLUSIVE: "neutral",
    Outcome.NOT_MEASURED: "neutral",
}
ICONS: Final[Mapping[Outcome, str]] = {
    Outcome.PASS: "check",
    Outcome.ATTENTION: "warn",
    Outcome.FAIL: "stop",
    Outcome.INCONCLUSIVE: "help",
    Outcome.NOT_MEASURED: "minus",
}


def health_pill(sign: Sign | None) -> Pill:
    """The worst outcome, and how many checks came out so."""
    if sign is None:
        return Pill("neutral", _("not measured"))
    return Pill(TONES[sign.outcome], counted(sign.outcome, sign.count))


def counted(outcome: Outcome, n: int) -> str:
    """ "2 checks fail"."""
    if outcome is Outcome.FAIL:
        text = ngettext("%(n)d check fails", "%(n)d checks fail", n)
    elif outcome is Outcome.ATTENTION:
        text = ngettext("%(n)d check to look at", "%(n)d checks to look at", n)
    elif outcome is Outcome.INCONCLUSIVE:
        text = ngettext("%(n)d check inconclusive", "%(n)d checks inconclusive", n)
    elif outcome is Outcome.NOT_MEASURED:
        text = ngettext("%(n)d check not measured", "%(n)d checks not measured", n)
    else:
        return _("every check passes")
    return text % {"n": n}
