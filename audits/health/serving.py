"""Measuring ``serving``: what is stored beside what web processes answer, on each platform, and what clients hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q
from django.utils import timezone

from audits.checks import serving as check
from audits.checks.results import Point, Result
from audits.checks.serving import Keys, Stored
from audits.health import asking
from audits.health.asking import Address
from audits.health.place import Place
from audits.models import Entry
from audits.trail.kinds import Kind
from profiles.models import ApiKey, PublishedProfile
from profiles.queries.receipts import held_by, working

_SETTLES: Final = timedelta(seconds=5)  # until every web process knows of what was published
_BEHIND: Final = timedelta(days=1)  # for so long a client may not have asked again before somebody should look
_PUBLISHING: Final = (Kind.VERSION_ACTIVATED, Kind.PROFILE_REPUBLISHED)
_OTHER: Final = frozenset({"other_bytes", "other_version"})


def measure(place: Place) -> Result:
    """Ask over HTTP; outside of a transaction, since an answer may take its time."""
    address = Address.own()
    keys = asking.keys(address)
    points = [point for platform in place.platforms for point in _platform(place, platform, address, keys)]
    return Result.of([*points, _clients(place, timezone.now())])


def _platform(place: Place, platform: str, address: Address, keys: Keys) -> Iterator[Point]:
    now = timezone.now()
    row = _row(place, platform, now)
    if row is None:
        yield check.nothing_holds(platform)
        return
    ids = place.product.pk, place.environment.pk
    answer = asking.published(address, *ids, platform, now=now.timestamp())
    points = check.judge(_stored(place, row), answer, keys, now)
    if any(each.code in _OTHER for each in points):
        later = _row(place, platform, timezone.now())
        if later is None or later.pk != row.pk or now - row.published_at < _SETTLES:
            points = [*(each for each in points if each.code not in _OTHER), check.just_changed(platform)]
    yield from points


def _row(place: Place, platform: str, now: datetime) -> PublishedProfile | None:
    """What holds at ``now``: of the rows that do, the newest."""
    rows = PublishedProfile.objects.filter(product=place.product, environment=place.environment, platform=platform)
    rows = rows.filter(Q(valid_until=None) | Q(valid_until__gt=now), valid_from__lte=now)
    return rows.select_related("activation__version").order_by("-pk").first()


def _stored(place: Place, row: PublishedProfile) -> Stored:
    return Stored(
        platform=row.platform,
        version=place.version.number,
        body=bytes(row.body),
        digest=row.digest,
        valid_until=row.valid_until,
        published=_told(place, row),
        kid=row.kid if row.jws else "",
    )


def _told(place: Place, row: PublishedProfile) -> frozenset[str] | None:
    """The digests that the trail says were published at that instant; None if it was pruned up to there."""
    slug = place.product.organization.slug
    entries = Entry.objects.filter(
        organization=slug, product=place.product.slug, kind__in=_PUBLISHING, at=row.published_at
    )
    found = [entry.content()["data"] for entry in entries.prefetch_related("disclosures")]
    if not found:
        first = Entry.objects.filter(organization=slug).order_by("pk").values_list("at", flat=True).first()
        if first is None or row.published_at < first:
            return None
    return frozenset(digest for data in found for digest in data.get("published") or data.get("digests") or ())


def _clients(place: Place, now: datetime) -> Point:
    """Of the keys that work there, those whose last fetch was superseded for so long that they should have asked."""
    keys = ApiKey.objects.filter(working(now), product=place.product, environment=place.environment)
    held = [each for found in held_by(place.actor, place.product, keys, now).values() for each in found]
    known = [each for each in held if each.now is not None]
    behind = [each for each in known if not each.is_current and (each.superseded_at or now) < now - _BEHIND]
    return check.of_clients(len({each.receipt.key_id for each in known}), len({each.receipt.key_id for each in behind}))
