from __future__ import annotations

from django.db import models

from profiles.access import Scoped
from profiles.models.product import Product


class Draft(models.Model):
    """The one editable working copy of a product's settings. ``revision`` grows with every edit."""

    ORGANIZATION = "product__organization"

    product = models.OneToOneField(Product, models.PROTECT, related_name="draft")
    revision = models.PositiveIntegerField(default=0)
    settings = models.JSONField(default=dict)
    windows = models.JSONField(default=dict)  # what this product's users may change
    instructions = models.TextField(blank=True, max_length=20_000)
    updated_at = models.DateTimeField()

    objects = Scoped.as_manager()

    def __str__(self) -> str:
        return f"draft of {self.product_id}"


class DraftEdit(models.Model):
    """One edit of one field of a draft. ``field`` is a behavior key, ``windows.<key>`` or ``instructions``; ``before``
    and ``value`` are raw, None where nothing was set. A write is stale if its field was edited after the revision that
    the writer had seen."""

    ORGANIZATION = "draft__product__organization"

    draft = models.ForeignKey(Draft, models.PROTECT, related_name="edits")
    revision = models.PositiveIntegerField()
    field = models.CharField(max_length=120)
    before = models.JSONField(null=True)
    value = models.JSONField(null=True)
    by = models.CharField(max_length=120)
    by_id = models.CharField(max_length=60)
    at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-revision",)
        indexes = (models.Index(fields=("draft", "field", "-revision"), name="draft_edit_field"),)

    def __str__(self) -> str:
        return f"{self.field} at {self.revision}"
