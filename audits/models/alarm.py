from __future__ import annotations

from django.db import models
from django.db.models import Q

from audits.models.run import Run
from profiles.access import Scoped


class Alarm(models.Model):
    """A model breaks a bright line or a protection of a version that is active. It stays open until somebody answers
    it, a later run passes, or the version is active nowhere any more."""

    class State(models.TextChoices):
        OPEN = "open"
        ACKNOWLEDGED = "acknowledged"  # by somebody, with a reason
        PASSED = "passed"  # in a later run, or once a person had judged the trials
        REPLACED = "replaced"  # the version is active nowhere any more

    ORGANIZATION = "version__product__organization"

    version = models.ForeignKey("profiles.Version", models.PROTECT, related_name="alarms")
    run = models.ForeignKey(Run, models.PROTECT, related_name="alarms")  # which showed it
    platform = models.CharField(max_length=60)
    behaviors = models.JSONField()  # [{"behavior", "name", "kind", "passed", "trials"}]
    raised_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=1000, blank=True)
    answer = models.ForeignKey(Run, models.PROTECT, null=True, related_name="+")  # the run that passed

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (models.Index(fields=("version",), condition=Q(state="open"), name="alarm_open"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(state="open", answered_at=None) | (~Q(state="open") & Q(answered_at__isnull=False)),
                name="alarm_answered_once",
            ),
        )

    def __str__(self) -> str:
        return f"alarm {self.pk}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The behaviors that fail."""
        return tuple(each["behavior"] for each in self.behaviors)
