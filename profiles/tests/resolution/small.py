"""Rulebooks of a few behaviors for tests: what a test does not name is left out or says nothing in particular."""

from datetime import UTC, datetime, timedelta
from typing import Any

from profiles.resolution.resolve import resolve
from profiles.resolution.types import Attestation, Clamp, Decision, Hold, Layers, LayerSettings, Resolution
from profiles.rulebook.codec import decode
from profiles.rulebook.model import Layer, Rulebook

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = timedelta(days=1)
KEY = "a.one"
CLAIM = "adults_only"
NAMES = ["none", "some", "much", "all"]
LEVEL: dict[str, Any] = {"type": "level", "names": NAMES}
SWITCH: dict[str, Any] = {"type": "switch", "strictest": "off"}
NUMBER: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": 9, "unit": "EUR"}
TOPICS: dict[str, Any] = {"type": "topics"}
PHRASES: dict[str, dict[str, str]] = {
    "level": {name: f"Do {name}." for name in NAMES},
    "switch": {"on": "Do it.", "off": "Leave it."},
    "number": {"value": "At most {value} {unit}."},
    "topics": {"any": "Anything.", "some": "Only {topics}.", "none": "Nothing."},
}


def span(floor: Any, ceiling: Any, **more: Any) -> dict[str, Any]:
    return {"floor": floor, "ceiling": ceiling, **more}


def cited(section: str) -> dict[str, Any]:
    return {"document": "doc", "section": section, "summary": "What it says."}


def behavior(domain: dict[str, Any] = LEVEL, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Name",
        "description": "What it is.",
        "kind": "default",
        "domain": domain,
        "default": {"level": "some", "switch": "off", "number": 3, "topics": "any"}[domain["type"]],
        "because": "The platform says so.",
        "citation": cited("1"),
        "phrasing": PHRASES[domain["type"]],
        **changes,
    }


def free(**changes: Any) -> dict[str, Any]:
    """A level that organizations and products may set as they like, and users up to their operator's value."""
    return behavior(**{"organization": span("none", "all"), "user": span("none", "all"), **changes})


def rule(name: str, ceiling: Any = None, *, key: str = KEY, **changes: Any) -> dict[str, Any]:
    when = {part: changes.pop(part) for part in ("facts", "without", "strict") if part in changes}
    found = {
        "id": name,
        "behavior": key,
        "when": when or {"facts": {"audience": "adults"}},
        "because": f"Rule {name}.",
        "citation": cited(name),
        **changes,
    }
    return found if ceiling is None else {**found, "ceiling": ceiling}


def conflict(name: str, first: tuple[str, Any], second: tuple[str, Any], to: Any) -> dict[str, Any]:
    """One in which the first side yields."""
    return {
        "id": name,
        "first": {"behavior": first[0], "value": first[1]},
        "second": {"behavior": second[0], "value": second[1]},
        "yields": first[0],
        "to": to,
        "because": "Not both.",
        "citation": cited(name),
    }


def book(
    one: dict[str, Any] | None = None, *rules: dict[str, Any], more: dict[str, Any] | None = None, **changes: Any
) -> Rulebook:
    claim = {"name": "N", "claim": "C", "evidence": "E", "longest_days": 365}
    return decode(
        {
            "schema": "brightline.rulebook/1",
            "platform": "harbor",
            "layer": "platform",
            "published": "2026-11-01",
            "title": "T",
            "note": "N",
            "documents": {"doc": {"title": "Paper", "date": "2026-10-01"}},
            "facts": {"audience": ["adults", "minors"], "surface": ["chat", "voice"]},
            "attestations": {CLAIM: claim, "licensed": claim},
            "behaviors": {**({KEY: one} if one else {}), **(more or {})},
            "rules": list(rules),
            **changes,
        }
    )


def law(one: dict[str, Any] | None = None, *rules: dict[str, Any], **changes: Any) -> Rulebook:
    return book(one, *rules, **{"platform": "act", "layer": "law", **changes})


def settings(value: Any = ..., window: Any = ...) -> LayerSettings:
    return LayerSettings({} if value is ... else {KEY: value}, {} if window is ... else {KEY: window})


def resolved(
    *books: Rulebook,
    organization: LayerSettings | None = None,
    product: LayerSettings | None = None,
    user: LayerSettings | None = None,
    holds: tuple[Hold, ...] = (),
    claims: tuple[Attestation, ...] = (),
    facts: dict[str, Any] | None = None,
    now: datetime = NOW,
) -> Resolution:
    none = LayerSettings()
    layers = Layers(organization or none, product or none, user or none, holds)
    return resolve(books, {"audience": "adults"} if facts is None else facts, claims, layers, now)


def decided(*books: Rulebook, key: str = KEY, **given: Any) -> Decision:
    return resolved(*books, **given).decisions[key]


def clamp(*books: Rulebook, **given: Any) -> Clamp:
    """The only one."""
    (found,) = resolved(*books, **given).clamped
    return found


def claimed(kind: str = CLAIM, *, start: datetime = NOW - DAY, end: datetime = NOW + DAY) -> Attestation:
    return Attestation(kind, start, end)


def raw(decision: Decision, window: Any) -> tuple[Any, Any]:
    dump = decision.behavior.domain.dump
    return dump(window.floor), dump(window.ceiling)


PLATFORM, LAW, ORGANIZATION, PRODUCT, USER = Layer
