"""What became of a product's versions: where each stands, and every activation with how long it lasted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from django.db.models import OuterRef, Q, Subquery

from profiles.access import Actor, Scoped
from profiles.models import Activation, Environment, Product, Schedule, Version
from profiles.queries.live import active
from profiles.queries.reviews import in_order, judged

_BULKY: Final = ("settings", "windows", "instructions", "facts", "baseline")


class State(StrEnum):
    """Where a version stands, as a list is filtered by it; the first that fits of the first five."""

    ACTIVE = "active"
    WAS_ACTIVE = "was_active"
    DECLINED = "declined"
    APPROVED = "approved"
    WAITING = "waiting"
    RESTORED = "restored"  # from an earlier one
    REBASED = "rebased"


@dataclass(frozen=True, slots=True)
class VersionSlice:
    """One page of versions, newest first, and whether there are more on either side."""

    versions: list[Version]
    newer: bool
    older: bool


def versions_page(
    actor: Actor, product: Product, *, state: State | None = None, before: int | None = None, size: int
) -> VersionSlice:
    """Versions with smaller numbers than ``before``, or the newest. Each brings product, reviews and activations."""
    rows = versions_in(actor, product, state)
    older = rows.filter(number__lt=before) if before is not None else rows
    found = list(older[: size + 1])
    for row in found:
        row.product = product
    newer = before is not None and rows.filter(number__gte=before).exists()
    return VersionSlice(found[:size], newer, len(found) > size)


def versions_in(actor: Actor, product: Product, state: State | None = None) -> Scoped[Version]:
    """A product's versions, the newest first, without what they say but with all that says where they stand."""
    rows = Version.objects.of(actor).filter(product=product)
    rows = _in_state(rows, product, state) if state else rows
    rows = rows.select_related("base", "restored_from", "rebased_from").prefetch_related("reviews", "activations")
    names = ("", "base__", "restored_from__", "rebased_from__")
    return rows.defer(*(f"{name}{field}" for name in names for field in _BULKY))


def least_approvals(product: Product) -> int:
    """How many approvals the easiest environment of its organization asks for."""
    needed = Environment.objects.filter(organization=product.organization_id).order_by("approvals_needed")
    return needed.values_list("approvals_needed", flat=True).first() or 1


def state_of(version: Version, *, is_active: bool, least: int) -> State:
    """Where a version stands, with its reviews and activations at hand."""
    if is_active:
        return State.ACTIVE
    return State.WAS_ACTIVE if version.activations.all() else _said_of(version, least)


def _said_of(version: Version, least: int) -> State:
    said = judged(version, in_order(version))
    if said.declined:
        return State.DECLINED
    return State.APPROVED if said.is_approved(least) else State.WAITING


def _in_state(rows: Scoped[Version], product: Product, state: State) -> Scoped[Version]:
    now = [row.version_id for row in active(product).values()]
    if state is State.ACTIVE:
        return rows.filter(pk__in=now)
    if state is State.WAS_ACTIVE:
        return rows.filter(activations__isnull=False).exclude(pk__in=now).distinct()
    if state is State.RESTORED:
        return rows.filter(restored_from__isnull=False)
    if state is State.REBASED:
        return rows.filter(rebased_from__isnull=False)
    return rows.filter(pk__in=_reviewed_as(rows.filter(activations__isnull=True), product, state))


def _reviewed_as(rows: Scoped[Version], product: Product, state: State) -> list[int]:
    """Of versions that never went live, those of which reviewers said this: judged as everywhere, which no filter of
    the database could."""
    least = least_approvals(product)
    rows = rows.only("pk", "digest", "author_id", "writers", "product_id").prefetch_related("reviews")
    return [row.pk for row in rows if _said_of(row, least) is state]


# Activations


@dataclass(frozen=True, slots=True)
class Event:
    """Something in the history of activations: one that happened, or one that was to happen and is not (yet)."""

    at: datetime
    activation: Activation | None = None
    schedule: Schedule | None = None
    until: datetime | None = None  # when the next one of its environment took its place

    @property
    def key(self) -> tuple[datetime, bool, int]:
        """Orders events; of one instant an activation comes after what it ended."""
        row = self.activation or self.schedule
        assert row is not None, "an event is of either"
        return self.at, self.activation is not None, row.pk

    @property
    def cursor(self) -> str:
        """Stands for its place in an address."""
        at, is_activation, pk = self.key
        return f"{at.isoformat()}~{'a' if is_activation else 's'}~{pk}"


def read_cursor(text: str) -> tuple[datetime, bool, int] | None:
    """The place that an address names; None if it names none."""
    at, _sign, rest = text.partition("~")
    kind, _sign, pk = rest.partition("~")
    try:
        found = datetime.fromisoformat(at), kind == "a", int(pk)
    except (ValueError, OverflowError):
        return None
    return found if kind in ("a", "s") and found[0].tzinfo and 0 <= found[2] < 2**63 else None


@dataclass(frozen=True, slots=True)
class EventSlice:
    events: list[Event]
    newer: bool
    older: bool


def events_page(
    actor: Actor,
    product: Product,
    *,
    environment: Environment | None = None,
    before: tuple[datetime, bool, int] | None = None,
    size: int,
) -> EventSlice:
    """Activations and the scheduled ones that were cancelled or refused, newest first."""
    activations = Activation.objects.of(actor).filter(product=product)
    schedules = Schedule.objects.of(actor).filter(product=product, ended_at__isnull=False, activation__isnull=True)
    if environment is not None:
        activations, schedules = activations.filter(environment=environment), schedules.filter(environment=environment)
    activations = activations.select_related("environment", "version", "previous", "schedule")
    schedules = schedules.select_related("environment", "version", "by")
    if before is not None:
        activations = activations.filter(_older("at", before, before[1]))
        schedules = schedules.filter(_older("ended_at", before, not before[1]))
    happened = [
        Event(row.at, activation=row, until=row.until)
        for row in activations.annotate(until=_next_one()).order_by("-at", "-id")[: size + 1]
    ]
    ended = [
        Event(row.ended_at, schedule=row)
        for row in schedules.order_by("-ended_at", "-id")[: size + 1]
        if row.ended_at is not None
    ]
    found = sorted([*happened, *ended], key=lambda event: event.key, reverse=True)
    return EventSlice(found[:size], before is not None, len(found) > size)


def _older(field: str, before: tuple[datetime, bool, int], same_kind: bool) -> Q:
    """What comes after a place in the list: earlier, or at the same instant behind it."""
    at, is_activation, pk = before
    behind = Q(pk__lt=pk) if same_kind else Q(pk__isnull=not is_activation)
    return Q(**{f"{field}__lt": at}) | (Q(**{field: at}) & behind)


def _next_one() -> Subquery:
    """When another activation took its place."""
    place = {"product": OuterRef("product"), "environment": OuterRef("environment")}
    return Subquery(Activation.objects.filter(**place, id__gt=OuterRef("id")).order_by("id").values("at")[:1])


def to_come(actor: Actor, product: Product, environment: Environment | None = None) -> list[Schedule]:
    """What waits for its time, the first one first."""
    rows = Schedule.objects.of(actor).filter(product=product, state=Schedule.State.WAITING)
    rows = rows.filter(environment=environment) if environment is not None else rows
    return list(rows.select_related("environment", "version", "by").order_by("due_at", "id"))
