from __future__ import annotations

from django.db import models

from profiles.access import Scoped


class Check(models.Model):
    """One background check of one version. The row comes first and the message after the commit, so a message that is
    lost is found by the sweep, and one that comes twice finds the work done."""

    class Kind(models.TextChoices):
        LIMITS = "limits"  # is every setting still inside its window?

    class Trigger(models.TextChoices):
        SUBMISSION = "submission"
        ACTIVATION = "activation"
        NIGHTLY = "nightly"
        REQUEST = "request"  # a person asked for it

    class State(models.TextChoices):
        WAITING = "waiting"
        FINISHED = "finished"
        FAILED = "failed"  # could not be carried out: says nothing about the profile

    class Outcome(models.TextChoices):
        PASS = "pass"
        FAIL = "fail"

    ORGANIZATION = "version__product__organization"

    kind = models.CharField(max_length=20, choices=Kind.choices)
    trigger = models.CharField(max_length=20, choices=Trigger.choices)
    version = models.ForeignKey("profiles.Version", models.PROTECT, related_name="checks")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True)
    findings = models.JSONField(default=list)
    passed = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    failure = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    night = models.DateField(null=True)  # which night's, so that a night has one
    requested_by = models.CharField(max_length=120)
    requested_by_id = models.CharField(max_length=60, blank=True, default="")  # in whose name the program checks
    requested_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("sent_at",), condition=models.Q(state="waiting"), name="check_waiting"),
            models.Index(fields=("version", "-id"), name="check_latest"),
        )
        constraints = (
            models.UniqueConstraint(fields=("version", "kind", "night"), name="check_once_a_night"),
            models.CheckConstraint(
                condition=~models.Q(state="finished") | (models.Q(finished_at__isnull=False) & ~models.Q(outcome="")),
                name="check_finished_has_outcome",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of version {self.version_id}: {self.state}"
