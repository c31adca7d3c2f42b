from __future__ import annotations

from django.db import models

from profiles.access import Scoped
from profiles.models.version import Version


class Comment(models.Model):
    """What somebody says of one behavior of a version, or (without a key) of all of it. None is ever changed."""

    ORGANIZATION = "version__product__organization"

    version = models.ForeignKey(Version, models.PROTECT, related_name="comments")
    behavior = models.CharField(max_length=120, blank=True)
    text = models.TextField(max_length=4000)
    author_id = models.CharField(max_length=60)
    author_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"comment {self.pk}"
