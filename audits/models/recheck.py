from __future__ import annotations

from django.db import models

from profiles.access import Scoped


class Recheck(models.Model):
    """Looking again at every product that something above it touches, in chunks: a rulebook revision that was published
    or is being prepared, or a hold. It tells what would change; only a hold takes effect by itself."""

    class Kind(models.TextChoices):
        REVISION = "revision"  # what the published revision would change
        PREVIEW = "preview"  # the same for one that is still a draft
        HOLD = "hold"  # publish again what is active, inside the hold

    class State(models.TextChoices):
        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"  # some chunk could not be carried out

    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    platform = models.SlugField(max_length=40, blank=True)
    revision = models.ForeignKey("profiles.RulebookRevision", models.PROTECT, null=True, related_name="rechecks")
    rulebook_draft = models.ForeignKey("profiles.RulebookDraft", models.PROTECT, null=True, related_name="rechecks")
    hold = models.ForeignKey("profiles.Hold", models.PROTECT, null=True, related_name="rechecks")
    draft_revision = models.PositiveIntegerField(default=0)  # which state of the draft a preview shows
    total = models.PositiveIntegerField()
    requested_by = models.CharField(max_length=120)
    requested_by_id = models.CharField(max_length=60, blank=True, default="")  # in whose name the program looks
    requested_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="revision", revision__isnull=False)
                | models.Q(kind="preview", rulebook_draft__isnull=False)
                | models.Q(kind="hold", hold__isnull=False),
                name="recheck_of_something",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} recheck: {self.state}"


class RecheckChunk(models.Model):
    """Some hundred products of a recheck, by a range of ids: what one task does, in one transaction."""

    class State(models.TextChoices):
        WAITING = "waiting"
        FINISHED = "finished"
        FAILED = "failed"

    recheck = models.ForeignKey(Recheck, models.CASCADE, related_name="chunks")
    first_product = models.BigIntegerField()
    last_product = models.BigIntegerField()
    products = models.PositiveIntegerField()
    affected = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("id",)
        indexes = (
            models.Index(fields=("sent_at",), condition=models.Q(state="waiting"), name="recheck_chunk_waiting"),
        )

    def __str__(self) -> str:
        return f"products {self.first_product} to {self.last_product}: {self.state}"


class RecheckResult(models.Model):
    """What a revision would change for one product. Products without a row would stay as they are."""

    ORGANIZATION = "product__organization"

    recheck = models.ForeignKey(Recheck, models.CASCADE, related_name="results")
    product = models.ForeignKey("profiles.Product", models.PROTECT, related_name="recheck_results")
    version = models.PositiveIntegerField(null=True)  # the one that is live; None where only a draft exists
    direction = models.CharField(max_length=12)
    changes = models.JSONField()  # [{"platform", "behavior", "before", "after", "direction", "reason", "because"}]
    refused = models.JSONField()  # the keys of settings that no platform would honor any more

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("recheck", "product"), name="recheck_product_once"),)
        indexes = (models.Index(fields=("product", "-id"), name="recheck_of_product"),)

    def __str__(self) -> str:
        return f"product {self.product_id} under {self.recheck_id}"
