"""What entries say about people, apart from the entries: it can be erased, they cannot."""

from __future__ import annotations

from django.db import models

from audits.models.entry import Entry


class Disclosure(models.Model):
    """The clear text of one thing that an entry only commits to (``audits.log.disclosures``). Erasing it leaves the
    digest, so that a reader sees that something was there, and the entry that tells of the erasing."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="disclosures", db_constraint=False)
    path = models.CharField(max_length=200)  # of the member that it discloses: "actor.name"
    digest = models.CharField(max_length=43)
    text = models.TextField(null=True)  # noqa: DJ001 - nothing is not the empty text
    erased_by = models.BigIntegerField(null=True)  # the entry that tells of the erasing

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(text__isnull=True, erased_by__isnull=False)
                | models.Q(text__isnull=False, erased_by__isnull=True),
                name="erased_by_an_entry",
            ),
        )

    def __str__(self) -> str:
        return f"{self.digest} of #{self.entry_id}"


class ActorName(models.Model):
    """Under which names somebody acted in an organization, so that a search for a name reads no entries."""

    organization = models.CharField(max_length=100, blank=True)  # its slug; empty for the installation
    actor_id = models.TextField()
    name = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organization", "actor_id", "name"), name="one_row_for_each_name"),
        )

    def __str__(self) -> str:
        return f"{self.actor_id}: {self.name}"
