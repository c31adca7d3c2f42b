from __future__ import annotations

from django.db import models

from profiles.access import Scoped
from profiles.models.version import Version


class Review(models.Model):
    """What somebody other than the author said of a version. It names the digest of what was seen, and counts for
    that alone."""

    class Decision(models.TextChoices):
        APPROVED = "approved"
        CHANGES_REQUESTED = "changes_requested"
        DECLINED = "declined"  # for good: another version may take its place, this one never goes live

    ORGANIZATION = "version__product__organization"

    version = models.ForeignKey(Version, models.PROTECT, related_name="reviews")
    decision = models.CharField(max_length=20, choices=Decision.choices)
    digest = models.CharField(max_length=71)
    comment = models.TextField(blank=True, max_length=4000)
    reviewer_id = models.CharField(max_length=60)
    reviewer_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.decision} by {self.reviewer_name}"
