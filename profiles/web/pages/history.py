"""Every activation of a product: who, when, why, on which basis, and how long it lasted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.timesince import timesince
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audits.trail.kinds import Kind
from profiles import queries
from profiles.access import Actor
from profiles.models import Activation, Environment, Product, Schedule
from profiles.queries import Event
from profiles.web.pages import reads
from profiles.web.pages.states import crumbs, version_href, version_name
from profiles.web.presenters.history import Choice, EventRow, HistoryPage, Pages
from profiles.web.presenters.parts import Person, When

Basis = Activation.Basis
SIZE: Final = 25
BASES: Final = {
    Basis.APPROVED: gettext_lazy("Approved before it went live"),
    Basis.TIGHTENING: gettext_lazy("At once, since it only became stricter; reviewed afterwards"),
    Basis.BREAK_GLASS: gettext_lazy("In an emergency, without approval"),
}
_TONES: Final = {Basis.APPROVED: "ok", Basis.TIGHTENING: "warn", Basis.BREAK_GLASS: "bad"}


def history_page(actor: Actor, product: Product, query: Mapping[str, str], now: datetime) -> HistoryPage:
    environments = reads.environments(actor)
    wanted = next((item for item in environments if item.slug == query.get("environment")), None)
    before = queries.read_cursor(query.get("before", ""))
    found = queries.events_page(actor, product, environment=wanted, before=before, size=SIZE)
    entries = _entries(actor, product, found.events)
    first = not found.newer
    planned = queries.to_come(actor, product, wanted) if first else []
    return HistoryPage(
        slug=product.slug,
        crumbs=crumbs(product),
        environments=environment_choices(environments, wanted, everything=_("All environments")),
        to_come=tuple(_scheduled(product, row, now) for row in planned),
        events=tuple(_event(product, event, entries, now) for event in found.events),
        pages=_pages(product, wanted, found),
        empty=_("Nothing has been activated yet."),
    )


def environment_choices(
    environments: list[Environment], wanted: Environment | None, *, everything: str = ""
) -> tuple[Choice, ...]:
    every = (Choice("", everything, wanted is None),) if everything else ()
    return (*every, *(Choice(item.slug, item.name, item == wanted) for item in environments))


def _pages(product: Product, wanted: Environment | None, found: queries.EventSlice) -> Pages:
    here = reverse("product_history", args=[product.slug])
    kept = {"environment": wanted.slug} if wanted else {}
    newest = f"{here}?{urlencode(kept)}" if kept else here
    older = f"{here}?{urlencode({**kept, 'before': found.events[-1].cursor})}" if found.older else ""
    return Pages(newest if found.newer else "", older)


def _entries(actor: Actor, product: Product, events: list[Event]) -> dict[datetime, int]:
    """The entries of these activations in the trail, by their instant: they were written with them."""
    instants = [event.at for event in events if event.activation]
    return reads.entries_at(actor, product, Kind.VERSION_ACTIVATED, instants)


def entry_href(pk: int | None) -> str:
    return reverse("trail_entry", args=[pk]) if pk else ""


def _event(product: Product, event: Event, entries: Mapping[datetime, int], now: datetime) -> EventRow:
    if event.activation is None:
        assert event.schedule is not None, "an event is of either"
        return _not_carried_out(product, event.schedule, now)
    row = event.activation
    return EventRow(
        id=f"a{row.pk}",
        environment=row.environment.name,
        text=activated_words(row),
        href=version_href(product, row.version.number),
        when=When.of(row.at, now),
        person=Person.of(row.by_name),
        reason=row.reason,
        basis=str(BASES[Basis(row.basis)]),
        tone="live" if event.until is None else _TONES[Basis(row.basis)],
        lasted=lasted_words(row.at, event.until, now),
        until=When.of(event.until, now) if event.until else None,
        outcome=_("It was scheduled before.") if hasattr(row, "schedule") else "",
        entry_href=entry_href(entries.get(row.at)),
        at_href=at_href(product, row.environment.slug, row.at),
    )


def at_href(product: Product, environment: str, moment: datetime) -> str:
    """What clients got at an instant, exactly."""
    query = urlencode({"when": moment.isoformat(), "environment": environment})
    return f"{reverse('product_at', args=[product.slug])}?{query}"


def activated_words(row: Activation) -> str:
    if row.previous is None:
        return _("Version %(number)d, the first one") % {"number": row.version.number}
    return _("Version %(number)d, from version %(previous)d") % {
        "number": row.version.number,
        "previous": row.previous.number,
    }


def lasted_words(since: datetime, until: datetime | None, now: datetime) -> str:
    """How long it was active: "active for 3 days", "active since 2 hours ago" for what still is."""
    span = timesince(since, until or now, depth=2).replace("\xa0", " ")
    if until is None:
        return _("active for %(span)s so far") % {"span": span}
    return _("was active for %(span)s") % {"span": span}


def _scheduled(product: Product, row: Schedule, now: datetime) -> EventRow:
    return EventRow(
        id=f"s{row.pk}",
        environment=row.environment.name,
        text=version_name(row.version.number),
        href=version_href(product, row.version.number),
        when=When.of(row.due_at, now),
        person=Person.of(row.by.name),
        reason=row.reason,
        basis=_("Scheduled; it is judged again when it is due"),
        tone="draft",
    )


def _not_carried_out(product: Product, row: Schedule, now: datetime) -> EventRow:
    cancelled = row.state == Schedule.State.CANCELLED
    text = _("Version %(number)d, due %(when)s") % {
        "number": row.version.number,
        "when": When.of(row.due_at, now).shown,
    }
    outcome = _("Cancelled by %(name)s") % {"name": row.ended_by} if cancelled else row.outcome
    return EventRow(
        id=f"s{row.pk}",
        environment=row.environment.name,
        text=text,
        href=version_href(product, row.version.number),
        when=When.of(row.ended_at or row.due_at, now),
        person=Person.of(row.by.name),
        reason=row.reason,
        basis=_("Scheduled, and cancelled") if cancelled else _("Scheduled, and refused when it was due"),
        tone="neutral" if cancelled else "bad",
        outcome=outcome,
    )
