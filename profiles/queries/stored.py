"""What a draft or a version says, as resolution takes it: the one place where what is stored becomes a resolution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from audits.checks.lint import Finding, lint
from profiles.models import (
    Draft,
    Hold,
    Organization,
    Product,
    RulebookRevision,
    Version,
)
from profiles.queries.rulebooks import Shelf, without_text
from profiles.resolution import types
from profiles.resolution.merge import WINDOWS
from profiles.resolution.resolve import resolve
from profiles.resolution.types import Attestation, Clamp, Decision, Layers, LayerSettings, Reason, Resolution
from profiles.rulebook.model import Behavior, Kind, Layer, Rulebook


@dataclass(frozen=True, slots=True)
class Stored:
    """What a draft or a version says, as far as resolution cares."""

    product: Product
    settings: Mapping[str, Any]
    windows: Mapping[str, Any]
    instructions: str
    facts: Mapping[str, Any]
    revisions: tuple[RulebookRevision, ...]  # one for each platform
    laws: tuple[RulebookRevision, ...]  # the law packs within whose reach the product is
    baseline: LayerSettings
    baseline_then: Mapping[str, Any]  # the organization's settings and windows when this was made
    holds: tuple[types.Hold, ...]

    @classmethod
    def draft(cls, draft: Draft, sources: Sources | None = None) -> Stored:
        product = draft.product
        organization = product.organization
        found = sources or read_sources(organization)
        return cls(
            product,
            draft.settings,
            draft.windows,
            draft.instructions,
            product.facts,
            found.shelf.latest(product.platforms),
            found.shelf.law_packs(product.facts),
            LayerSettings(organization.settings, organization.windows),
            {"settings": organization.settings, "windows": organization.windows},
            tuple(hold for holds in found.holds.values() for hold in holds),
        )

    @classmethod
    def version(cls, version: Version, sources: Sources | None = None) -> Stored:
        if sources:
            return cls._of(version, sources.shelf.by_digest, sources.holds)
        return cls.versions([version])[version.pk]

    @classmethod
    def versions(cls, versions: Iterable[Version]) -> dict[int, Stored]:
        """Several, by their ids, with two queries."""
        versions = list(versions)
        digests = {item["digest"] for version in versions for item in version.rulebooks}
        revisions = {item.digest: item for item in without_text().filter(digest__in=digests)}
        holds = active_holds()
        return {version.pk: cls._of(version, revisions, holds) for version in versions}

    @classmethod
    def _of(
        cls, version: Version, revisions: Mapping[str, RulebookRevision], holds: Mapping[int | None, Holds]
    ) -> Stored:
        made_against = [revisions[item["digest"]] for item in version.rulebooks]
        organization = version.product.organization
        return cls(
            version.product,
            version.settings,
            version.windows,
            version.instructions,
            version.facts,
            tuple(item for item in made_against if not item.is_law),
            tuple(item for item in made_against if item.is_law),
            LayerSettings(version.baseline["settings"], _windows_of(version, organization)),
            version.baseline,
            (*holds.get(None, ()), *holds.get(organization.pk, ()), *_ceilings_then(version, organization)),
        )

    def without_holds(self) -> Stored:
        """As it would be once every hold is lifted."""
        return replace(self, holds=())

    @property
    def fields(self) -> dict[str, Any]:
        """The settings, and what is left to users, by their fields."""
        return {**self.settings, **{f"{WINDOWS}{key}": window for key, window in self.windows.items()}}

    def bare(self) -> Stored:
        """As it would be if the product chose nothing."""
        return replace(self, settings={}, windows={}, instructions="")

    @property
    def digests(self) -> list[str]:
        """Of everything that it is resolved against."""
        return [item.digest for item in (*self.revisions, *self.laws)]

    @property
    def platforms(self) -> list[str]:
        return [revision.platform for revision in self.revisions]

    @property
    def behaviors(self) -> dict[str, Behavior]:
        """Every behavior that it is judged by, as the first rulebook that knows it states it."""
        books = (book for revision in self.revisions for book in self.rulebooks(revision))
        found: dict[str, Behavior] = {}
        for book in books:
            found = {**book.behaviors, **found}
        return found

    def resolve(
        self, now: datetime, preferences: Mapping[str, Any] | None = None, claims: Iterable[Attestation] | None = None
    ) -> dict[str, Resolution]:
        """A resolution for each platform, by its name."""
        layers = self.layers(preferences)
        claims = claims_of(self.product) if claims is None else tuple(claims)
        return {
            revision.platform: resolve(self.rulebooks(revision), self.facts, claims, layers, now)
            for revision in self.revisions
        }

    def layers(self, preferences: Mapping[str, Any] | None = None) -> Layers:
        return Layers(
            organization=self.baseline,
            product=LayerSettings(self.settings, self.windows),
            user=LayerSettings(preferences or {}),
            holds=self.holds,
        )

    def rulebooks(self, revision: RulebookRevision) -> list[Rulebook]:
        """A platform's rulebook and the law packs beside it."""
        return [revision.rulebook(), *(law.rulebook() for law in self.laws)]


Holds: TypeAlias = tuple[types.Hold, ...]


@dataclass(frozen=True, slots=True)
class Sources:
    """What drafts and versions of one organization are judged by, read once for all of them."""

    shelf: Shelf
    held: tuple[Hold, ...]

    @property
    def holds(self) -> dict[int | None, Holds]:
        return _by_organization(self.held)


def read_sources(organization: Organization, *versions: Version) -> Sources:
    """With two queries; ``versions`` may have been made against older rulebooks."""
    digests = {item["digest"] for version in versions for item in version.rulebooks}
    return Sources(Shelf.read(digests), tuple(_binding(organization)))


def active_holds(organization: Organization | None = None) -> dict[int | None, Holds]:
    """The holds that bind now, by organization; under None, those that bind everybody."""
    return _by_organization(_binding(organization))


def _binding(organization: Organization | None) -> QuerySet[Hold]:
    rows = Hold.objects.filter(lifted_at__isnull=True).order_by("id")
    return rows.filter(Q(organization=None) | Q(organization=organization)) if organization else rows


def _by_organization(rows: Iterable[Hold]) -> dict[int | None, Holds]:
    found: dict[int | None, Holds] = {}
    for row in rows:
        found[row.organization_id] = (*found.get(row.organization_id, ()), row.as_limit())
    return found


# What the organization tightened since a version was made binds at once; what it loosened since then waits for a new
# version, which somebody reviews. So of two ceilings both bind, and floors, which lift values, are those of then.


def _windows_of(version: Version, organization: Organization) -> dict[str, dict[str, Any]]:
    now, then = organization.windows, version.baseline["windows"]
    found: dict[str, dict[str, Any]] = {}
    for windows, bound in ((then, "floor"), (now, "ceiling")):
        for key, bounds in windows.items():
            if bound in bounds:
                found.setdefault(key, {})[bound] = bounds[bound]
    return found


def _ceilings_then(version: Version, organization: Organization) -> Holds:
    return tuple(
        types.Hold(key, bounds["ceiling"], Layer.ORGANIZATION, _("The organization allowed less then."), "window")
        for key, bounds in version.baseline["windows"].items()
        if "ceiling" in bounds and bounds != organization.windows.get(key)
    )


def claims_of(product: Product) -> tuple[Attestation, ...]:
    """Every attestation of a product that was ever granted, as resolution takes them."""
    claims = (attestation.as_claim() for attestation in product.attestations.order_by("id"))
    return tuple(claim for claim in claims if claim is not None)


def leading(found: Mapping[str, Decision]) -> str:
    """The platform whose decision stands for a behavior where several state it: one that speaks of the model before one
    that has a filter for it, and one that leaves a choice before one that leaves none."""
    return min(found, key=lambda name: (found[name].behavior.kind is Kind.FILTER, found[name].product.is_lock))


def leading_decisions(resolutions: Mapping[str, Resolution]) -> dict[str, tuple[str, Decision]]:
    """The decision that stands for each behavior, with its platform, by key."""
    found: dict[str, dict[str, Decision]] = {}
    for platform, resolution in resolutions.items():
        for key, decision in resolution.decisions.items():
            found.setdefault(key, {})[platform] = decision
    return {key: (name := leading(found[key]), found[key][name]) for key in sorted(found)}


def lint_of(instructions: str, resolutions: Mapping[str, Resolution]) -> tuple[Finding, ...]:
    """What stands out in an operator's own text, beside the values that hold with it."""
    if not instructions:
        return ()
    return lint(instructions, {key: each.operator_raw for key, (_name, each) in leading_decisions(resolutions).items()})


def refused(resolutions: Mapping[str, Resolution], field: str) -> Clamp | None:
    """Why a product's own setting (or, by its field, a window) is honored on none of its platforms, as the first one
    has it that states the behavior; None where one honors it."""
    clamps = [clamp for resolution in resolutions.values() if (clamp := resolution.clamp_of(field))]
    if not clamps or len(clamps) < len(resolutions):
        return None
    return min(clamps, key=lambda clamp: clamp.reason is Reason.UNKNOWN_BEHAVIOR)


def not_honored(fields: Iterable[str], resolutions: Mapping[str, Resolution]) -> dict[str, Clamp]:
    """Those of a product's settings and windows that no platform honors, with the reason, by field."""
    return {field: clamp for field in sorted(fields) if (clamp := refused(resolutions, field))}
