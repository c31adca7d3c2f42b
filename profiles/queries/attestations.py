"""Attestations, and what changes when they end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from django.db.models import Exists, OuterRef, Q

from profiles import models
from profiles.access import Actor, Permission, Scoped
from profiles.models import (
    Version,
)
from profiles.queries.live import claims_of_many, live_versions
from profiles.queries.stored import Stored
from profiles.resolution import diff
from profiles.resolution.types import Resolution
from profiles.rulebook.model import Behavior

REMIND_BEFORE: Final = timedelta(days=30)  # of an attestation's end

# People


def _attestations(actor: Actor) -> Scoped[models.Attestation]:
    """Those of the actor's organization; for a steward, those of the whole installation."""
    everybodys = actor.may(Permission.DECIDE_ATTESTATION)
    rows = models.Attestation.objects.all() if everybodys else models.Attestation.objects.of(actor)
    return rows.filter(product__removed_at__isnull=True).select_related(
        "product__organization", "organization", "renews"
    )


def attestations_for(actor: Actor) -> list[models.Attestation]:
    """The claims that this person may see, newest first."""
    return list(_attestations(actor).order_by("-requested_at"))


def attestation_for(actor: Actor, pk: int) -> models.Attestation:
    """One of them.

    Raises:
        NotFound: there is none, or it is another organization's.
    """
    return _attestations(actor).one(pk=pk)


def expiring(actor: Actor, now: datetime) -> list[models.Attestation]:
    """Granted attestations of the actor's organization that end soon, the first to end first; without those that are
    being renewed, or whose product has a later one of the same kind."""
    soon = models.Attestation.objects.of(actor).filter(
        state=models.Attestation.State.GRANTED, expires_at__gt=now, expires_at__lte=now + REMIND_BEFORE
    )
    later = models.Attestation.objects.filter(product=OuterRef("product"), kind=OuterRef("kind")).filter(
        Q(state=models.Attestation.State.REQUESTED)
        | Q(state=models.Attestation.State.GRANTED, expires_at__gt=OuterRef("expires_at"))
    )
    return list(soon.exclude(Exists(later)).select_related("product__organization").order_by("expires_at", "id"))


class FallBack(NamedTuple):
    """What will change for clients when an attestation stops counting, if nothing else happens until then."""

    version: Version  # the live one
    changes: tuple[diff.Change, ...]  # of all platforms, each behavior once
    behaviors: Mapping[str, Behavior]


def at_expiry(attestation: models.Attestation, now: datetime) -> tuple[diff.Change, ...]:
    """What will change for clients when an attestation ends."""
    found = fall_backs([attestation], now).get(attestation.pk)
    return found.changes if found else ()


def fall_backs(rows: Iterable[models.Attestation], now: datetime, *, revoked: bool = False) -> dict[int, FallBack]:
    """What will change at the end of each attestation that counts now and whose product has something live, by the
    attestation's id; or what would change if it were ``revoked`` now."""
    counting = {row: claim for row in rows if (claim := row.as_claim()) and claim.counts(now)}
    if not counting:
        return {}
    products = {row.product_id: row.product for row in counting}.values()
    live = live_versions(products)
    stored = Stored.versions(live.values())
    claims = claims_of_many(products)
    found: dict[int, FallBack] = {}
    for row, claim in counting.items():
        if version := live.get(row.product_id):
            every, what = claims[row.product_id], stored[version.pk]
            if revoked:
                rest = [other for other in every if other != claim]
                before, after = what.resolve(now, claims=every), what.resolve(now, claims=rest)
            else:
                last = claim.ends_at - timedelta(microseconds=1)
                before, after = (what.resolve(moment, claims=every) for moment in (last, claim.ends_at))
            found[row.pk] = FallBack(version, *_changed(before, after))
    return found


def _changed(
    before: Mapping[str, Resolution], after: Mapping[str, Resolution]
) -> tuple[tuple[diff.Change, ...], dict[str, Behavior]]:
    """Every change of any platform once, by key, with the behaviors that change."""
    changes: dict[str, diff.Change] = {}
    behaviors: dict[str, Behavior] = {}
    for platform, resolution in after.items():
        for change in diff.changes(before[platform], resolution):
            changes.setdefault(change.behavior, change)
            behaviors.setdefault(change.behavior, resolution.decisions[change.behavior].behavior)
    return tuple(changes[key] for key in sorted(changes)), behaviors
