from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from profiles.access import Scoped
from profiles.models.organization import Organization


class Webhook(models.Model):
    """An address of an organization's that is told of events. Its secrets are sealed: see ``profiles.sealing``."""

    ORGANIZATION = "organization"

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="webhooks")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=200, blank=True)
    events = ArrayField(models.CharField(max_length=60))
    sealed = models.TextField()
    sealed_before = models.TextField(blank=True)  # signs as well, until ``both_until``
    both_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    failing_since = models.DateTimeField(null=True)  # of the first failure since the last success
    disabled_at = models.DateTimeField(null=True)
    disabled_because = models.CharField(max_length=20, blank=True)  # empty: somebody wanted it
    removed_at = models.DateTimeField(null=True)  # its deliveries stay until they are old

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(
                fields=("organization",), condition=Q(disabled_at=None, removed_at=None), name="webhook_listening"
            ),
        )

    def __str__(self) -> str:
        return f"webhook {self.pk}"

    @property
    def listens(self) -> bool:
        return self.disabled_at is None and self.removed_at is None


class Delivery(models.Model):
    """One event for one webhook: first a row, then attempts. ``body`` is what is signed and sent, byte for byte."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"  # tried for a day
        STOPPED = "stopped"  # the webhook was disabled or removed meanwhile

    ORGANIZATION = "webhook__organization"

    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="deliveries")
    event_id = models.CharField(max_length=60)
    type = models.CharField(max_length=60)
    body = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)  # of this round: a replay begins anew
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()  # not before
    asked_at = models.DateTimeField()  # when a worker was last sent a message
    ended_at = models.DateTimeField(null=True)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("webhook", "event_id"), name="delivery_once"),)
        indexes = (
            models.Index(fields=("due_at",), condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=("webhook", "-id"), name="delivery_log"),
        )

    def __str__(self) -> str:
        return f"{self.type} to {self.webhook_id}: {self.state}"


class Attempt(models.Model):
    """One try. It is written before the request goes out: if the worker dies in it, that shows."""

    ORGANIZATION = "delivery__webhook__organization"

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    number = models.PositiveIntegerField()
    began_at = models.DateTimeField()
    milliseconds = models.PositiveIntegerField(null=True)  # None: nobody knows how it ended
    address = models.CharField(max_length=60, blank=True)  # that the name stood for
    status = models.PositiveSmallIntegerField(null=True)
    failure = models.CharField(max_length=300, blank=True)
    answer = models.CharField(max_length=1000, blank=True)  # the beginning of what came back

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("delivery", "number"), name="attempt_once"),)

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.delivery_id}"
