"""What checks say, in the words of whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import dateformat
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from audits.checks.lint import RULES
from audits.checks.results import CheckKind, Outcome, Point
from audits.checks.sentences import SENTENCES

NAMES: Final = {
    CheckKind.LIMITS: gettext_lazy("Limits"),
    CheckKind.INSTRUCTIONS: gettext_lazy("Instructions"),
    CheckKind.BEHAVIOR: gettext_lazy("Behavior"),
    CheckKind.SERVING: gettext_lazy("Serving"),
    CheckKind.EXPIRY: gettext_lazy("Expiry"),
    CheckKind.DRIFT: gettext_lazy("Drift"),
}
QUESTIONS: Final = {
    CheckKind.LIMITS: gettext_lazy("Is every setting still inside its window?"),
    CheckKind.INSTRUCTIONS: gettext_lazy("Does its own text work against users, a bright line or its settings?"),
    CheckKind.BEHAVIOR: gettext_lazy("Does the model keep its commitments?"),
    CheckKind.SERVING: gettext_lazy("Do clients get the bytes that were approved?"),
    CheckKind.EXPIRY: gettext_lazy("What ends soon, and what changes then?"),
    CheckKind.DRIFT: gettext_lazy("Did the model or the rulebook change under it?"),
}
OUTCOMES: Final = {
    Outcome.PASS: gettext_lazy("Pass"),
    Outcome.ATTENTION: gettext_lazy("Look at it"),
    Outcome.FAIL: gettext_lazy("Fail"),
    Outcome.INCONCLUSIVE: gettext_lazy("Inconclusive"),
    Outcome.NOT_MEASURED: gettext_lazy("Not measured"),
}
_MOMENT: Final = "_at"


def sentence(raw: Mapping[str, Any]) -> str:
    """A point as it is kept, in words; its code where a newer program wrote it."""
    code, values = str(raw.get("code", "")), raw.get("values")
    try:
        return say(Point(code, Outcome(raw["outcome"]), dict(values or {})))
    except (AssertionError, KeyError, TypeError, ValueError):
        return code


def say(point: Point) -> str:
    shown = {name: _moment(value) if name.endswith(_MOMENT) else value for name, value in point.values.items()}
    return str(_(SENTENCES[point.code]) % shown)


def why(point: Point) -> str:
    """The reason of a rule of the lint; empty for everything else."""
    rule = RULES.get(point.code)
    return _(rule.why) if rule else ""


def _moment(value: str | int) -> str:
    at = localtime(datetime.fromisoformat(str(value)))
    day = dateformat.format(at, pgettext("date format", "j M Y"))
    return _("%(day)s, %(time)s %(zone)s") % {"day": day, "time": f"{at:%H:%M}", "zone": at.tzname()}
