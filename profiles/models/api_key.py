from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from profiles.access import Scoped
from profiles.models.organization import Environment, Organization
from profiles.models.product import Product


class ApiKey(models.Model):
    """A program's way in. Only the digest of the key is stored: it is 256 random bits, so a plain SHA-256 suffices.

    A client key names a product and an environment and reads that one published profile; an organization key names
    neither and has scopes.
    """

    ORGANIZATION = "organization"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="api_keys")
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="api_keys")
    environment = models.ForeignKey(Environment, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16, unique=True)  # shown, so that people recognize a key
    digest = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    created_by_id = models.CharField(max_length=60, blank=True, default="")  # whose work the key's work is
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    refusal_noted_at = models.DateTimeField(null=True, blank=True)  # bounds what a forger can write into the trail

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(product__isnull=True, environment__isnull=True)
                | models.Q(product__isnull=False, environment__isnull=False, scopes=[]),
                name="api_key_client_or_organization",
            ),
        )

    def __str__(self) -> str:
        return self.prefix
