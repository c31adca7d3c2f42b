"""What one draft is worked on with: its environments, what is live, and all that it is judged by, in few queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import starmap
from typing import Any, Final

from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from audits.models import Check
from profiles.access import KEY_ID
from profiles.models import Activation, ApiKey, Draft, DraftEdit, Environment, Product, Version
from profiles.queries.stored import Sources, claims_of, read_sources
from profiles.resolution.merge import flat, unflat
from profiles.resolution.types import Attestation

RECENT: Final = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Workbench:
    """``check`` is the newest limits check of what is live: its state, numbers and end."""

    environments: tuple[Environment, ...]
    live: Version | None
    check: dict[str, Any] | None
    sources: Sources
    claims: tuple[Attestation, ...]


def read_workbench(product: Product) -> Workbench:
    """With five queries."""
    newest = Activation.objects.filter(product=product, environment=OuterRef("pk")).order_by("-id")
    places = tuple(
        Environment.objects.filter(organization=product.organization_id)
        .order_by("position", "slug")
        .annotate(version_id=Subquery(newest.values("version_id")[:1]))
    )
    active = [place.version_id for place in places if place.version_id]
    live = _with_check(product, active[-1]) if active else None
    check = getattr(live, "checked", None)
    sources = read_sources(product.organization, *([live] if live else []))
    return Workbench(places, live, check, sources, claims_of(product))


def _with_check(product: Product, version_id: int) -> Version:
    said = JSONObject(state="state", passed="passed", total="total", finished_at="finished_at")
    newest = Check.objects.filter(version=OuterRef("pk"), kind=Check.Kind.LIMITS).order_by("-id")
    version: Version = Version.objects.annotate(checked=Subquery(newest.annotate(said=said).values("said")[:1])).get(
        pk=version_id
    )
    version.product = product
    return version


@dataclass(frozen=True, slots=True)
class Hand:
    """Somebody's edits of one field of a draft: who, and the last of them."""

    field: str
    by_id: str
    by: str
    at: datetime
    revision: int


def hands(draft: Draft) -> tuple[Hand, ...]:
    """Everybody who edited a draft, by field, the latest edit first."""
    rows = draft.edits.order_by().values_list("field", "by_id", "by").annotate(at=Max("at"), revision=Max("revision"))
    return tuple(sorted(starmap(Hand, rows), key=lambda hand: -hand.revision))


def recently(found: Iterable[Hand], now: datetime) -> list[Hand]:
    """Each person's last edit within the last minutes, the newest first."""
    latest: dict[str, Hand] = {}
    for hand in found:
        if hand.at > now - RECENT:
            latest.setdefault(hand.by_id, hand)
    return list(latest.values())


def writers_of(draft: Draft, live: Version | None, found: Iterable[Hand], *, facts_changed: bool) -> set[str]:
    """The ids of everybody whose work a draft holds: who edited what differs from ``live``, since that was made or last
    of all, and who said anew for whom and where the product runs."""
    mine = flat(draft.settings, draft.windows, draft.instructions)
    theirs = flat(live.settings, live.windows, live.instructions) if live else {}
    last: dict[str, Hand] = {}
    writers = {draft.product.place_by_id} - {""} if facts_changed else set()
    for hand in found:
        if mine.get(hand.field) == theirs.get(hand.field):
            continue
        if hand == last.setdefault(hand.field, hand) or live is None or hand.at > live.created_at:
            writers.add(hand.by_id)
    return writers


def with_makers(ids: Iterable[str]) -> set[str]:
    """These, and of every key among them whoever made it: what somebody's key writes is their work too, or they could
    approve by hand what they wrote by key."""
    found = set(ids)
    prefixes = [each.removeprefix(KEY_ID) for each in found if each.startswith(KEY_ID)]
    makers = ApiKey.objects.filter(prefix__in=prefixes).exclude(created_by_id="") if prefixes else ApiKey.objects.none()
    return found | set(makers.values_list("created_by_id", flat=True))


def edits_since(draft: Draft, revision: int) -> QuerySet[DraftEdit]:
    """What was edited after a revision, the latest first."""
    return draft.edits.filter(revision__gt=revision).order_by("-pk")


def draft_before(draft: Draft, revision: int) -> tuple[Draft, list[DraftEdit]]:
    """The draft as it was at a revision, in memory only, and the edits since, oldest first."""
    edits = list(draft.edits.filter(revision__gt=revision).order_by("revision"))
    before: dict[str, Any] = {}
    for edit in edits:
        before.setdefault(edit.field, edit.before)
    then = Draft(pk=draft.pk, product=draft.product, revision=revision, updated_at=draft.updated_at)
    fields = {**flat(draft.settings, draft.windows, draft.instructions), **before}
    then.settings, then.windows, then.instructions = unflat(fields)
    return then, edits
