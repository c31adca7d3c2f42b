"""Where versions stand with their reviewers, and what waits for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max, Q

from profiles.access import Actor
from profiles.models import (
    Activation,
    Environment,
    Review,
    Version,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a version stands with its reviewers: each one's latest word on exactly this digest, save that a decline is
    for good."""

    approvals: tuple[Review, ...]
    objections: tuple[Review, ...]
    declined: Review | None = None

    def is_approved(self, needed: int) -> bool:
        return not self.declined and not self.objections and len(self.approvals) >= needed


def standing(version: Version) -> Standing:
    return judged(version, version.reviews.filter(digest=version.digest).order_by("id"))


def judged(version: Version, reviews: Iterable[Review]) -> Standing:
    """Where a version stands by ``reviews``, all of its own, oldest first."""
    latest: dict[str, Review] = {}
    declined = None
    for review in reviews:
        if review.digest == version.digest and review.reviewer_id != version.author_id:
            latest[review.reviewer_id] = review
            if review.decision == Review.Decision.DECLINED:
                declined = declined or review
    approved = tuple(r for r in latest.values() if r.decision == Review.Decision.APPROVED)
    objections = tuple(r for r in latest.values() if r.decision == Review.Decision.CHANGES_REQUESTED)
    return Standing(approved, objections, declined)


def waiting(actor: Actor) -> list[Version]:
    """Versions that wait for this person's review, oldest first: the newest of each product and what went live before
    it was reviewed, written by somebody else, not decided by this person yet, and without the approvals that its
    strictest environment needs."""
    newest = Version.objects.of(actor).order_by("product_id", "-number").distinct("product_id").values("pk")
    rows = (
        Version.objects.of(actor)
        .filter(Q(pk__in=newest) | Q(pk__in=unreviewed(actor)))
        .exclude(author_id=actor.id)
        .exclude(reviews__reviewer_id=actor.id)
        .select_related("product__organization", "base")
        .prefetch_related("reviews")
        .order_by("created_at")
    )
    needed = Environment.objects.of(actor).aggregate(most=Max("approvals_needed"))["most"] or 1
    oldest_first = (sorted(row.reviews.all(), key=lambda review: review.pk) for row in rows)
    standings = ((row, judged(row, said)) for row, said in zip(rows, oldest_first, strict=True))
    return [row for row, found in standings if not (found.declined or found.is_approved(needed))]


def unreviewed(actor: Actor) -> list[int]:
    """The ids of versions that are active without having been approved: they are reviewed afterwards."""
    rows = Activation.objects.of(actor).order_by("product_id", "environment_id", "-id")
    current = rows.distinct("product_id", "environment_id").values_list("version_id", "basis")
    return [version for version, basis in current if basis != Activation.Basis.APPROVED]


def waiting_count(actor: Actor) -> int:
    return len(waiting(actor))
