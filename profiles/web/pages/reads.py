"""Rows that only pages need, always of the actor's organization, and never one query for each line of a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from audits.models import Check, Entry
from audits.trail.kinds import Kind, Outcome
from profiles import queries
from profiles.access import Actor, Permission, roles_with
from profiles.errors import NotFound
from profiles.models import (
    Activation,
    ApiKey,
    Attestation,
    Comment,
    Draft,
    DraftEdit,
    Environment,
    Member,
    Product,
    PublishedProfile,
    Review,
    RulebookRevision,
    Schedule,
    Version,
)
from profiles.queries import Difference, Stored
from profiles.resolution import types

# What a list of versions does not show, and which can be long.
_A_FEW: Final = 3
_BULKY: Final = ("settings", "windows", "instructions", "facts", "baseline")


def environments(actor: Actor) -> list[Environment]:
    """In the order in which a version goes through them."""
    return list(Environment.objects.of(actor))


def environment(actor: Actor, slug: str) -> Environment:
    """
    Raises:
        NotFound: the organization has none of this name; which may be anything, so the database is not asked for it.
    """
    found = next((item for item in environments(actor) if item.slug == slug), None)
    if found is None:
        raise NotFound(_("There is no such environment."))
    return found


def products(actor: Actor) -> list[Product]:
    return list(Product.objects.of(actor).select_related("organization", "draft"))


# Versions and what became of them


def version(actor: Actor, product: Product, number: int) -> Version:
    """
    Raises:
        NotFound: the product has none of this number.
    """
    rows = (
        Version.objects.of(actor)
        .select_related("base", "restored_from", "rebased_from")
        .prefetch_related("reviews", "activations")
    )
    found = rows.one(product=product, number=number)
    _belongs(product, [found, found.base])
    return found


def versions(actor: Actor, product: Product) -> list[Version]:
    """All of a product's, newest first, with their reviews and activations."""
    rows = list(_listed(Version.objects.of(actor).filter(product=product)))
    _belongs(product, rows)
    known = {row.pk: row for row in rows}
    for row in rows:
        row.base = known[row.base_id] if row.base_id else None
    return rows


def newest_versions(actor: Actor, among: Iterable[Product]) -> dict[int, Version]:
    """The newest version of each product, by the product's id."""
    known = {product.pk: product for product in among}
    rows = _listed(Version.objects.of(actor)).order_by("product_id", "-number").distinct("product_id")
    newest = {row.product_id: row for row in rows if row.product_id in known}
    for row in newest.values():
        row.product = known[row.product_id]
    return newest


def newest_number(actor: Actor, product: Product) -> int:
    return Version.objects.of(actor).filter(product=product).values_list("number", flat=True).first() or 0


def _listed(rows: QuerySet[Version]) -> QuerySet[Version]:
    rows = rows.select_related("restored_from", "base")
    bulky = (f"{name}{field}" for name in ("", "restored_from__", "base__") for field in _BULKY)
    return rows.defer(*bulky).prefetch_related("reviews", "activations")


def _belongs(product: Product, rows: Iterable[Version | None]) -> None:
    """Give versions their product with its organization, instead of asking for them once more for each."""
    for row in rows:
        if row is not None:
            row.product = product


def reviews(row: Version) -> list[Review]:
    return queries.in_order(row)


def was_active(row: Version) -> bool:
    return bool(row.activations.all())


def activations(actor: Actor, product: Product) -> list[Activation]:
    """All of a product's, newest first."""
    rows = Activation.objects.of(actor).filter(product=product)
    return list(rows.select_related("version", "previous", "environment"))


def activations_of(rows: Iterable[Version], places: Iterable[Environment]) -> list[Activation]:
    """The same of all versions of a product, where they and the environments were read already."""
    versions, environments = {row.pk: row for row in rows}, {place.pk: place for place in places}
    found = [each for row in versions.values() for each in row.activations.all()]
    for each in found:
        each.version, each.environment = versions[each.version_id], environments[each.environment_id]
        each.previous = versions[each.previous_id] if each.previous_id else None
    return sorted(found, key=lambda each: -each.pk)


def current(rows: Iterable[Activation]) -> dict[int, Activation]:
    """Of activations newest first, the one that counts in each environment, by the environment's id."""
    found: dict[int, Activation] = {}
    for row in rows:
        found.setdefault(row.environment_id, row)
    return found


def active_everywhere(actor: Actor) -> dict[int, dict[int, Activation]]:
    """The current activations of all products: by product's and environment's id."""
    rows = Activation.objects.of(actor).order_by("product_id", "environment_id", "-id")
    found: dict[int, dict[int, Activation]] = {}
    for row in rows.distinct("product_id", "environment_id").select_related("version", "environment"):
        found.setdefault(row.product_id, {})[row.environment_id] = row
    return found


def live_everywhere(actor: Actor) -> dict[int, Version]:
    """What is active furthest along of each product, by the product's id."""
    found = {pk: queries.furthest(rows.values()) for pk, rows in active_everywhere(actor).items()}
    return {pk: version for pk, version in found.items() if version}


def serving(actor: Actor) -> dict[int, int]:
    """How many products each environment serves, by the environment's id."""
    pairs = Activation.objects.of(actor).order_by().values_list("environment_id", "product_id").distinct()
    return dict(Counter(environment for environment, _product in pairs))


def differences(actor: Actor, rows: Iterable[Version], now: datetime) -> dict[int, Difference]:
    """What each version changes of the one it was made against, by its id. The versions bring base and product."""
    rows = list(rows)
    for row in rows:
        _belongs(row.product, [row.base])
    stored = Stored.versions([*rows, *(row.base for row in rows if row.base is not None)])
    claims = claims_of_all(actor)
    return {
        row.pk: queries.difference(
            stored[row.base_id] if row.base_id else None, stored[row.pk], now, claims.get(row.product_id, ())
        )
        for row in rows
    }


# Attestations


def claims_of_all(actor: Actor) -> dict[int, tuple[types.Attestation, ...]]:
    """Attestations as resolution takes them, by the product's id."""
    found: dict[int, tuple[types.Attestation, ...]] = {}
    for row in Attestation.objects.of(actor).order_by("id"):
        if claim := row.as_claim():
            found[row.product_id] = (*found.get(row.product_id, ()), claim)
    return found


def counting(actor: Actor, product: Product, now: datetime) -> list[Attestation]:
    """The attestations of a product that count now, the one that ends first at the front."""
    rows = Attestation.objects.of(actor).filter(product=product, state=Attestation.State.GRANTED)
    return list(rows.filter(expires_at__gt=now).order_by("expires_at"))


def ending(actor: Actor, now: datetime, within: timedelta) -> dict[int, Attestation]:
    """By product: the granted attestation that ends next, if that is soon."""
    rows = Attestation.objects.of(actor).filter(state=Attestation.State.GRANTED, expires_at__gt=now)
    found: dict[int, Attestation] = {}
    for row in rows.filter(expires_at__lt=now + within).order_by("expires_at"):
        found.setdefault(row.product_id, row)
    return found


# Reviews


def reviewers(actor: Actor, row: Version, now: datetime) -> list[str]:
    """The names of those who may review a version, which nobody may whose work it is."""
    roles = [role.value for role in roles_with(Permission.REVIEW)]
    members = Member.objects.of(actor).filter(role__in=roles).select_related("user")
    members = members.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), user__is_active=True)
    return [member.user.name for member in members if not row.is_work_of(f"user:{member.user_id}")]


def members(actor: Actor, now: datetime) -> list[Member]:
    """Those whose membership counts now."""
    rows = Member.objects.of(actor).filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), user__is_active=True)
    return list(rows.select_related("user"))


def asked_by(actor: Actor) -> list[Version]:
    """Versions of this person's that nothing newer replaced and nobody has activated yet, newest first."""
    newest = Version.objects.of(actor).order_by("product_id", "-number").distinct("product_id").values("pk")
    rows = Version.objects.of(actor).filter(pk__in=newest, author_id=actor.id, activations__isnull=True)
    return list(_with_context(rows).order_by("-created_at"))


def decided_by(actor: Actor, most: int) -> list[Version]:
    """The versions that this person decided last, each once, the latest decision first."""
    ids = Review.objects.of(actor).filter(reviewer_id=actor.id).values_list("version_id", flat=True)
    latest = list(dict.fromkeys(ids[: most * 4]))[:most]
    found = {row.pk: row for row in _with_context(Version.objects.of(actor).filter(pk__in=latest))}
    return [found[pk] for pk in latest]


def _with_context(rows: QuerySet[Version]) -> QuerySet[Version]:
    rows = rows.select_related("product__organization", "base", "restored_from")
    return rows.prefetch_related("reviews", "activations__environment")


def comments(actor: Actor, row: Version) -> list[Comment]:
    """All of a version's, oldest first."""
    return list(Comment.objects.of(actor).filter(version=row))


def schedules(actor: Actor, product: Product) -> dict[int, Schedule]:
    """What waits for its time, by the environment's id."""
    rows = Schedule.objects.of(actor).filter(product=product, state=Schedule.State.WAITING)
    return {row.environment_id: row for row in rows.select_related("version", "environment", "by")}


def schedule(actor: Actor, pk: int) -> Schedule:
    rows = Schedule.objects.of(actor).select_related("version__product__organization", "environment", "by")
    return rows.one(pk=pk)


# Checks and the trail


def latest_checks(actor: Actor, versions: Iterable[int]) -> dict[int, Check]:
    """The newest limits check of each version, by the version's id."""
    rows = Check.objects.of(actor).filter(version__in=list(versions), kind=Check.Kind.LIMITS)
    return {row.version_id: row for row in rows.order_by("version_id", "-id").distinct("version_id")}


def check_entry(actor: Actor, product: Product, check: Check | None) -> str:
    """The address of the entry that says how a check ended; nothing while it waits."""
    if check is None or check.state == Check.State.WAITING:
        return ""
    rows = Entry.objects.of(actor).filter(product=product.slug, kind=Kind.CHECK_FINISHED)
    found = rows.filter(target=f"check {check.pk}").values_list("pk", flat=True).first()
    return reverse("trail_entry", args=[found]) if found else ""


def entries_at(actor: Actor, product: Product, kind: Kind, instants: Iterable[datetime]) -> dict[datetime, int]:
    """The entries of a kind that were written with something of a product, by their instants."""
    rows = Entry.objects.of(actor).filter(product=product.slug, kind=kind, outcome=Outcome.DONE)
    return dict(rows.filter(at__in=list(instants)).order_by("id").values_list("at", "pk"))


def last_entries(actor: Actor, most: int, leave_out: Iterable[Kind]) -> list[Entry]:
    return list(Entry.objects.of(actor).exclude(kind__in=list(leave_out)).prefetch_related("disclosures")[:most])


def baseline_entries(actor: Actor) -> QuerySet[Entry]:
    """Every change of the organization's baseline, newest first."""
    rows = Entry.objects.of(actor).filter(kind=Kind.BASELINE_CHANGED, outcome=Outcome.DONE)
    return rows.prefetch_related("disclosures")


# Drafts, clients


def draft(actor: Actor, product: Product) -> Draft:
    found = Draft.objects.of(actor).one(product=product)
    found.product = product
    return found


def last_edits(actor: Actor, rows: Iterable[Draft]) -> dict[int, DraftEdit]:
    """The newest edit of each draft, by the draft's id."""
    edits = DraftEdit.objects.of(actor).filter(draft__in=[row.pk for row in rows])
    return {edit.draft_id: edit for edit in edits.order_by("draft_id", "-revision").distinct("draft_id")}


def last_edit(actor: Actor, row: Draft) -> DraftEdit | None:
    return DraftEdit.objects.of(actor).filter(draft=row).first()


def served(actor: Actor, product: Product, now: datetime) -> dict[int, PublishedProfile]:
    """What clients get now in each environment, by its id: of the product's first platform that is published there."""
    rows = (
        PublishedProfile.objects.of(actor)
        .filter(product=product, platform__in=product.platforms)
        .defer("body", "gzip", "br", "inputs")
    )
    rows = rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=now), valid_from__lte=now)
    rows = rows.order_by("environment_id", "platform", "-id").distinct("environment_id", "platform")
    by_rank = sorted(rows, key=lambda row: product.platforms.index(row.platform), reverse=True)
    return {row.environment_id: row for row in by_rank}


def rulebooks(digests: Iterable[str]) -> list[RulebookRevision]:
    """Rulebooks and law packs by their digests, in that order. They belong to no organization."""
    found = queries.revisions_of(digests)
    return [found[digest] for digest in digests if digest in found]


def client_keys(actor: Actor, product: Product) -> int:
    """How many keys of a product open something."""
    return ApiKey.objects.of(actor).filter(product=product, revoked_at__isnull=True).count()


def working_keys(actor: Actor, product: Product, environment: Environment, now: datetime) -> list[ApiKey]:
    """Those that open something now: a few of them, the newest first."""
    rows = ApiKey.objects.of(actor).filter(queries.working(now), product=product, environment=environment)
    return list(rows[:_A_FEW])


def activated_versions(actor: Actor, product: Product, most: int) -> list[Version]:
    """The newest versions that were ever active, of which there can be receipts."""
    rows = Version.objects.of(actor).filter(product=product, activations__isnull=False).distinct().order_by("-number")
    return list(rows.only("pk", "number", "product")[:most])


def scheduled(actor: Actor, product: Product | None = None) -> list[Schedule]:
    """Activations that wait for their time, the first one first: of one product, or of all."""
    rows = Schedule.objects.of(actor).filter(state=Schedule.State.WAITING)
    rows = rows.filter(product=product) if product else rows
    rows = rows.select_related("version__product__organization", "version__base", "environment", "by")
    return list(rows.prefetch_related("version__reviews"))


def has_client_key(actor: Actor) -> bool:
    return ApiKey.objects.of(actor).filter(product__isnull=False, revoked_at__isnull=True).exists()
