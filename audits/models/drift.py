"""Whether a model or a rulebook changed under a product: looking at endpoints, and what was found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from audits.models.endpoint import Endpoint
from audits.models.run import Run
from profiles.access import Scoped


class Look(models.Model):
    """What an endpoint said when it was asked a few fixed questions, once a day."""

    class State(models.TextChoices):
        WAITING = "waiting"
        FINISHED = "finished"
        FAILED = "failed"  # no answer: says nothing about the model

    ORGANIZATION = "endpoint__organization"

    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="looks")
    day = models.DateField()  # UTC
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    seen = models.JSONField(default=dict)  # see ``checks.drift.Seen``
    failure = models.CharField(max_length=500, blank=True)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("endpoint", "day"), name="look_once_a_day"),)
        indexes = (models.Index(fields=("sent_at",), condition=Q(state="waiting"), name="look_waiting"),)

    def __str__(self) -> str:
        return f"look {self.pk}"


class Drift(models.Model):
    """Something changed since the newest complete run of a product: what was compared, and how it differs."""

    class Cause(models.TextChoices):
        MODEL = "model"  # the model, its fingerprint or its answers
        RULEBOOK = "rulebook"

    ORGANIZATION = "product__organization"

    product = models.ForeignKey("profiles.Product", models.PROTECT, related_name="drifts")
    cause = models.CharField(max_length=20, choices=Cause.choices)
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, null=True, related_name="+")
    run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="drifts")  # what it differs from
    changes = models.JSONField()  # [{"aspect", "before", "now"}]
    compared = models.JSONField()  # aspects, also those that are the same
    digest = models.CharField(max_length=71)  # of what it is now, so that it is found once
    found_at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("product", "digest"), name="drift_found_once"),)

    def __str__(self) -> str:
        return f"drift {self.pk}"
