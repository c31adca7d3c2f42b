"""What webhooks are told: the types of events, and what each says. Ids and names, and no text that somebody wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from audits.trail.kinds import Kind, Outcome
from profiles.telling.happening import Happening

TEST: Final = "webhook.test"

# The type of each kind that is an event, in the order in which the page offers them. Receivers rely on these names.
TYPES: Final = {
    Kind.VERSION_ACTIVATED: "profile.version.activated",
    Kind.ACTIVATION_SCHEDULED: "profile.activation.scheduled",
    Kind.ACTIVATION_CANCELLED: "profile.activation.cancelled",
    Kind.ACTIVATION_LAPSED: "profile.activation.lapsed",
    Kind.VERSION_SUBMITTED: "profile.version.submitted",
    Kind.VERSION_RESTORED: "profile.version.restored",
    Kind.VERSION_REBASED: "profile.version.rebased",
    Kind.VERSION_APPROVED: "profile.version.approved",
    Kind.VERSION_CHANGES_REQUESTED: "profile.version.changes_requested",
    Kind.VERSION_DECLINED: "profile.version.declined",
    Kind.CHECK_FINISHED: "check.finished",
    Kind.CHECK_CHANGED: "check.changed",
    Kind.END_FORETOLD: "end.foretold",
    Kind.FINDING_RECORDED: "finding.recorded",
    Kind.PROFILE_AFFECTED: "profile.affected",
    Kind.HOLD_PLACED: "hold.placed",
    Kind.HOLD_LIFTED: "hold.lifted",
    Kind.ATTESTATION_GRANTED: "attestation.granted",
    Kind.ATTESTATION_REVOKED: "attestation.revoked",
    Kind.ATTESTATION_REMINDED: "attestation.expiring",
    Kind.ATTESTATION_EXPIRED: "attestation.expired",
}
KINDS: Final = {name: kind for kind, name in TYPES.items()}
CHECKPOINT: Final = "log.checkpoint"  # of no entry: it is about the log itself
NAMES: Final = (*KINDS, CHECKPOINT)  # all that can be chosen


def event_type(it: Happening) -> str:
    """Empty for what is no event: other kinds, and attempts that were refused."""
    refused = it.outcome is Outcome.REFUSED and it.kind is not Kind.ACTIVATION_LAPSED
    return "" if refused else TYPES.get(it.kind, "")


def payload(it: Happening, *, organization: str, entry: int, base_url: str) -> dict[str, Any]:
    """
    Args:
        organization: the slug of the webhook's; what concerns the whole installation names none of its own.
        entry: the number of the entry in the trail.
    """
    data: dict[str, Any] = {
        "id": it.id,
        "entry": entry,
        "organization": organization,
        "product": it.product or None,
        "version": it.version,
        "actor": {"type": it.actor_type, "name": it.actor_name},
    }
    if it.organization:
        data["url"] = f"{base_url}/trail/{entry}/"
    more = _MORE.get(it.kind)
    return body(event_type(it), it.at.isoformat().replace("+00:00", "Z"), data | (more(it) if more else {}))


def checkpoint(note: str, *, organization: str, origin: str, size: int, base_url: str) -> dict[str, Any]:
    """
    Args:
        note: the signed note as it is published, which a receiver keeps byte for byte.
    """
    return {
        "organization": organization,
        "origin": origin,
        "size": size,
        "checkpoint": note,
        "url": f"{base_url}/log/{organization}/checkpoint/{size}",
    }


def body(type_: str, timestamp: str, data: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": type_, "timestamp": timestamp, "data": dict(data)}


def _activated(it: Happening) -> dict[str, Any]:
    return {
        "environment": it.after.get("environment"),
        "previous_version": it.before.get("version"),
        "basis": it.data.get("basis"),
        "digest": it.data.get("digest"),
    }


def _scheduled(it: Happening) -> dict[str, Any]:
    environment = it.after.get("environment") or it.data.get("environment")
    return {"environment": environment, "due_at": it.after.get("due_at"), "schedule": it.data.get("schedule")}


def _submitted(it: Happening) -> dict[str, Any]:
    return {"direction": it.data.get("direction"), "digest": it.data.get("digest")}


def _checked(it: Happening) -> dict[str, Any]:
    outcome = "failed" if it.outcome is Outcome.FAILED else it.data.get("outcome")
    known = {name: it.data.get(name) for name in ("check", "passed", "total")}
    return {"check_kind": it.data.get("kind"), "outcome": outcome, **known}


def _changed(it: Happening) -> dict[str, Any]:
    points = it.data.get("points")
    codes = [each.get("code") for each in points if isinstance(each, dict)] if isinstance(points, list) else []
    before = {"before": it.before.get("outcome"), "environment": it.after.get("environment")}
    return {"check_kind": it.data.get("kind"), "outcome": it.data.get("outcome"), "found": codes, **before}


def _foretold(it: Happening) -> dict[str, Any]:
    known = {name: it.data.get(name) for name in ("what", "days", "environment")}
    return {"target": it.target, "ends_at": it.after.get("ends_at"), **known}


def _found(it: Happening) -> dict[str, Any]:
    return {"behavior": it.target, "outcome": it.data.get("outcome")}


def _affected(it: Happening) -> dict[str, Any]:
    return {"recheck": it.data.get("recheck"), "rulebook": it.target, "direction": it.data.get("direction")}


def _held(it: Happening) -> dict[str, Any]:
    ceiling = it.after.get("ceiling", it.before.get("ceiling"))
    return {"behavior": it.target.removeprefix("hold "), "ceiling": ceiling, "for_everybody": not it.organization}


def _claimed(it: Happening) -> dict[str, Any]:
    known = {name: it.data[name] for name in ("attestation", "days") if name in it.data}
    return {"kind": it.target.removeprefix("attestation "), "expires_at": it.after.get("expires_at"), **known}


_MORE: Final[dict[Kind, Callable[[Happening], dict[str, Any]]]] = {
    Kind.VERSION_ACTIVATED: _activated,
    **dict.fromkeys((Kind.ACTIVATION_SCHEDULED, Kind.ACTIVATION_CANCELLED, Kind.ACTIVATION_LAPSED), _scheduled),
    **dict.fromkeys((Kind.VERSION_SUBMITTED, Kind.VERSION_RESTORED, Kind.VERSION_REBASED), _submitted),
    Kind.CHECK_FINISHED: _checked,
    Kind.CHECK_CHANGED: _changed,
    Kind.END_FORETOLD: _foretold,
    Kind.FINDING_RECORDED: _found,
    Kind.PROFILE_AFFECTED: _affected,
    **dict.fromkeys((Kind.HOLD_PLACED, Kind.HOLD_LIFTED), _held),
    **dict.fromkeys(
        (
            Kind.ATTESTATION_GRANTED,
            Kind.ATTESTATION_REVOKED,
            Kind.ATTESTATION_REMINDED,
            Kind.ATTESTATION_EXPIRED,
        ),
        _claimed,
    ),
}
