"""Two numbers of a suite side by side, in words: which probes are new, gone, or other ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from audits.checks.probes import written
from audits.checks.probes.compare import Changed, Difference, compare
from audits.conformance import suites as found
from audits.models import Suite
from audits.web.pages.conformance import words
from audits.web.pages.suites import words as said
from audits.web.pages.suites.shelf import crumbs
from audits.web.presenters.suites import PartChange, ProbeChange, SuiteDiffPage
from profiles.web.presenters.parts import Crumb

_PARTS: Final = {
    "behavior": lazy("Behavior"),
    "direction": lazy("Direction"),
    "kind": lazy("What counts"),
    "threshold": lazy("Threshold"),
    "epochs": lazy("How often each conversation is held"),
    "applies_if": lazy("Where it applies"),
    "source": lazy("Source"),
    "author": lazy("Author"),
    "on": lazy("Replies that can fail"),
    "fail_if": lazy("What fails a reply"),
    "pass_if": lazy("What passes a reply"),
    "judge": lazy("What the judge is asked"),
    "examples": lazy("Examples"),
    "title": lazy("Title"),
    "note": lazy("Note"),
}


def build_diff(before: Suite, after: Suite) -> SuiteDiffPage:
    difference = compare(found.document(before), found.document(after))
    told = {"title": after.title, "before": before.number, "after": after.number}
    return SuiteDiffPage(
        crumbs=(*crumbs(), Crumb(str(after), reverse("suite", args=[after.pk]))),
        title=_("%(title)s: number %(before)d and number %(after)d") % told,
        summary=in_words(difference),
        about=tuple(_part(*each) for each in difference.about),
        added=tuple(_at(after, name) for name in difference.added),
        removed=tuple(_at(before, name) for name in difference.removed),
        changed=tuple(_changed(after, each) for each in difference.changed),
    )


def in_words(difference: Difference) -> str:
    """What differs, in one sentence."""
    counts = (
        (len(difference.added), lambda n: ngettext("%(n)s probe added", "%(n)s probes added", n)),
        (len(difference.removed), lambda n: ngettext("%(n)s probe removed", "%(n)s probes removed", n)),
        (len(difference.changed), lambda n: ngettext("%(n)s probe changed", "%(n)s probes changed", n)),
        (difference.same, lambda n: ngettext("%(n)s probe as before", "%(n)s probes as before", n)),
    )
    return "; ".join(text(count) % {"n": words.number(count)} for count, text in counts if count)


def _at(suite: Suite, name: str) -> tuple[str, str]:
    return name, reverse("suite_probe", args=[suite.pk, name])


def _changed(suite: Suite, change: Changed) -> ProbeChange:
    return ProbeChange(*_at(suite, change.probe), tuple(_part(*each) for each in change.parts))


def _part(name: str, before: Any, after: Any) -> PartChange:
    group, _dot, rest = name.partition(".")
    label = {
        "variants": _("Conversation %(name)s"),
        "questions": _("Question %(name)s"),
        "untestable": _("Not testable: %(name)s"),
    }.get(group)
    shown = label % {"name": rest} if label else str(_PARTS.get(name, name))
    return PartChange(shown, _value(name, before), _value(name, after))


def _value(name: str, value: Any) -> str:
    if value is None:
        return ""
    if name == "direction":
        return str(words.DIRECTIONS[value])
    if name == "kind":
        return str(said.KINDS[value])
    if name in ("fail_if", "pass_if"):
        return written.lines_of(value)
    if isinstance(value, Mapping):
        return "\n".join(_lines(value))
    return str(value)


def _lines(table: Mapping[str, Any]) -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, list):
            yield from (f"{name}: {_in_one(each)}" for each in value)
        elif isinstance(value, Mapping):
            yield from (f"{name}: {line}" for line in _lines(value))
        else:
            yield f"{name}: {value}"


def _in_one(value: Any) -> str:
    return " / ".join(map(str, value)) if isinstance(value, list) else str(value)
