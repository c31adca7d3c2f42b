"""An organization's conformance at a glance: products, runs, suites, endpoints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, Self
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from msgspec import Struct

from audits.conformance import drifting, reads
from audits.models import Endpoint, Run, Suite
from audits.web.pages.conformance import words
from audits.web.presenters.conformance import (
    ConformancePage,
    EndpointGlance,
    ProductGlance,
    RunLine,
    SuiteLine,
)
from profiles.access import Actor, Permission
from profiles.actions.endpoints import shown
from profiles.models import Product
from profiles.queries import open_alarms
from profiles.queries.live import live_versions
from profiles.web.pages import words as said
from profiles.web.pages.alerts import alarm_bars
from profiles.web.pages.drift import drift_words
from profiles.web.pages.states import run_pill
from profiles.web.presenters.parts import Action, Pager, When

RUNS: Final = 20  # of one page
_BIGGEST_ID: Final = 2**63 - 1


class Asked(Struct, frozen=True):
    """Which runs an address asks for: those before or after the one of this number."""

    before: int | None = None
    after: int | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        return cls(number_in(query.get("before", "")), number_in(query.get("after", "")))


def number_in(text: str) -> int | None:
    """The id that an address names."""
    return min(int(text), _BIGGEST_ID) if text.isascii() and text.isdecimal() and len(text) < 20 else None


def build_conformance(actor: Actor, asked: Asked, now: datetime) -> ConformancePage:
    products = list(Product.objects.of(actor).order_by("name"))
    found, pager = _runs(actor, asked)
    endpoints = reads.endpoints(actor)
    may_set_up = actor.may(Permission.MANAGE_ENDPOINTS)
    way = Action(_("Endpoints"), reverse("settings_endpoints"), "globe") if may_set_up else None
    return ConformancePage(
        alarms=alarm_bars(open_alarms(actor)),
        products=tuple(_products(actor, products, now)),
        runs=tuple(run_line(run, now) for run in found),
        runs_text=_("Newest first."),
        pager=pager,
        suites=tuple(_suite(row, now) for row in reads.suites(actor)),
        endpoints=tuple(_endpoint(row) for row in endpoints),
        products_empty=_("There is no product yet whose behavior could be tested."),
        runs_empty=_runs_empty(asked),
        endpoints_empty=_endpoints_empty(may_set_up=may_set_up),
        start=start_action() if actor.may(Permission.RUN_CHECK) and products else None,
        endpoints_action=way,
        schedules=Action(_("Schedules"), reverse("run_schedules"), "clock"),
        poll_href=_address(asked) if any(run.state == Run.State.OPEN for run in found) else "",
    )


def start_action(product: str = "") -> Action:
    here = reverse("conformance_start")
    return Action(_("Start a run"), f"{here}?{urlencode({'product': product})}" if product else here, "play")


def _runs_empty(asked: Asked) -> str:
    if asked.before or asked.after:
        return _("There are no further runs.")
    return _("No run yet. A run asks a model the probes of a suite, and says how sure each result is.")


def _endpoints_empty(*, may_set_up: bool) -> str:
    if may_set_up:
        return _("No endpoint yet. Add the address of a model that can be asked.")
    return _("No endpoint yet. An administrator adds the address of a model that can be asked.")


# Products


def _products(actor: Actor, products: list[Product], now: datetime) -> Iterator[ProductGlance]:
    newest = reads.newest_finished(actor, products)
    outcomes = reads.outcomes_of(actor, newest.values())
    live, drifts = live_versions(products), drifting.standing(actor, products)
    for product in products:
        run = newest.get(product.pk)
        here = reverse("product", args=[product.slug])
        if run is None:
            yield ProductGlance(product.name, here, _("Behavior is not tested: no model was asked about this profile."))
            continue
        version = live.get(product.pk)
        yield ProductGlance(
            name=product.name,
            href=here,
            text=run_words(run),
            run_href=reverse("run", args=[run.pk]),
            when=When.of(run.finished_at or run.requested_at, now),
            counts=tuple(words.finding_counts(outcomes.get(run.pk, {}))),
            rehearsal=run.protocol.endpoint.rehearsal,
            stale=stale_words(run, version.number if version else None),
            drift=drift_words(drifts[product.pk], now) if product.pk in drifts else "",
            trend_href=reverse("product_trend", args=[product.slug]),
        )


def run_words(run: Run) -> str:
    """What was tested on what."""
    protocol = run.protocol
    told = {
        "number": protocol.version.number,
        "platform": said.platform_words(protocol.platform),
        "model": protocol.endpoint.model,
    }
    return _("Version %(number)d for %(platform)s, on the model %(model)s") % told


def stale_words(run: Run, live: int | None) -> str:
    """Why a run says nothing of what is active; empty where it does."""
    tested = run.protocol.version.number
    if live is None or live == tested:
        return ""
    return _("Version %(live)d is active, and was not tested.") % {"live": live}


# Runs


def _runs(actor: Actor, asked: Asked) -> tuple[list[Run], Pager]:
    """One page of them, newest first."""
    rows = reads.runs(actor)
    if asked.after is not None:
        found = list(rows.filter(pk__gt=asked.after).order_by("pk")[: RUNS + 1])
        newer, shown = len(found) > RUNS, found[:RUNS][::-1]
        older = True
    else:
        rows = rows.filter(pk__lt=asked.before) if asked.before is not None else rows
        found = list(rows.order_by("-pk")[: RUNS + 1])
        newer, shown, older = asked.before is not None, found[:RUNS], len(found) > RUNS
    here = reverse("conformance")
    newer_href = f"{here}?after={shown[0].pk}" if newer and shown else here if newer else ""
    return shown, Pager("", newer_href, f"{here}?before={shown[-1].pk}" if older and shown else "")


def _address(asked: Asked) -> str:
    query = {name: value for name, value in (("before", asked.before), ("after", asked.after)) if value is not None}
    here = reverse("conformance")
    return f"{here}?{urlencode(query)}" if query else here


def run_line(run: Run, now: datetime) -> RunLine:
    protocol = run.protocol
    told = {
        "number": protocol.version.number,
        "platform": said.platform_words(protocol.platform),
        "suite": protocol.suite.title,
        "suite_number": protocol.suite.number,
    }
    return RunLine(
        number=run.pk,
        href=reverse("run", args=[run.pk]),
        product=protocol.version.product.name,
        what=_("Version %(number)d for %(platform)s, suite “%(suite)s” %(suite_number)d") % told,
        model=protocol.endpoint.model,
        pill=run_pill(run),
        when=When.of(run.finished_at or run.requested_at, now),
        by=run.requested_by,
        rehearsal=protocol.endpoint.rehearsal,
    )


# Suites and endpoints


def _suite(row: Suite, now: datetime) -> SuiteLine:
    owner = _("of your organization") if row.organization_id else _("ships with the program")
    return SuiteLine(
        href=reverse("suite", args=[row.pk]),
        name=row.slug,
        title=row.title,
        number=row.number,
        probes=words.probes_words(row.probes),
        digest=row.digest,
        owner=owner,
        when=When.of(row.published_at, now),
    )


def _endpoint(row: Endpoint) -> EndpointGlance:
    return EndpointGlance(row.name, words.dialect_words(row.dialect), row.model, shown(row)["address"], row.rehearsal)
