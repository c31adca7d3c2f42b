"""The logs: what makes the entries of an organization a tree that outsiders can check."""

from __future__ import annotations

from django.db import models

from audits.models.entry import Entry


class Log(models.Model):
    """One log: that of an organization, or of the installation, whose ``organization`` is empty. Its origin stays with
    it, since everything that was signed names it."""

    organization = models.SlugField(max_length=100, unique=True, blank=True)
    origin = models.CharField(max_length=255, unique=True)
    size = models.PositiveBigIntegerField(default=0)
    minimum = models.PositiveBigIntegerField(default=0, db_default=0)  # entries at places before it were pruned

    def __str__(self) -> str:
        return self.origin


class Unplaced(models.Model):
    """An entry that no log holds yet. A trigger writes it, so nothing that writes entries can forget it."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="+", db_constraint=False)

    def __str__(self) -> str:
        return f"#{self.entry_id}, in no log yet"


class Leaf(models.Model):
    """Which place an entry has in its log, counted from 0. Both are given once."""

    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="placed", db_constraint=False)
    log = models.ForeignKey(Log, models.PROTECT, related_name="leaves", db_index=False)
    index = models.PositiveBigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("log", "index"), name="one_leaf_at_a_place"),)

    def __str__(self) -> str:
        return f"{self.log} {self.index}"


class Tile(models.Model):
    """Up to 256 hashes of one level of a log's tree (``audits.log.tiles``). It only grows."""

    log = models.ForeignKey(Log, models.PROTECT, related_name="tiles", db_index=False)
    level = models.PositiveSmallIntegerField()
    number = models.PositiveBigIntegerField()
    hashes = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("log", "level", "number"), name="one_tile_at_a_place"),)

    def __str__(self) -> str:
        return f"{self.log} {self.level}/{self.number}"


class Checkpoint(models.Model):
    """What was signed of a log: its size and root, as a note."""

    log = models.ForeignKey(Log, models.PROTECT, related_name="checkpoints", db_index=False)
    size = models.PositiveBigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ("-size",)
        constraints = (models.UniqueConstraint(fields=("log", "size"), name="one_checkpoint_of_a_size"),)

    def __str__(self) -> str:
        return f"{self.log} {self.size}"
