"""From a row of the database to what a web process holds of it."""

from __future__ import annotations

import math

from django.utils.translation import gettext as _

from profiles import queries
from profiles.errors import Unavailable
from profiles.models import PublishedProfile
from profiles.resolution import encodings
from profiles.resolution.inputs import Inputs
from profiles.resolution.personal import NotReproduced, Prepared
from profiles.serving.answers import Held
from profiles.serving.loading import parts, sha256_of
from profiles.serving.process import prepared


def held_of(row: PublishedProfile) -> Held:
    """Rows of before there were compressed forms get them here."""
    protected, signature = parts(row.jws)
    return Held(
        id=row.pk,
        platform=row.platform,
        starts=row.valid_from.timestamp(),
        ends=row.valid_until.timestamp() if row.valid_until else math.inf,
        sha256=sha256_of(row.digest),
        gzip=bytes(row.gzip) or encodings.gzip(bytes(row.body)),
        br=bytes(row.br) or encodings.br(bytes(row.body)),
        protected=protected,
        signature=signature,
    )


def prepared_of(row: PublishedProfile) -> Prepared:
    """From memory, or made and kept there.

    Raises:
        Unavailable: another version of the program published it; it will be published anew.
    """
    if (found := prepared().get(row.pk)) is not None:
        return found
    body = bytes(row.body)
    try:
        inputs = Inputs.load(row.inputs or {})
        made = Prepared(body, inputs, queries.rulebooks_of(inputs.rulebooks))
    except (KeyError, NotReproduced):
        raise Unavailable(
            _("This profile is about to be published anew. Try again in a moment."), retry_after=5
        ) from None
    prepared().keep(row.pk, made, len(body))
    return made
