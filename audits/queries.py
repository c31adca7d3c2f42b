"""Reads of the trail: who may read which entries, what a search finds, and counts that stay cheap."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

import rfc8785
from django.db.models import BooleanField, Count, F, Func, Q, QuerySet, Sum, Value
from django.utils.translation import gettext as _

from audits.models import (
    Entry,
    Protocol,
    Recheck,
    RecheckChunk,
    RecheckResult,
    Run,
    Runs,
    SavedSearch,
    Suite,
    Trial,
)
from audits.search import names, tally
from audits.search.asked import Search, Term
from audits.search.find import MOST_COUNTED, Hit, Place, Total, find
from audits.search.tally import Days
from audits.search.words import query_of
from audits.trail.kinds import Outcome
from profiles.access import Actor, Permission, Scoped
from profiles.errors import NotFound
from profiles.models import Product, RulebookDraft, RulebookRevision, Version

__all__ = ["Place", "Search", "Term", "Total"]  # and what stands here
_BIGGEST_ID: Final = 2**63 - 1
_PIECE: Final = 500  # rows read at once
_DIGESTED: Final = (
    "position", "behavior", "probe", "variant", "epoch", "outcome", "rule", "reason", "refused_by", "transcript",
    "deciding", "votes", "reported", "fingerprint", "tokens_in", "tokens_out",
)  # fmt: skip
_EVENT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def entries(actor: Actor) -> Scoped[Entry]:
    """The entries that this actor may read: those of their organization. Whoever acts for the whole installation and in
    no organization reads the installation's own, and no organization's."""
    if actor.organization_slug:
        return Entry.objects.of(actor).prefetch_related("disclosures")
    rows = Entry.objects.filter(organization="") if may_read(actor) else Entry.objects.none()
    return rows.prefetch_related("disclosures")


def may_read(actor: Actor) -> bool:
    """Whether there is a trail for them at all."""
    return bool(actor.organization_slug) or actor.may(Permission.MANAGE_ORGANIZATIONS)


# Searching


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of entries, newest first, whether there are more on either side, and how many there are in all. ``hits``
    is all that was found, where that is known."""

    entries: list[Entry]
    newer: bool
    older: bool
    total: Total
    hits: tuple[Hit, ...] | None = None
    looked_to: int | None = None  # as in ``Found``


def page(actor: Actor, search: Search, place: Place) -> Slice:
    """A page of what this actor may read and the search finds, in time that a long trail does not lengthen."""
    rows = entries(actor)
    if not may_read(actor):
        return Slice([], newer=False, older=False, total=Total(0, more=False))
    found = find(search, actor.organization_slug, place)
    shown = list(rows.filter(pk__in=found.ids).order_by("-pk"))
    return Slice(shown, found.newer, found.older, found.total, found.hits, found.looked_to)


def matching(actor: Actor, search: Search) -> Scoped[Entry]:
    """All of it, for those who read it from one end to the other. A page is found faster."""
    query = query_of(search, actor.organization_slug)
    rows = entries(actor).filter(_matches(query.whole))
    if search.start:
        rows = rows.filter(at__gte=search.start)
    if search.end:
        rows = rows.filter(at__lt=search.end)
    if query.number is not None:
        rows = rows.filter(pk=query.number)
    return rows.exclude(pk__in=query.not_numbers) if query.not_numbers else rows


def _matches(query: str) -> Func:
    text = Func(Value(query), template="%(expressions)s::tsquery")
    return Func(F("words"), text, template="%(expressions)s", arg_joiner=" @@ ", output_field=BooleanField())


def total(actor: Actor) -> Total:
    """All that this actor may read, as far as it is counted."""
    count = entries(actor).order_by()[: MOST_COUNTED + 1].count()
    return Total(min(count, MOST_COUNTED), count > MOST_COUNTED)


def per_day(actor: Actor, search: Search, found: Slice, first: date, last: date) -> Days | None:
    """How many of what was found, and how many of them refusals, on each day that has any; None if that would take
    longer than a reader waits."""
    if not may_read(actor):
        return {}
    if found.hits is not None:
        days = tally.of_hits(found.hits, search.zone)
        return {day: counts for day, counts in days.items() if first <= day <= last}
    counted = query_of(search, actor.organization_slug).counted
    if counted is None:
        return None
    return tally.per_day(actor.organization_slug, counted, first, last, search.zone)


def neighbors(rows: Scoped[Entry], pk: int) -> tuple[int | None, int | None]:
    """The ids of the entries just newer and just older."""
    newer = rows.filter(pk__gt=pk).order_by("pk").values_list("pk", flat=True).first()
    older = rows.filter(pk__lt=pk).order_by("-pk").values_list("pk", flat=True).first()
    return newer, older


def actors(actor: Actor) -> list[tuple[str, str]]:
    """Everybody who has an entry that ``actor`` may read: id and latest name, by name."""
    return names.actors(actor.organization_slug) if may_read(actor) else []


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


# Saved searches


def saved_searches(actor: Actor) -> list[SavedSearch]:
    """Their own, and those that others of the organization share."""
    if actor.user_id is None:
        return []
    rows = SavedSearch.objects.of(actor).filter(Q(user=actor.user_id) | Q(shared=True))
    return list(rows.select_related("user", "organization"))


def saved_search(actor: Actor, pk: int) -> SavedSearch | None:
    """One that they may change: their own, or one that is shared, if they look after the organization."""
    found = next((row for row in saved_searches(actor) if row.pk == pk), None)
    return found if found and (found.user_id == actor.user_id or actor.may(Permission.MANAGE_MEMBERS)) else None


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


# Behavioral conformance


def suites(actor: Actor) -> Scoped[Suite]:
    """Those that an organization may run: its own, and those that ship with the program."""
    return Suite.objects.filter(Q(organization=None) | Q(organization=actor.organization_id))


def newest_number(suite: Suite) -> Suite:
    """Of the same suite, as far as it was published by now."""
    return Suite.objects.filter(organization=suite.organization_id, slug=suite.slug).order_by("-number")[0]


def protocols(actor: Actor) -> Scoped[Protocol]:
    return Protocol.objects.of(actor).select_related("version__product__organization", "suite", "endpoint", "judge")


def runs(actor: Actor) -> Runs:
    """With what a line of a list shows."""
    return Run.objects.of(actor).select_related(
        "protocol__version__product__organization", "protocol__suite", "protocol__endpoint", "protocol__judge"
    )


def trial_counts(run: Run) -> dict[str, int]:
    """How many trials ended how; together they are those that were planned."""
    # Of rows and not of ids, so that the index alone answers it.
    found = dict(run.trials.order_by().values_list("outcome").annotate(count=Count("*")))
    return {str(outcome) or "planned": found.get(outcome, 0) for outcome in Trial.Outcome.values}


def lines_of_trials(run: Run) -> Iterator[bytes]:
    """What the digest of a run is of."""
    return lines_of(run.trials.all())


def lines_of(rows: QuerySet[Trial]) -> Iterator[bytes]:
    """Trials in order, each in its RFC 8785 form on a line of its own."""
    for piece in pieces_of(rows.values(*_DIGESTED)):
        yield from (bytes(rfc8785.dumps(row)) + b"\n" for row in piece)


def pieces_of(rows: Any) -> Iterator[list[dict[str, Any]]]:
    """Values of trials of one run by their positions, piece by piece in queries of their own, so that a slow reader
    holds nothing open."""
    after = -1
    while found := list(rows.order_by("position").filter(position__gt=after)[:_PIECE]):
        yield found
        after = found[-1]["position"]
