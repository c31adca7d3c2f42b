"""Behavioral conformance: what will be asked (protocol), the asking (run, trials), and what it says (findings)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Self

from django.db import models
from django.db.models import Exists, Max, OuterRef, Q

from audits.models.endpoint import Endpoint
from audits.models.suite import Suite
from profiles.access import Scoped


class Protocol(models.Model):
    """What a run will do, fixed and on record before the first request: as bytes (RFC 8785). Whoever fixes the same
    again gets the same row, so that its runs can be compared."""

    ORGANIZATION = "version__product__organization"

    version = models.ForeignKey("profiles.Version", models.PROTECT, related_name="protocols")
    platform = models.CharField(max_length=60)
    suite = models.ForeignKey(Suite, models.PROTECT, related_name="protocols")
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="protocols")
    judge = models.ForeignKey(Endpoint, models.PROTECT, null=True, related_name="judged")
    document = models.BinaryField()
    digest = models.CharField(max_length=71, unique=True)
    planned = models.PositiveIntegerField()  # trials
    currency = models.CharField(max_length=3, blank=True, db_default="")  # of its prices; empty without any
    entry_id = models.BigIntegerField()  # its entry in the trail, which no request of a run may precede
    fixed_at = models.DateTimeField()
    fixed_by = models.CharField(max_length=120)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"protocol {self.pk}"


class Runs(Scoped["Run"]):
    """Which runs say something of a product. A cancelled one does not: when it ended was not chosen before."""

    def finished(self) -> Self:
        """Those that asked all that was planned."""
        return self.filter(state=Run.State.FINISHED)

    def about(self, products: Collection[Any] | models.QuerySet[Any]) -> Self:
        """
        Args:
            products: rows, or a query of them.
        """
        return self.filter(protocol__version__product__in=products)

    def newest_of_each(self) -> Self:
        """Of these, the newest of each product."""
        by_product = self.order_by().values("protocol__version__product")
        return self.filter(pk__in=by_product.annotate(newest=Max("pk")).values("newest"))


class Run(models.Model):
    """One execution of a protocol. An open one is carried on by whichever worker holds its lock; its heartbeat says
    whether one does."""

    class State(models.TextChoices):
        OPEN = "open"
        FINISHED = "finished"
        CANCELLED = "cancelled"
        INTERRUPTED = "interrupted"  # its workers died time and again, or a budget ran out: it can be resumed
        FAILED = "failed"  # it could not begin: says nothing about the model

    class Trigger(models.TextChoices):
        REQUEST = "request"
        COMMAND = "command"
        SCHEDULE = "schedule"
        SUBMISSION = "submission"
        DRIFT = "drift"

    ORGANIZATION = "protocol__version__product__organization"

    protocol = models.ForeignKey(Protocol, models.PROTECT, related_name="runs")
    trigger = models.CharField(max_length=20, choices=Trigger.choices)
    state = models.CharField(max_length=20, choices=State.choices, default=State.OPEN)
    requested_by = models.CharField(max_length=120)
    requested_by_id = models.CharField(max_length=60)
    requested_at = models.DateTimeField()
    cancel_at = models.DateTimeField(null=True)  # when somebody asked for its end
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()  # when a worker was last sent a message
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    served_at = models.DateTimeField(null=True)  # when its last slice began
    finished_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=500, blank=True)
    # How the judge did on the labelled replies, by question: see ``judging.Agreement``. None until it was tried, which
    # comes before the first trial.
    agreement = models.JSONField(null=True)
    digest = models.CharField(max_length=71, blank=True)  # of all trials, once it is finished
    restarts = models.PositiveSmallIntegerField(default=0, db_default=0)  # after its worker was lost
    # Where it departed from its protocol, once it is finished: see ``departures.Departure``. None where nobody looked.
    departures = models.JSONField(null=True)
    reported = models.JSONField(null=True)  # what the model called itself, most frequent first; likewise
    # What it took to try the judge, counted on with each answer; None where it was not tried, or nobody counted.
    judge_requests = models.PositiveIntegerField(null=True)
    judge_tokens_in = models.PositiveIntegerField(null=True)
    judge_tokens_out = models.PositiveIntegerField(null=True)
    judge_unmetered = models.PositiveIntegerField(null=True)  # answers of which it did not report the tokens
    judge_cost = models.DecimalField(max_digits=30, decimal_places=12, null=True)  # None where it has no prices

    objects = Runs.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("sent_at",), condition=Q(state="open"), name="run_open"),
            models.Index(fields=("served_at",), name="run_served"),
        )
        constraints = (
            models.UniqueConstraint(fields=("protocol",), condition=Q(state="open"), name="run_one_of_a_protocol"),
            models.CheckConstraint(
                condition=~Q(state="finished") | (Q(finished_at__isnull=False) & ~Q(digest="")),
                name="run_finished_has_digest",
            ),
        )

    def __str__(self) -> str:
        return f"run {self.pk}"


class Trial(models.Model):
    """One planned conversation and what became of it. It is planned with the run and ends once: a trigger refuses to
    give it another outcome, so a run resumed twice cannot count a trial twice."""

    class Outcome(models.TextChoices):
        PLANNED = ""
        PASS = "pass"
        FAIL = "fail"
        UNCLEAR = "unclear"  # neither the rules nor a judge could decide
        ERROR = "error"  # there was no answer: says nothing about the model
        SKIPPED = "skipped"  # the run ended before

    run = models.ForeignKey(Run, models.PROTECT, related_name="trials", db_index=False)
    position = models.PositiveIntegerField()
    behavior = models.CharField(max_length=80)
    probe = models.CharField(max_length=120)
    variant = models.CharField(max_length=120)
    epoch = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, default=Outcome.PLANNED)
    rule = models.CharField(max_length=60, blank=True)  # what decided: a rule, or "judge"
    reason = models.CharField(max_length=500, blank=True)
    refused_by = models.CharField(max_length=20, blank=True)
    transcript = models.JSONField(default=list)  # [{"role", "text"}]
    deciding = models.JSONField(default=list)  # [{"message", "start", "end"}], of the words that decided
    votes = models.JSONField(default=list)  # of the judge: [{"vote", "quote", "raw", "void"}]
    reported = models.CharField(max_length=200, blank=True)  # what the model called itself
    fingerprint = models.CharField(max_length=200, blank=True)
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    # Answers of which the endpoint did not report the tokens; ``tokens_in`` and ``tokens_out`` are of the others.
    unmetered = models.PositiveIntegerField(null=True)
    # The judge's, likewise; None where nobody counted.
    judge_requests = models.PositiveIntegerField(null=True)
    judge_tokens_in = models.PositiveIntegerField(null=True)
    judge_tokens_out = models.PositiveIntegerField(null=True)
    judge_unmetered = models.PositiveIntegerField(null=True)
    # By the prices of the protocol; an answer without reported tokens at the most that it can cost.
    cost = models.DecimalField(max_digits=30, decimal_places=12, null=True)
    milliseconds = models.PositiveIntegerField(default=0)
    # What was really sent and came back: {"sent", "retries", "judges", "missing_votes"}; departures are told by it.
    observed = models.JSONField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("run", "position")
        constraints = (models.UniqueConstraint(fields=("run", "position"), name="trial_once"),)
        indexes = (models.Index(fields=("run", "outcome", "position"), name="trial_by_outcome"),)

    def __str__(self) -> str:
        return f"trial {self.position + 1} of run {self.run_id}"


class Judgement(models.Model):
    """What a person says of a trial, beside what the program said. The newest one counts."""

    ORGANIZATION = "trial__run__protocol__version__product__organization"

    trial = models.ForeignKey(Trial, models.PROTECT, related_name="judgements")
    outcome = models.CharField(max_length=10, choices=Trial.Outcome.choices)
    reason = models.CharField(max_length=1_000)
    by = models.CharField(max_length=120)
    by_id = models.CharField(max_length=60)
    at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.outcome} for trial {self.trial_id}"


class Findings(Scoped["Finding"]):
    def newest(self) -> Self:
        """What runs say now: of each commitment the newest finding, since a person may have judged a trial anew."""
        newer = Finding.objects.filter(run=OuterRef("run"), behavior=OuterRef("behavior"), pk__gt=OuterRef("pk"))
        return self.filter(~Exists(newer))

    def said_by(self, runs: Iterable[Run]) -> dict[int, dict[str, Finding]]:
        """What some runs say now, by run and behavior. Each finding brings its run."""
        by_id = {run.pk: run for run in runs}
        found: dict[int, dict[str, Finding]] = {pk: {} for pk in by_id}
        for row in self.newest().filter(run__in=by_id).order_by("behavior"):
            row.run = by_id[row.run_id]
            found[row.run_id][row.behavior] = row
        return found


class Finding(models.Model):
    """What a run says of one commitment. It stands; where a person judged a trial anew, there is a newer one."""

    class Outcome(models.TextChoices):
        PASS = "pass"
        FAIL = "fail"
        INCONCLUSIVE = "inconclusive"
        NOT_COVERED = "not_covered"

    ORGANIZATION = "run__protocol__version__product__organization"

    run = models.ForeignKey(Run, models.PROTECT, related_name="findings")
    behavior = models.CharField(max_length=80)
    outcome = models.CharField(max_length=20, choices=Outcome.choices)
    passed = models.PositiveIntegerField()
    trials = models.PositiveIntegerField()  # that say something: passed and failed
    planned = models.PositiveIntegerField()
    low = models.FloatField(null=True)  # of the share that passes, 95 %
    high = models.FloatField(null=True)
    parts = models.JSONField(default=list)  # by direction, kind and threshold: see ``conclusions.Part``
    because = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    objects = Findings.as_manager()

    class Meta:
        ordering = ("behavior", "-id")
        indexes = (models.Index(fields=("run", "behavior", "-id"), name="finding_newest"),)

    def __str__(self) -> str:
        return f"{self.behavior}: {self.outcome}"
