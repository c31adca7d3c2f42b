from __future__ import annotations

from django.db import models

from profiles.access import Scoped
from profiles.models.activation import Activation
from profiles.models.member import User
from profiles.models.organization import Environment
from profiles.models.product import Product
from profiles.models.version import Version


class Schedule(models.Model):
    """An activation that is to happen later. It is judged when it is due, as if it were asked for then: what has lost
    its approval, its place or its limits meanwhile does not go live."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        CANCELLED = "cancelled"
        REFUSED = "refused"  # when it was due; ``outcome`` says why

    ORGANIZATION = "product__organization"

    product = models.ForeignKey(Product, models.PROTECT, related_name="schedules")
    environment = models.ForeignKey(Environment, models.PROTECT, related_name="schedules")
    version = models.ForeignKey(Version, models.PROTECT, related_name="schedules")
    due_at = models.DateTimeField()
    reason = models.CharField(max_length=1000)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=120, blank=True)
    outcome = models.CharField(max_length=1000, blank=True)
    activation = models.OneToOneField(Activation, models.PROTECT, null=True, related_name="schedule")

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("due_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("product", "environment"),
                condition=models.Q(state="waiting"),
                name="schedule_one_waits",
            ),
            models.CheckConstraint(
                condition=models.Q(state="done", activation__isnull=False)
                | (~models.Q(state="done") & models.Q(activation__isnull=True)),
                name="schedule_done_activates",
            ),
        )
        indexes = (models.Index(fields=("due_at",), condition=models.Q(state="waiting"), name="schedule_due"),)

    def __str__(self) -> str:
        return f"{self.version} in {self.environment} at {self.due_at:%Y-%m-%d %H:%M}"
