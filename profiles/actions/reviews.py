"""Reviews: somebody else's word on exactly one version."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.text import clean_text
from profiles.errors import DomainError, OwnWork, StaleVersion
from profiles.models import Product, Review, Version


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


def review_refusal(version: Version, *, by: Actor, newest: int) -> DomainError | None:
    """Why this person may not decide on a version; None if they may. Pages say beforehand what the action would say.

    Args:
        newest: the number of the product's newest version.
    """
    if version.author_id == by.id:
        return OwnWork(_("You wrote this version. Somebody else must review it, whatever your role is."))
    if newest > version.number:
        return StaleVersion(
            _("Version %(newer)d took the place of version %(number)d. Review that one.")
            % {"newer": newest, "number": version.number}
        )
    return by.refusal(Permission.REVIEW)


def _review(version: Version, decision: Review.Decision, digest: str, comment: str, by: Actor, now: datetime) -> Review:
    # The product is what an activation locks too, so a review and an activation cannot pass each other unseen.
    product = Product.objects.select_for_update().get(pk=version.product_id)
    newest = product.versions.order_by("-number").values_list("number", flat=True)[0]
    by.require(Permission.REVIEW)
    if refusal := review_refusal(version, by=by, newest=newest):
        raise refusal
    if digest != version.digest:
        raise StaleVersion(_("What you saw is not this version. Look at it again before you decide."))
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
