"""An entry as it was written, read with care: what is shown comes from here, and an old one may lack a field."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from audits.models import Entry


class Leaf(Struct, frozen=True):
    """``number`` is the entry's place in the log; ``body`` its bytes and ``content`` the same, parsed."""

    number: int
    at: datetime
    body: bytes
    content: Mapping[str, Any]

    @classmethod
    def of(cls, entry: Entry) -> Leaf:
        return cls(entry.pk, entry.at.astimezone(UTC), bytes(entry.leaf), entry.content())

    def text(self, name: str) -> str:
        value = self.content.get(name)
        return value if isinstance(value, str) else ""

    @property
    def kind(self) -> str:
        return self.text("kind")

    @property
    def outcome(self) -> str:
        return self.text("outcome")

    @property
    def product(self) -> str:
        return self.text("product")

    @property
    def target(self) -> str:
        return self.text("target")

    @property
    def version(self) -> int | None:
        value = self.content.get("version")
        return value if isinstance(value, int) else None

    @property
    def rulebooks(self) -> list[str]:
        value = self.content.get("rulebooks")
        return [str(item) for item in value] if isinstance(value, list) else []

    @property
    def actor(self) -> Mapping[str, Any]:
        return mapping(self.content.get("actor"))

    @property
    def before(self) -> Mapping[str, Any]:
        return mapping(self.content.get("before"))

    @property
    def after(self) -> Mapping[str, Any]:
        return mapping(self.content.get("after"))

    @property
    def data(self) -> Mapping[str, Any]:
        return mapping(self.content.get("data"))

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()

    @property
    def indented(self) -> str:
        """What is stored, and not what was disclosed beside it."""
        return json.dumps(json.loads(self.body), indent=2, ensure_ascii=False)


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
