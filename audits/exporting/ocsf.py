"""Entries in the words of the Open Cybersecurity Schema Framework, inside of CloudEvents, for systems that collect
security events.

One class for each kind of entry: who may get in is Authentication, who is there is User Management, programs and files
are API Activity, and all else is Entity Management. What OCSF has no word for stands whole under ``unmapped``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import IntEnum
from typing import Any, Final, NamedTuple

from audits.trail.kinds import Kind, Outcome

VERSION: Final = "1.9.0"  # of OCSF; the first with User Management is 1.8
CLOUD_EVENTS: Final = "1.0"
_SCHEMA: Final = f"https://schema.ocsf.io/{VERSION}/classes/"
_NAME: Final = "Brightline"


class Class(IntEnum):
    AUTHENTICATION = 3002
    ENTITY_MANAGEMENT = 3004
    USER_MANAGEMENT = 3007
    API_ACTIVITY = 6003


class Activity(NamedTuple):
    """What was done, by its number in the class; 99 is what the class has no number for."""

    of: Class
    id: int
    entity: str = ""  # what sort of thing, for Entity Management


_CREATE, _READ, _UPDATE, _DELETE, _ENABLE, _ACTIVATE, _DEACTIVATE, _OTHER = 1, 2, 3, 4, 8, 10, 11, 99


def _entity(activity: int, entity: str) -> Activity:
    return Activity(Class.ENTITY_MANAGEMENT, activity, entity)


# A test holds these and the kinds equal.
ACTIVITIES: Final[dict[Kind, Activity]] = {
    Kind.SIGNED_IN: Activity(Class.AUTHENTICATION, 1),
    Kind.SIGN_IN_REFUSED: Activity(Class.AUTHENTICATION, 1),
    Kind.KEY_REFUSED: Activity(Class.AUTHENTICATION, 1),
    Kind.PERSON_CREATED: Activity(Class.USER_MANAGEMENT, 1),
    Kind.PREFERENCES_CHANGED: Activity(Class.USER_MANAGEMENT, 2),
    Kind.PASSWORD_CHANGED: Activity(Class.USER_MANAGEMENT, 8),
    Kind.PASSWORD_LINK_MADE: Activity(Class.USER_MANAGEMENT, 9),
    Kind.MEMBER_ADDED: Activity(Class.USER_MANAGEMENT, 16),
    Kind.MEMBER_CHANGED: Activity(Class.USER_MANAGEMENT, 16),
    Kind.MEMBER_REMOVED: Activity(Class.USER_MANAGEMENT, 17),
    Kind.EVIDENCE_EXPORTED: Activity(Class.API_ACTIVITY, _READ),
    Kind.EXPORT_STARTED: Activity(Class.API_ACTIVITY, _READ),
    Kind.EXPORT_FINISHED: Activity(Class.API_ACTIVITY, _READ),
    Kind.WEBHOOK_TESTED: Activity(Class.API_ACTIVITY, _OTHER),
    Kind.WEBHOOK_REPLAYED: Activity(Class.API_ACTIVITY, _OTHER),
    Kind.ORGANIZATION_CREATED: _entity(_CREATE, "organization"),
    Kind.BASELINE_CHANGED: _entity(_UPDATE, "baseline"),
    Kind.ENVIRONMENT_CREATED: _entity(_CREATE, "environment"),
    Kind.ENVIRONMENT_CHANGED: _entity(_UPDATE, "environment"),
    Kind.PRODUCT_CREATED: _entity(_CREATE, "product"),
    Kind.PRODUCT_CHANGED: _entity(_UPDATE, "product"),
    Kind.PRODUCT_DESCRIBED: _entity(_UPDATE, "product"),
    Kind.COMMITMENTS_PUBLISHED: _entity(_UPDATE, "product"),
    Kind.COMMITMENTS_WITHDRAWN: _entity(_UPDATE, "product"),
    Kind.PRODUCT_REMOVED: _entity(_DELETE, "product"),
    Kind.KEY_CREATED: _entity(_CREATE, "api key"),
    Kind.KEY_REVOKED: _entity(_DELETE, "api key"),
    Kind.SOURCE_IMPORTED: _entity(_CREATE, "source"),
    Kind.RULEBOOK_STARTED: _entity(_CREATE, "rulebook"),
    Kind.RULEBOOK_SETTLED: _entity(_UPDATE, "rulebook"),
    Kind.RULEBOOK_ABANDONED: _entity(_DELETE, "rulebook"),
    Kind.RULEBOOK_PUBLISHED: _entity(_ACTIVATE, "rulebook"),
    Kind.RECHECK_REQUESTED: _entity(_CREATE, "recheck"),
    Kind.RECHECK_FINISHED: _entity(_UPDATE, "recheck"),
    Kind.HOLD_PLACED: _entity(_CREATE, "hold"),
    Kind.HOLD_LIFTED: _entity(_DELETE, "hold"),
    Kind.ATTESTATION_REQUESTED: _entity(_CREATE, "attestation"),
    Kind.ATTESTATION_GRANTED: _entity(_ACTIVATE, "attestation"),
    Kind.ATTESTATION_DECLINED: _entity(_OTHER, "attestation"),
    Kind.ATTESTATION_REVOKED: _entity(_DEACTIVATE, "attestation"),
    Kind.ATTESTATION_REMINDED: _entity(_OTHER, "attestation"),
    Kind.ATTESTATION_EXPIRED: _entity(_DEACTIVATE, "attestation"),
    Kind.DRAFT_EDITED: _entity(_UPDATE, "draft"),
    Kind.DRAFT_DISCARDED: _entity(_DELETE, "draft"),
    Kind.VERSION_SUBMITTED: _entity(_CREATE, "version"),
    Kind.VERSION_RESTORED: _entity(_CREATE, "version"),
    Kind.VERSION_REBASED: _entity(_CREATE, "version"),
    Kind.VERSION_COMMENTED: _entity(_OTHER, "version"),
    Kind.VERSION_APPROVED: _entity(_OTHER, "version"),
    Kind.VERSION_CHANGES_REQUESTED: _entity(_OTHER, "version"),
    Kind.VERSION_DECLINED: _entity(_OTHER, "version"),
    Kind.VERSION_ACTIVATED: _entity(_ACTIVATE, "version"),
    Kind.ACTIVATION_SCHEDULED: _entity(_CREATE, "activation"),
    Kind.ACTIVATION_CANCELLED: _entity(_DELETE, "activation"),
    Kind.ACTIVATION_LAPSED: _entity(_OTHER, "activation"),
    Kind.PROFILE_REPUBLISHED: _entity(_UPDATE, "profile"),
    Kind.PROFILE_AFFECTED: _entity(_OTHER, "profile"),
    Kind.CHECK_REQUESTED: _entity(_CREATE, "check"),
    Kind.CHECK_FINISHED: _entity(_UPDATE, "check"),
    Kind.CHECK_CHANGED: _entity(_UPDATE, "check"),
    Kind.END_FORETOLD: _entity(_OTHER, "end"),
    Kind.FINDING_RECORDED: _entity(_CREATE, "finding"),
    Kind.ENDPOINT_CREATED: _entity(_CREATE, "endpoint"),
    Kind.ENDPOINT_CHANGED: _entity(_UPDATE, "endpoint"),
    Kind.ENDPOINT_REMOVED: _entity(_DELETE, "endpoint"),
    Kind.SUITE_STARTED: _entity(_CREATE, "suite draft"),
    Kind.SUITE_EDITED: _entity(_UPDATE, "suite draft"),
    Kind.SUITE_PUBLISHED: _entity(_CREATE, "suite"),
    Kind.SUITE_DISCARDED: _entity(_DELETE, "suite draft"),
    Kind.PROTOCOL_FIXED: _entity(_CREATE, "protocol"),
    Kind.RUN_REQUESTED: _entity(_CREATE, "run"),
    Kind.RUN_CANCELLED: _entity(_OTHER, "run"),
    Kind.RUN_RESUMED: _entity(_OTHER, "run"),
    Kind.RUN_FINISHED: _entity(_UPDATE, "run"),
    Kind.RUN_LAPSED: _entity(_OTHER, "run"),
    Kind.RUNS_SCHEDULED: _entity(_CREATE, "schedule"),
    Kind.RUNS_UNSCHEDULED: _entity(_DELETE, "schedule"),
    Kind.DRIFT_FOUND: _entity(_CREATE, "drift"),
    Kind.BUDGET_CHANGED: _entity(_UPDATE, "budget"),
    Kind.TRIAL_JUDGED: _entity(_OTHER, "trial"),
    Kind.ALARM_RAISED: _entity(_CREATE, "alarm"),
    Kind.ALARM_ANSWERED: _entity(_UPDATE, "alarm"),
    Kind.ACCESS_DENIED: Activity(Class.API_ACTIVITY, _OTHER),
    Kind.PERSONAL_DATA_ERASED: _entity(_DELETE, "personal data"),
    Kind.LOG_VERIFIED: _entity(_READ, "log"),
    Kind.LOG_DISPUTED: _entity(_OTHER, "log"),
    Kind.LOG_STOPPED: _entity(_DEACTIVATE, "log"),
    Kind.LOG_CONTINUED: _entity(_ACTIVATE, "log"),
    Kind.LOG_PRUNED: _entity(_DELETE, "entries"),
    Kind.RETENTION_CHANGED: _entity(_UPDATE, "retention"),
    Kind.LEGAL_HOLD_PLACED: _entity(_CREATE, "legal hold"),
    Kind.LEGAL_HOLD_RELEASED: _entity(_DELETE, "legal hold"),
    Kind.SETTINGS_CHANGED: _entity(_UPDATE, "installation"),
    Kind.AUDITOR_ADDED: _entity(_CREATE, "auditor"),
    Kind.AUDITOR_REMOVED: _entity(_DELETE, "auditor"),
    Kind.SEARCH_SHARED: _entity(_CREATE, "search"),
    Kind.SEARCH_WITHDRAWN: _entity(_DELETE, "search"),
    Kind.DESTINATION_CREATED: _entity(_CREATE, "destination"),
    Kind.DESTINATION_CHANGED: _entity(_UPDATE, "destination"),
    Kind.DESTINATION_REMOVED: _entity(_DELETE, "destination"),
    Kind.DESTINATION_REPLAYED: Activity(Class.API_ACTIVITY, _OTHER),
    Kind.WEBHOOK_CREATED: _entity(_CREATE, "webhook"),
    Kind.WEBHOOK_CHANGED: _entity(_UPDATE, "webhook"),
    Kind.WEBHOOK_REMOVED: _entity(_DELETE, "webhook"),
}
_OF_NEWER_KINDS: Final = _entity(_OTHER, "entry")
_USER, _SYSTEM, _UNKNOWN_TYPE = 1, 3, 0  # of ``user.type_id``
_TYPES: Final = {"person": _USER, "key": _SYSTEM, "system": _SYSTEM}
_OUTCOMES: Final = {Outcome.DONE: (1, "Success"), Outcome.REFUSED: (2, "Failure"), Outcome.FAILED: (2, "Failure")}


def cloud_event(entry: Mapping[str, Any], source: str) -> dict[str, Any]:
    """
    Args:
        source: the log's origin, as an absolute address.
    """
    event = ocsf(entry)
    return {
        "specversion": CLOUD_EVENTS,
        "id": entry["id"],
        "source": source,
        "type": f"brightline.{entry['kind']}",
        "time": entry["at"],
        **({"subject": entry["target"]} if entry["target"] else {}),
        "datacontenttype": "application/json",
        "dataschema": _SCHEMA + Class(event["class_uid"]).name.lower(),
        "data": event,
    }


def ocsf(entry: Mapping[str, Any]) -> dict[str, Any]:
    activity = ACTIVITIES.get(_kind(entry["kind"]), _OF_NEWER_KINDS)  # type: ignore[arg-type]
    status_id, status = _OUTCOMES.get(entry["outcome"], (0, "Unknown"))
    return {
        "class_uid": activity.of.value,
        "category_uid": activity.of.value // 1000,
        "activity_id": activity.id,
        "type_uid": activity.of.value * 100 + activity.id,
        "activity_name": entry["kind"],
        "severity_id": 1 if status_id == 1 else 2,  # informational, low
        "status_id": status_id,
        "status": status,
        "status_detail": entry["outcome"],
        "time": _milliseconds(entry["at"]),
        "metadata": {
            "version": VERSION,
            "uid": entry["id"],
            "product": {"name": _NAME, "vendor_name": _NAME},
            "tenant_uid": entry["organization"],
            "event_code": entry["kind"],
            **({"correlation_uid": entry["request_id"]} if entry["request_id"] else {}),
        },
        "actor": {"user": user_of(entry["actor"])},
        **_about(activity, entry),
        "unmapped": {
            name: value
            for name in ("product", "version", "rulebooks", "before", "after", "data")
            if (value := entry.get(name)) not in ("", None, [], {})
        },
    }


def user_of(actor: Mapping[str, Any]) -> dict[str, Any]:
    """Whoever acted: a person, a key or the program."""
    found: dict[str, Any] = {"uid": actor.get("id", ""), "type_id": _TYPES.get(actor.get("type", ""), _UNKNOWN_TYPE)}
    return found | ({"name": actor["name"]} if actor.get("name") else {})


def _about(activity: Activity, entry: Mapping[str, Any]) -> dict[str, Any]:
    target = str(entry["target"] or entry["organization"] or _NAME)
    if activity.of is Class.AUTHENTICATION:
        return {"user": user_of(entry["actor"]), "service": {"name": _NAME}, "is_remote": True}
    if activity.of is Class.USER_MANAGEMENT:
        return {"user": {"uid": target, "name": target, "type_id": _USER}}
    if activity.of is Class.API_ACTIVITY:
        # OCSF wants to know from where; entries know from whom.
        where = {"uid": entry["actor"].get("id") or "unknown", "name": entry["actor"].get("type") or "unknown"}
        return {"api": {"operation": entry["kind"]}, "src_endpoint": where, "resources": [{"name": target}]}
    version = {"version": str(entry["version"])} if entry.get("version") is not None else {}
    return {"entity": {"type": activity.entity, "name": target, "uid": target, **version}}


def _kind(name: str) -> Kind | None:
    return Kind(name) if name in set(Kind) else None


def _milliseconds(at: str) -> int:
    return round(datetime.fromisoformat(at).timestamp() * 1000)
