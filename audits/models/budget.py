from __future__ import annotations

from django.db import models

from profiles.access import Scoped


class Budget(models.Model):
    """The most that an organization's runs may take. Empty is without a limit."""

    ORGANIZATION = "organization"

    organization = models.OneToOneField("profiles.Organization", models.PROTECT, related_name="budget")
    trials = models.PositiveIntegerField(null=True)  # a month, UTC
    tokens = models.PositiveBigIntegerField(null=True)  # a month, in and out, of conversations and of judges
    requests = models.PositiveIntegerField(null=True)  # a minute, those to judges too
    money = models.DecimalField(max_digits=15, decimal_places=6, null=True)  # a month, of what has prices
    currency = models.CharField(max_length=3, blank=True, db_default="")
    set_at = models.DateTimeField()

    objects = Scoped.as_manager()

    def __str__(self) -> str:
        return f"budget {self.pk}"
