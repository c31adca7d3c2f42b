from __future__ import annotations

from django.db import models

from audits.models.suite import Suite
from profiles.access import Scoped


class SuiteDraft(models.Model):
    """The one editable working copy of an organization's own suite: what its next number will be. It stays when a
    number is published, and is edited on from there. ``revision`` grows with every edit of it or of its probes."""

    ORGANIZATION = "organization"

    organization = models.ForeignKey("profiles.Organization", models.PROTECT, related_name="suite_drafts")
    slug = models.SlugField(max_length=60)
    title = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    questions = models.JSONField(default=dict)  # what judges are asked, by id
    untestable = models.JSONField(default=list)  # as the suite's document has it
    published = models.ForeignKey(Suite, models.PROTECT, null=True, related_name="+")  # its newest number
    report = models.JSONField(default=list)  # of the last import: [[where, sentence]]
    report_of = models.CharField(max_length=200, blank=True)  # what was imported
    revision = models.PositiveIntegerField(default=0)
    head_revision = models.PositiveIntegerField(default=0)  # when title and note were edited last
    head_by = models.CharField(max_length=120)
    head_by_id = models.CharField(max_length=60)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=120)
    updated_at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("slug",)
        constraints = (models.UniqueConstraint(fields=("organization", "slug"), name="suite_draft_once"),)

    def __str__(self) -> str:
        return f"draft of {self.slug}"


class DraftProbe(models.Model):
    """One probe of a draft, as far as it is written: it may lack anything. A write is stale if the probe was edited
    after the revision that the writer had seen, so two people at two probes do not disturb each other."""

    ORGANIZATION = "draft__organization"

    draft = models.ForeignKey(SuiteDraft, models.CASCADE, related_name="probes")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    body = models.JSONField()  # as the suite's document has it, but for its id
    size = models.PositiveIntegerField()  # of the body, in bytes
    faults = models.PositiveIntegerField()  # what stood in the way of publishing it when it was written
    revision = models.PositiveIntegerField()
    changed_by = models.CharField(max_length=120)
    changed_by_id = models.CharField(max_length=60)
    changed_at = models.DateTimeField()

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("position", "pk")
        constraints = (models.UniqueConstraint(fields=("draft", "name"), name="draft_probe_once"),)

    def __str__(self) -> str:
        return self.name
