"""What a new product may take over from another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from profiles.models import Draft, Product
from profiles.queries.live import live_version
from profiles.queries.stored import Stored, not_honored
from profiles.resolution.types import Clamp


@dataclass(frozen=True, slots=True)
class Source:
    """What a product says: its live ``version``, by its number, or its draft where nothing is live."""

    product: Product
    version: int | None
    settings: Mapping[str, Any]
    windows: Mapping[str, Any]
    instructions: str


@dataclass(frozen=True, slots=True)
class Copy:
    """``left_out`` are the settings that hold on none of the new product's platforms, with the reason."""

    source: str
    settings: Mapping[str, Any]
    windows: Mapping[str, Any]
    instructions: str
    left_out: Mapping[str, Clamp]


def source_of(product: Product) -> Source:
    said: Any = live_version(product)
    number = said.number if said else None
    said = said or Draft.objects.get(product=product)
    return Source(product, number, said.settings, said.windows, said.instructions)


def copied(source: Source, product: Product, now: datetime) -> Copy:
    """What of ``source`` stands inside the limits of ``product``, which may be one that is not stored yet."""
    draft = Draft(product=product, settings={}, windows={}, instructions="")
    return fitting(source, replace(Stored.draft(draft), settings=source.settings), now)


def fitting(source: Source, stored: Stored, now: datetime) -> Copy:
    """The same, with everything that the new product is judged by in ``stored``."""
    settings = dict(source.settings)
    left_out: dict[str, Clamp] = {}
    while True:
        # Whatever goes may have held something else up or down, so what stays is judged again. A new product has no
        # attestation, whatever was granted to the other one.
        resolutions = replace(stored, settings=settings).resolve(now, claims=())
        known = {key for resolution in resolutions.values() for key in resolution.decisions}
        refused = not_honored(settings, resolutions)
        if not refused:
            break
        left_out |= refused
        settings = {key: raw for key, raw in settings.items() if key not in refused}
    windows = {key: window for key, window in source.windows.items() if key in known}
    return Copy(source.product.slug, settings, windows, source.instructions, left_out)
