from __future__ import annotations

from django.db import models

from profiles.models.rulebook_revision import RulebookRevision
from profiles.models.source_document import SourceDocument


class RulebookDraft(models.Model):
    """A platform's next rulebook revision while a steward settles, one by one, the behaviors that a new revision of the
    source document touches."""

    class State(models.TextChoices):
        OPEN = "open"
        PUBLISHED = "published"
        ABANDONED = "abandoned"

    platform = models.SlugField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    base = models.ForeignKey(RulebookRevision, models.PROTECT, related_name="+")
    source_before = models.ForeignKey(SourceDocument, models.PROTECT, related_name="+")
    source_after = models.ForeignKey(SourceDocument, models.PROTECT, related_name="+")
    document = models.JSONField()  # the rulebook as it would be published
    affected = models.JSONField()  # the keys to settle
    settled = models.JSONField(default=dict)  # {key: {"by", "at", "kept": bool}}
    revision = models.PositiveIntegerField(default=0)  # grows with every change, so that a stale page is noticed
    published = models.ForeignKey(RulebookRevision, models.PROTECT, null=True, related_name="+")
    started_by = models.CharField(max_length=120)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("platform",), condition=models.Q(state="open"), name="rulebook_draft_one_open"
            ),
        )

    def __str__(self) -> str:
        return f"{self.platform}, next revision ({self.state})"

    @property
    def unsettled(self) -> list[str]:
        return [key for key in self.affected if key not in self.settled]
