"""What a draft would take over from elsewhere, and what it cannot."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from profiles.models import Draft, Product, Version
from profiles.queries.live import live_version
from profiles.queries.stored import Stored, not_honored
from profiles.resolution.document import canonical
from profiles.resolution.merge import INSTRUCTIONS, flat, unflat
from profiles.resolution.types import Attestation, Clamp


@dataclass(frozen=True, slots=True)
class Copy:
    """``taken`` are the fields that change, raw; ``refused`` those outside what this product may; ``same`` counts what
    is so already. ``text`` is the source's own instructions."""

    taken: Mapping[str, Any]
    refused: Mapping[str, Clamp]
    same: int
    text: str

    @property
    def settings(self) -> dict[str, Any]:
        return unflat(self.taken)[0]

    @property
    def windows(self) -> dict[str, Any]:
        return unflat(self.taken)[1]

    @property
    def tag(self) -> str:
        """Stands for what is taken."""
        content = canonical({"taken": dict(self.taken), "text": self.text})
        return hashlib.sha256(content).hexdigest()[:16]


def said_by(product: Product) -> Draft | Version:
    """What a product says: its live version, or its draft where nothing is live."""
    return live_version(product) or Draft.objects.select_related("product").get(product=product)


def plan_copy(
    stored: Stored, source: Draft | Version, now: datetime, claims: tuple[Attestation, ...] | None = None
) -> Copy:
    """What of ``source`` the product of ``stored`` may take over. What the source does not set stays.

    Each value is judged together with the others: one that does not hold is left out, and the rest is judged again,
    until all of it holds.
    """
    mine = flat(stored.settings, stored.windows, stored.instructions)
    theirs = flat(source.settings, source.windows, source.instructions)
    text = theirs.pop(INSTRUCTIONS)
    wanted = {field: raw for field, raw in theirs.items() if raw != mine.get(field)}
    same = len(theirs) - len(wanted)
    refused: dict[str, Clamp] = {}
    while wanted:
        settings, windows, _text = unflat({**mine, **wanted})
        resolutions = replace(stored, settings=settings, windows=windows).resolve(now, claims=claims)
        out = not_honored(wanted, resolutions)
        if not out:
            break
        refused |= out
        wanted = {field: raw for field, raw in wanted.items() if field not in out}
    return Copy(wanted, refused, same, text)
