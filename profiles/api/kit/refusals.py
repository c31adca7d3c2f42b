"""Refusals that several operations share, as the document shows them."""

from __future__ import annotations

from typing import Final

from profiles.access import Scope
from profiles.api.kit.operation import Operation, Refusal

_UNKNOWN: Final = "Unknown parameter: color."
_EVERYWHERE: Final = (
    Refusal(400, "malformed", "Unknown parameter", _UNKNOWN, {"color": [_UNKNOWN]}),
    Refusal(401, "not_authenticated", "No key", "Send your key as: Authorization: Bearer <key>."),
    Refusal(401, "invalid_key", "Revoked key", "This key was revoked."),
    Refusal(
        403,
        "forbidden",
        "Client key",
        "This is a client key, which reads its profile only. Manage with an organization key.",
    ),
    Refusal(429, "too_many_requests", "Too often", "This key asks too often. Wait for 1 second."),
    Refusal(503, "unavailable", "No database", "The database does not answer. Try again in a moment."),
)
_NOT_THERE: Final = Refusal(404, "not_found", "Not there", "There is nothing here, or it is not yours to see.")
_UNKNOWN_FIELD: Final = "Unknown field: color."
_BODY: Final = (
    Refusal(400, "malformed", "Not JSON", "The body is not JSON."),
    Refusal(400, "malformed", "Unknown field", f"color: {_UNKNOWN_FIELD}", {"color": [_UNKNOWN_FIELD]}),
    Refusal(413, "too_large", "Too large", "The body may have 1048576 bytes at most."),
    Refusal(415, "unsupported_media_type", "Other type", "Send JSON in UTF-8, with Content-Type: application/json."),
)
_GUARDED: Final = (
    Refusal(
        412,
        "precondition_required",
        "No If-Match",
        "Send If-Match with the ETag of what you read, so that nobody's work is overwritten.",
    ),
    Refusal(
        412,
        "stale_draft",
        "Changed meanwhile",
        "This changed since you read it. Read it again, and send your change once more.",
    ),
)
_REPEATED: Final = (
    Refusal(
        409,
        "idempotency_in_progress",
        "Still being carried out",
        "The first request with this Idempotency-Key is still being carried out. Try again soon.",
    ),
    Refusal(
        422,
        "idempotency_key_reused",
        "Idempotency-Key used",
        "Another request was sent with this Idempotency-Key. Choose a new one.",
    ),
)


def refusals_of(operation: Operation, *, named: bool) -> tuple[Refusal, ...]:
    """Every refusal of an operation; ``named`` if its address names something that may not be there."""
    return (
        *_EVERYWHERE,
        *((_lacks(operation.scope),) if operation.scope else ()),
        *((_NOT_THERE,) if named else ()),
        *(_BODY if operation.takes else ()),
        *(_GUARDED if operation.guarded else ()),
        *(_REPEATED if operation.is_repeatable else ()),
        *operation.refusals,
    )


def _lacks(scope: Scope) -> Refusal:
    return Refusal(403, "forbidden", "Missing scope", f"This key lacks the scope {scope.value}, which this needs.")
