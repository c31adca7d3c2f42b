"""Reads that several callers share."""

from profiles.queries.attestations import (
    REMIND_BEFORE,
    FallBack,
    at_expiry,
    attestation_for,
    attestations_for,
    expiring,
    fall_backs,
)
from profiles.queries.holds import hold_for, holds_for
from profiles.queries.live import (
    Difference,
    Present,
    active,
    difference,
    has_changes,
    live_version,
    stored_by_product,
)
from profiles.queries.people import memberships, organization_named, person
from profiles.queries.reviews import Standing, judged, standing, waiting, waiting_count
from profiles.queries.rulebooks import (
    latest_of_all,
    latest_rulebooks,
    law_packs,
    open_revisions,
    products_on,
    revision_before,
    rulebook_draft,
    rulebook_revisions,
    rulebooks_of,
    stated_behaviors,
)
from profiles.queries.serving import published
from profiles.queries.sources import source_difference, source_document, source_documents, source_named, source_outline
from profiles.queries.stored import Holds, Stored, active_holds, claims_of, not_honored, refused

__all__ = [
    "REMIND_BEFORE",
    "Difference",
    "FallBack",
    "Holds",
    "Present",
    "Standing",
    "Stored",
    "active",
    "active_holds",
    "at_expiry",
    "attestation_for",
    "attestations_for",
    "claims_of",
    "difference",
    "expiring",
    "fall_backs",
    "has_changes",
    "hold_for",
    "holds_for",
    "judged",
    "latest_of_all",
    "latest_rulebooks",
    "law_packs",
    "live_version",
    "memberships",
    "not_honored",
    "open_revisions",
    "organization_named",
    "person",
    "products_on",
    "published",
    "refused",
    "revision_before",
    "rulebook_draft",
    "rulebook_revisions",
    "rulebooks_of",
    "source_difference",
    "source_document",
    "source_documents",
    "source_named",
    "source_outline",
    "standing",
    "stated_behaviors",
    "stored_by_product",
    "waiting",
    "waiting_count",
]
