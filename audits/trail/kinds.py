"""What can happen, as dotted past-tense names. Pages have one presenter for each; a test holds the two sets equal."""

from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    ORGANIZATION_CREATED = "organization.created"
    MEMBER_ADDED = "organization.member.added"
    PERSON_CREATED = "person.created"
    BASELINE_CHANGED = "organization.baseline.changed"
    ENVIRONMENT_CREATED = "organization.environment.created"
    ENVIRONMENT_CHANGED = "organization.environment.changed"
    MEMBER_CHANGED = "organization.member.changed"
    MEMBER_REMOVED = "organization.member.removed"
    PASSWORD_LINK_MADE = "person.password_link.created"
    PASSWORD_CHANGED = "person.password.changed"
    PREFERENCES_CHANGED = "person.preferences.changed"
    PRODUCT_CREATED = "product.created"
    PRODUCT_CHANGED = "product.changed"
    PRODUCT_DESCRIBED = "product.described"
    COMMITMENTS_PUBLISHED = "product.commitments.published"
    COMMITMENTS_WITHDRAWN = "product.commitments.withdrawn"
    PRODUCT_REMOVED = "product.removed"
    KEY_CREATED = "api_key.created"
    KEY_REVOKED = "api_key.revoked"
    KEY_REFUSED = "api_key.refused"
    SOURCE_IMPORTED = "source.imported"
    RULEBOOK_STARTED = "rulebook.started"
    RULEBOOK_SETTLED = "rulebook.settled"
    RULEBOOK_ABANDONED = "rulebook.abandoned"
    RULEBOOK_PUBLISHED = "rulebook.published"
    RECHECK_REQUESTED = "recheck.requested"
    RECHECK_FINISHED = "recheck.finished"
    HOLD_PLACED = "hold.placed"
    HOLD_LIFTED = "hold.lifted"
    ATTESTATION_REQUESTED = "attestation.requested"
    ATTESTATION_GRANTED = "attestation.granted"
    ATTESTATION_DECLINED = "attestation.declined"
    ATTESTATION_REVOKED = "attestation.revoked"
    ATTESTATION_REMINDED = "attestation.reminded"
    ATTESTATION_EXPIRED = "attestation.expired"
    DRAFT_EDITED = "profile.draft.edited"
    DRAFT_DISCARDED = "profile.draft.discarded"
    VERSION_SUBMITTED = "profile.version.submitted"
    VERSION_RESTORED = "profile.version.restored"
    VERSION_REBASED = "profile.version.rebased"
    VERSION_COMMENTED = "profile.version.commented"
    VERSION_APPROVED = "profile.version.approved"
    VERSION_CHANGES_REQUESTED = "profile.version.changes_requested"
    VERSION_DECLINED = "profile.version.declined"
    ACTIVATION_SCHEDULED = "profile.activation.scheduled"
    ACTIVATION_CANCELLED = "profile.activation.cancelled"
    ACTIVATION_LAPSED = "profile.activation.lapsed"
    VERSION_ACTIVATED = "profile.version.activated"
    PROFILE_REPUBLISHED = "profile.republished"
    PROFILE_AFFECTED = "profile.affected"
    CHECK_REQUESTED = "check.requested"
    CHECK_FINISHED = "check.finished"
    CHECK_CHANGED = "check.changed"
    END_FORETOLD = "end.foretold"
    FINDING_RECORDED = "finding.recorded"
    ENDPOINT_CREATED = "endpoint.created"
    ENDPOINT_CHANGED = "endpoint.changed"
    ENDPOINT_REMOVED = "endpoint.removed"
    SUITE_STARTED = "suite.started"
    SUITE_EDITED = "suite.edited"
    SUITE_PUBLISHED = "suite.published"
    SUITE_DISCARDED = "suite.discarded"
    PROTOCOL_FIXED = "protocol.fixed"
    RUN_REQUESTED = "run.requested"
    RUN_CANCELLED = "run.cancelled"
    RUN_RESUMED = "run.resumed"
    RUN_FINISHED = "run.finished"
    RUN_LAPSED = "run.lapsed"  # a schedule asked for one, and none began
    RUNS_SCHEDULED = "runs.scheduled"
    RUNS_UNSCHEDULED = "runs.unscheduled"
    DRIFT_FOUND = "drift.found"
    BUDGET_CHANGED = "budget.changed"
    TRIAL_JUDGED = "trial.judged"
    ALARM_RAISED = "alarm.raised"
    ALARM_ANSWERED = "alarm.answered"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_REMOVED = "webhook.removed"
    WEBHOOK_REPLAYED = "webhook.replayed"
    WEBHOOK_TESTED = "webhook.tested"
    DESTINATION_CREATED = "destination.created"
    DESTINATION_CHANGED = "destination.changed"
    DESTINATION_REMOVED = "destination.removed"
    DESTINATION_REPLAYED = "destination.replayed"
    EVIDENCE_EXPORTED = "evidence.exported"
    PERSONAL_DATA_ERASED = "personal_data.erased"
    ACCESS_DENIED = "access.denied"
    LOG_VERIFIED = "log.verified"
    LOG_DISPUTED = "log.disputed"
    LOG_STOPPED = "log.stopped"
    LOG_CONTINUED = "log.continued"
    LOG_PRUNED = "log.pruned"
    RETENTION_CHANGED = "retention.changed"
    LEGAL_HOLD_PLACED = "legal_hold.placed"
    LEGAL_HOLD_RELEASED = "legal_hold.released"
    SETTINGS_CHANGED = "installation.settings.changed"
    AUDITOR_ADDED = "log.auditor.added"
    AUDITOR_REMOVED = "log.auditor.removed"
    EXPORT_STARTED = "trail.export.started"
    EXPORT_FINISHED = "trail.export.finished"
    SEARCH_SHARED = "search.shared"
    SEARCH_WITHDRAWN = "search.withdrawn"
    SIGNED_IN = "session.started"
    SIGN_IN_REFUSED = "session.refused"


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


# Whoever is concerned is told of these; a test holds this and the rules of ``profiles.telling`` equal.
TOLD: Final = frozenset(
    {
        Kind.MEMBER_ADDED,
        Kind.MEMBER_CHANGED,
        Kind.MEMBER_REMOVED,
        Kind.BASELINE_CHANGED,
        Kind.HOLD_PLACED,
        Kind.HOLD_LIFTED,
        Kind.ATTESTATION_REQUESTED,
        Kind.ATTESTATION_GRANTED,
        Kind.ATTESTATION_DECLINED,
        Kind.ATTESTATION_REVOKED,
        Kind.ATTESTATION_REMINDED,
        Kind.ATTESTATION_EXPIRED,
        Kind.VERSION_SUBMITTED,
        Kind.VERSION_RESTORED,
        Kind.VERSION_REBASED,
        Kind.VERSION_COMMENTED,
        Kind.VERSION_APPROVED,
        Kind.VERSION_CHANGES_REQUESTED,
        Kind.VERSION_DECLINED,
        Kind.ACTIVATION_SCHEDULED,
        Kind.ACTIVATION_CANCELLED,
        Kind.ACTIVATION_LAPSED,
        Kind.VERSION_ACTIVATED,
        Kind.PROFILE_AFFECTED,
        Kind.CHECK_FINISHED,
        Kind.CHECK_CHANGED,
        Kind.END_FORETOLD,
        Kind.RUN_FINISHED,
        Kind.ALARM_RAISED,
        Kind.ALARM_ANSWERED,
        Kind.RUN_LAPSED,
        Kind.DRIFT_FOUND,
        Kind.FINDING_RECORDED,
        Kind.WEBHOOK_CHANGED,
        Kind.LOG_VERIFIED,
        Kind.LOG_DISPUTED,
        Kind.LOG_STOPPED,
        Kind.LOG_CONTINUED,
        Kind.DESTINATION_CHANGED,
        Kind.RETENTION_CHANGED,
        Kind.LEGAL_HOLD_PLACED,
        Kind.LEGAL_HOLD_RELEASED,
    }
)
