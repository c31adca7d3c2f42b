from __future__ import annotations

from django.db import models


class SourceDocument(models.Model):
    """One revision of a vendor's own text, as it was imported, byte for byte. Its identity is its digest: two different
    texts have been published under one date. Immutable in the database; belongs to the installation."""

    platform = models.SlugField(max_length=40)
    name = models.SlugField(max_length=60)  # the document's id in the platform's rulebook, such as model_spec
    published = models.DateField()
    digest = models.CharField(max_length=71, unique=True)
    body = models.BinaryField()
    sections = models.PositiveIntegerField()
    examples = models.PositiveIntegerField()
    warnings = models.PositiveIntegerField()
    imported_by = models.CharField(max_length=120)
    imported_at = models.DateTimeField()

    class Meta:
        ordering = ("platform", "name", "-published", "-id")

    def __str__(self) -> str:
        return f"{self.name} {self.published}"
