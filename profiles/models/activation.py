from __future__ import annotations

from django.db import models

from profiles.access import Scoped
from profiles.models.organization import Environment
from profiles.models.product import Product
from profiles.models.version import Version


class Activation(models.Model):
    """The act that makes a version the active one of an environment. The latest row wins; none is ever changed."""

    class Basis(models.TextChoices):
        """What allowed it."""

        APPROVED = "approved"
        TIGHTENING = "tightening"  # everything only became stricter: at once, and reviewed afterwards
        BREAK_GLASS = "break_glass"  # in an emergency, to tighten or to restore: everybody concerned is told

    ORGANIZATION = "product__organization"

    product = models.ForeignKey(Product, models.PROTECT, related_name="activations")
    environment = models.ForeignKey(Environment, models.PROTECT, related_name="activations")
    version = models.ForeignKey(Version, models.PROTECT, related_name="activations")
    previous = models.ForeignKey(Version, models.PROTECT, null=True, related_name="+")
    basis = models.CharField(max_length=20, choices=Basis.choices, default=Basis.APPROVED)
    reason = models.CharField(max_length=1000, blank=True)
    by_id = models.CharField(max_length=60)
    by_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("product", "environment", "-id"), name="activation_latest"),)
        constraints = (models.UniqueConstraint(fields=("environment", "version"), name="activation_version_once"),)

    def __str__(self) -> str:
        return f"{self.version} in {self.environment}"
