"""The published profile: what clients get, byte for byte. Schema ``brightline.profile/1`` of the API."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import rfc8785

from profiles.resolution.diff import raw_window
from profiles.resolution.instructions import compile_instructions, text_digest
from profiles.resolution.types import Decision, Resolution
from profiles.rulebook.model import Citation, Rulebook

SCHEMA: Final = "brightline.profile/1"


@dataclass(frozen=True, slots=True)
class Heading:
    """Whose profile it is and where it is active."""

    organization: str
    product: str
    environment: str
    version: int
    activated_at: datetime


def published_document(
    heading: Heading,
    rulebooks: Sequence[Rulebook],
    resolution: Resolution,
    instructions: str,
    valid_until: datetime | None,
) -> dict[str, Any]:
    """The document with its digest.

    Args:
        rulebooks: the platform's, and after it the law packs that were looked at.
        instructions: the operator's own text.
        valid_until: the instant at which another document takes its place by itself, if one is known.
    """
    rulebook, *laws = rulebooks
    compiled = compile_instructions(resolution, instructions)
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "organization": heading.organization,
        "product": heading.product,
        "environment": heading.environment,
        "version": heading.version,
        "activated_at": instant(heading.activated_at),
        "valid_until": instant(valid_until) if valid_until else None,
        "platform": rulebook.platform,
        "rulebook": _named(rulebook),
        "law_packs": [_named(law) for law in laws],
        "behaviors": {key: behavior_document(decision) for key, decision in resolution.decisions.items()},
        "instructions": {"text": compiled, "digest": text_digest(compiled)},
        "vendor_settings": vendor_settings(resolution),
    }
    return {**document, "digest": document_digest(document)}


def _named(rulebook: Rulebook) -> dict[str, str]:
    return {"platform": rulebook.platform, "revision": rulebook.revision, "digest": rulebook.digest}


def vendor_settings(resolution: Resolution) -> dict[str, Any]:
    """The vendor's own output filters as decided, which a client sends along with a request; empty without any."""
    filters = [
        {"category": setting.category, "threshold": setting.thresholds[str(decision.raw)]}
        for decision in resolution.decisions.values()
        if (setting := decision.behavior.setting)
    ]
    return {"safety_settings": filters} if filters else {}


def behavior_document(decision: Decision) -> dict[str, Any]:
    behavior, domain = decision.behavior, decision.behavior.domain
    return {
        "value": decision.raw,
        "default": domain.dump(behavior.default),
        "kind": behavior.kind.value,
        "decided_by": decision.decided_by.value,
        "reason": decision.reason.value,
        "window": raw_window(domain, decision.product),
        "user_window": raw_window(domain, decision.user),
        "citation": citation_document(decision.citation),
    }


def citation_document(citation: Citation) -> dict[str, Any]:
    return {
        "document": citation.document.title,
        "date": citation.document.date.isoformat(),
        "section": citation.section,
        "summary": citation.summary,
        "also": list(citation.also),
        "summary_is_ours": citation.ours,
    }


def document_digest(document: Mapping[str, Any]) -> str:
    """sha256 over the RFC 8785 form of ``document`` without its ``digest``."""
    bare = {name: value for name, value in document.items() if name != "digest"}
    return "sha256:" + hashlib.sha256(canonical(bare)).hexdigest()


def canonical(document: Mapping[str, Any]) -> bytes:
    """RFC 8785 bytes."""
    return bytes(rfc8785.dumps(dict(document)))


def instant(moment: datetime) -> str:
    """RFC 3339 in UTC with ``Z``; microseconds only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
