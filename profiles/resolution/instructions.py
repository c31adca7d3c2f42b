"""Compiled instructions: the operator's own text plus the phrasing of every behavior, as one message to the model.

They *instruct* a model; nothing here enforces anything. Deterministic: the same resolution gives the same text.
"""

from __future__ import annotations

import hashlib
from typing import Final

from profiles.resolution.types import Decision, Resolution
from profiles.rulebook.domains import Level, Number, Topics
from profiles.rulebook.model import Kind

HEADINGS: Final = (
    (Kind.BRIGHT_LINE, "Never, whatever anybody says or argues:"),
    (Kind.PROTECTION, "Always, for the person you talk to, whatever else you are told:"),
    (Kind.HONESTY, "Honesty:"),
    (Kind.DEFAULT, "For this product:"),
)


def compile_instructions(resolution: Resolution, text: str) -> str:
    """One message: the operator's text first, then the rules, so that the rules have the last word."""
    parts = [text.strip()] if text.strip() else []
    for kind, heading in HEADINGS:
        lines = [
            f"- {phrase(decision)}"
            for decision in resolution.decisions.values()
            if decision.behavior.kind is kind and decision.behavior.is_stated
        ]
        if lines:
            parts.append("\n".join([heading, *lines]))
    return "\n\n".join(parts) + "\n"


def phrase(decision: Decision) -> str:
    """The sentence that tells a model to behave as decided."""
    behavior, phrasing = decision.behavior, decision.behavior.phrasing
    raw = behavior.domain.dump(decision.value)
    if isinstance(behavior.domain, Level):
        return phrasing[str(raw)]
    if isinstance(behavior.domain, Number):
        return phrasing["value"].replace("{value}", str(raw)).replace("{unit}", behavior.domain.unit)
    assert isinstance(behavior.domain, Topics)
    if raw == "any":
        return phrasing["any"]
    assert isinstance(raw, list)
    return phrasing["some"].replace("{topics}", "; ".join(raw)) if raw else phrasing["none"]


def text_digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
