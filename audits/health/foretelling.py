"""What ends soon, told of ahead of time: 30, 7 and 1 days before, each once.

Attestations have their own (``audits.telling.reminders``); this is about API keys, law packs that come into force or
end, and activations that are scheduled. Keys of endpoints are the vendors', who say nothing of their ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from audits.checks.expiry import DAYS, threshold
from audits.health.endings import changes_at, turns_of
from audits.health.place import Place, places_of
from audits.models import Foretold
from audits.trail.kinds import Kind
from audits.trail.record import record
from profiles.access import system
from profiles.models import ApiKey, Product, RulebookRevision, Schedule
from profiles.resolution.document import instant

SCHEDULER: Final = system("scheduler")
_AHEAD: Final = timedelta(days=max(DAYS))


@dataclass(frozen=True, slots=True)
class End:
    """
    Args:
        subject: names it for good, such as ``api_key 12``.
        since: when its end was settled.
    """

    subject: str
    at: datetime
    since: datetime
    organization: str
    target: str
    product: str = ""
    version: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    is_news: bool = True  # something changes for somebody


def foretell(*, now: datetime) -> int:
    """Write what is due; returns how many entries. Of several thresholds that passed unnoticed only the last counts."""
    return sum(_foretell(end, now) for end in (*_keys(now), *_schedules(now), *_laws(now)))


def _foretell(end: End, now: datetime) -> bool:
    days = threshold(end.at, end.since, now)
    subject = f"{end.subject} {instant(end.at)}"
    if days is None or Foretold.objects.filter(subject=subject, days__lte=days).exists():
        return False
    with transaction.atomic():
        # Of two schedulers the second finds the row that the first wrote.
        _row, is_new = Foretold.objects.get_or_create(subject=subject, days=days, defaults={"at": now})
        if is_new and end.is_news:
            _record(end, days, now)
    return is_new and end.is_news


def _record(end: End, days: int, now: datetime) -> None:
    record(
        Kind.END_FORETOLD,
        who=SCHEDULER,
        at=now,
        organization=end.organization,
        product=end.product,
        target=end.target,
        version=end.version,
        after={"ends_at": instant(end.at)},
        data={"days": days, **end.data},
    )


def _keys(now: datetime) -> Iterator[End]:
    rows = ApiKey.objects.filter(revoked_at=None, expires_at__gt=now, expires_at__lte=now + _AHEAD)
    for row in rows.select_related("organization", "product", "environment"):
        assert row.expires_at is not None
        yield End(
            subject=f"api_key {row.pk}",
            at=row.expires_at,
            since=row.created_at,
            organization=row.organization.slug,
            product=row.product.slug if row.product else "",
            target=f"API key {row.prefix}",
            data={"what": "api_key", "environment": row.environment.slug if row.environment else None},
        )


def _schedules(now: datetime) -> Iterator[End]:
    rows = Schedule.objects.filter(state=Schedule.State.WAITING, due_at__gt=now, due_at__lte=now + _AHEAD)
    for row in rows.filter(product__removed_at=None).select_related("product__organization", "environment", "version"):
        yield End(
            subject=f"schedule {row.pk}",
            at=row.due_at,
            since=row.requested_at,
            organization=row.product.organization.slug,
            product=row.product.slug,
            target=f"activation of version {row.version.number}",
            version=row.version.number,
            data={"what": "activation", "environment": row.environment.slug},
        )


def _laws(now: datetime) -> Iterator[End]:
    """Of every product that is live under one and would change."""
    for law in RulebookRevision.objects.filter(layer="law"):
        for code, at in turns_of(law, now):
            days = threshold(at, law.loaded_at, now)
            if days is not None:
                yield from _reached(law, code, at, days, now)


def _reached(law: RulebookRevision, code: str, at: datetime, days: int, now: datetime) -> Iterator[End]:
    """A product that was told already is not looked at again: there may be thousands, every minute."""
    begins = f"{code} {law.digest}"
    told = Foretold.objects.filter(subject__startswith=begins, days__lte=days).values_list("subject", flat=True)
    done = {subject.removeprefix(begins).split()[0] for subject in told}
    held = Product.objects.filter(activations__version__rulebooks__contains=[{"digest": law.digest}], removed_at=None)
    for product in held.exclude(pk__in=done).select_related("organization").order_by("pk").distinct():
        places = [each for each in places_of(product, now) if law.digest in each.stored.digests]
        for place in places[:1]:  # the furthest along: of a product it is told once
            yield _under_law(law, code, at, f"{begins} {product.pk}", place)


def _under_law(law: RulebookRevision, code: str, at: datetime, subject: str, place: Place) -> End:
    changes = changes_at(place, at)
    return End(
        subject=subject,
        at=at,
        since=law.loaded_at,
        organization=place.product.organization.slug,
        product=place.product.slug,
        target=f"law pack {law.platform}",
        version=place.version.number,
        data={"what": code, "environment": place.environment.slug, "behaviors": list(changes)},
        is_news=bool(changes),
    )
