"""Where versions stand with their reviewers, and what waits for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Max

from profiles.access import Actor
from profiles.models import (
    Environment,
    Review,
    Version,
)


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
