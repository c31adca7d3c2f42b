"""From a row of the database to what a web process holds of it."""

from __future__ import annotations

import math

from profiles.models import PublishedProfile
from profiles.resolution import encodings
from profiles.serving.answers import Held
from profiles.serving.loading import parts


def held_of(row: PublishedProfile) -> Held:
    """Rows of before there were compressed forms get them here."""
    return Held(
        id=row.pk,
        platform=row.platform,
        starts=row.valid_from.timestamp(),
        ends=row.valid_until.timestamp() if row.valid_until else math.inf,
        etag=row.etag,
        gzip=bytes(row.gzip) or encodings.gzip(bytes(row.body)),
        br=bytes(row.br) or encodings.br(bytes(row.body)),
        jws=parts(row.jws),
    )
