from __future__ import annotations

from django.db import models

from profiles.access import Scoped


class Suite(models.Model):
    """An immutable, numbered set of probes: as bytes (RFC 8785), since results refer to their digest. One without an
    organization ships with the program and is everybody's."""

    ORGANIZATION = "organization"

    organization = models.ForeignKey("profiles.Organization", models.PROTECT, null=True, related_name="suites")
    slug = models.SlugField(max_length=60)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    document = models.BinaryField()
    digest = models.CharField(max_length=71)
    probes = models.PositiveIntegerField()
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=120)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("slug", "-number")
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "slug", "number"), nulls_distinct=False, name="suite_number_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.slug} {self.number}"
