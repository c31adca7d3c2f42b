"""Reviews: somebody else's word on exactly one version."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.text import clean_text
from profiles.errors import OwnWork, StaleVersion
from profiles.models import Review, Version


@action(Kind.VERSION_APPROVED)
def approve_version(version: Version, *, digest: str, comment: str = "", by: Actor, now: datetime) -> Review:
    """Approve what was seen.

    Args:
        digest: of the version as it was shown. The approval counts for that and nothing else.

    Raises:
        OwnWork: nobody approves what they wrote, whatever their role.
        StaleVersion: the digest is another one, or a newer version took its place.
    """
    text = clean_text(comment, field="comment", most=4_000)
    return _review(version, Review.Decision.APPROVED, digest, text, by, now)


@action(Kind.VERSION_CHANGES_REQUESTED)
def request_changes(version: Version, *, digest: str, comment: str, by: Actor, now: datetime) -> Review:
    """Say what must change first; until the same person approves, the version cannot be activated."""
    text = clean_text(comment, field="comment", most=4_000, required=True)
    return _review(version, Review.Decision.CHANGES_REQUESTED, digest, text, by, now)


def _review(version: Version, decision: Review.Decision, digest: str, comment: str, by: Actor, now: datetime) -> Review:
    by.require(Permission.REVIEW)
    # The product is what an activation locks too, so a review and an activation cannot pass each other unseen.
    version.product.__class__.objects.select_for_update().get(pk=version.product_id)
    if version.author_id == by.id:
        raise OwnWork(_("You wrote this version. Somebody else must review it, whatever your role is."))
    if digest != version.digest:
        raise StaleVersion(_("What you saw is not this version. Look at it again before you decide."))
    if newer := version.product.versions.filter(number__gt=version.number).order_by("-number").first():
        raise StaleVersion(
            _("Version %(newer)d took the place of version %(number)d. Review that one.")
            % {"newer": newer.number, "number": version.number}
        )
    review = Review.objects.create(
        version=version,
        decision=decision,
        digest=digest,
        comment=comment,
        reviewer_id=by.id,
        reviewer_name=by.name,
        at=now,
    )
    kind = Kind.VERSION_APPROVED if decision == Review.Decision.APPROVED else Kind.VERSION_CHANGES_REQUESTED
    note(kind, version, by=by, now=now, data={"comment": comment, "digest": digest})
    return review
