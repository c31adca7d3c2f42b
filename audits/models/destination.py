from __future__ import annotations

from django.db import models
from django.db.models import Q

from profiles.access import Scoped


class Destination(models.Model):
    """Where the entries of an organization's log are sent as they get their places. ``position`` is the place of the
    next one, which no entry can come to stand before. Its secret is sealed: see ``profiles.sealing``."""

    class Kind(models.TextChoices):
        WEBHOOK = "webhook"
        BUCKET = "bucket"  # of anything that speaks S3

    class Form(models.TextChoices):
        JSONL = "jsonl"
        OCSF = "ocsf"

    ORGANIZATION = "organization"

    organization = models.ForeignKey("profiles.Organization", models.PROTECT, related_name="destinations")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    form = models.CharField(max_length=10, choices=Form.choices, default=Form.OCSF)
    url = models.CharField(max_length=500)  # of the webhook, or the endpoint of the bucket
    bucket = models.CharField(max_length=63, blank=True)
    prefix = models.CharField(max_length=200, blank=True)
    region = models.CharField(max_length=40, blank=True)
    access_key = models.CharField(max_length=128, blank=True)
    sealed = models.TextField(blank=True)
    position = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    tries = models.PositiveSmallIntegerField(default=0)  # of the batch that is next
    due_at = models.DateTimeField()  # not before
    asked_at = models.DateTimeField()  # when a worker was last sent a message
    sent_at = models.DateTimeField(null=True)  # the last batch that arrived
    answered_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.CharField(max_length=300, blank=True)  # why the last one did not arrive
    failing_since = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    stopped_because = models.CharField(max_length=20, blank=True)  # empty: somebody wanted it
    removed_at = models.DateTimeField(null=True)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("due_at",), condition=Q(stopped_at=None, removed_at=None), name="destination_due"),
        )

    def __str__(self) -> str:
        return f"destination {self.pk}"

    @property
    def listens(self) -> bool:
        return self.stopped_at is None and self.removed_at is None


class Batch(models.Model):
    """Entries that go to a destination together, from one place up to before another. It is cut once, so whenever it is
    sent again it has the same name and holds the same entries."""

    destination = models.ForeignKey(Destination, models.PROTECT, related_name="batches", db_index=False)
    start = models.PositiveBigIntegerField()
    end = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("start",)
        constraints = (
            models.UniqueConstraint(fields=("destination", "start"), name="batch_once"),
            models.CheckConstraint(condition=Q(end__gt=models.F("start")), name="batch_holds_something"),
        )

    def __str__(self) -> str:
        return f"{self.start:015}-{self.end - 1:015}"
