"""Refusals and failures that a person or a client meets: one tree, each with a code, a sentence and fields.

A page shows the sentence; the API sends ``{"error": {"code", "message", "fields"}}`` with ``status``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """Base of all refusals. ``fields`` maps the path of a field to its sentences; ``detail`` holds what a page needs
    to show both sides (a stale write) and is not sent to clients."""

    code = "refused"
    status = 400
    is_recorded = False  # in the trail

    def __init__(
        self,
        message: str,
        *,
        fields: Mapping[str, list[str]] | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        self.message = str(message)
        self.fields = dict(fields or {})
        self.detail = dict(detail or {})
        super().__init__(self.message)

    def as_dict(self) -> dict[str, Any]:
        return {"error": {"code": self.code, "message": self.message, "fields": self.fields}}


class Malformed(DomainError):
    """The request cannot be read."""

    code = "malformed"


class TooLarge(Malformed):
    code = "too_large"
    status = 413


class UnsupportedMediaType(Malformed):
    code = "unsupported_media_type"
    status = 415


class NotSignedIn(DomainError):
    code = "not_authenticated"
    status = 401


class InvalidKey(DomainError):
    code = "invalid_key"
    status = 401


class Forbidden(DomainError):
    """Known to whoever asks, but not allowed to them."""

    code = "forbidden"
    status = 403


class OwnWork(Forbidden):
    """Nobody reviews what they wrote themselves."""

    code = "own_work"


class NotFound(DomainError):
    """Does not exist, or belongs to somebody else: the two must look alike."""

    code = "not_found"
    status = 404


class Pruned(DomainError):
    """It was there, and went when it had been kept long enough."""

    code = "pruned"
    status = 410


class NoActiveProfile(NotFound):
    code = "no_active_profile"


class NotSigned(NotFound):
    """This installation has no key to sign with."""

    code = "not_signed"


class WrongState(DomainError):
    """The thing is not in the state that this needs."""

    code = "wrong_state"
    status = 409


class NotApproved(WrongState):
    code = "not_approved"


class NotTested(WrongState):
    """No run shows, freshly enough, that a model keeps what this promises."""

    code = "not_tested"


class StaleVersion(WrongState):
    """Something newer was activated meanwhile."""

    code = "stale_version"


class StaleDraft(DomainError):
    """Somebody else changed the same thing since it was read."""

    code = "stale_draft"
    status = 412


class OutsideLimits(DomainError):
    """A value that the layers above do not allow."""

    code = "outside_limits"
    status = 422


class InvalidInput(DomainError):
    """Readable, but not acceptable."""

    code = "invalid"
    status = 422


class Later(DomainError):
    """The same request may succeed in ``retry_after`` seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooManyRequests(Later):
    code = "too_many_requests"
    status = 429


class Unavailable(Later):
    """The database does not answer."""

    code = "unavailable"
    status = 503
