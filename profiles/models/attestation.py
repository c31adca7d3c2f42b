from __future__ import annotations

from django.db import models

from profiles.access import Scoped
from profiles.models.organization import Organization
from profiles.models.product import Product
from profiles.resolution import types


class Attestation(models.Model):
    """An operator's claim that opens a wider window, for one product. Requested by the operator, decided by a steward,
    counting from the decision until it expires or is revoked."""

    class State(models.TextChoices):
        REQUESTED = "requested"
        GRANTED = "granted"
        DECLINED = "declined"
        REVOKED = "revoked"

    ORGANIZATION = "organization"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="attestations")
    product = models.ForeignKey(Product, models.PROTECT, related_name="attestations")
    kind = models.SlugField(max_length=60)
    state = models.CharField(max_length=12, choices=State.choices, default=State.REQUESTED)
    evidence = models.TextField(max_length=4000)
    link = models.URLField(max_length=500, blank=True)
    file_name = models.CharField(max_length=120, blank=True)  # as it was called; the bytes are kept under their digest
    file_type = models.CharField(max_length=60, blank=True)
    file_size = models.PositiveIntegerField(default=0)
    file_digest = models.CharField(max_length=71, blank=True)
    renews = models.ForeignKey("self", models.PROTECT, null=True, related_name="renewals")
    requested_by = models.CharField(max_length=120)
    requested_by_id = models.CharField(max_length=60)
    requested_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(max_length=1000, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-requested_at",)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(state__in=("granted", "revoked"))
                | models.Q(decided_at__isnull=False, expires_at__isnull=False),
                name="attestation_granted_expires",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="revoked") | models.Q(revoked_at__isnull=False),
                name="attestation_revoked_when",
            ),
            models.UniqueConstraint(
                fields=("product", "kind"), condition=models.Q(state="requested"), name="attestation_one_open_request"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"

    def as_claim(self) -> types.Attestation | None:
        """What resolution needs to know of it; None while nobody granted it."""
        if self.decided_at is None or self.expires_at is None or self.state in ("requested", "declined"):
            return None
        return types.Attestation(self.kind, self.decided_at, self.expires_at, self.revoked_at)
