"""Publishing: from an activation to the bytes that clients get, once for each platform and each stretch of time."""

from __future__ import annotations

from datetime import datetime

from audits.trail.kinds import Kind
from profiles.access import Actor
from profiles.actions.base import note
from profiles.models import Activation, Organization, Product, PublishedProfile
from profiles.queries import Stored, active, claims_of
from profiles.resolution.document import Heading, canonical, published_document


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
        resolutions = stored.resolve(start, claims=claims)
        ends = [resolution.valid_until for resolution in resolutions.values() if resolution.valid_until]
        until = min(ends, default=None)
        for revision in stored.revisions:
            resolution = resolutions[revision.platform]
            heading = Heading(
                organization=activation.product.organization.slug,
                product=activation.product.slug,
                environment=activation.environment.slug,
                version=activation.version.number,
                activated_at=activation.at,
            )
            document = published_document(heading, stored.rulebooks(revision), resolution, stored.instructions, until)
            rows.append(_row(activation, revision.platform, start, until, document, now))
        start = until
    return PublishedProfile.objects.bulk_create(rows)


def _row(
    activation: Activation,
    platform: str,
    start: datetime,
    until: datetime | None,
    document: dict[str, object],
    now: datetime,
) -> PublishedProfile:
    digest = str(document["digest"])
    return PublishedProfile(
        product=activation.product,
        environment=activation.environment,
        platform=platform,
        activation=activation,
        valid_from=start,
        valid_until=until,
        body=canonical(document),
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
