"""Where versions stand with their reviewers, and what waits for whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery, prefetch_related_objects

from profiles.access import Actor, Permission
from profiles.models import (
    Activation,
    Environment,
    Review,
    Version,
)
from profiles.queries.live import furthest_along, is_behind

Basis = Activation.Basis
_BULKY: Final = ("settings", "windows", "instructions", "facts", "baseline", "rulebooks")


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
        if review.digest == version.digest and not version.is_work_of(review.reviewer_id):
            latest[review.reviewer_id] = review
            if review.decision == Review.Decision.DECLINED:
                declined = declined or review
    approved = tuple(r for r in latest.values() if r.decision == Review.Decision.APPROVED)
    objections = tuple(r for r in latest.values() if r.decision == Review.Decision.CHANGES_REQUESTED)
    return Standing(approved, objections, declined)


def waiting(actor: Actor) -> list[Version]:
    """Versions that wait for this person's review, oldest first: the newest of each product and what went live before
    it was reviewed, written by somebody else, not decided by this person yet, and without the approvals that it needs.
    A stale one waits for nobody: it must be rebased first. Nothing for those who review nothing."""
    if not actor.may(Permission.REVIEW):
        return []
    early = _early(actor)
    needed = early.filter(version=OuterRef("pk")).order_by().values("version")
    live = furthest_along(Activation.objects.filter(product=OuterRef("product")))
    newest = Version.objects.of(actor).order_by("product_id", "-number").distinct("product_id").values("pk")
    strictest = Environment.objects.of(actor).order_by("-approvals_needed").values("approvals_needed")[:1]
    rows = (
        Version.objects.of(actor)
        .filter(Q(pk__in=newest) | Q(pk__in=early.values("version")))
        .exclude(Q(author_id=actor.id) | Q(writers__contains=[actor.id]))
        .exclude(reviews__reviewer_id=actor.id)
        .annotate(
            needed=Subquery(strictest),
            needed_early=Subquery(needed.annotate(most=Max("environment__approvals_needed")).values("most")),
            is_newest=Q(pk__in=newest),
            live=Subquery(live.values("version__number")[:1]),
        )
        .select_related("product__organization", "base", "restored_from")
        .prefetch_related("reviews")
        .order_by("created_at")
    )
    return [row for row in rows if _waits(row)]


def _waits(row: Any) -> bool:
    said = judged(row, in_order(row))
    goes_on = row.is_newest and not is_behind(row, row.live)
    needed = max(row.needed_early or 0, row.needed if goes_on else 0)
    return bool(needed) and not (said.declined or said.is_approved(needed))


def _early(actor: Actor) -> QuerySet[Activation]:
    """What counts in some environment and went live before it was reviewed."""
    later = Activation.objects.filter(
        product=OuterRef("product"), environment=OuterRef("environment"), pk__gt=OuterRef("pk")
    )
    return Activation.objects.of(actor).filter(~Exists(later)).exclude(basis=Basis.APPROVED)


def unreviewed(actor: Actor) -> list[Activation]:
    """What is active anywhere without the approvals that it needs: it went live at once and is reviewed afterwards.
    Each brings its version with product and reviews."""
    rows = _early(actor).order_by("product_id", "environment_id").select_related("environment", "version", "product")
    return without_approvals(rows.defer(*(f"version__{name}" for name in _BULKY)))


def without_approvals(rows: Iterable[Activation]) -> list[Activation]:
    """The same of activations that count and were read already, with their environments."""
    rows = [row for row in rows if row.basis != Basis.APPROVED]
    prefetch_related_objects(rows, "version__reviews")
    return [
        row
        for row in rows
        if not judged(row.version, in_order(row.version)).is_approved(row.environment.approvals_needed)
    ]


def in_order(version: Version) -> list[Review]:
    """The reviews of a version, oldest first, from what was fetched with it."""
    return sorted(version.reviews.all(), key=lambda review: review.pk)
