"""Runs that start themselves: what a product's schedule asks for, and each occasion on which it asked."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from audits.models.endpoint import Endpoint
from audits.models.run import Run
from profiles.access import Scoped


class RunSchedule(models.Model):
    """A standing wish for runs of what is active in one environment: with which suites, on which model, and when. A
    suite stands for its newest number, whatever that is by then."""

    ORGANIZATION = "product__organization"

    product = models.ForeignKey("profiles.Product", models.PROTECT, related_name="run_schedules")
    environment = models.ForeignKey("profiles.Environment", models.PROTECT, related_name="run_schedules")
    platform = models.CharField(max_length=60)
    suites = models.JSONField()  # ids, of any number of each
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="run_schedules")
    judge = models.ForeignKey(Endpoint, models.PROTECT, null=True, related_name="+")
    every_days = models.PositiveSmallIntegerField(default=0)  # 0: time alone starts nothing
    at_hour = models.PositiveSmallIntegerField(default=0)  # UTC
    on_submission = models.BooleanField(default=False)
    on_drift = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True)
    set_by = models.ForeignKey("profiles.User", models.PROTECT, related_name="+")
    set_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("product", "environment"), condition=Q(removed_at=None), name="run_schedule_one_of_a_place"
            ),
        )
        indexes = (models.Index(fields=("due_at",), condition=Q(removed_at=None), name="run_schedule_due"),)

    def __str__(self) -> str:
        return f"schedule of runs {self.pk}"


class Occasion(models.Model):
    """One time at which a schedule asks for a run with one suite, and what came of it. What it is about is unique, so
    two schedulers, or a message that comes twice, ask once."""

    class State(models.TextChoices):
        WAITING = "waiting"
        STARTED = "started"
        LAPSED = "lapsed"  # ``because`` says why no run began

    ORGANIZATION = "schedule__product__organization"

    schedule = models.ForeignKey(RunSchedule, models.PROTECT, related_name="occasions")
    cause = models.CharField(max_length=20, choices=Run.Trigger.choices)
    about = models.CharField(max_length=80)  # the instant it was due, "version 7", "drift 3"
    suite = models.ForeignKey("audits.Suite", models.PROTECT, related_name="+")  # as it was chosen, of any number
    version = models.ForeignKey("profiles.Version", models.PROTECT, null=True, related_name="+")  # else what is active
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=State.choices, default=State.WAITING)
    because = models.CharField(max_length=1_000, blank=True)  # also while it waits for its turn
    ended_at = models.DateTimeField(null=True)
    run = models.OneToOneField(Run, models.PROTECT, null=True, related_name="occasion")

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=("schedule", "cause", "about", "suite"), name="occasion_once"),
            models.CheckConstraint(condition=Q(state="started") ^ Q(run=None), name="occasion_started_has_run"),
        )
        indexes = (models.Index(fields=("asked_at",), condition=Q(state="waiting"), name="occasion_waiting"),)

    def __str__(self) -> str:
        return f"occasion {self.pk}"
