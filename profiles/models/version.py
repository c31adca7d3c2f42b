from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from profiles.access import Scoped
from profiles.models.product import Product


class Version(models.Model):
    """An immutable, numbered snapshot of a product's profile. The database refuses to change or delete one; what
    happened to it since stands in its reviews and activations."""

    ORGANIZATION = "product__organization"

    product = models.ForeignKey(Product, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    settings = models.JSONField()
    windows = models.JSONField()
    instructions = models.TextField(blank=True)
    facts = models.JSONField()
    platforms = models.JSONField()
    baseline = models.JSONField()  # the organization's settings and windows at that moment
    rulebooks = models.JSONField()  # [{"platform", "revision", "digest"}]
    base = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")  # what it is a change of
    restored_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    rebased_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")  # a stale one, brought up
    direction = models.CharField(max_length=12)
    note = models.TextField(max_length=4000)
    author_id = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120)
    writers = ArrayField(models.CharField(max_length=60), default=list)  # whose edits it holds, besides the author's
    draft_revision = models.PositiveIntegerField()
    digest = models.CharField(max_length=71)
    created_at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("product", "number"), name="version_number_once"),)

    def __str__(self) -> str:
        return f"v{self.number}"

    def is_work_of(self, actor_id: str) -> bool:
        """Whether somebody submitted it, or wrote any of what it changes."""
        return actor_id == self.author_id or actor_id in self.writers
