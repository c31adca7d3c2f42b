"""Outsiders who cosign checkpoints: witnesses, which are asked, and auditors, who hand in what they signed."""

from __future__ import annotations

from django.db import models

from audits.models.log import Checkpoint, Log
from profiles.access import Scoped


class Auditor(models.Model):
    """Somebody outside to whom an organization shows its log, or the installation its own (then ``organization`` is
    None). With a key, what they cosign counts; with an address, checkpoints go to them by mail."""

    ORGANIZATION = "organization"

    class Rhythm(models.TextChoices):
        NEVER = "never"
        DAILY = "daily"
        HOURLY = "hourly"

    organization = models.ForeignKey("profiles.Organization", models.CASCADE, null=True, related_name="auditors")
    name = models.CharField(max_length=120)
    key = models.CharField(max_length=400, blank=True)  # the vkey
    email = models.EmailField(blank=True)
    rhythm = models.CharField(max_length=10, choices=Rhythm.choices, default=Rhythm.NEVER)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    removed_at = models.DateTimeField(null=True)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class Cosignature(models.Model):
    """The line by which somebody cosigned a checkpoint. One for each key and checkpoint; it never changes."""

    log = models.ForeignKey(Log, models.PROTECT, related_name="cosignatures", db_index=False)
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="cosignatures", db_index=False)
    name = models.CharField(max_length=255)  # of the key
    key_id = models.CharField(max_length=8)  # hex
    line = models.TextField()
    signed_at = models.DateTimeField()  # by the clock of whoever signed
    received_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=("checkpoint", "name", "key_id"), name="one_cosignature_of_a_key"),
        )

    def __str__(self) -> str:
        return self.line


class Cosigner(models.Model):
    """How far somebody who cosigns a log has come, by the key. Kept beside the cosignatures, so that nobody has to
    count them: ``size`` is what they hold, from which the next proof goes on; ``cosigned`` their newest checkpoint."""

    log = models.ForeignKey(Log, models.PROTECT, related_name="cosigners", db_index=False)
    name = models.CharField(max_length=255)  # of the key
    key_id = models.CharField(max_length=8)  # hex
    size = models.PositiveBigIntegerField(default=0)
    cosigned = models.PositiveBigIntegerField(default=0)
    cosigned_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=20, blank=True)  # audits.log.witness.Said; empty for whoever is not asked
    detail = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("log", "name", "key_id"), name="one_cosigner_of_a_key"),)

    def __str__(self) -> str:
        return f"{self.name}: {self.cosigned} of {self.log}"


class CheckpointLetter(models.Model):
    """The newest checkpoint, on its way to an auditor by mail: one for each hour or day in which there is a newer one.
    The row is due at a time and locked while it is sent, like every letter."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"
        DROPPED = "dropped"  # the auditor was removed

    auditor = models.ForeignKey(Auditor, models.CASCADE, related_name="letters")
    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="+", db_index=False)
    slot = models.DateTimeField()  # the beginning of the hour or day
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("auditor", "slot"), name="one_checkpoint_letter_a_slot"),)
        indexes = (models.Index(fields=("due_at",), name="checkpoint_letter_due", condition=models.Q(state="waiting")),)

    def __str__(self) -> str:
        return f"{self.checkpoint} to auditor {self.auditor_id}: {self.state}"
