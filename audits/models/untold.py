from __future__ import annotations

from django.db import models

from audits.models.entry import Entry


class Untold(models.Model):
    """An entry that nobody was told of yet. It appears in the transaction of the entry and goes in the one that writes
    what people and webhooks are told, so nothing is told twice and nothing is left out."""

    # Nothing can remove an entry, so there is nothing that a constraint would have to hold.
    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    gave_up = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"#{self.entry_id}, not told"
