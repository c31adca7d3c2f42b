"""What can happen, as dotted past-tense names. Pages have one presenter for each; a test holds the two sets equal."""

from enum import StrEnum


class Kind(StrEnum):
    ORGANIZATION_CREATED = "organization.created"
    MEMBER_ADDED = "organization.member.added"
    PERSON_CREATED = "person.created"
    PRODUCT_CREATED = "product.created"
    KEY_CREATED = "api_key.created"
    KEY_REVOKED = "api_key.revoked"
    KEY_REFUSED = "api_key.refused"
    RULEBOOK_PUBLISHED = "rulebook.published"
    ATTESTATION_REQUESTED = "attestation.requested"
    ATTESTATION_GRANTED = "attestation.granted"
    ATTESTATION_DECLINED = "attestation.declined"
    ATTESTATION_REVOKED = "attestation.revoked"
    DRAFT_EDITED = "profile.draft.edited"
    DRAFT_DISCARDED = "profile.draft.discarded"
    VERSION_SUBMITTED = "profile.version.submitted"
    VERSION_APPROVED = "profile.version.approved"
    VERSION_CHANGES_REQUESTED = "profile.version.changes_requested"
    VERSION_ACTIVATED = "profile.version.activated"
    PROFILE_REPUBLISHED = "profile.republished"
    CHECK_REQUESTED = "check.requested"
    CHECK_FINISHED = "check.finished"
    FINDING_RECORDED = "finding.recorded"
    SIGNED_IN = "session.started"
    SIGN_IN_REFUSED = "session.refused"


class Outcome(StrEnum):
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
