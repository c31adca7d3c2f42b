"""What clients get."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from profiles.errors import NoActiveProfile, NotFound
from profiles.models import (
    Activation,
    ApiKey,
    PublishedProfile,
)


def published(key: ApiKey, platform: str | None, now: datetime, prefer: str | None = None) -> PublishedProfile:
    """The bytes that hold now for a client key; without ``platform`` for ``prefer``, or else the first one that the
    product names.

    Raises:
        NotFound: the product does not run on ``platform``.
        NoActiveProfile: nothing is active.
    """
    assert key.product is not None
    if key.product.removed_at is not None:
        raise NoActiveProfile(_("%(product)s was removed.") % {"product": key.product.slug})
    platforms = _served_platforms(key)
    platform = (prefer if prefer in platforms else platforms[0]) if platform is None else platform
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
