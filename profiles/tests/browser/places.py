"""Every page of the program by its name, as the demo has it, and who looks at it in a browser."""

from __future__ import annotations

from typing import Final, NamedTuple


class Place(NamedTuple):
    role: str
    path: str
    via: str = ""  # a page of the organization that it belongs to, where that is not the first


PLACES: Final[dict[str, Place]] = {
    "home": Place("editor", "/"),
    "product": Place("editor", "/products/after-dark/"),
    "product_edit": Place("editor", "/products/after-dark/edit/"),
    "product_health": Place("compliance", "/products/after-dark/health/"),
    "product_place": Place("editor", "/products/after-dark/place/"),
    "version": Place("editor", "/products/after-dark/versions/2/"),
    "version_diff": Place("editor", "/products/after-dark/versions/1..2/"),
    "reviews": Place("editor", "/reviews/"),
    "trail": Place("editor", "/trail/"),
    "erasure": Place("administrator", "/trail/erasure/"),
    "trail_log": Place("compliance", "/trail/log/"),
    "settings_retention": Place("administrator", "/settings/retention/"),
    "settings_destinations": Place("administrator", "/settings/destinations/"),
    "conformance": Place("compliance", "/conformance/"),
    "conformance_start": Place("compliance", "/conformance/start/"),
    "run": Place("compliance", "/conformance/runs/1/"),
    "run_trials": Place("auditor", "/conformance/runs/1/trials/"),
    "run_trial": Place("compliance", "/conformance/runs/1/trials/0/"),
    "settings_endpoints": Place("administrator", "/settings/endpoints/"),
    "evidence": Place("auditor", "/trail/evidence/"),
    "rulebooks": Place("editor", "/rulebooks/"),
    "rulebook": Place("editor", "/rulebooks/reference/2026-11-01/"),
    "rulebook_diff": Place("editor", "/rulebooks/reference/2026-11-01..2026-11-01/"),
    "rulebooks_compare": Place("editor", "/rulebooks/compare/"),
    "sources": Place("steward", "/rulebooks/sources/"),
    "attestations": Place("editor", "/attestations/"),
    "settings_members": Place("administrator", "/settings/members/"),
    "settings_api_keys": Place("administrator", "/settings/api-keys/"),
    "settings_baseline": Place("approver", "/settings/baseline/"),
    "settings_baseline_behavior": Place("approver", "/settings/baseline/tone.profanity/"),
    "settings_holds": Place("compliance", "/settings/holds/"),
    "settings_hold": Place("compliance", "/settings/holds/1/", via="/products/after-dark/"),
    "api_docs": Place("editor", "/docs/api/"),
    "draft_behavior": Place("editor", "/products/after-dark/edit/format.length/"),
    "draft_copy": Place("editor", "/products/after-dark/draft/copy/?from=after-dark/1"),
    "version_restore": Place("editor", "/products/ward-companion/versions/2/restore/"),
    "product_new": Place("administrator", "/products/new/?copy_of=ward-companion"),
    "product_settings": Place("administrator", "/products/ward-companion/settings/"),
    "product_remove": Place("administrator", "/products/ward-companion/remove/"),
    "organizations": Place("steward", "/organizations/"),
    "organization_new": Place("steward", "/organizations/new/"),
    "settings": Place("editor", "/settings/"),
    "settings_environments": Place("administrator", "/settings/environments/"),
    "settings_environment": Place("administrator", "/settings/environments/production/"),
    "settings_notifications": Place("editor", "/settings/notifications/"),
    "settings_webhooks": Place("administrator", "/settings/webhooks/"),
    "inbox": Place("approver", "/inbox/?show=all"),
    "account": Place("editor", "/account/"),
    "password_change": Place("editor", "/account/password/"),
    "search": Place("editor", "/search/?q=adult"),
    "verify": Place("auditor", "/verify/"),
    "help": Place("editor", "/help/"),
    "help_topic": Place("editor", "/help/publishing/"),
}
# Pages as some of those above look for somebody else, or when something else is asked of them.
MORE: Final[dict[str, Place]] = {
    "home of a steward": Place("steward", "/"),
    "attestations of a steward": Place("steward", "/attestations/"),
    "trail of a steward": Place("steward", "/trail/"),
    "locked settings": Place("editor", "/products/after-dark/edit/?show=locked"),
    "draft of an auditor": Place("auditor", "/products/homework-helper/edit/"),
    "version that waits": Place("approver", "/products/homework-helper/versions/2/"),
    "trail without a hit": Place("editor", "/trail/?q=nothing-like-this"),
    "attestation asked for": Place("editor", "/attestations/?product=after-dark&kind=security_research"),
    "no such page": Place("editor", "/products/no-such-product/"),
}
EVERYWHERE: Final = PLACES | MORE

ELSEWHERE: Final = {
    "sign_in": "looked at by somebody who is not signed in",
    "trail_entry": "opened from the trail",
    **dict.fromkeys(["trail_leaf", "trail_proof"], "a file"),
    "entry_erasure": "opened from an entry",
    **dict.fromkeys(["log_key", "log_policy", "log_checkpoint", "log_checkpoint_at"], "for programs"),
    **dict.fromkeys(["log_minimum_index", "log_tile", "healthz_log", "log_timestamp", "api_log"], "for programs"),
    "source": "the demo has no source document",
    "source_diff": "the same",
    "revision": "the same",
    "revision_behavior": "the same",
    "recheck": "the same",
    "attestation_evidence": "a file",
    "api_schema": "JSON",
    **dict.fromkeys(
        ["api_profile", "api_profile_jws", "api_instructions", "api_resolve", "jwks", "api_events"], "for programs"
    ),
    **dict.fromkeys(["ofrep_flags", "ofrep_flag"], "for programs"),
    **dict.fromkeys(["api_organizations", "api_organization", "api_products", "api_product"], "for programs"),
    **dict.fromkeys(["api_draft", "api_versions", "api_version", "api_reviews", "api_activations"], "for programs"),
    **dict.fromkeys(["api_schedules", "api_rulebooks", "api_rulebook", "api_attestations"], "for programs"),
    **dict.fromkeys(["api_attestation", "api_trail", "api_trail_entry", "api_runs", "api_run"], "for programs"),
    **dict.fromkeys(["api_check", "api_checks", "api_checks_current", "api_protocol", "api_protocols"], "for programs"),
    **dict.fromkeys(["api_suite", "api_suites", "api_endpoints"], "for programs"),
    **dict.fromkeys(
        [
            "api_findings",
            "api_draft_simulate",
            "api_draft_edits",
            "api_checkpoints",
            "api_evidence",
            "api_trail_export",
        ],
        "for programs",
    ),
    **dict.fromkeys(["versions", "version_diff_draft", "product_history", "product_at"], "test_history.py"),
    **dict.fromkeys(["simulate", "product_possible"], "test_history.py"),
    **dict.fromkeys(["product_clients", "product_try", "product_receipts"], "test_clients.py"),
    "version_rebase": "test_review.py",
    "draft_watch": "a fragment",
    "notice": "it leads on",
    **dict.fromkeys(["forgotten_password", "set_password"], "looked at by somebody who is not signed in"),
    "settings_member": "reached from the list: test_first_run.py",
    "settings_destination": "the demo has no destination",
    "run_trials_file": "a file",
    **dict.fromkeys(["settings_webhook", "webhook_delivery"], "the demo has no webhook"),
    "healthz": "a line for a load balancer",
}
