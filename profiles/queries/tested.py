"""A version as conformance tests it: what it promises on one platform, and the instructions that say so."""

from __future__ import annotations

from datetime import datetime

from audits.checks.protocols import Profile, Promise
from profiles.models import Version
from profiles.queries.stored import Stored
from profiles.resolution.document import vendor_settings
from profiles.resolution.instructions import compile_instructions, phrase
from profiles.rulebook.model import Kind


def profile_of(version: Version, platform: str, *, now: datetime) -> Profile | None:
    """None if the version does not run on the platform. A vendor's filters promise nothing about the model itself, so
    they are set and not tested."""
    stored = Stored.version(version)
    resolution = stored.resolve(now).get(platform)
    if resolution is None:
        return None
    return Profile(
        organization=version.product.organization.slug,
        product=version.product.slug,
        version=version.number,
        version_digest=version.digest,
        platform=platform,
        rulebooks=tuple(stored.digests),
        instructions=compile_instructions(resolution, stored.instructions),
        vendor_settings=vendor_settings(resolution),
        promises={
            key: Promise(decision.raw, phrase(decision))
            for key, decision in resolution.decisions.items()
            if decision.behavior.is_stated and decision.behavior.kind is not Kind.FILTER
        },
        facts=stored.facts,
    )
