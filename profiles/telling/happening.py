"""An entry of the trail, as far as telling needs it. Read with care: an old entry may lack what a new one has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Self

from audits.trail.kinds import Kind, Outcome

_KINDS: Final = frozenset(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class Happening:
    id: str  # the entry's own, which stays the same wherever it is told
    at: datetime
    kind: Kind
    outcome: Outcome
    organization: str  # slug; empty for what concerns the installation
    product: str  # slug
    target: str
    version: int | None
    actor_type: str
    actor_id: str
    actor_name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    data: Mapping[str, Any]

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Self | None:
        """From what an entry says. None for a kind that this program does not know: a newer one wrote it."""
        if content["kind"] not in _KINDS:
            return None
        actor, version = _mapping(content.get("actor")), content.get("version")
        return cls(
            id=content["id"],
            at=datetime.fromisoformat(content["at"]),
            kind=Kind(content["kind"]),
            outcome=Outcome(content["outcome"]),
            organization=content["organization"],
            product=content["product"],
            target=str(content.get("target") or ""),
            version=version if isinstance(version, int) else None,
            actor_type=str(actor.get("type", "")),
            actor_id=str(actor.get("id", "")),
            actor_name=str(actor.get("name", "")),
            before=_mapping(content.get("before")),
            after=_mapping(content.get("after")),
            data=_mapping(content.get("data")),
        )

    @property
    def is_break_glass(self) -> bool:
        return self.kind is Kind.VERSION_ACTIVATED and self.data.get("basis") == "break_glass"

    @property
    def is_scheduled(self) -> bool:
        """Whether it happened later than it was asked for, so that whoever asked did not see it."""
        return self.kind is Kind.VERSION_ACTIVATED and "schedule" in self.data


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
