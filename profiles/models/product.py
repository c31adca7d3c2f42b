from __future__ import annotations

import hashlib
import json
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from profiles.access import Scoped
from profiles.models.organization import Environment, Organization


class Present(models.Manager.from_queryset(Scoped)):  # type: ignore[misc]
    """Products that were not removed: what every page and every client means by a product."""

    def get_queryset(self) -> Scoped[Product]:
        found: Scoped[Product] = super().get_queryset()
        return found.filter(removed_at__isnull=True)


class Product(models.Model):
    """One deployment of an organization, with the facts that rules look at."""

    ORGANIZATION = "organization"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="products")
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True)
    facts = models.JSONField(default=dict)
    platforms = ArrayField(models.SlugField(max_length=40))
    place_by_id = models.CharField(max_length=60, blank=True, default="")  # who last said for whom and where it runs
    model_names = models.JSONField(default=dict)  # by platform, as people call them
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    # Where what it promises holds that anybody may read, and since when; without it nobody outside reads anything.
    public_environment = models.ForeignKey(Environment, models.PROTECT, null=True, related_name="+")
    public_since = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)  # its versions and entries stay; no page and no client sees it

    objects = Present()
    with_removed = Scoped.as_manager()

    class Meta:
        ordering = ("name",)
        base_manager_name = "with_removed"
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "slug"),
                condition=models.Q(removed_at__isnull=True),
                name="product_slug_once",
            ),
            models.CheckConstraint(
                condition=models.Q(public_environment__isnull=True, public_since__isnull=True)
                | models.Q(public_environment__isnull=False, public_since__isnull=False),
                name="product_public_since",
            ),
        )

    def __str__(self) -> str:
        return self.slug

    @property
    def place(self) -> dict[str, Any]:
        """For whom, where and on what it runs."""
        return {"facts": self.facts, "platforms": self.platforms, "model_names": self.model_names}

    @property
    def place_tag(self) -> str:
        """Stands for ``place`` in a form, so that a stale one is noticed."""
        return hashlib.sha256(json.dumps(self.place, sort_keys=True).encode()).hexdigest()[:16]
