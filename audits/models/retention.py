"""How long entries are kept, what stops that they go, and which went."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q

from audits.models.log import Log
from profiles.access import Scoped

LEAST_MONTHS: Final = 6
MOST_MONTHS: Final = 1_200
MOST_AT_ONCE: Final = 16_384  # entries of one pruning: 64 bundles


class Retention(models.Model):
    """How long an organization keeps its entries, or the installation its own (then ``organization`` is None). Without
    a row, as without ``months``: for ever."""

    ORGANIZATION = "organization"

    organization = models.ForeignKey("profiles.Organization", models.PROTECT, null=True, related_name="+")
    months = models.PositiveSmallIntegerField(null=True)
    set_at = models.DateTimeField()
    set_by = models.CharField(max_length=120)
    set_by_id = models.CharField(max_length=60)

    objects = Scoped.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organization",), nulls_distinct=False, name="one_retention"),
            models.CheckConstraint(
                condition=Q(months=None) | Q(months__gte=LEAST_MONTHS, months__lte=MOST_MONTHS),
                name="six_months_at_least",
            ),
        )

    def __str__(self) -> str:
        return f"{self.months} months" if self.months else "for ever"


class LegalHold(models.Model):
    """A reason for which nothing of an organization's trail (or the installation's) may go: neither what is too old,
    nor what is personal. It stands until somebody releases it."""

    ORGANIZATION = "organization"

    organization = models.ForeignKey("profiles.Organization", models.PROTECT, null=True, related_name="legal_holds")
    reference = models.CharField(max_length=120)  # of a case: what a court or a lawyer calls it
    reason = models.CharField(max_length=1_000)
    placed_at = models.DateTimeField()
    placed_by = models.CharField(max_length=120)
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=120, blank=True)
    released_because = models.CharField(max_length=1_000, blank=True)

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "reference"),
                condition=Q(released_at=None),
                nulls_distinct=False,
                name="one_legal_hold_of_a_reference",
            ),
        )

    def __str__(self) -> str:
        return f"legal hold {self.reference}"


class Pruning(models.Model):
    """Entries that went, from one place up to before another: what they said, and what was disclosed of it. Their
    hashes, and who had which place, stay. The newest ``end`` is the log's minimum index."""

    log = models.ForeignKey(Log, models.PROTECT, related_name="prunings", db_index=False)
    start = models.PositiveBigIntegerField()
    end = models.PositiveBigIntegerField()
    months = models.PositiveSmallIntegerField()  # for which they were kept at least
    at = models.DateTimeField()
    entry_id = models.BigIntegerField()  # the entry that tells of it

    class Meta:
        ordering = ("-start",)
        constraints = (
            models.UniqueConstraint(fields=("log", "start"), name="one_pruning_at_a_place"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="pruning_of_something"),
        )

    def __str__(self) -> str:
        return f"{self.log} {self.start} to {self.end - 1}"
