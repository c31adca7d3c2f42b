"""What each check last said of a product in an environment, and what was told ahead of time."""

from __future__ import annotations

from django.db import models

from audits.checks.results import CheckKind, Outcome
from profiles.access import Scoped


class CheckResult(models.Model):
    """The newest result of one check in one place. It is a measurement, written over by the next one; what changed is
    in the trail. ``since`` is when it began to come out so, ``entered`` what the trail was last told."""

    ORGANIZATION = "product__organization"

    product = models.ForeignKey("profiles.Product", models.CASCADE, related_name="check_results", db_index=False)
    environment = models.ForeignKey("profiles.Environment", models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=[(each.value, each.value) for each in CheckKind])
    version = models.PositiveIntegerField()  # the number of the active one when it was measured
    outcome = models.CharField(max_length=20, choices=[(each.value, each.value) for each in Outcome])
    points = models.JSONField(default=list)  # see ``audits.checks.results.Point``
    measured_at = models.DateTimeField()  # what it says is about this moment
    looked_at = models.DateTimeField()  # when somebody last asked for it
    since = models.DateTimeField()
    entered = models.CharField(max_length=20, blank=True)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("product", "environment", "kind")
        constraints = (models.UniqueConstraint(fields=("product", "environment", "kind"), name="check_result_newest"),)
        indexes = (models.Index(fields=("looked_at",), name="check_result_oldest"),)

    def __str__(self) -> str:
        return f"{self.kind} of {self.product_id}: {self.outcome}"


class Foretold(models.Model):
    """That the end of something was told of, so many days before. Each once; ``subject`` names it and its instant, so
    that another end of the same thing is told of anew."""

    subject = models.CharField(max_length=160)
    days = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("subject", "days"), name="foretold_once"),)

    def __str__(self) -> str:
        return f"{self.days} days before {self.subject}"
