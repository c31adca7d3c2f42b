from __future__ import annotations

from django.db import models


class Tally(models.Model):
    """How many entries of a trail have one value, hour by hour: what a chart is drawn from. The sequencer counts an
    entry when it gives it its place. ``facet`` says what the value is: "k" a kind, "a" an actor's id, "p" a product,
    "r" an outcome; empty for all entries."""

    organization = models.TextField()  # its slug; empty for the installation's own
    facet = models.CharField(max_length=1)
    value = models.TextField()
    hour = models.DateTimeField()
    count = models.PositiveIntegerField()
    refused = models.PositiveIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("organization", "facet", "value", "hour"), name="one_tally"),)

    def __str__(self) -> str:
        return f"{self.organization} {self.facet}={self.value} {self.hour}: {self.count}"
