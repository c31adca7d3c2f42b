from __future__ import annotations

from django.db import models

from profiles.access import Scoped
from profiles.models.api_key import ApiKey


class StoredAnswer(models.Model):
    """What a request with an ``Idempotency-Key`` was answered, so that the same one sent again is not carried out
    again. Kept for a day."""

    ORGANIZATION = "api_key__organization"

    api_key = models.ForeignKey(ApiKey, models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)  # as the client chose it
    fingerprint = models.BinaryField(max_length=32)  # of method, address and body
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        indexes = (models.Index(fields=("at",), name="stored_answer_at"),)
        constraints = (models.UniqueConstraint(fields=("api_key", "name"), name="stored_answer_once"),)

    def __str__(self) -> str:
        return self.name
