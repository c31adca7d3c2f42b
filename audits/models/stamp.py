from __future__ import annotations

from django.db import models

from audits.models.log import Checkpoint


class Timestamp(models.Model):
    """What a time-stamping authority said (RFC 3161) of a checkpoint's text: that it existed by ``stamped_at``."""

    checkpoint = models.OneToOneField(Checkpoint, models.PROTECT, primary_key=True, related_name="timestamp")
    answer = models.BinaryField()  # the whole response, as `openssl ts` reads it
    stamped_at = models.DateTimeField()  # by the authority's clock
    received_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.checkpoint}, {self.stamped_at:%Y-%m-%d %H:%M:%S}"
