from __future__ import annotations

import json
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from audits.log.disclosures import by_digest, reveal
from profiles.access import Scoped


class Entry(models.Model):
    """One fact. ``leaf`` is the entry: RFC 8785 JSON, byte for byte. A trigger draws every other column from it,
    whatever an INSERT says of them, so what pages filter on cannot differ from what is kept. No foreign keys: an entry
    keeps its own words."""

    ORGANIZATION = "organization"
    ORGANIZATION_BY = "organization_slug"

    leaf = models.BinaryField()
    at = models.DateTimeField(editable=False)
    event_id = models.TextField(editable=False)
    kind = models.TextField(editable=False)
    outcome = models.TextField(editable=False)
    organization = models.TextField(editable=False)  # its slug; empty for the installation's own
    product = models.TextField(editable=False)
    target = models.TextField(editable=False)
    actor_type = models.TextField(editable=False)
    actor_id = models.TextField(editable=False)
    request_id = models.TextField(editable=False)
    words = SearchVectorField(editable=False)  # what a search looks for: migrations 0015 and 0031

    objects = Scoped.as_manager()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("organization", "-id"), name="entry_organization"),
            models.Index(fields=("organization", "product", "-id"), name="entry_product"),
            models.Index(fields=("organization", "kind", "-id"), name="entry_kind"),
            models.Index(fields=("organization", "actor_id", "-id"), name="entry_actor"),
            models.Index(fields=("organization", "at", "id"), name="entry_at"),
            models.Index(fields=("event_id",), name="entry_event"),
            GinIndex(fields=("words",), name="entry_words"),
        )

    def __str__(self) -> str:
        return f"#{self.pk} {self.kind}"

    def content(self) -> dict[str, Any]:
        """What the entry says, with what is personal as far as it was not erased."""
        known = by_digest(row.text for row in self.disclosures.all() if row.text is not None)
        return reveal(json.loads(bytes(self.leaf)), known)

    @property
    def actor_name(self) -> str:
        """Of whoever acted; empty if it was erased."""
        return str(self.content()["actor"].get("name", ""))
