"""Publishing: from an activation to the bytes that clients get, once for each platform and each stretch of time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from audits.trail.kinds import Kind
from profiles import signing
from profiles.access import Actor
from profiles.actions.base import note
from profiles.models import Activation, Organization, Product, PublishedProfile, RulebookRevision
from profiles.queries import Stored, active, claims_of
from profiles.resolution import encodings
from profiles.resolution.document import Heading, canonical, published_document
from profiles.resolution.inputs import Inputs
from profiles.resolution.types import Attestation


def publish(activation: Activation, now: datetime) -> list[PublishedProfile]:
    """Write the published profiles of an activation, from ``now`` on.

    Resolution takes time as an argument, so what will hold after each attestation ends is known today and is written
    today: no job has to run at that instant for the value to fall back.
    """
    stored = Stored.version(activation.version)
    claims = claims_of(activation.product)
    rows: list[PublishedProfile] = []
    start: datetime | None = now
    while start is not None:
        made = [(_inputs(stored, revision, claims, start), stored.rulebooks(revision)) for revision in stored.revisions]
        resolved = [(inputs, books, inputs.resolve(books)) for inputs, books in made]
        until = min((found.valid_until for _i, _b, found in resolved if found.valid_until), default=None)
        for inputs, books, resolution in resolved:
            document = published_document(_heading(activation), books, resolution, stored.instructions, until)
            rows.append(_row(activation, inputs, until, document, now))
        start = until
    return PublishedProfile.objects.bulk_create(rows)


def _heading(activation: Activation) -> Heading:
    return Heading(
        organization=activation.product.organization.slug,
        product=activation.product.slug,
        environment=activation.environment.slug,
        version=activation.version.number,
        activated_at=activation.at,
    )


def _inputs(stored: Stored, revision: RulebookRevision, claims: tuple[Attestation, ...], start: datetime) -> Inputs:
    return Inputs(
        rulebooks=(revision.digest, *(law.digest for law in stored.laws)),
        facts=stored.facts,
        claims=claims,
        layers=stored.layers(),
        instructions=stored.instructions,
        at=start,
    )


def _row(
    activation: Activation, inputs: Inputs, until: datetime | None, document: dict[str, object], now: datetime
) -> PublishedProfile:
    body, digest = canonical(document), str(document["digest"])
    kid, jws = signing.signed(body)
    return PublishedProfile(
        product=activation.product,
        environment=activation.environment,
        platform=str(document["platform"]),
        activation=activation,
        valid_from=inputs.at,
        valid_until=until,
        body=body,
        gzip=encodings.gzip(body),
        br=encodings.br(body),
        jws=jws,
        kid=kid,
        inputs=inputs.dump(),
        digest=digest,
        etag=digest.removeprefix("sha256:")[:32],
        published_at=now,
    )


def republish(product: Product, *, because: str, by: Actor, now: datetime) -> int:
    """Publish again whatever is active of a product, after something above it changed; returns how many documents."""
    count = 0
    for activation in active(product).values():
        activation.product = product
        rows = publish(activation, now)
        count += len(rows)
        note(
            Kind.PROFILE_REPUBLISHED,
            product,
            by=by,
            now=now,
            target=f"{activation.environment.slug} profile",
            version=activation.version.number,
            data={"because": because, "digests": [row.digest for row in rows]},
        )
    return count


def republish_all(organization: Organization, *, because: str, by: Actor, now: datetime) -> int:
    """The same for every product of an organization; returns how many products had something to publish."""
    count = 0
    # In the order of their ids, as everything that locks several products does.
    for product in organization.products.select_for_update().order_by("pk"):
        product.organization = organization
        count += bool(republish(product, because=because, by=by, now=now))
    return count


def republish_outdated(*, by: Actor, now: datetime) -> int:
    """Publish again what lacks something that this program publishes, or was signed with a key that is not among those
    of the configuration; returns how many products. For after an update of the program and a rotation of keys."""
    kids = [key.kid for key in signing.keyring()]
    latest = Activation.objects.order_by("product_id", "environment_id", "-id").distinct("product_id", "environment_id")
    newest = (
        PublishedProfile.objects.filter(activation__in=list(latest.values_list("pk", flat=True)))
        .order_by("product_id", "environment_id", "platform", "-id")
        .distinct("product_id", "environment_id", "platform")
    )
    lacking = Q(inputs__isnull=True) | (~Q(kid__in=kids) if kids else Q())
    rows = PublishedProfile.objects.filter(lacking, pk__in=list(newest.values_list("pk", flat=True)))
    products = sorted(set(rows.filter(product__removed_at__isnull=True).values_list("product", flat=True)))
    for pk in products:
        with transaction.atomic():
            product = Product.objects.select_for_update(of=("self",)).select_related("organization").get(pk=pk)
            republish(product, because=_("The program or its signing key changed."), by=by, now=now)
    return len(products)
