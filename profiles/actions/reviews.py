"""Reviews: somebody else's word on exactly one version."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from audits.log.disclosures import personal
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.text import clean_text
from profiles.errors import DomainError, InvalidInput, OwnWork, StaleVersion, WrongState
from profiles.models import Comment, Product, Review, Version
from profiles.queries import Stored, active, furthest, is_stale, standing

_KINDS: Final = {
    Review.Decision.APPROVED: Kind.VERSION_APPROVED,
    Review.Decision.CHANGES_REQUESTED: Kind.VERSION_CHANGES_REQUESTED,
    Review.Decision.DECLINED: Kind.VERSION_DECLINED,
}


@action(Kind.VERSION_APPROVED)
def approve_version(version: Version, *, digest: str, comment: str = "", by: Actor, now: datetime) -> Review:
    """Approve what was seen.

    Args:
        digest: of the version as it was shown. The approval counts for that and nothing else.

    Raises:
        OwnWork: nobody approves what they wrote, whatever their role.
        StaleVersion: the digest is another one, a newer version took its place, or another one went live meanwhile.
        WrongState: somebody declined it.
    """
    text = clean_text(comment, field="comment", most=4_000)
    return _review(version, Review.Decision.APPROVED, digest, text, by, now)


@action(Kind.VERSION_CHANGES_REQUESTED)
def request_changes(version: Version, *, digest: str, comment: str, by: Actor, now: datetime) -> Review:
    """Say what must change first; until the same person approves, the version cannot be activated."""
    text = clean_text(comment, field="comment", most=4_000, required=True)
    return _review(version, Review.Decision.CHANGES_REQUESTED, digest, text, by, now)


@action(Kind.VERSION_DECLINED)
def decline_version(version: Version, *, digest: str, comment: str, by: Actor, now: datetime) -> Review:
    """Refuse a version for good: no later approval, not even in an emergency, makes it active."""
    text = clean_text(comment, field="comment", most=4_000, required=True)
    return _review(version, Review.Decision.DECLINED, digest, text, by, now)


@action(Kind.VERSION_COMMENTED)
def comment_version(version: Version, *, behavior: str = "", text: str, by: Actor, now: datetime) -> Comment:
    """Say something about one behavior of a version, or about all of it. It decides nothing.

    Raises:
        InvalidInput: no text, or a behavior that the version does not concern.
    """
    by.require(Permission.COMMENT)
    text = clean_text(text, field="text", most=4_000, required=True)
    if behavior and behavior not in Stored.version(version).behaviors:
        message = _("Version %(number)d says nothing of %(behavior)s.")
        message %= {"number": version.number, "behavior": behavior[:120]}
        raise InvalidInput(message, fields={"behavior": [message]})
    comment = Comment.objects.create(
        version=version, behavior=behavior, text=text, author_id=by.id, author_name=by.name, at=now
    )
    note(Kind.VERSION_COMMENTED, version, by=by, now=now, data={"text": personal(text), "behavior": behavior})
    return comment


def review_refusal(
    version: Version, *, by: Actor, newest: int, live: Version | None, is_active: bool, declined: Review | None
) -> DomainError | None:
    """Why this person may not decide on a version; None if they may. Pages say beforehand what the action would say.

    Args:
        newest: the number of the product's newest version.
        live: what is active furthest along.
        is_active: whether it is active anywhere: what went live before its review is reviewed afterwards.
    """
    if version.author_id == by.id:
        return OwnWork(_("You wrote this version. Somebody else must review it, whatever your role is."))
    if version.is_work_of(by.id):
        return OwnWork(_("Some of this version is your work. Somebody else must review it, whatever your role is."))
    if declined:
        return WrongState(_("%(name)s declined this version, for good.") % {"name": declined.reviewer_name})
    if not is_active:
        if newest > version.number:
            return StaleVersion(
                _("Version %(newer)d took the place of version %(number)d. Review that one.")
                % {"newer": newest, "number": version.number}
            )
        if live and is_stale(version, live):
            return StaleVersion(
                _("Version %(live)d became active since version %(number)d was submitted. It must be rebased first.")
                % {"live": live.number, "number": version.number}
            )
    return by.refusal(Permission.REVIEW)


def _review(version: Version, decision: Review.Decision, digest: str, comment: str, by: Actor, now: datetime) -> Review:
    # The product is what an activation locks too, so a review and an activation cannot pass each other unseen.
    product = Product.objects.select_for_update().one(pk=version.product_id)
    newest = product.versions.order_by("-number").values_list("number", flat=True)[0]
    by.require(Permission.REVIEW)
    current = active(product).values()
    if refusal := review_refusal(
        version,
        by=by,
        newest=newest,
        live=furthest(current),
        is_active=any(row.version_id == version.pk for row in current),
        declined=standing(version).declined,
    ):
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
    note(_KINDS[decision], version, by=by, now=now, data={"comment": personal(comment), "digest": digest})
    return review
