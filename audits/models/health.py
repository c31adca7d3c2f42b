"""What is known about the health of a log: what verifying it found, and why it may not be signed."""

from __future__ import annotations

from django.db import models

from audits.models.log import Log


class Verification(models.Model):
    """A whole log computed anew from its entries. ``finding`` is empty if everything is as it was signed, or else the
    code of the first thing that is not (``audits.ledger.verification.Wrong``), at the place ``at``."""

    log = models.ForeignKey(Log, models.PROTECT, related_name="verifications")
    night = models.DateField(null=True)  # None: somebody asked for it
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    size = models.PositiveBigIntegerField()
    pruned = models.PositiveBigIntegerField(default=0)  # of these only the hashes were there
    checkpoints = models.PositiveBigIntegerField()
    finding = models.CharField(max_length=40, blank=True)
    at = models.PositiveBigIntegerField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=("log", "night"), name="one_verification_a_night"),)

    def __str__(self) -> str:
        return f"{self.log} {self.size}: {self.finding or 'right'}"


class Halt(models.Model):
    """A log that is not signed, because what is in the database is not what was published. The row goes when it is."""

    log = models.OneToOneField(Log, models.PROTECT, primary_key=True, related_name="halt")
    because = models.CharField(max_length=20)  # audits.ledger.published.Because
    published = models.PositiveBigIntegerField()  # the size of the checkpoint that was published
    size = models.PositiveBigIntegerField()  # of the log in the database
    since = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.log}: {self.because}"
