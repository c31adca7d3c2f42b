"""Which client got which published profile when, and whether that is still what it would get.

What is known is that bytes were handed out, or that a client was told that its copy still holds. What it does with them
is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Greatest

from profiles.access import Actor, Scoped
from profiles.models import Activation, ApiKey, Product, PublishedProfile, Receipt, Version
from profiles.queries.live import active
from profiles.queries.slices import Slice, slice_of

CHUNK: Final = 1000  # receipts that an export reads at once


def working(now: datetime) -> Q:
    """Keys that open something at an instant."""
    return Q(revoked_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))


def client_keys_page(actor: Actor, product: Product, *, before: int | None, size: int) -> Slice[ApiKey]:
    """Keys of one product, the newest first, whether they still work or not."""
    rows = ApiKey.objects.of(actor).filter(product=product).select_related("environment")
    return slice_of(rows, before=before, after=None, size=size)


# What clients hold


@dataclass(frozen=True, slots=True)
class Held:
    """What a key was last given for one platform, beside what it would be given now.

    Args:
        now: the row that holds now; None where nothing is active, or that platform is no longer served there.
        superseded_at: when something else took the place of what is held; None if nothing did.
    """

    receipt: Receipt
    now: PublishedProfile | None
    superseded_at: datetime | None

    @property
    def profile(self) -> PublishedProfile:
        return self.receipt.profile

    @property
    def is_current(self) -> bool:
        """The same bytes published anew are the same copy."""
        return self.now is not None and self.now.etag == self.profile.etag

    def has_ended(self, now: datetime) -> bool:
        """Whether it is past its ``valid_until``, after which no client may use it."""
        return self.profile.valid_until is not None and self.profile.valid_until <= now


Place = tuple[int, str]  # the id of an environment, and a platform


def held_by(actor: Actor, product: Product, keys: Iterable[ApiKey], now: datetime) -> dict[int, list[Held]]:
    """What keys of a product hold, by the key's id and then by platform; nothing for keys that never fetched."""
    places = _places(actor, product)
    receipts = _last_receipts(actor, [key.pk for key in keys], sorted({platform for _place, platform in places}))
    current = _current(actor, product, now)
    superseded = _superseded_at(actor, [row.profile_id for row in receipts], now)
    found: dict[int, list[Held]] = {}
    for row in receipts:
        here = current.get((row.profile.environment_id, row.profile.platform))
        found.setdefault(row.key_id, []).append(Held(row, here, superseded.get(row.profile_id)))
    return found


def _places(actor: Actor, product: Product) -> list[Place]:
    """Where anything was ever published."""
    rows = PublishedProfile.objects.of(actor).filter(product=product).order_by()
    return list(rows.values_list("environment_id", "platform").distinct())


def _last_receipts(actor: Actor, keys: list[int], platforms: list[str]) -> list[Receipt]:
    """The newest one of each key and platform, each found by the index on keys and times."""
    mine = Receipt.objects.of(actor).filter(key=OuterRef("pk")).order_by("-last_at")
    columns = {
        f"last_{n}": Subquery(mine.filter(profile__platform=platform).values("pk")[:1])
        for n, platform in enumerate(platforms)
    }
    if not columns or not keys:
        return []
    rows = ApiKey.objects.of(actor).filter(pk__in=keys).annotate(**columns).order_by().values_list(*columns)
    newest = [pk for row in rows for pk in row if pk is not None]
    return list(_with_profiles(Receipt.objects.of(actor).filter(pk__in=newest)).order_by("key_id", "profile__platform"))


def _with_profiles(rows: Scoped[Receipt]) -> Scoped[Receipt]:
    wanted = rows.select_related("profile__activation__version", "profile__environment", "key")
    return wanted.only(
        *("key__name", "key__prefix", "key__revoked_at", "first_at", "last_at", "fetched", "confirmed"),
        *("profile__platform", "profile__etag", "profile__digest", "profile__valid_from", "profile__valid_until"),
        *("profile__published_at", "profile__product", "profile__environment__name", "profile__environment__slug"),
        "profile__activation__version__number",
    )


def _current(actor: Actor, product: Product, now: datetime) -> dict[Place, PublishedProfile]:
    """What clients get now, for every environment and each platform that is served there."""
    rows = PublishedProfile.objects.of(actor).filter(product=product).select_related("activation__version")
    rows = rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=now), valid_from__lte=now)
    rows = rows.only("environment", "platform", "etag", "published_at", "activation__version__number")
    rows = rows.order_by("environment_id", "platform", "-id").distinct("environment_id", "platform")
    serving = {place: set(row.version.platforms or product.platforms) for place, row in active(product).items()}
    return {
        (row.environment_id, row.platform): row
        for row in rows
        if row.platform in serving.get(row.environment_id, set())
    }


def _superseded_at(actor: Actor, profiles: list[int], now: datetime) -> dict[int, datetime]:
    """When the first row with other bytes took the place of each."""
    newer = (
        PublishedProfile.objects.of(actor)
        .filter(product=OuterRef("product"), environment=OuterRef("environment"), platform=OuterRef("platform"))
        .filter(pk__gt=OuterRef("pk"))
        .exclude(etag=OuterRef("etag"))
        .annotate(over_at=Greatest("published_at", "valid_from"))
        .filter(over_at__lte=now)
        .order_by("over_at")
    )
    rows = PublishedProfile.objects.of(actor).filter(pk__in=profiles).order_by()
    found = rows.annotate(over_at=Subquery(newer.values("over_at")[:1])).values_list("pk", "over_at")
    return {pk: over_at for pk, over_at in found if over_at is not None}


# How far a version came


class Reach(NamedTuple):
    """How many of the keys that work in an environment got the version that is active there."""

    fetched: int
    keys: int


def reach(actor: Actor, product: Product, rows: Iterable[Activation], now: datetime) -> dict[int, Reach]:
    """Of current activations, by their environment's id; nothing for environments without a working key."""
    rows = list(rows)
    published = PublishedProfile.objects.of(actor).filter(activation__in=rows).values("pk")
    got = Exists(Receipt.objects.of(actor).filter(key=OuterRef("pk"), profile__in=published))
    places = [row.environment_id for row in rows]
    keys = ApiKey.objects.of(actor).filter(working(now), product=product, environment__in=places)
    found = (
        keys.annotate(got=got)
        .order_by()
        .values("environment_id")
        .annotate(all=Count("pk"), some=Count("pk", filter=Q(got=True)))
    )
    return {row["environment_id"]: Reach(row["some"], row["all"]) for row in found}


def recipients(actor: Actor, version: Version) -> int:
    """How many keys ever got a version."""
    published = PublishedProfile.objects.of(actor).filter(activation__version=version).values("pk")
    got = Exists(Receipt.objects.of(actor).filter(key=OuterRef("pk"), profile__in=published))
    keys = ApiKey.objects.of(actor).filter(product=version.product_id).annotate(got=got)
    # Not as a filter: that would be planned as a join with every receipt.
    return int(keys.aggregate(count=Count("pk", filter=Q(got=True)))["count"])


# Proof of receipt


def receipts_page(actor: Actor, version: Version, *, before: int | None, size: int) -> Slice[Receipt]:
    """Who got a version: the newest publication first, and of each the key that came last."""
    rows = Receipt.objects.of(actor).filter(profile__activation__version=version)
    return slice_of(_with_profiles(rows), before=before, after=None, size=size, by="profile_id")


def every_receipt(actor: Actor, product: Product) -> Iterator[Receipt]:
    """All of a product's, by key and then in the order of publication; read in chunks, whatever their number."""
    rows = _with_profiles(Receipt.objects.of(actor).filter(key__product=product)).order_by("key_id", "profile_id")
    after = Q()
    while chunk := list(rows.filter(after)[:CHUNK]):
        yield from chunk
        last = chunk[-1]
        after = Q(key_id__gt=last.key_id) | Q(key_id=last.key_id, profile_id__gt=last.profile_id)
