"""What is active, and how something else differs from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Max, QuerySet

from profiles import models
from profiles.models import (
    Activation,
    Draft,
    Environment,
    Organization,
    Product,
    Version,
)
from profiles.queries.stored import Stored, claims_of, not_honored
from profiles.resolution import diff
from profiles.resolution.types import Attestation, Clamp, Resolution
from profiles.rulebook.domains import Direction


def active(product: Product) -> dict[int, Activation]:
    """The current activation of each environment, by the environment's id."""
    rows = (
        Activation.objects.filter(product=product)
        .order_by("environment_id", "-id")
        .distinct("environment_id")
        .select_related("version", "environment")
    )
    return {row.environment_id: row for row in rows}


def active_by_product(products: Iterable[Product]) -> dict[int, dict[str, int]]:
    """The number of the active version by environment, by the product's id."""
    rows = (
        Activation.objects.filter(product__in=list(products))
        .order_by("product_id", "environment_id", "-id")
        .distinct("product_id", "environment_id")
        .values_list("product_id", "environment__slug", "version__number")
    )
    found: dict[int, dict[str, int]] = {}
    for product, environment, number in rows:
        found.setdefault(product, {})[environment] = number
    return found


def newest_numbers(products: Iterable[Product]) -> dict[int, int]:
    """The number of the newest version, by the product's id."""
    rows = Version.objects.filter(product__in=list(products)).order_by().values_list("product")
    return dict(rows.annotate(newest=Max("number")))


def live_version(product: Product) -> Version | None:
    """What a draft is a change of: the version that is active furthest along (production after staging)."""
    row = furthest_along(Activation.objects.filter(product=product)).select_related("version").first()
    return row.version if row else None


def furthest_along(rows: QuerySet[Activation]) -> QuerySet[Activation]:
    """Activations of one product, the one that counts furthest along first. None is ever taken back, so the newest one
    of the last environment that has any is it."""
    return rows.order_by("-environment__position", "-environment_id", "-id")


def furthest(rows: Iterable[Activation]) -> Version | None:
    """Of current activations, the version of the one furthest along."""
    by_position = sorted(rows, key=lambda row: row.environment.position)
    return by_position[-1].version if by_position else None


def is_stale(version: Version, live: Version | None) -> bool:
    """Whether a version was made against something older than what is live, so that it would undo what came between."""
    return is_behind(version, live.number if live else None)


def is_behind(version: Version, live: int | None) -> bool:
    """The same, by the number of what is live; None where nothing is."""
    if live is None or live == version.number:
        return False
    return version.base is None or version.base.number < live


class Present(NamedTuple):
    """What counts of one product: its live version, or its draft where nothing is live."""

    product: Product
    version: int | None
    stored: Stored
    claims: tuple[Attestation, ...]


def stored_by_product(
    products: QuerySet[Product], windows: Mapping[str, Mapping[str, Any]] | None = None
) -> list[Present]:
    """What is live of many products, in their order, with a handful of queries; with ``windows`` as it would be if
    these were the ones of the organization's baseline."""
    rows = list(products)
    _share_organizations(rows, windows)
    live = live_versions(rows)
    stored = Stored.versions(live.values())
    drafts = {row.product_id: row for row in Draft.objects.filter(product__in=[r for r in rows if r.pk not in live])}
    claims = claims_of_many(rows)
    found = []
    for product in rows:
        version = live.get(product.pk)
        if version is None:
            drafts[product.pk].product = product
        what = stored[version.pk] if version else Stored.draft(drafts[product.pk])
        found.append(Present(product, version.number if version else None, what, claims.get(product.pk, ())))
    return found


def _share_organizations(products: Iterable[Product], windows: Mapping[str, Mapping[str, Any]] | None) -> None:
    """Give each product its organization; of thousands of products a handful have different ones."""
    products = list(products)
    found = Organization.objects.in_bulk({product.organization_id for product in products})
    for organization in found.values() if windows is not None else ():
        organization.windows = windows
    for product in products:
        product.organization = found[product.organization_id]


def claims_of_many(products: Iterable[Product]) -> dict[int, tuple[Attestation, ...]]:
    """``claims_of`` of many products, by their ids."""
    found: dict[int, tuple[Attestation, ...]] = {}
    for item in models.Attestation.objects.filter(product__in=list(products)).order_by("id"):
        if claim := item.as_claim():
            found[item.product_id] = (*found.get(item.product_id, ()), claim)
    return found


def live_versions(products: Iterable[Product]) -> dict[int, Version]:
    """``live_version`` of many products, by their ids."""
    by_id = {product.pk: product for product in products}
    rows = list(
        Activation.objects.filter(product__in=by_id)
        .order_by("product_id", "environment_id", "-id")
        .distinct("product_id", "environment_id")
        .values_list("product_id", "environment_id", "version_id")
    )
    places = {environment for _product, environment, _version in rows}
    positions = dict(Environment.objects.filter(pk__in=places).values_list("pk", "position"))
    furthest = {product: version for product, _place, version in sorted(rows, key=lambda row: positions[row[1]])}
    versions = Version.objects.in_bulk(furthest.values())
    for product, version in furthest.items():
        versions[version].product = by_id[product]
    return {product: versions[version] for product, version in furthest.items()}


@dataclass(frozen=True, slots=True)
class Difference:
    """A draft or version beside what is active: changes by platform, what is not honored, the direction of it all."""

    before: Mapping[str, Resolution]
    after: Mapping[str, Resolution]
    changes: tuple[diff.Change, ...]  # of all platforms, each behavior once, its direction that of all of them
    refused: Mapping[str, Clamp]  # by field: a behavior's key, or windows.<key>
    instructions_before: str
    instructions_after: str
    facts_changed: bool  # the product's facts or platforms are others
    limits_changed: bool  # a newer rulebook or law pack, or another organization baseline
    windows_changed: frozenset[str] = frozenset()  # the behaviors of which it leaves something else to users
    changes_on: Mapping[str, tuple[diff.Change, ...]] = field(default_factory=dict)  # by platform

    @property
    def direction(self) -> Direction:
        return diff.direction(self.changes, text_changed=self.text_changed)

    @property
    def text_changed(self) -> bool:
        return self.instructions_before != self.instructions_after

    @property
    def is_empty(self) -> bool:
        """Whether submitting it would change nothing at all, not even what it is judged by."""
        return not (self.changes or self.text_changed or self.facts_changed or self.limits_changed)


def difference(
    base: Stored | None, new: Stored, now: datetime, claims: Iterable[Attestation] | None = None
) -> Difference:
    """``claims`` are the product's attestations; without them they are looked up."""
    claims = claims_of(new.product) if claims is None else tuple(claims)
    before = base.resolve(now, claims=claims) if base else {}
    after = new.resolve(now, claims=claims)
    bare = {} if base else new.bare().resolve(now, claims=claims)
    changes = {
        platform: diff.changes(before.get(platform), resolution, bare.get(platform))
        for platform, resolution in after.items()
    }
    windows = base.windows if base else {}
    return Difference(
        before=before,
        after=after,
        changes=diff.together(changes.values()),
        refused=not_honored(new.fields, after),
        instructions_before=base.instructions if base else "",
        instructions_after=new.instructions,
        facts_changed=base is not None and (base.facts, base.platforms) != (new.facts, new.platforms),
        limits_changed=base is not None and (base.digests, base.baseline_then) != (new.digests, new.baseline_then),
        windows_changed=frozenset(
            key for key in windows.keys() | new.windows.keys() if windows.get(key) != new.windows.get(key)
        ),
        changes_on=changes,
    )


def has_changes(product: Product) -> bool:
    """Whether the draft says something else than what is live, cheaply: by what is stored, without resolving."""
    draft, live = product.draft, live_version(product)
    if live is None:
        return bool(draft.settings or draft.windows or draft.instructions)
    written = (draft.settings, draft.windows, draft.instructions, product.facts, product.platforms)
    return written != (live.settings, live.windows, live.instructions, live.facts, live.platforms)
