"""What a product's runs say of each commitment over time: charts, and the same in a table beside each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple, Self
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec import Struct

from audits import queries as audit_queries
from audits.conformance import reads
from audits.conformance.reads import Series, Stretch
from audits.models import Finding, Run
from audits.web.pages.conformance import words
from audits.web.pages.conformance.overview import number_in, start_action
from audits.web.pages.conformance.plot import Plot
from audits.web.presenters.trail import Choice
from audits.web.presenters.trend import Change, Chart, Charts, Point, TrendPage, TrendRow
from profiles.access import Actor, Permission
from profiles.models import Product
from profiles.web.pages import words as said
from profiles.web.presenters.parts import Crumb, Pager, Pill, When

RUNS: Final = 12  # of one chart


class Asked(Struct, frozen=True):
    """Which series an address asks for, and where in it."""

    series: str = ""
    before: int | None = None
    after: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        return cls(query.get("of", "")[:200], number_in(query.get("before", "")), number_in(query.get("after", "")))


class _Key(NamedTuple):
    """What one chart is about. ``place``: among parts of one run that differ in nothing but their thresholds."""

    behavior: str
    direction: str
    kind: str
    place: int


class _Seen(Struct, frozen=True):
    """One run, and the part of its finding that a chart shows."""

    run: Run
    part: Mapping[str, Any]


def build_trend(actor: Actor, product: Product, asked: Asked, now: datetime) -> TrendPage:
    known = reads.series_of(actor, product)
    series = next((one for one in known if _value(one) == asked.series), known[0] if known else None)
    found = (
        reads.stretch(actor, product, series, RUNS, asked.before, asked.after)
        if series
        else Stretch([], {}, None, None)
    )
    here = reverse("product_trend", args=[product.slug])
    return TrendPage(
        title=_("Conformance of %(product)s over time") % {"product": product.name},
        crumbs=(
            Crumb(_("Conformance"), reverse("conformance")),
            Crumb(product.name, reverse("product", args=[product.slug])),
        ),
        lead=_(
            "What each finished run says of each commitment: the share of trials that keep it, and how sure that is."
        ),
        rehearsal=any(run.protocol.endpoint.rehearsal for run in found.runs),
        series=tuple(Choice(_value(one), _series_words(one), one == series) for one in known),
        here=here,
        marks=tuple(_marks()),
        commitments=tuple(_commitments(found, now)),
        pager=_pager(found, series, here),
        empty=_("No run of this product has finished yet."),
        start=start_action(product.slug) if actor.may(Permission.RUN_CHECK) else None,
    )


def _value(series: Series) -> str:
    return f"{series.platform}/{series.suite}"


def _series_words(series: Series) -> str:
    return _("%(suite)s on %(platform)s") % {"suite": series.suite, "platform": said.platform_words(series.platform)}


def _pager(found: Stretch, series: Series | None, here: str) -> Pager:
    text = ngettext("%(n)s run", "%(n)s runs", len(found.runs)) % {"n": words.number(len(found.runs))}
    if series is None:
        return Pager(text, "", "")
    newer, older = (
        f"{here}?{urlencode({'of': _value(series), name: place})}" if place is not None else ""
        for name, place in (("after", found.after), ("before", found.before))
    )
    return Pager(text, newer, older)


def _marks() -> Iterator[tuple[str, str]]:
    for outcome in (Finding.Outcome.PASS, Finding.Outcome.INCONCLUSIVE, Finding.Outcome.FAIL):
        tone, text = words.FINDINGS[outcome]
        yield tone, str(text)
    yield "interval", _("95 % interval")
    yield "threshold", _("threshold")
    yield "version", _("another version from here on")
    yield "model", _("another model, or one that calls itself otherwise")


# Charts


def _commitments(found: Stretch, now: datetime) -> Iterator[Charts]:
    names = audit_queries.behavior_names()
    by_key = _by_key(found)
    behaviors = dict.fromkeys(key.behavior for key in by_key)
    for name, behavior in sorted((names.get(behavior, behavior), behavior) for behavior in behaviors):
        charts = [_chart(key, found.runs, by_key[key], now) for key in sorted(by_key) if key.behavior == behavior]
        yield Charts(behavior, name, tuple(charts))


def _by_key(found: Stretch) -> dict[_Key, list[_Seen]]:
    by_key: dict[_Key, list[_Seen]] = {}
    for run in found.runs:
        for finding in found.findings.get(run.pk, {}).values():
            for key, part in _parts(finding):
                by_key.setdefault(key, []).append(_Seen(run, part))
    return by_key


def _parts(finding: Finding) -> Iterator[tuple[_Key, Mapping[str, Any]]]:
    places: dict[tuple[str, str], int] = {}
    for part in sorted(finding.parts, key=lambda part: part["threshold"] or 0.0):
        pair = part["direction"], part["kind"]
        places[pair] = places.get(pair, -1) + 1
        yield _Key(finding.behavior, *pair, places[pair]), part


def _chart(key: _Key, runs: list[Run], seen: list[_Seen], now: datetime) -> Chart:
    plot = Plot(len(runs), min(one.part["low"] for one in seen))
    places = {run.pk: place for place, run in enumerate(runs)}
    changes = _changes(runs)
    newest = seen[-1]
    return Chart(
        id=f"{key.behavior.replace('.', '-')}-{key.direction}-{key.kind}-{key.place}",
        title=str(words.DIRECTIONS[key.direction]),
        kind=words.kind_words(newest.part),
        newest=words.finding_pill(newest.part["outcome"]),
        summary=_summary(seen),
        points=tuple(_point(plot, places[one.run.pk], one) for one in seen),
        changes=tuple(
            Change(plot.x(place - 0.5), f"v{runs[place].protocol.version.number}" if version else "", model)
            for place, (version, model) in changes.items()
        ),
        ticks=plot.ticks(),
        threshold=plot.steps((places[one.run.pk], one.part["threshold"]) for one in seen),
        first=_day(runs[0]),
        last=_day(runs[-1]) if len(runs) > 1 else "",
        rows=tuple(_row(one, changes.get(places[one.run.pk], (False, False)), now) for one in reversed(seen)),
    )


def _changes(runs: list[Run]) -> dict[int, tuple[bool, bool]]:
    """By place, whether version and model are others than in the run before; only where one is."""
    found = {}
    for place in range(1, len(runs)):
        before, run = runs[place - 1], runs[place]
        version = before.protocol.version_id != run.protocol.version_id
        model = _model(before) != _model(run)
        if version or model:
            found[place] = (version, model)
    return found


def _model(run: Run) -> tuple[Any, ...]:
    """What was asked, and what it called itself; unknown is not another."""
    return (run.protocol.endpoint.model, run.protocol.endpoint.url, *(run.reported or ()))


def _point(plot: Plot, place: int, one: _Seen) -> Point:
    part = one.part
    top, height = plot.bar(part["low"], part["high"])
    share = _share(part)
    return Point(
        tone=words.FINDINGS[Finding.Outcome(part["outcome"])][0],
        href=reverse("run", args=[one.run.pk]),
        label=_("Run %(number)d: %(said)s") % {"number": one.run.pk, "said": _said(part)},
        x=plot.x(place),
        y=plot.y(share) if share is not None else "",
        top=top,
        height=height,
    )


def _share(part: Mapping[str, Any]) -> float | None:
    decided = part["passed"] + part["failed"]
    return part["passed"] / decided if decided else None


# Words


def _said(part: Mapping[str, Any]) -> str:
    told = {
        "share": _of(part),
        "interval": words.interval_words(part["low"], part["high"]),
        "outcome": words.finding_pill(part["outcome"]).text,
    }
    return _("%(share)s, %(interval)s, %(outcome)s") % told


def _of(part: Mapping[str, Any]) -> str:
    """k of the trials that say something, and how many of the planned ones do not."""
    decided = part["passed"] + part["failed"]
    told = {"passed": words.number(part["passed"]), "decided": words.number(decided)}
    text = _("%(passed)s of %(decided)s") % told
    if not part["invalid"]:
        return text
    more = ngettext("%(n)s without an outcome", "%(n)s without an outcome", part["invalid"])
    return _("%(share)s (%(rest)s)") % {"share": text, "rest": more % {"n": words.number(part["invalid"])}}


def _summary(seen: list[_Seen]) -> str:
    """What the chart shows, for those who do not see it."""
    first, last = seen[0].run, seen[-1].run
    told = {"n": words.number(len(seen)), "first": _day(first), "last": _day(last), "said": _said(seen[-1].part)}
    if len(seen) == 1:
        return _("One run, on %(last)s: %(said)s.") % told
    return _("%(n)s runs from %(first)s to %(last)s. The newest: %(said)s.") % told


def _day(run: Run) -> str:
    return date_format(run.finished_at or run.requested_at, "j M Y")


def _row(one: _Seen, changed: tuple[bool, bool], now: datetime) -> TrendRow:
    run, part = one.run, one.part
    tone, text = words.FINDINGS[Finding.Outcome(part["outcome"])]
    return TrendRow(
        href=reverse("run", args=[run.pk]),
        run=_("Run %(number)d") % {"number": run.pk},
        when=When.of(run.finished_at or run.requested_at, now).shown,
        version=str(run.protocol.version.number),
        model=words.model_words(run.protocol.endpoint.model, ", ".join(run.reported or ())),
        share=_of(part),
        interval=_("%(low)s to %(high)s") % {"low": words.percent(part["low"]), "high": words.percent(part["high"])},
        threshold=words.percent(part["threshold"]) if part["threshold"] is not None else "",
        pill=Pill(tone, str(text)),
        changed=_changed(*changed),
    )


def _changed(version: bool, model: bool) -> str:
    if version and model:
        return _("another version and model")
    return _("another version") if version else _("another model") if model else ""
