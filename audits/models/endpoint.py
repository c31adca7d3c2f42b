from __future__ import annotations

from django.db import models
from django.db.models import Q

from profiles.access import Scoped


class Endpoint(models.Model):
    """A model that an organization tests its products on, or lets judge, and how it is reached. Its key is sealed: see
    ``profiles.sealing``. Another address or model is another endpoint, since results are about one of them."""

    class Dialect(models.TextChoices):
        OPENAI = "openai"  # chat completions, which many servers speak
        ANTHROPIC = "anthropic"
        GOOGLE = "google"

    ORGANIZATION = "organization"

    organization = models.ForeignKey("profiles.Organization", models.PROTECT, related_name="endpoints")
    name = models.CharField(max_length=80)
    dialect = models.CharField(max_length=10, choices=Dialect.choices)
    url = models.CharField(max_length=500)
    model = models.CharField(max_length=200)
    sealed = models.TextField(blank=True)
    # Of a million tokens that go in and of a million that come out; None and no currency where nobody gave them.
    price_in = models.DecimalField(max_digits=15, decimal_places=6, null=True)
    price_out = models.DecimalField(max_digits=15, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, blank=True, db_default="")
    rehearsal = models.BooleanField(default=False)  # its answers are canned, which is said wherever they appear
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    removed_at = models.DateTimeField(null=True)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "name"), condition=Q(removed_at=None), name="endpoint_one_of_a_name"
            ),
            models.CheckConstraint(
                condition=Q(price_in=None, price_out=None, currency="")
                | Q(price_in__gte=0, price_out__gte=0, currency__regex=r"^[A-Z]{3}$"),
                name="endpoint_prices_are_whole",
            ),
        )

    def __str__(self) -> str:
        return f"endpoint {self.pk}"
