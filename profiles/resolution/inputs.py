"""All that a resolution depends on, as it is kept beside a published document.

With it the document can be resolved again, for one user or by somebody who checks it, without asking what is true of
the product by now.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from profiles.resolution.resolve import resolve
from profiles.resolution.types import Attestation, Hold, Layers, LayerSettings, Resolution
from profiles.rulebook.model import Layer, Rulebook


@dataclass(frozen=True, slots=True)
class Inputs:
    """What ``resolve`` was given, and the operator's own text."""

    rulebooks: tuple[str, ...]  # digests: the platform's, and after it the law packs
    facts: Mapping[str, Any]
    claims: tuple[Attestation, ...]
    layers: Layers
    instructions: str
    at: datetime

    def resolve(self, rulebooks: Iterable[Rulebook], preferences: Mapping[str, Any] | None = None) -> Resolution:
        """Resolve again, with a user's preferences if there are any. ``rulebooks`` are those of ``self.rulebooks``."""
        layers = replace(self.layers, user=LayerSettings(preferences)) if preferences else self.layers
        return resolve(rulebooks, self.facts, self.claims, layers, self.at)

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "rulebooks": list(self.rulebooks),
            "facts": dict(self.facts),
            "claims": [{name: _told(value) for name, value in asdict(claim).items()} for claim in self.claims],
            "organization": _settings(self.layers.organization),
            "product": _settings(self.layers.product),
            "holds": [{**asdict(hold), "layer": hold.layer.value} for hold in self.layers.holds],
            "instructions": self.instructions,
            "at": self.at.isoformat(),
        }

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> Inputs:
        """What ``dump`` wrote."""
        return cls(
            rulebooks=tuple(stored["rulebooks"]),
            facts=stored["facts"],
            claims=tuple(_claim(item) for item in stored["claims"]),
            layers=Layers(
                organization=LayerSettings(**stored["organization"]),
                product=LayerSettings(**stored["product"]),
                holds=tuple(Hold(**{**item, "layer": Layer(item["layer"])}) for item in stored["holds"]),
            ),
            instructions=stored["instructions"],
            at=datetime.fromisoformat(stored["at"]),
        )


def _settings(layer: LayerSettings) -> dict[str, Any]:
    return {"values": dict(layer.values), "windows": dict(layer.windows)}


def _told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _claim(stored: Mapping[str, Any]) -> Attestation:
    def instant(name: str) -> datetime:
        return datetime.fromisoformat(stored[name])

    return Attestation(
        kind=stored["kind"],
        granted_at=instant("granted_at"),
        expires_at=instant("expires_at"),
        revoked_at=instant("revoked_at") if stored["revoked_at"] else None,
    )
