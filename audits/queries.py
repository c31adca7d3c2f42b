"""Reads of the trail: who may read which entries, what a search finds, and counts that stay cheap."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Count, Exists, F, Func, Max, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from audits.models import ActorName, Entry, Recheck, RecheckChunk, RecheckResult
from audits.trail.kinds import Outcome
from profiles.access import Actor, Permission, Scoped
from profiles.errors import NotFound
from profiles.models import Product, RulebookDraft, RulebookRevision, Version

_UTC: Final = ZoneInfo("UTC")
MOST_COUNTED: Final = 10_000
MOST_ACTORS: Final = 200
_BIGGEST_ID: Final = 2**63 - 1
_EVENT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_KEY: Final = re.compile(r"[a-z_]+\.[a-z_.]+")  # as behaviors are named


def entries(actor: Actor) -> Scoped[Entry]:
    """The entries that this actor may read: those of their organization. Whoever acts for the whole installation and in
    no organization reads the installation's own, and no organization's."""
    if actor.organization_slug:
        return Entry.objects.of(actor).prefetch_related("disclosures")
    if actor.may(Permission.MANAGE_ORGANIZATIONS):
        return Entry.objects.filter(organization="").prefetch_related("disclosures")
    return Entry.objects.none()


# Searching


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. ``field`` is text, actor, action, product or outcome; ``values`` are the kinds or outcomes that
    ``text`` names."""

    field: str
    text: str
    negated: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; all of it must hold. Days are those of ``zone``, both included."""

    terms: tuple[Term, ...] = ()
    kind: str = ""
    actor: str = ""  # the id
    product: str = ""
    since: date | None = None
    until: date | None = None
    zone: tzinfo = _UTC


def matching(rows: Scoped[Entry], search: Search) -> Scoped[Entry]:
    rows = _of_days(rows, search)
    exact = {"kind": search.kind, "actor_id": search.actor, "product": search.product}
    rows = rows.filter(**{column: value for column, value in exact.items() if value})
    for term in search.terms:
        condition = _condition(term)
        rows = rows.exclude(condition) if term.negated else rows.filter(condition)
    return rows


def _of_days(rows: Scoped[Entry], search: Search) -> Scoped[Entry]:
    """``between``, with what spares a page of long ago the walk through all that came after: the newest id of these
    days. It is read from the index by time alone; adding nothing keeps PostgreSQL from that same walk."""
    rows = between(rows, search.since, search.until, search.zone)
    if search.until is None:
        return rows
    newest = rows.order_by().aggregate(newest=Max(F("pk") + 0))["newest"]
    return rows.none() if newest is None else rows.filter(pk__lte=newest)


def between(rows: Scoped[Entry], since: date | None, until: date | None, zone: tzinfo) -> Scoped[Entry]:
    """Entries of these days in a zone. An id is no clock: two transactions may write theirs in another order than that
    of their times, so the time itself is compared, for which there is an index."""
    if since:
        rows = rows.filter(at__gte=_midnight(since, zone))
    if until:
        rows = rows.filter(at__lt=_midnight(until + timedelta(days=1), zone))
    return rows


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def _condition(term: Term) -> Q:
    if term.field == "action":
        return Q(kind__in=term.values)
    if term.field == "outcome":
        return Q(outcome__in=term.values)
    if term.field == "product":
        return Q(product__icontains=term.text)
    if term.field == "actor":
        return _by(term.text) | Q(actor_id=term.text)
    return _text(term)


def _text(term: Term) -> Q:
    """Within one organization, which an index narrows to, PostgreSQL reads the rows; full text search will take over
    from this once trails are so long that it shows."""
    text = term.text
    found = Q(kind__in=term.values) | Q(event_id=text.lower()) | Q(request_id=text)
    found |= _by(text)
    for column in ("kind", "target", "product"):
        found |= Q(**{f"{column}__icontains": text})
    number = text.removeprefix("#")
    if text.startswith("#") and number.isdecimal() and int(number) <= _BIGGEST_ID:
        found |= Q(pk=int(number))
    if _KEY.fullmatch(text):
        found |= Q(_names_key(text))
    return found


def _by(name: str) -> Q:
    """By anybody who ever acted under a name with this in it. No entry holds a name of a person."""
    own = {"organization": OuterRef("organization"), "actor_id": OuterRef("actor_id")}
    return Q(Exists(ActorName.objects.filter(**own, name__icontains=name)))


def _names_key(text: str) -> Any:
    """Whether an entry's own text names this key: as one that was changed, or among what was found."""
    body = Func(F("leaf"), Value("UTF8"), function="convert_from")
    place = Func(body, Value(f'"{text}'), function="strpos")
    return Func(place, Value(0), template="%(expressions)s", arg_joiner=" > ", output_field=BooleanField())


# Pages and counts


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of entries, newest first, and whether there may be more on either side."""

    entries: list[Entry]
    newer: bool
    older: bool


def page(rows: Scoped[Entry], *, before: int | None, after: int | None, size: int) -> Slice:
    """Entries older than ``before``, or the ones just newer than ``after``, or the newest: by id, never by offset."""
    if after is not None:
        found = list(rows.filter(pk__gt=after).order_by("pk")[: size + 1])
        if len(found) >= size:
            return Slice(found[:size][::-1], newer=len(found) > size, older=True)
        before = None  # near the end: the newest page, filled
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: size + 1])
    return Slice(found[:size], newer=before is not None, older=len(found) > size)


@dataclass(frozen=True, slots=True)
class Total:
    """A count that stops at ``MOST_COUNTED``; ``more`` says that it did."""

    count: int
    more: bool


def total(rows: Scoped[Entry]) -> Total:
    count = rows.order_by()[: MOST_COUNTED + 1].count()
    return Total(min(count, MOST_COUNTED), count > MOST_COUNTED)


def per_day(rows: Scoped[Entry], first: date, last: date, zone: tzinfo) -> dict[date, tuple[int, int]]:
    """How many entries, and how many of them refusals, on each day of a zone that has any."""
    days = (
        between(rows, first, last, zone)
        .order_by()
        .annotate(day=TruncDate("at", tzinfo=zone))
        .values("day")
        .annotate(count=Count("pk"), refused=Count("pk", filter=Q(outcome=Outcome.REFUSED.value)))
    )
    return {row["day"]: (row["count"], row["refused"]) for row in days}


def neighbors(rows: Scoped[Entry], pk: int) -> tuple[int | None, int | None]:
    """The ids of the entries just newer and just older."""
    newer = rows.filter(pk__gt=pk).order_by("pk").values_list("pk", flat=True).first()
    older = rows.filter(pk__lt=pk).order_by("-pk").values_list("pk", flat=True).first()
    return newer, older


def actors(actor: Actor) -> list[tuple[str, str]]:
    """Everybody who has an entry that ``actor`` may read: id and latest name, by name."""
    if not entries(actor).exists():
        return []
    rows = ActorName.objects.filter(organization=actor.organization_slug).order_by("actor_id", "-pk")
    found = rows.distinct("actor_id").values_list("actor_id", "name")[:MOST_ACTORS]
    return sorted(found, key=lambda row: (row[1].casefold(), row[0]))


# Names, as a nicety


def behavior_names() -> dict[str, str]:
    """What the newest rulebook of each platform calls its behaviors, by key."""
    names: dict[str, str] = {}
    for digest in RulebookRevision.newest().values_list("digest", flat=True):
        names |= _names_in(digest)
    return names


@lru_cache(maxsize=64)
def _names_in(digest: str) -> Mapping[str, str]:
    """A revision never changes, so neither do its names."""
    behaviors = RulebookRevision.objects.get(digest=digest).rulebook().behaviors
    return {key: behavior.name for key, behavior in behaviors.items()}


def revisions(digests: list[str]) -> dict[str, RulebookRevision]:
    """Rulebooks by digest, without their text."""
    rows = RulebookRevision.objects.filter(digest__in=digests).defer("document")
    return {row.digest: row for row in rows}


# What a new rulebook revision would change


def affected(actor: Actor) -> list[RecheckResult]:
    """What the newest revision of each rulebook would change for products of the actor's organization, the newest
    first. A product is no longer among them once a version of it was submitted against that revision."""
    return _affected(RecheckResult.objects.of(actor))


def affected_product(actor: Actor, product: Product) -> list[RecheckResult]:
    """The same for one of its products."""
    return _affected(RecheckResult.objects.of(actor).filter(product=product))


def _affected(rows: Scoped[RecheckResult]) -> list[RecheckResult]:
    newest = RulebookRevision.newest().values("pk")
    rows = rows.filter(recheck__kind=Recheck.Kind.REVISION, recheck__revision__in=newest)
    latest: dict[tuple[int, int | None], RecheckResult] = {}
    for row in rows.select_related("recheck__revision", "product").defer("recheck__revision__document").order_by("id"):
        latest[row.product_id, row.recheck.revision_id] = row
    submitted = _submitted({product for product, _revision in latest})
    open_ones = [row for row in latest.values() if not _is_settled(row, submitted.get(row.product_id, []))]
    return sorted(open_ones, key=lambda row: row.pk, reverse=True)


def _submitted(products: Iterable[int]) -> dict[int, list[list[dict[str, str]]]]:
    """The rulebooks of every version of these products, the newest version first."""
    rows = Version.objects.filter(product__in=list(products)).order_by("product_id", "-number")
    found: dict[int, list[list[dict[str, str]]]] = {}
    for product, rulebooks in rows.values_list("product_id", "rulebooks"):
        found.setdefault(product, []).append(rulebooks)
    return found


def _is_settled(row: RecheckResult, submitted: list[list[dict[str, str]]]) -> bool:
    """Whether a version was submitted against the revision; or whether the newest one left the platform."""
    revision = row.recheck.revision
    assert revision is not None, "the table's constraint"
    if any(item["digest"] == revision.digest for rulebooks in submitted for item in rulebooks):
        return True
    platforms = {item["platform"] for item in submitted[0]} if submitted else {revision.platform}
    return not revision.is_law and revision.platform not in platforms


def running_rechecks() -> list[Recheck]:
    """Those that are not finished yet, the newest first: for stewards, since they concern the whole installation."""
    rows = Recheck.objects.filter(state=Recheck.State.RUNNING).select_related("revision", "rulebook_draft", "hold")
    return list(rows.defer("revision__document", "rulebook_draft__document"))


# Rechecks


def recheck_for(actor: Actor, pk: int) -> Recheck:
    """
    Raises:
        NotFound: none has this id, or it is of another organization's hold.
    """
    rows = Recheck.objects.select_related("revision", "rulebook_draft", "hold")
    if not actor.may(Permission.PUBLISH_RULEBOOK):
        rows = rows.filter(Q(hold__organization=None) | Q(hold__organization=actor.organization_id))
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such recheck."))
    return found


def last_recheck(revision: RulebookRevision) -> Recheck | None:
    """The latest look at the products that a published revision concerns."""
    return revision.rechecks.first()


def last_preview(draft: RulebookDraft) -> Recheck | None:
    """The latest look at what a revision that is being settled would change."""
    return draft.rechecks.first()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a recheck is: products looked at, of ``total``, and those that it would change."""

    looked_at: int
    total: int
    affected: int
    failed: int  # products in parts that were given up

    @property
    def percent(self) -> int:
        return 100 * (self.looked_at + self.failed) // self.total if self.total else 100


def progress(row: Recheck) -> Progress:
    waits, failed = Q(state=RecheckChunk.State.WAITING), Q(state=RecheckChunk.State.FAILED)
    found = row.chunks.aggregate(
        looked_at=Sum("products", filter=~waits & ~failed, default=0),
        failed=Sum("products", filter=failed, default=0),
        affected=Sum("affected", default=0),
    )
    return Progress(total=row.total, **found)


def recheck_results(actor: Actor, row: Recheck) -> QuerySet[RecheckResult]:
    """What would change, product by product: of the actor's organization, or of all for whoever publishes rulebooks."""
    everybodys = actor.may(Permission.PUBLISH_RULEBOOK)
    rows = RecheckResult.objects.all() if everybodys else RecheckResult.objects.of(actor)
    return rows.filter(recheck=row).select_related("product__organization").order_by("pk")


# Finding one entry again


def entry_named(actor: Actor, text: str) -> Entry | None:
    """The entry that a number ("#12", "12") or an event's id names; both are looked up, never searched for."""
    number = text.removeprefix("#")
    if number.isascii() and number.isdecimal() and 0 < int(number[:20]) <= _BIGGEST_ID:
        return entries(actor).filter(pk=int(number[:20])).first()
    if _EVENT.fullmatch(text.lower()):
        return entries(actor).filter(event_id=text.lower()).first()
    return None


def last_of(actor: Actor, most: int) -> list[Entry]:
    """What this actor did last to products, by the index of actors."""
    rows = entries(actor).filter(actor_id=actor.id, outcome=Outcome.DONE.value)
    return list(rows.order_by("-pk")[:most])
