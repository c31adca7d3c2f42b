"""Two runs of a product in words: what changed between them, what the numbers show of it, and what they cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from audits import queries as audit_queries
from audits.checks.comparisons import Differs, Fixed, causes
from audits.checks.statistics import Change, Comparison
from audits.conformance import comparing
from audits.conformance.comparing import Compared, Contrast
from audits.models import Finding, Run
from audits.web.pages.conformance import words
from audits.web.pages.conformance.departures import departed
from audits.web.pages.conformance.overview import run_words
from audits.web.presenters.comparison import ChangeLine, ComparedLine, ComparisonPage, RunSide, VariantLine
from profiles.access import Actor
from profiles.web.pages import words as said
from profiles.web.presenters.parts import Action, Crumb, Message, Pill, When

OTHERS: Final = 6  # earlier runs that a page leads to
_CHANGES: Final = {
    Change.WORSE: ("bad", lazy("worse")),
    Change.BETTER: ("ok", lazy("better")),
    Change.NOT_SHOWN: ("neutral", lazy("no difference shown")),
    Change.NOT_COMPARABLE: ("neutral", lazy("cannot be compared")),
}
_LABELS: Final = {
    Fixed.VERSION: lazy("Version"),
    Fixed.SETTINGS: lazy("Settings"),
    Fixed.INSTRUCTIONS: lazy("Instructions"),
    Fixed.RULEBOOKS: lazy("Rulebooks"),
    Fixed.PLATFORM: lazy("Platform"),
    Fixed.VENDOR_SETTINGS: lazy("Settings of the vendor"),
    Fixed.SUITE: lazy("Suite"),
    Fixed.MODEL: lazy("Model"),
    Fixed.REPORTED: lazy("It reports itself as"),
    Fixed.ENDPOINT: lazy("Endpoint"),
    Fixed.SAMPLING: lazy("Sampling"),
    Fixed.JUDGE: lazy("Judge"),
}


def comparison_href(earlier: int, later: int) -> str:
    return reverse("run_comparison", args=[earlier, later])


def compare_actions(actor: Actor, run: Run) -> tuple[Action, ...]:
    """With which earlier runs one may want to compare it, the nearest first."""
    if run.state != Run.State.FINISHED:
        return ()
    found = comparing.earlier_runs(actor, run, OTHERS)
    return tuple(
        Action(_("Compare with run %(n)d") % {"n": each}, comparison_href(each, run.pk), "compare") for each in found
    )


def build_comparison(actor: Actor, found: Contrast, now: datetime) -> ComparisonPage:
    names = audit_queries.behavior_names()
    earlier, later = found.earlier, found.later
    product, here = later.protocol.version.product, comparison_href(earlier.pk, later.pk)
    lines = [_line(found, one, names) for one in found.commitments]
    order = list(_CHANGES)
    ranked = sorted(zip(found.commitments, lines, strict=True), key=lambda pair: order.index(pair[0].found.change))
    return ComparisonPage(
        title=_("Run %(a)d to run %(b)d") % {"a": earlier.pk, "b": later.pk},
        crumbs=(
            Crumb(_("Conformance"), reverse("conformance")),
            Crumb(product.name, reverse("product_trend", args=[product.slug])),
        ),
        lead=_lead(found),
        sides=(_side(earlier, now), _side(later, now)),
        messages=tuple(_messages(found)),
        rehearsal=any(run.protocol.endpoint.rehearsal for run in (earlier, later)),
        changes=tuple(_changes(found, names)),
        changes_empty=_("Nothing that a protocol fixes: the same was asked of the same model."),
        limits=tuple(_limits(found)),
        lines=tuple(line for _one, line in ranked),
        empty=_("Neither run has asked anything."),
        others=tuple(each for each in compare_actions(actor, later) if each.href != here),
        swap_href=comparison_href(later.pk, earlier.pk),
    )


def _side(run: Run, now: datetime) -> RunSide:
    title = _("Run %(number)d") % {"number": run.pk}
    when = When.of(run.finished_at or run.requested_at, now)
    return RunSide(title, reverse("run", args=[run.pk]), run_words(run), when.shown)


def _lead(found: Contrast) -> str:
    counts = {change: sum(one.found.change is change for one in found.commitments) for change in Change}
    told = {"worse": counts[Change.WORSE], "better": counts[Change.BETTER], "rest": counts[Change.NOT_SHOWN]}
    return _("%(worse)d worse, %(better)d better, no difference shown for %(rest)d.") % told


def _messages(found: Contrast) -> Iterator[Message]:
    if found.later.pk < found.earlier.pk:
        yield Message("note", _("The run on the right is the older one, so better and worse read backward in time."))
    for run in (found.earlier, found.later):
        lines = departed(run)
        count = sum(line.tone == "warn" for line in lines.lines) if lines else 0
        if count:
            text = ngettext(
                "Run %(run)d departed from its protocol in %(n)d way that bears on its result.",
                "Run %(run)d departed from its protocol in %(n)d ways that bear on its result.",
                count,
            )
            yield Message("warn", text % {"run": run.pk, "n": count})


# What changed


def _changes(found: Contrast, names: Mapping[str, str]) -> Iterator[ChangeLine]:
    for one in found.differs:
        text = _text_by_itself(found) if one.what is Fixed.INSTRUCTIONS else ""
        yield ChangeLine(str(_LABELS[one.what]), text or _change_text(one, names), _change_href(found, one))


def _text_by_itself(found: Contrast) -> str:
    """Instructions that differ though nothing does that they are compiled from by a version's own doing."""
    others = {one.what for one in found.differs}
    if others & {Fixed.VERSION, Fixed.PLATFORM, Fixed.RULEBOOKS}:
        return ""
    return _("The same version was resolved otherwise: an attestation, the baseline or a hold changed between them.")


def _change_text(one: Differs, names: Mapping[str, str]) -> str:
    if one.what is Fixed.SETTINGS:
        listed = [names.get(key, key) for key in one.later.split(", ")]
        return ngettext("Another value of %(names)s", "Other values of %(names)s", len(listed)) % {
            "names": ", ".join(listed)
        }
    if not one.earlier and not one.later:
        return _("differs")
    before, after = (
        said.platform_words(text) if one.what is Fixed.PLATFORM else text for text in (one.earlier, one.later)
    )
    return _("%(before)s, then %(after)s") % {"before": before or _("none"), "after": after or _("none")}


def _change_href(found: Contrast, one: Differs) -> str:
    if one.what is not Fixed.VERSION:
        return ""
    product = found.later.protocol.version.product
    return reverse("version_diff", args=[product.slug, int(one.earlier), int(one.later)])


# What the numbers can show


def _limits(found: Contrast) -> Iterator[str]:
    compared = sum(one.found.change is not Change.NOT_COMPARABLE for one in found.commitments)
    yield ngettext(
        "%(n)s variant was asked alike in both runs and is compared with itself; all others are left out.",
        "%(n)s variants were asked alike in both runs and are compared one by one; all others are left out.",
        found.same,
    ) % {"n": words.number(found.same)}
    yield _cause(causes(found.differs))
    yield _("Where no difference is shown there may still be one: few variants show large differences only.")
    if compared > 1:
        yield _(
            "Each of the %(n)s comparisons is 95 %% sure by itself, so up to one in twenty may show a difference that"
            " is chance alone."
        ) % {"n": words.number(compared)}


def _cause(count: int) -> str:
    if count == 0:
        return _("Nothing that was fixed changed. A difference is chance, or the model changed behind its name.")
    if count == 1:
        return _(
            "One thing changed, so a difference that is shown may come from it; the model may also have changed behind"
            " its name."
        )
    return _("More than one thing changed, so the numbers cannot tell which of them made a difference.")


# Commitments


def _line(found: Contrast, one: Compared, names: Mapping[str, str]) -> ComparedLine:
    tone, text = _CHANGES[one.found.change]
    return ComparedLine(
        key=one.behavior,
        name=names.get(one.behavior, one.behavior),
        pill=Pill(tone, str(text)),
        earlier=_share(one.earlier),
        later=_share(one.later),
        difference=_difference(one.found),
        sure=_sure(one.found),
        variants=_variants(one.found),
        better=tuple(_variant(found, name) for name in one.found.better),
        worse=tuple(_variant(found, name) for name in one.found.worse),
    )


def _share(row: Finding | None) -> str:
    if row is None or row.outcome == Finding.Outcome.NOT_COVERED:
        return _("not covered")
    told = {"passed": words.number(row.passed), "trials": words.number(row.trials)}
    told["outcome"] = words.finding_pill(row.outcome).text
    return _("%(passed)s of %(trials)s, %(outcome)s") % told


def points(share: float) -> str:
    """A difference of shares, in percentage points with its sign."""
    shown = round(share * 100, 1) or 0.0
    sign = "+" if shown > 0 else "\N{MINUS SIGN}" if shown < 0 else ""
    return sign + number_format(abs(shown), decimal_pos=0 if shown.is_integer() else 1)


def _difference(found: Comparison) -> str:
    if not found.variants:
        return ""
    return _("%(points)s points") % {"points": points(found.difference)}


def _sure(found: Comparison) -> str:
    if found.interval is None:
        return ""
    told = {"low": points(found.interval.low), "high": points(found.interval.high)}
    return _("95 %% interval: %(low)s to %(high)s") % told


def _variants(found: Comparison) -> str:
    if found.change is Change.NOT_COMPARABLE:
        return _("Fewer than two variants were asked alike in both runs.")
    told = {
        "n": words.number(found.variants),
        "better": words.number(len(found.better)),
        "worse": words.number(len(found.worse)),
        "p": number_format(max(found.p_value, 0.001), decimal_pos=3),
    }
    if found.p_value < 0.001:
        return _("Of %(n)s variants %(better)s better and %(worse)s worse, p below %(p)s") % told
    return _("Of %(n)s variants %(better)s better and %(worse)s worse, p = %(p)s") % told


def _variant(found: Contrast, name: str) -> VariantLine:
    probe = urlencode({"probe": name.rpartition("/")[0]})
    earlier, later = (f"{reverse('run_trials', args=[run.pk])}?{probe}" for run in (found.earlier, found.later))
    return VariantLine(name, earlier, later)
