"""The trail page and the page of one entry, from rows to what the templates take."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec.structs import replace

from audits import queries
from audits.ledger import health
from audits.ledger.health import Problem
from audits.ledger.read import log_of_organization, signed
from audits.ledger.state import states_of
from audits.models import Checkpoint, Entry, Log
from audits.queries import Place, Search, Slice, Total
from audits.web.pages.entries import entry_row
from audits.web.pages.erasure import part_words
from audits.web.pages.exports import build_export
from audits.web.pages.filters import Asked, build_filter
from audits.web.pages.retention import holds_words, pruned_words
from audits.web.pages.searches import build_searches
from audits.web.presenters.trail import Day, EntryPage, Erased, Histogram, Strip, TrailPage, bars
from profiles.access import Actor
from profiles.actions.erasure import needed
from profiles.models import Product
from profiles.web.moments import day_of_year_words, local, long_day_words, moment_words, short_day_words, zone_name
from profiles.web.presenters.parts import Pager

PAGE_SIZE: Final = 50
MOST_DAYS: Final = 60  # in the chart


def build_trail(asked: Asked, actor: Actor, now: datetime) -> TrailPage:
    piece = queries.page(actor, asked.search, Place(asked.before, asked.after, PAGE_SIZE))
    products = list(Product.objects.of(actor).values_list("slug", "name"))
    log = log_of_organization(actor.organization_slug) if queries.may_read(actor) else None
    chart = _histogram(actor, piece, asked.search, now) if piece.entries or piece.newer else None
    return TrailPage(
        lead=_lead(actor),
        strip=replace(
            _strip(
                piece.total if not any(asked.values.values()) else queries.total(actor),
                signed(actor.organization_slug),
                log,
            ),
            alarm=_alarm(actor.organization_slug),
        ),
        filter=build_filter(asked, queries.actors(actor), products),
        days=tuple(_days(piece.entries, now)),
        pager=_pager(piece, asked),
        zone=zone_name(),
        histogram=chart if isinstance(chart, Histogram) else None,
        uncounted=chart if isinstance(chart, str) else "",
        empty=_empty(asked, piece),
        searches=build_searches(asked, actor),
        export=build_export(asked, _entries(piece.total) if piece.total.count else ""),
        may_export=bool(actor.organization_slug),
        may_erase=actor.may(needed(actor.organization_slug)),
        notes=tuple(_notes(actor, log)),
    )


def build_entry(entry: Entry, actor: Actor) -> EntryPage:
    row = entry_row(entry, queries.behavior_names(), full=True)
    newer, older = queries.neighbors(queries.entries(actor), entry.pk)
    told = {"who": row.actor.name, "verb": row.verb, "target": row.target}
    return EntryPage(
        entry=row,
        title=_("Entry %(number)d") % {"number": entry.pk},
        lead=_("%(who)s %(verb)s %(target)s") % told,
        back_href=reverse("trail"),
        newer_href=_address(newer),
        older_href=_address(older),
        erased=tuple(_erased(entry)),
        erase_href=_erasure(entry, actor),
    )


def _erased(entry: Entry) -> Iterable[Erased]:
    for row in entry.disclosures.all():
        if row.erased_by is not None:
            label = _("Erased: %(what)s.") % {"what": part_words(row.path)}
            yield Erased(label, _("Entry %(number)d") % {"number": row.erased_by}, _address(row.erased_by))


def _erasure(entry: Entry, actor: Actor) -> str:
    left = any(row.text is not None for row in entry.disclosures.all())
    return reverse("entry_erasure", args=[entry.pk]) if left and actor.may(needed(entry.organization)) else ""


def _address(pk: int | None) -> str:
    return reverse("trail_entry", args=[pk]) if pk else ""


# Around the table


def _lead(actor: Actor) -> str:
    if actor.organization_slug:
        return _("Every change, approval, activation and refusal, with who, when and why.")
    return _("What concerns this installation as a whole. What organizations do stands in their own trails.")


def _notes(actor: Actor, log: Log | None) -> Iterable[str]:
    """What must be known of the whole trail, whatever is looked for."""
    if queries.may_read(actor) and (held := holds_words(actor.organization_slug)):
        yield held
    if log and (gone := pruned_words(log)):
        yield gone


def _strip(total: Total, checkpoint: Checkpoint | None, log: Log | None) -> Strip:
    """What was signed, and what was not yet; how that can be checked is on the page of each entry."""
    said = {"entries": _entries(total)}
    if checkpoint is None:
        return Strip(_("Append-only"), _("The database refuses to change or delete an entry. %(entries)s.") % said)
    minimum = log.minimum if log else 0
    said |= {"size": number_format(checkpoint.size - minimum), "when": moment_words(checkpoint.signed_at)}
    text = _("The database refuses to change or delete an entry. %(entries)s, %(size)s of them signed on %(when)s.")
    if minimum:
        text = _(
            "The database refuses to change an entry, or to delete one that is not too old to be kept."
            " %(entries)s, %(size)s of them signed on %(when)s."
        )
    waiting = 0 if total.more else total.count - checkpoint.size + minimum
    if waiting <= 0:
        return Strip(_("Append-only and signed"), text % said)
    more = ngettext("%(number)d waits to be signed.", "%(number)d wait to be signed.", waiting) % {"number": waiting}
    return Strip(_("Append-only and signed"), f"{text % said} {more}")


def _alarm(organization: str) -> str:
    """What must be said before everything else."""
    found = health.alarms(organization)
    if Problem.STOPPED in found:
        return _("Not signed")
    return _("Not what it was") if found else ""


def _entries(total: Total) -> str:
    return ngettext("%(number)s entry", "%(number)s entries", total.count) % {"number": _number(total)}


def _number(total: Total) -> str:
    return number_format(total.count, force_grouping=True) + ("+" if total.more else "")


def _pager(piece: Slice, asked: Asked) -> Pager:
    text = _("%(shown)d of %(total)s") % {"shown": len(piece.entries), "total": _entries(piece.total)}
    first, last = (piece.entries[0].pk, piece.entries[-1].pk) if piece.entries else (asked.after, asked.before)
    if asked.after is not None:
        first = piece.looked_to or first
    elif piece.looked_to:
        last = piece.looked_to
    newer = asked.href(after=str(first)) if piece.newer and piece.entries else asked.href() if piece.newer else ""
    older = asked.href(before=str(last)) if (piece.older and piece.entries) or piece.looked_to else ""
    return Pager(text if piece.entries else _("No entries"), newer, older)


def _empty(asked: Asked, piece: Slice) -> str:
    if piece.looked_to is not None:
        return _("None of the entries that were looked through so far matches. Go on to those beyond.")
    if any(asked.values.values()):
        return _("No entry matches these filters.")
    return _("There are no older entries.") if asked.before else _("Nothing has happened yet.")


# Days


def _days(entries: Iterable[Entry], now: datetime) -> Iterable[Day]:
    """In the log's order. If two that were written at midnight stand the other way round, a day is named twice."""
    names, found = queries.behavior_names(), list(entries)
    states = states_of(found)
    for day, rows in groupby(found, key=lambda entry: local(entry.at).date()):
        yield Day(_day(day, local(now).date()), tuple(entry_row(row, names, state=states[row.pk]) for row in rows))


def _day(day: date, today: date) -> str:
    shown = {"day": day_of_year_words(day)}
    if day == today:
        return _("Today, %(day)s") % shown
    if day == today - timedelta(days=1):
        return _("Yesterday, %(day)s") % shown
    return long_day_words(day)


# The chart


def _histogram(actor: Actor, piece: Slice, search: Search, now: datetime) -> Histogram | str | None:
    """The days that are looked at, or the last ``MOST_DAYS`` of them; or the sentence that they were not counted."""
    last = min(search.until or date.max, local(now).date())
    first = max(search.since or date.min, last - timedelta(days=MOST_DAYS - 1))
    if first > last:
        return None
    counted = queries.per_day(actor, search, piece, first, last)
    if counted is None:
        return _("These are too many entries to count them by day. Choose fewer days, or one filter alone.")
    if not counted:
        return None
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    number = sum(count for count, _refused in counted.values())
    return Histogram(
        summary=_entries(Total(number, more=False)),
        span=ngettext("in %(days)d day", "in %(days)d days", len(days)) % {"days": len(days)},
        description=_description(counted, first, last),
        bars=bars(tuple(counted.get(day, (0, 0)) for day in days)),
        axis=tuple(short_day_words(day) for day in dict.fromkeys((first, days[len(days) // 2], last))),
    )


def _description(counted: dict[date, tuple[int, int]], first: date, last: date) -> str:
    busiest = max(counted, key=lambda day: counted[day][0])
    refused = [day_of_year_words(day) for day in sorted(counted) if counted[day][1]]
    text = _("Entries for each day, %(first)s to %(last)s. Most on %(busiest)s: %(count)d.") % {
        "first": day_of_year_words(first),
        "last": day_of_year_words(last),
        "busiest": day_of_year_words(busiest),
        "count": counted[busiest][0],
    }
    if refused:
        text += " " + _("Refusals on: %(days)s.") % {"days": ", ".join(refused)}
    return text
