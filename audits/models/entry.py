from __future__ import annotations

import json
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Value

from audits.log.disclosures import by_digest, reveal
from profiles.access import Scoped


def _from_leaf(*path: str, output: models.Field[str, str] | None = None) -> models.GeneratedField:
    return models.GeneratedField(
        expression=Func(F("leaf"), *(Value(name) for name in path), function="trail_text"),
        output_field=output or models.TextField(),
        db_persist=True,
    )


class Entry(models.Model):
    """One fact. ``leaf`` is the entry: RFC 8785 JSON, byte for byte. PostgreSQL derives every other column from it, so
    what pages filter on cannot differ from what is kept. No foreign keys: an entry keeps its own words."""

    ORGANIZATION = "organization"
    ORGANIZATION_BY = "organization_slug"

    leaf = models.BinaryField()
    at = models.GeneratedField(
        expression=Func(F("leaf"), function="trail_time"), output_field=models.DateTimeField(), db_persist=True
    )
    event_id = _from_leaf("id")
    kind = _from_leaf("kind")
    outcome = _from_leaf("outcome")
    organization = _from_leaf("organization")  # its slug; empty for the installation's own
    product = _from_leaf("product")
    target = _from_leaf("target")
    actor_type = _from_leaf("actor", "type")
    actor_id = _from_leaf("actor", "id")
    request_id = _from_leaf("request_id")
    words = models.GeneratedField(  # what a search looks for: migration 0018
        expression=Func(F("leaf"), function="trail_words"), output_field=SearchVectorField(), db_persist=True
    )

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
