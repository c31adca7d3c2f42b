"""``commitments.json``: everything that the page says, for programs. Schema ``brightline.commitments/1``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from audits.commitments.gathered import Commitment, Gathered, OnPlatform, Step
from audits.commitments.tested import Test, Tried
from audits.models import Finding
from profiles.resolution.document import citation_document, instant

SCHEMA: Final = "brightline.commitments/1"

Proof = Callable[[str], str]  # from the digest of a protocol to where its proof is


def document(gathered: Gathered, proof: Proof, links: dict[str, str]) -> dict[str, Any]:
    """JSON-ready. Nothing in it is about a person, and nothing of it is the operator's own text."""
    found, active = gathered.found, gathered.activation
    ends = [one.valid_until for one in gathered.platforms if one.valid_until]
    return {
        "schema": SCHEMA,
        "organization": found.organization,
        "organization_name": found.organization_name,
        "product": found.product,
        "product_name": found.product_name,
        "environment": found.environment,
        "public_since": instant(found.since),
        "version": active.version.number,
        "version_digest": active.version.digest,
        "activated_at": instant(active.at),
        "valid_until": instant(min(ends)) if ends else None,
        "platforms": [_platform(one, gathered.steps.get(one.platform, ()), proof) for one in gathered.platforms],
        "log": gathered.origin,
        "links": links,
    }


def counts(one: OnPlatform) -> dict[str, int]:
    """Of the promises on a platform: how many there are, were tested, and have which finding."""
    outcomes = (Finding.Outcome.PASS, Finding.Outcome.FAIL, Finding.Outcome.INCONCLUSIVE)
    return {
        "promises": len(one.commitments),
        "tested": len(one.tested),
        **{outcome.value: one.count(outcome) for outcome in outcomes},
    }


def _platform(one: OnPlatform, steps: tuple[Step, ...], proof: Proof) -> dict[str, Any]:
    book = one.rulebook
    return {
        "platform": one.platform,
        "rulebook": {"revision": book.revision, "digest": book.digest, "title": book.title},
        "profile_digest": one.digest,
        "counts": counts(one),
        "rehearsed_only": one.rehearsed_only,
        "freshness": _freshness(one),
        "commitments": [_commitment(each) for each in one.commitments],
        "filters": [_said(each) | {"known": "filtered"} for each in one.filters],
        "runs": [_tried(each, proof) for each in one.tried],
        "history": [_step(each) for each in steps],
    }


def _freshness(one: OnPlatform) -> dict[str, Any]:
    """Whether what was measured speaks of what is promised now, and if not, why."""
    because, other = one.stale, one.elsewhere
    return {
        "state": "stale" if because else "fresh" if one.tested else "not_tested",
        "because": sorted(because),
        "span_days": one.span_days,
        "tested_at": instant(one.tested_at) if one.tested_at else None,
        "stale_promises": sum(bool(each.stale) for each in one.tested),
        "other_version": other and {"version": other.version, "model": other.model, "tested_at": instant(other.at)},
    }


def _commitment(one: Commitment) -> dict[str, Any]:
    return {
        **_said(one),
        "promise": one.promise,
        "known": "tested" if one.tests else "instructed",
        "outcome": one.outcome or Finding.Outcome.NOT_COVERED.value,
        "tests": [_test(test) for test in one.tests],
        "not_tested_because": "" if one.tests else one.because,
    }


def _said(one: Commitment) -> dict[str, Any]:
    behavior = one.decision.behavior
    return {
        "behavior": behavior.key,
        "name": behavior.name,
        "kind": behavior.kind.value,
        "value": one.decision.raw,
        "citation": citation_document(one.decision.citation),
    }


def _test(test: Test) -> dict[str, Any]:
    row = test.finding
    return {
        "outcome": row.outcome,
        "passed": row.passed,
        "trials": row.trials,
        "planned": row.planned,
        "interval": [row.low, row.high],
        "bounds": [part["bound"] for part in row.parts if part["bound"] is not None],
        "model": test.tried.model,
        "tested_at": instant(test.tried.at),
        "protocol": test.tried.run.protocol.digest,
        "stale_because": sorted(test.stale),
    }


def _tried(one: Tried, proof: Proof) -> dict[str, Any]:
    digest = one.run.protocol.digest
    return {
        "model": one.model,
        "rehearsal": one.rehearsal,
        "ended_early": not one.is_whole,
        "ended_at": instant(one.at),
        "suite": dict(one.document["suite"]),
        "trials": one.run.protocol.planned,
        "trials_digest": one.run.digest,
        "outcomes": one.outcomes,
        "protocol": {
            "digest": digest,
            "fixed_at": instant(one.run.protocol.fixed_at),
            "place": one.place,
            "leaf_hash": one.leaf_hash,
            "proof": proof(digest) if one.place is not None else None,
        },
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "version": step.activation.version.number,
        "activated_at": instant(step.activation.at),
        "first": step.is_first,
        "instructions_changed": step.text_changed,
        "changes": list(_changes(step)),
    }


def _changes(step: Step) -> Iterator[dict[str, Any]]:
    for change in step.changes:
        yield {
            "behavior": change.behavior,
            "name": step.behaviors[change.behavior].name,
            "before": change.before,
            "after": change.after,
            "direction": change.direction.value,
        }
