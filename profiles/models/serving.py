from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from profiles.access import Scoped
from profiles.models.api_key import ApiKey
from profiles.models.published_profile import PublishedProfile


class ServingChange(models.Model):
    """Something changed that web processes hold in memory: a product's published profiles or a key; with neither,
    everything. Triggers write it (migration 0081), whoever makes the change, and old rows are swept."""

    xid = models.BigIntegerField(db_index=True)  # the transaction, by which a reader knows what it cannot have seen yet
    product = models.BigIntegerField(null=True)
    key = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())

    objects = models.Manager()

    def __str__(self) -> str:
        return f"change {self.pk}"


class Receipt(models.Model):
    """That a client key got one published profile: when first and last, how often whole, and how often it was told that
    its copy still holds. Web processes add to it every few seconds."""

    ORGANIZATION = "key__organization"

    key = models.ForeignKey(ApiKey, models.CASCADE, related_name="receipts")
    profile = models.ForeignKey(PublishedProfile, models.PROTECT, related_name="receipts")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    fetched = models.BigIntegerField()
    confirmed = models.BigIntegerField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-last_at",)
        indexes = (models.Index(fields=("key", "-last_at"), name="receipt_latest"),)
        constraints = (models.UniqueConstraint(fields=("key", "profile"), name="receipt_once"),)

    def __str__(self) -> str:
        return f"{self.key} got {self.profile}"
