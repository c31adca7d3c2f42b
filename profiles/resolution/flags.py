"""A published profile as flags of OpenFeature's remote evaluation protocol (OFREP 0.3.0), for any user's preferences.

Each behavior is a flag: a switch is a boolean, a level a text, a number a number, topics an object. The protocol's
``reason`` has five values, so ours stands in ``metadata``, which is flat: clients drop or mangle what is nested there.
What is the same for every user is written once; a request costs a resolution and the flags that differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, Protocol

from profiles.resolution.types import Clamp, Decision, Resolution
from profiles.rulebook.domains import Domain, Number, Switch, Topics
from profiles.rulebook.model import Layer

STATIC: Final = "STATIC"
TARGETING_MATCH: Final = "TARGETING_MATCH"

Scalar = str | int | bool


class Resolver(Protocol):
    """A published document that can be resolved for a user; see ``personal.Prepared``."""

    decisions: dict[str, Decision]

    def resolve(self, preferences: Mapping[str, Any]) -> tuple[Resolution, dict[str, Decision]]: ...


class Published(NamedTuple):
    """What flags tell of the document that they come from: of all of them, and of each."""

    about: dict[str, Scalar]
    of_each: dict[str, Scalar]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Published:
        end = {"expiresAt": document["valid_until"]} if document["valid_until"] else {}
        of_each = {"version": document["version"], "digest": document["digest"], **end}
        names = ("organization", "product", "environment", "platform")
        return cls({**{name: document[name] for name in names}, **of_each}, of_each)


class Flags:
    """The flags of one published document. Immutable after it was made."""

    def __init__(self, resolver: Resolver, published: Published) -> None:
        self._resolver, self._published = resolver, published
        self._domains = {key: decision.behavior.domain for key, decision in resolver.decisions.items()}
        self._items = {key: self._item(decision, None) for key, decision in resolver.decisions.items()}

    def all(self, preferences: Mapping[str, Any]) -> tuple[Iterable[str], dict[str, Scalar]]:
        """Every flag as JSON, by key, and the metadata of the set.

        Preferences for what is no behavior are counted under ``clamped`` there: they have no flag to stand in.
        """
        changed, clamps = self._changed(preferences)
        items = self._items | changed
        about = {**self._published.about, "clamped": len(clamps)}
        return items.values(), about

    def one(self, key: str, preferences: Mapping[str, Any]) -> str | None:
        """One flag as JSON; None where the rulebook states no such behavior."""
        if key not in self._items:
            return None
        changed, _clamps = self._changed(preferences)
        return changed.get(key, self._items[key])

    def _changed(self, preferences: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Clamp]]:
        if not preferences:
            return {}, {}
        resolution, changed = self._resolver.resolve(self._raw(preferences))
        clamps = {clamp.behavior: clamp for clamp in resolution.clamped if clamp.layer is Layer.USER}
        told = {key for key in clamps if key in self._items} | changed.keys()
        return {key: self._item(resolution.decisions[key], clamps.get(key)) for key in told}, clamps

    def _raw(self, preferences: Mapping[str, Any]) -> dict[str, Any]:
        return {key: raw_of(self._domains.get(key), value) for key, value in preferences.items()}

    def _item(self, decision: Decision, clamp: Clamp | None) -> str:
        behavior, citation = decision.behavior, decision.citation
        value, variant = shown(behavior.domain, decision)
        is_personal = decision.decided_by is Layer.USER or decision.value != decision.operator
        metadata: dict[str, Scalar] = {
            "decided_by": decision.decided_by.value,
            "reason": decision.reason.value,
            "kind": behavior.kind.value,
            "document": citation.document.title,
            "section": citation.section,
            **self._published.of_each,
            **({"clamped": True, "clamped_because": clamp.reason.value} if clamp else {}),
        }
        item = {
            "key": behavior.key,
            "value": value,
            "variant": variant,
            "reason": TARGETING_MATCH if is_personal else STATIC,
            "metadata": metadata,
        }
        return json.dumps(item, ensure_ascii=False, separators=(",", ":"))


def shown(domain: Domain, decision: Decision) -> tuple[Any, str]:
    """A decision's value in the type that OpenFeature has for its domain, and the name of that variant."""
    raw = decision.raw
    if isinstance(domain, Switch):
        return raw == "on", str(raw)
    if isinstance(domain, Topics):
        topics = raw if isinstance(raw, list) else []
        return {"any": raw == "any", "topics": topics}, "any" if raw == "any" else "listed" if topics else "none"
    return raw, str(raw)


def raw_of(domain: Domain | None, value: Any) -> Any:
    """What a client means that sends a value as it read it: the inverse of ``shown``. Anything else stays as it is."""
    if isinstance(domain, Switch) and isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(domain, Number) and isinstance(value, float) and value.is_integer():
        return int(value)  # JavaScript has one kind of number, and some encoders write 30.0 for it
    if isinstance(domain, Topics) and isinstance(value, dict) and value.keys() <= {"any", "topics"}:
        return "any" if value.get("any") is True else value.get("topics")
    return value
