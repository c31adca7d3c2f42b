from __future__ import annotations

from django.db import models
from django.db.models import Q

from profiles.access import Scoped


class Endpoint(models.Model):
    """A model that an organization tests its products on, or lets judge, and how it is reached. Its key is sealed: see
    ``profiles.sealing``. Another address or model is another endpoint, since results are about one of them."""

    class Dialect(models.TextChoices):
        OPENAI = "openai"  # chat completions, which many servers speak
        ANTHROPIC = "anthropic"
        GOOGLE = "google"

    ORGANIZATION = "organization"

    organization = models.ForeignKey("profiles.Organization", models.PROTECT, related_name="endpoints")
    name = models.CharField(max_length=80)
    dialect = models.CharField(max_length=10, choices=Dialect.choices)
    url = models.CharField(max_length=500)
    model = models.CharField(max_length=200)
    sealed = models.TextField(blank=True)
    rehearsal = models.BooleanField(default=False)  # its answers are canned, which is said wherever they appear
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    removed_at = models.DateTimeField(null=True)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "name"), condition=Q(removed_at=None), name="endpoint_one_of_a_name"
            ),
        )

    def __str__(self) -> str:
        return f"endpoint {self.pk}"
