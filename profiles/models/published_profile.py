from __future__ import annotations

from django.db import models

from profiles.access import Scoped
from profiles.models.activation import Activation
from profiles.models.organization import Environment
from profiles.models.product import Product


class PublishedProfile(models.Model):
    """The bytes that clients get for one product, environment and platform, from one instant until another.

    An activation writes a row for now and one for each later instant at which an attestation ends, so what follows an
    expiry is served by itself. Among rows that hold at an instant the newest counts; none is ever changed.
    """

    ORGANIZATION = "product__organization"

    # The indexes below begin with these two.
    product = models.ForeignKey(Product, models.PROTECT, related_name="published_profiles", db_index=False)
    environment = models.ForeignKey(Environment, models.PROTECT, related_name="+")
    platform = models.SlugField(max_length=40)
    activation = models.ForeignKey(Activation, models.PROTECT, related_name="published_profiles", db_index=False)
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    body = models.BinaryField()
    gzip = models.BinaryField(
        default=b"", db_default=b""
    )  # the same bytes, compressed; empty on rows of before 2026-11-29
    br = models.BinaryField(default=b"", db_default=b"")
    jws = models.CharField(
        max_length=300, blank=True, db_default=""
    )  # detached: protected..signature; empty without a signing key
    kid = models.CharField(max_length=43, blank=True, db_default="")  # which key signed
    inputs = models.JSONField(null=True)  # what it was resolved from, so that it can be resolved again for one user
    digest = models.CharField(max_length=71)
    etag = models.CharField(max_length=40)
    published_at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("product", "environment", "platform", "-id"), name="published_latest"),
            models.Index(fields=("activation", "platform", "published_at"), name="published_together"),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(valid_until__isnull=True) | models.Q(valid_until__gt=models.F("valid_from")),
                name="published_for_a_while",
            ),
        )

    def __str__(self) -> str:
        return self.digest
