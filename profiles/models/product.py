from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from profiles.access import Scoped
from profiles.models.organization import Organization


class Product(models.Model):
    """One deployment of an organization, with the facts that rules look at."""

    ORGANIZATION = "organization"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="products")
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=300, blank=True)
    facts = models.JSONField(default=dict)
    platforms = ArrayField(models.SlugField(max_length=40))
    model_names = models.JSONField(default=dict)  # by platform, as people call them
    created_at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("organization", "slug"), name="product_slug_once"),)

    def __str__(self) -> str:
        return self.slug
