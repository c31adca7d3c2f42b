from __future__ import annotations

from django.conf import settings
from django.db import models

from profiles.access import Scoped


class SavedSearch(models.Model):
    """A search of the trail that somebody comes back to. It is theirs alone, a preference like any other, until they
    share it with their organization, which is on record."""

    ORGANIZATION = "organization"

    organization = models.ForeignKey("profiles.Organization", models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1_600)  # what stands in the address of the page
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("name", "pk")
        constraints = (models.UniqueConstraint(fields=("organization", "user", "name"), name="saved_search_name_once"),)

    def __str__(self) -> str:
        return self.name
