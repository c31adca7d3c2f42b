"""A published document's instructions as the part of a vendor's request that carries them.

What a client merges into its own request: the message, and for Gemini the safety settings. Deterministic: a function of
the document alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

# Each vendor's request format, and the platform whose rulebook speaks of that vendor.
FORMATS: Final = {"openai": "openai", "anthropic": "anthropic", "gemini": "google"}

# What can be set in Gemini's API. A category that a request leaves out gets the vendor's default, which differs by
# model and is off for most: so none is ever left out, and where nobody decided, the strict side is the safe one.
GEMINI_CATEGORIES: Final = (
    "HARM_CATEGORY_DANGEROUS_CONTENT",
    "HARM_CATEGORY_HARASSMENT",
    "HARM_CATEGORY_HATE_SPEECH",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT",
)
GEMINI_STRICTEST: Final = "BLOCK_LOW_AND_ABOVE"


def fragment(document: Mapping[str, Any], format_: str) -> dict[str, Any]:
    """The request fragment of one of ``FORMATS`` for a published document."""
    text = str(document["instructions"]["text"])
    return _MAKERS[format_](text if text.strip() else "", document["vendor_settings"])


def _openai(text: str, _settings: Mapping[str, Any]) -> dict[str, Any]:
    """Chat Completions, which other vendors' endpoints read too. The developer's message outranks the user's."""
    return {"messages": [{"role": "developer", "content": text}] if text else []}


def _anthropic(text: str, _settings: Mapping[str, Any]) -> dict[str, Any]:
    """The Messages API refuses an empty system text."""
    return {"system": text} if text else {}


def _gemini(text: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    decided = {item["category"]: item["threshold"] for item in settings.get("safety_settings", ())}
    thresholds = {**dict.fromkeys(GEMINI_CATEGORIES, GEMINI_STRICTEST), **decided}
    told = {"systemInstruction": {"parts": [{"text": text}]}} if text else {}
    return {
        **told,
        "safetySettings": [{"category": name, "threshold": thresholds[name]} for name in sorted(thresholds)],
    }


_MAKERS: Final = {"openai": _openai, "anthropic": _anthropic, "gemini": _gemini}
