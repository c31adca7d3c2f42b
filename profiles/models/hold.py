from __future__ import annotations

from django.db import models

from profiles.access import Scoped
from profiles.models.organization import Organization
from profiles.resolution import types
from profiles.rulebook.model import Layer


class Hold(models.Model):
    """A behavior narrowed by hand, at once: for one organization, or (without one) for everybody."""

    ORGANIZATION = "organization"

    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="holds")
    behavior = models.CharField(max_length=120)
    ceiling = models.JSONField()  # raw: the most permissive value while it lasts
    reason = models.CharField(max_length=1000)
    placed_by = models.CharField(max_length=120)
    placed_by_id = models.CharField(max_length=60)
    placed_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=120, blank=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_reason = models.CharField(max_length=1000, blank=True)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "behavior"),
                condition=models.Q(lifted_at__isnull=True),
                nulls_distinct=False,
                name="hold_one_of_each",
            ),
        )

    def __str__(self) -> str:
        return f"hold on {self.behavior}"

    def as_limit(self) -> types.Hold:
        """What resolution needs to know of it."""
        layer = Layer.PLATFORM if self.organization_id is None else Layer.ORGANIZATION
        return types.Hold(self.behavior, self.ceiling, layer, self.reason)
