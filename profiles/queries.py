"""Reads that several callers share: who somebody is, what is active, and resolutions of what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from profiles import models
from profiles.access import Actor, ActorType, Permission, Scoped, person_permissions
from profiles.errors import InvalidInput, NoActiveProfile, NotFound
from profiles.models import (
    Activation,
    ApiKey,
    Draft,
    Environment,
    Hold,
    Member,
    Organization,
    Product,
    PublishedProfile,
    Review,
    RulebookDraft,
    RulebookRevision,
    SourceDocument,
    User,
    Version,
)
from profiles.resolution import diff, types
from profiles.resolution.resolve import resolve
from profiles.resolution.types import Attestation, Clamp, Layers, LayerSettings, Resolution
from profiles.rulebook.domains import Direction
from profiles.rulebook.model import Behavior, Layer, Rulebook
from profiles.rulebook.sources import model as sources
from profiles.rulebook.sources.compare import Difference as SourceDifference
from profiles.rulebook.sources.compare import compare
from profiles.rulebook.sources.model_spec import read

REMIND_BEFORE: Final = timedelta(days=30)  # of an attestation's end

# People


def memberships(user: User, now: datetime) -> list[Member]:
    """The memberships that count now: an auditor's ends by itself."""
    current = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    return list(user.memberships.filter(current).select_related("organization").order_by("organization__name"))


def person(user: User, membership: Member | None, request_id: str = "") -> Actor:
    """A signed-in person, acting in the organization of ``membership`` if there is one."""
    return Actor(
        type=ActorType.PERSON,
        id=f"user:{user.pk}",
        name=user.name,
        permissions=person_permissions(membership.role if membership else None, is_steward=user.is_steward),
        organization_id=membership.organization_id if membership else None,
        organization_slug=membership.organization.slug if membership else "",
        user_id=user.pk,
        request_id=request_id,
    )


# Profiles as stored, resolved


@dataclass(frozen=True, slots=True)
class Stored:
    """What a draft or a version says, as far as resolution cares."""

    product: Product
    settings: Mapping[str, Any]
    windows: Mapping[str, Any]
    instructions: str
    facts: Mapping[str, Any]
    revisions: tuple[RulebookRevision, ...]  # one for each platform
    laws: tuple[RulebookRevision, ...]  # the law packs within whose reach the product is
    baseline: LayerSettings
    baseline_then: Mapping[str, Any]  # the organization's settings and windows when this was made
    holds: tuple[types.Hold, ...]

    @classmethod
    def draft(cls, draft: Draft) -> Stored:
        product = draft.product
        organization = product.organization
        return cls(
            product,
            draft.settings,
            draft.windows,
            draft.instructions,
            product.facts,
            latest_rulebooks(product.platforms),
            law_packs(product.facts),
            LayerSettings(organization.settings, organization.windows),
            {"settings": organization.settings, "windows": organization.windows},
            tuple(hold for found in active_holds(organization).values() for hold in found),
        )

    @classmethod
    def version(cls, version: Version) -> Stored:
        return cls.versions([version])[version.pk]

    @classmethod
    def versions(cls, versions: Iterable[Version]) -> dict[int, Stored]:
        """Several, by their ids, with two queries."""
        versions = list(versions)
        digests = {item["digest"] for version in versions for item in version.rulebooks}
        revisions = {item.digest: item for item in _revisions().filter(digest__in=digests)}
        holds = active_holds()
        return {version.pk: cls._of(version, revisions, holds) for version in versions}

    @classmethod
    def _of(
        cls, version: Version, revisions: Mapping[str, RulebookRevision], holds: Mapping[int | None, Holds]
    ) -> Stored:
        made_against = [revisions[item["digest"]] for item in version.rulebooks]
        organization = version.product.organization
        return cls(
            version.product,
            version.settings,
            version.windows,
            version.instructions,
            version.facts,
            tuple(item for item in made_against if not item.is_law),
            tuple(item for item in made_against if item.is_law),
            LayerSettings(version.baseline["settings"], _windows_of(version, organization)),
            version.baseline,
            (*holds.get(None, ()), *holds.get(organization.pk, ()), *_ceilings_then(version, organization)),
        )

    @property
    def digests(self) -> list[str]:
        """Of everything that it is resolved against."""
        return [item.digest for item in (*self.revisions, *self.laws)]

    @property
    def platforms(self) -> list[str]:
        return [revision.platform for revision in self.revisions]

    def resolve(
        self, now: datetime, preferences: Mapping[str, Any] | None = None, claims: Iterable[Attestation] | None = None
    ) -> dict[str, Resolution]:
        """A resolution for each platform, by its name."""
        layers = Layers(
            organization=self.baseline,
            product=LayerSettings(self.settings, self.windows),
            user=LayerSettings(preferences or {}),
            holds=self.holds,
        )
        claims = claims_of(self.product) if claims is None else tuple(claims)
        return {
            revision.platform: resolve(self.rulebooks(revision), self.facts, claims, layers, now)
            for revision in self.revisions
        }

    def rulebooks(self, revision: RulebookRevision) -> list[Rulebook]:
        """A platform's rulebook and the law packs beside it."""
        return [revision.rulebook(), *(law.rulebook() for law in self.laws)]


Holds: TypeAlias = tuple[types.Hold, ...]


def active_holds(organization: Organization | None = None) -> dict[int | None, Holds]:
    """The holds that bind now, by organization; under None, those that bind everybody."""
    rows = Hold.objects.filter(lifted_at__isnull=True).order_by("id")
    if organization:
        rows = rows.filter(Q(organization=None) | Q(organization=organization))
    found: dict[int | None, Holds] = {}
    for row in rows:
        found[row.organization_id] = (*found.get(row.organization_id, ()), row.as_limit())
    return found


# What the organization tightened since a version was made binds at once; what it loosened since then waits for a new
# version, which somebody reviews. So of two ceilings both bind, and floors, which lift values, are those of then.


def _windows_of(version: Version, organization: Organization) -> dict[str, dict[str, Any]]:
    now, then = organization.windows, version.baseline["windows"]
    found: dict[str, dict[str, Any]] = {}
    for windows, bound in ((then, "floor"), (now, "ceiling")):
        for key, bounds in windows.items():
            if bound in bounds:
                found.setdefault(key, {})[bound] = bounds[bound]
    return found


def _ceilings_then(version: Version, organization: Organization) -> Holds:
    return tuple(
        types.Hold(key, bounds["ceiling"], Layer.ORGANIZATION, _("The organization allowed less then."), "window")
        for key, bounds in version.baseline["windows"].items()
        if "ceiling" in bounds and bounds != organization.windows.get(key)
    )


def _revisions() -> QuerySet[RulebookRevision]:
    """Without their long texts, which each process reads and decodes only once (``RulebookRevision.rulebook``)."""
    return RulebookRevision.objects.defer("document")


def latest_rulebooks(platforms: Iterable[str]) -> tuple[RulebookRevision, ...]:
    """The newest revision of each platform's rulebook, in the order of ``platforms``."""
    found: dict[str, RulebookRevision] = {}
    for revision in _revisions().filter(platform__in=list(platforms)).order_by("published", "id"):
        found[revision.platform] = revision
    return tuple(found[platform] for platform in platforms if platform in found)


def law_packs(facts: Mapping[str, Any]) -> tuple[RulebookRevision, ...]:
    """The newest revision of each law pack within whose reach a product with ``facts`` is, by name."""
    found = {row.platform: row for row in _revisions().filter(layer=Layer.LAW).order_by("published", "id")}
    return tuple(found[name] for name in sorted(found) if found[name].rulebook().applies_to(facts))


def claims_of(product: Product) -> tuple[Attestation, ...]:
    """Every attestation of a product that was ever granted, as resolution takes them."""
    claims = (attestation.as_claim() for attestation in product.attestations.order_by("id"))
    return tuple(claim for claim in claims if claim is not None)


def refused(resolutions: Mapping[str, Resolution], key: str) -> Clamp | None:
    """Why a product's own setting of ``key`` is honored on none of its platforms; None where one honors it."""
    clamps = [resolution.clamp_of(key) for resolution in resolutions.values()]
    return clamps[0] if clamps and all(clamps) else None


def not_honored(keys: Iterable[str], resolutions: Mapping[str, Resolution]) -> dict[str, Clamp]:
    """Those of a product's settings that no platform honors, with the reason, by behavior key."""
    return {key: clamp for key in sorted(keys) if (clamp := refused(resolutions, key))}


# What is active


def active(product: Product) -> dict[int, Activation]:
    """The current activation of each environment, by the environment's id."""
    rows = (
        Activation.objects.filter(product=product)
        .order_by("environment_id", "-id")
        .distinct("environment_id")
        .select_related("version", "environment")
    )
    return {row.environment_id: row for row in rows}


def live_version(product: Product) -> Version | None:
    """What a draft is a change of: the version that is active furthest along (production after staging)."""
    rows = sorted(active(product).values(), key=lambda row: row.environment.position)
    return rows[-1].version if rows else None


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
    live = _live_versions(rows)
    stored = Stored.versions(live.values())
    drafts = {row.product_id: row for row in Draft.objects.filter(product__in=[r for r in rows if r.pk not in live])}
    claims = _claims_of_many(rows)
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


def _claims_of_many(products: Iterable[Product]) -> dict[int, tuple[Attestation, ...]]:
    """``claims_of`` of many products, by their ids."""
    found: dict[int, tuple[Attestation, ...]] = {}
    for item in models.Attestation.objects.filter(product__in=list(products)).order_by("id"):
        if claim := item.as_claim():
            found[item.product_id] = (*found.get(item.product_id, ()), claim)
    return found


def _live_versions(products: Iterable[Product]) -> dict[int, Version]:
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
    changes: tuple[diff.Change, ...]  # of all platforms, each behavior once
    refused: Mapping[str, Clamp]
    instructions_before: str
    instructions_after: str
    facts_changed: bool  # the product's facts or platforms are others
    limits_changed: bool  # a newer rulebook or law pack, or another organization baseline

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
    changes: dict[str, diff.Change] = {}
    for platform, resolution in after.items():
        for change in diff.changes(before.get(platform), resolution):
            changes.setdefault(change.behavior, change)
    return Difference(
        before=before,
        after=after,
        changes=tuple(changes[key] for key in sorted(changes)),
        refused=not_honored(new.settings, after),
        instructions_before=base.instructions if base else "",
        instructions_after=new.instructions,
        facts_changed=base is not None and (base.facts, base.platforms) != (new.facts, new.platforms),
        limits_changed=base is not None and (base.digests, base.baseline_then) != (new.digests, new.baseline_then),
    )


# Reviews


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a version stands with its reviewers: each one's latest word on exactly this digest."""

    approvals: tuple[Review, ...]
    objections: tuple[Review, ...]

    def is_approved(self, needed: int) -> bool:
        return not self.objections and len(self.approvals) >= needed


def standing(version: Version) -> Standing:
    return judged(version, version.reviews.filter(digest=version.digest).order_by("id"))


def judged(version: Version, reviews: Iterable[Review]) -> Standing:
    """Where a version stands by ``reviews``, all of its own, oldest first."""
    latest: dict[str, Review] = {}
    for review in reviews:
        if review.digest == version.digest and review.reviewer_id != version.author_id:
            latest[review.reviewer_id] = review
    approved = tuple(r for r in latest.values() if r.decision == Review.Decision.APPROVED)
    return Standing(approved, tuple(r for r in latest.values() if r not in approved))


# What clients get


def published(key: ApiKey, platform: str | None, now: datetime) -> PublishedProfile:
    """The bytes that hold now for a client key; without ``platform`` for the first one that the product names.

    Raises:
        NotFound: the product does not run on ``platform``.
        NoActiveProfile: nothing is active.
    """
    assert key.product is not None
    platforms = _served_platforms(key)
    platform = platforms[0] if platform is None else platform
    if platform not in platforms:
        names = ", ".join(platforms)
        message = _("This product runs on: %(names)s. Name one of them as ?platform=.") % {"names": names}
        raise NotFound(message, fields={"platform": [message]})
    row = (
        PublishedProfile.objects.filter(product=key.product_id, environment=key.environment_id, platform=platform)
        .filter(Q(valid_until__isnull=True) | Q(valid_until__gt=now), valid_from__lte=now)
        .order_by("-id")
        .first()
    )
    if row is None:
        raise NoActiveProfile(
            _("No version of %(product)s is active in %(environment)s yet.")
            % {"product": key.product.slug, "environment": key.environment}
        )
    return row


def _served_platforms(key: ApiKey) -> list[str]:
    """Those of the version that is active. A platform that the product names since then is served from its next
    version on, and one that it gave up until then."""
    latest = Activation.objects.filter(product=key.product_id, environment=key.environment_id).order_by("-id")
    version = latest.values_list("version__platforms", flat=True).first()
    assert key.product is not None
    return list(version or key.product.platforms)


def organization_named(slug: str) -> Organization:
    """For commands, which act for the installation.

    Raises:
        NotFound: there is none of that name.
    """
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound(_("There is no organization %(slug)s.") % {"slug": slug})
    return found


# What waits


def has_changes(product: Product) -> bool:
    """Whether the draft says something else than what is live, cheaply: by what is stored, without resolving."""
    draft = Draft.objects.filter(product=product).only("settings", "windows", "instructions").first()
    if draft is None:
        return False
    live = live_version(product)
    if live is None:
        return bool(draft.settings or draft.windows or draft.instructions)
    written = (draft.settings, draft.windows, draft.instructions, product.facts, product.platforms)
    return written != (live.settings, live.windows, live.instructions, live.facts, live.platforms)


def waiting(actor: Actor) -> list[Version]:
    """Versions that wait for this person's review, oldest first: the newest of each product, written by somebody else,
    not decided by this person yet, and without the approvals that its strictest environment needs."""
    newest = Version.objects.of(actor).order_by("product_id", "-number").distinct("product_id").values("pk")
    rows = (
        Version.objects.of(actor)
        .filter(pk__in=newest)
        .exclude(author_id=actor.id)
        .exclude(reviews__reviewer_id=actor.id)
        .select_related("product__organization", "base")
        .prefetch_related("reviews")
        .order_by("created_at")
    )
    needed = Environment.objects.of(actor).aggregate(most=Max("approvals_needed"))["most"] or 1
    oldest_first = (sorted(row.reviews.all(), key=lambda review: review.pk) for row in rows)
    return [row for row, said in zip(rows, oldest_first, strict=True) if not judged(row, said).is_approved(needed)]


def waiting_count(actor: Actor) -> int:
    return len(waiting(actor))


def _attestations(actor: Actor) -> Scoped[models.Attestation]:
    """Those of the actor's organization; for a steward, those of the whole installation."""
    everybodys = actor.may(Permission.DECIDE_ATTESTATION)
    rows = models.Attestation.objects.all() if everybodys else models.Attestation.objects.of(actor)
    return rows.select_related("product__organization", "organization", "renews")


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
    products = {row.product_id: row.product for row in counting}.values()
    live = _live_versions(products)
    stored = Stored.versions(live.values())
    claims = _claims_of_many(products)
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


def open_revisions() -> list[RulebookDraft]:
    """The next revisions that stewards are settling, the oldest first."""
    return list(RulebookDraft.objects.filter(state=RulebookDraft.State.OPEN).defer("document").order_by("started_at"))


# Holds


def holds_for(actor: Actor) -> list[Hold]:
    """Those that bind everybody, and those of the actor's organization; the newest first."""
    return list(_holds(actor).order_by("-id"))


def hold_for(actor: Actor, pk: int) -> Hold:
    """One of them.

    Raises:
        NotFound: there is none, or it is another organization's.
    """
    return _holds(actor).one(pk=pk)


def _holds(actor: Actor) -> Scoped[Hold]:
    mine = Q(organization=None) | Q(organization=actor.organization_id)
    return Hold.objects.filter(mine).select_related("organization").prefetch_related("rechecks")


# Rulebooks


def rulebook_revisions(platform: str | None = None) -> list[RulebookRevision]:
    """The revisions of this installation, or of one platform, the newest first. Everybody who is signed in may read
    them: they belong to no organization."""
    rows = RulebookRevision.objects.order_by("platform", "-published", "-id")
    return list(rows.filter(platform=platform) if platform else rows)


def latest_of_all() -> list[RulebookRevision]:
    """The newest revision of every platform and law pack: platforms first, by name."""
    rows = _revisions().order_by("platform", "-published", "-id").distinct("platform")
    return sorted(rows, key=lambda row: (row.is_law, row.platform))


def revision_before(revision: RulebookRevision) -> RulebookRevision | None:
    """The newest other revision of the same platform or law pack that came before; of one that is not stored yet, the
    newest of all."""
    rows = _revisions().filter(platform=revision.platform).order_by("published", "id")
    return (rows.filter(pk__lt=revision.pk) if revision.pk else rows).last()


def stated_behaviors() -> dict[str, list[Behavior]]:
    """Every behavior that some rulebook of this installation states, by key: what each platform says about it."""
    found: dict[str, list[Behavior]] = {}
    for revision in latest_of_all():
        for key, behavior in revision.rulebook().behaviors.items():
            if behavior.is_stated:
                found.setdefault(key, []).append(behavior)
    return found


def products_on(platform: str) -> QuerySet[Product]:
    """Every product that names a platform; all of them for an empty name."""
    return Product.objects.filter(platforms__contains=[platform]) if platform else Product.objects.all()


# Source documents


@lru_cache(maxsize=16)
def _outline(_digest: str, pk: int) -> sources.SourceDocument:
    return read(bytes(SourceDocument.objects.only("body").get(pk=pk).body))


def source_outline(row: SourceDocument) -> sources.SourceDocument:
    """What an imported document holds; parsed once per process, since its bytes never change."""
    return _outline(row.digest, row.pk)


def source_documents(platform: str = "", name: str = "") -> list[SourceDocument]:
    """The imported documents, or the revisions of one, without their bytes: by platform and name, newest first. They
    belong to the installation, so everybody who is signed in may read them."""
    rows = SourceDocument.objects.defer("body")
    return list(rows.filter(platform=platform, name=name) if platform else rows)


def source_document(pk: int) -> SourceDocument:
    """
    Raises:
        NotFound: none has this id.
    """
    found = SourceDocument.objects.defer("body").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such document."))
    return found


def source_named(text: str) -> SourceDocument:
    """For commands: an imported document by its digest, the beginning of that, or its date.

    Raises:
        NotFound: there is none.
        InvalidInput: it could be several; the sentence names their digests.
    """
    rows = SourceDocument.objects.defer("body")
    try:
        rows = rows.filter(published=date.fromisoformat(text))
    except ValueError:
        rows = rows.filter(digest__startswith=f"sha256:{text.removeprefix('sha256:').lower()}")
    found = list(rows[:9]) if text.removeprefix("sha256:") else []
    if not found:
        raise NotFound(_("No file and no imported document is called %(text)s.") % {"text": text[:120]})
    if len(found) > 1:
        names = ", ".join(f"{row.platform} {row} {row.digest}" for row in found)
        raise InvalidInput(_("%(text)s could be one of these: %(names)s.") % {"text": text, "names": names})
    return found[0]


@lru_cache(maxsize=16)
def _compared(_digests: tuple[str, str], before: int, after: int) -> SourceDifference:
    old, new = (source_outline(source_document(pk)) for pk in (before, after))
    return compare(old, new)


def source_difference(before: SourceDocument, after: SourceDocument) -> SourceDifference:
    """How one imported document differs from another; found out once per process."""
    return _compared((before.digest, after.digest), before.pk, after.pk)


def rulebook_draft(pk: int) -> RulebookDraft:
    """
    Raises:
        NotFound: none has this id.
    """
    rows = RulebookDraft.objects.select_related("base", "source_before", "source_after", "published")
    found = rows.defer("source_before__body", "source_after__body", "published__document").filter(pk=pk).first()
    if found is None:
        raise NotFound(_("There is no such revision."))
    return found
