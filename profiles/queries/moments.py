"""What clients got, get or will get at an instant, and because of which activation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from profiles.access import Actor
from profiles.models import Activation, Environment, Product, PublishedProfile, Schedule


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant in one environment. ``profiles`` are the rows whose bytes were served then, in the order of the
    version's platforms; ``planned`` is what is scheduled between now and an instant to come."""

    environment: Environment
    at: datetime
    activation: Activation | None
    until: datetime | None  # when another activation took its place
    profiles: tuple[PublishedProfile, ...]
    planned: tuple[Schedule, ...]
    first: Activation | None  # where nothing was active: the one that came first, if any did


def moment(actor: Actor, product: Product, environment: Environment, at: datetime) -> Moment:
    """What counted at ``at``: for an instant to come, what will by what is known now."""
    rows = Activation.objects.of(actor).filter(product=product, environment=environment)
    found = rows.filter(at__lte=at).select_related("version", "previous", "environment", "schedule").first()
    later = rows.filter(at__gt=at).order_by("id")
    after = (later.filter(pk__gt=found.pk) if found else later).first()
    schedules = Schedule.objects.of(actor).filter(product=product, environment=environment)
    planned = schedules.filter(state=Schedule.State.WAITING, due_at__lte=at)
    return Moment(
        environment=environment,
        at=at,
        activation=found,
        until=after.at if found and after else None,
        profiles=_served(actor, product, environment, found, at) if found else (),
        planned=tuple(planned.select_related("version", "by").order_by("due_at", "id")),
        first=None if found else after,
    )


def _served(
    actor: Actor, product: Product, environment: Environment, activation: Activation, at: datetime
) -> tuple[PublishedProfile, ...]:
    """As clients are answered: of what was published by then and holds then, the newest for each platform that the
    active version names. What is published later for the same instant was not known yet."""
    rows = PublishedProfile.objects.of(actor).filter(product=product, environment=environment)
    rows = rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at), valid_from__lte=at, published_at__lte=at)
    newest = {row.platform: row for row in rows.order_by("platform", "-id").distinct("platform")}
    return tuple(newest[name] for name in activation.version.platforms if name in newest)
