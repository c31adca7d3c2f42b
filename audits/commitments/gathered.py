"""All that the public is told of a product, gathered: what it promises, what was tested, and how both came about.

What is promised is what clients get: the published profiles that hold now, resolved again from what they were resolved
from. So a hold, a new rulebook or the end of an attestation is in it, as it is in what was published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from django.db.models import Q

from audits.checks.staleness import Stale, least, staleness
from audits.commitments.found import Found
from audits.commitments.tested import Elsewhere, Test, Tried, elsewhere, tests_of, tried_of, untestable
from audits.models import Finding, Log
from profiles.models import Activation, PublishedProfile
from profiles.queries.rulebooks import rulebooks_of
from profiles.resolution import diff
from profiles.resolution.diff import Change
from profiles.resolution.inputs import Inputs
from profiles.resolution.instructions import phrase
from profiles.resolution.types import Decision, Resolution
from profiles.rulebook.model import Behavior, Kind, Rulebook

MOST_STEPS: Final = 12  # of the history
_WORST_FIRST: Final = (Finding.Outcome.FAIL, Finding.Outcome.INCONCLUSIVE, Finding.Outcome.PASS)


@dataclass(frozen=True, slots=True)
class Commitment:
    decision: Decision
    promise: str  # the sentence that tells the model so; empty for a filter
    tests: tuple[Test, ...] = ()  # one for each model, the newest first
    because: str = ""  # why it was not tested, where a suite says so

    @property
    def key(self) -> str:
        return self.decision.behavior.key

    @property
    def outcome(self) -> str:
        """The worst of its findings; empty if there is none."""
        found = {test.finding.outcome for test in self.tests}
        return next((outcome.value for outcome in _WORST_FIRST if outcome in found), "")

    @property
    def stale(self) -> frozenset[Stale]:
        """Why what was measured of it does not speak of what is promised now; empty where something does."""
        return least(test.stale for test in self.tests)


@dataclass(frozen=True, slots=True)
class OnPlatform:
    """What the product promises on one platform."""

    platform: str
    rulebook: Rulebook
    digest: str  # of the published profile
    valid_until: datetime | None
    commitments: tuple[Commitment, ...]
    filters: tuple[Commitment, ...]  # thresholds of the vendor's filters: set, and no promise about the model
    tried: tuple[Tried, ...]
    span_days: int | None = None  # how old a run may be; None where nobody asks for that
    elsewhere: Elsewhere | None = None  # of another version, where nothing is known of this one

    @property
    def stale(self) -> frozenset[Stale]:
        """Everything that makes something of what was measured stale."""
        found = frozenset[Stale]().union(*(one.stale for one in self.tested))
        return found | {Stale.OTHER_VERSION} if self.elsewhere else found

    def stale_by(self, why: Stale) -> tuple[Commitment, ...]:
        return tuple(one for one in self.tested if why in one.stale)

    @property
    def tested(self) -> tuple[Commitment, ...]:
        return tuple(one for one in self.commitments if one.tests)

    def count(self, outcome: str) -> int:
        return sum(one.outcome == outcome for one in self.commitments)

    @property
    def tested_at(self) -> datetime | None:
        """When the newest run ended of which something counts."""
        return max((one.tests[0].tried.at for one in self.tested), default=None)

    @property
    def rehearsed_only(self) -> bool:
        return not self.tested and any(one.rehearsal for one in self.tried)


@dataclass(frozen=True, slots=True)
class Step:
    """An activation, and what clients got differently from then on, on the platform that is asked for."""

    activation: Activation
    changes: tuple[Change, ...]
    behaviors: Mapping[str, Behavior]
    text_changed: bool
    is_first: bool


@dataclass(frozen=True, slots=True)
class Gathered:
    found: Found
    activation: Activation  # of the version that is active
    platforms: tuple[OnPlatform, ...]
    steps: Mapping[str, tuple[Step, ...]]  # by platform, the newest first
    origin: str  # of the log; empty as long as nothing was signed

    def on(self, platform: str) -> OnPlatform | None:
        """The platform of that name; the first one, which clients get that name none, where none is named."""
        return next((one for one in self.platforms if platform in ("", one.platform)), None)


def gather(found: Found, now: datetime) -> Gathered:
    here = {"product": found.product_id, "environment": found.environment_id}
    rows = Activation.objects.filter(**here).select_related("version").order_by("-id")[: MOST_STEPS + 1]
    activations = list(rows)
    active = activations[0]
    return Gathered(
        found,
        active,
        tuple(_on_platform(found, active, row, now) for row in _served(found, active, now)),
        {name: tuple(_steps(activations, name)) for name in active.version.platforms},
        Log.objects.filter(organization=found.organization, size__gt=0).values_list("origin", flat=True).first() or "",
    )


def platforms_of(found: Found) -> list[str]:
    """Those that ``gather`` finds, in their order."""
    rows = Activation.objects.filter(product=found.product_id, environment=found.environment_id)
    return list(rows.order_by("-id").values_list("version__platforms", flat=True)[0])


def _served(found: Found, active: Activation, now: datetime) -> list[PublishedProfile]:
    """What holds now, in the order of the platforms: of what was published the newest, as clients get it."""
    rows = PublishedProfile.objects.filter(product=found.product_id, environment=found.environment_id)
    rows = rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=now), valid_from__lte=now)
    rows = rows.order_by("platform", "-id").distinct("platform").defer("body", "gzip", "br")
    by_platform = {row.platform: row for row in rows}
    return [by_platform[name] for name in active.version.platforms if name in by_platform]


def _on_platform(about: Found, active: Activation, row: PublishedProfile, now: datetime) -> OnPlatform:
    books, resolution = _resolved(row)
    tried = tried_of(active.version, row.platform)
    stated = [one for one in resolution.decisions.values() if one.behavior.is_stated]
    promised = [one for one in stated if one.behavior.kind is not Kind.FILTER]
    tests = tests_of(tried, {one.behavior.key: one.raw for one in promised}, partial(_stale, about, row.platform, now))
    because = untestable(tried)
    return OnPlatform(
        row.platform,
        books[0],
        row.digest,
        row.valid_until,
        tuple(
            Commitment(one, phrase(one), tests.get(one.behavior.key, ()), because.get(one.behavior.key, ""))
            for one in promised
        ),
        tuple(Commitment(one, "") for one in resolution.decisions.values() if one.behavior.setting),
        tried,
        about.run_days,
        None if tests else elsewhere(active.version, about.environment_id, row.platform),
    )


def _stale(about: Found, platform: str, now: datetime, test: Test) -> frozenset[Stale]:
    named, said = about.model_names.get(platform) or (), test.tried
    return staleness(test.finding.outcome, said.model, said.at, named=named, days=about.run_days, now=now)


def _resolved(row: PublishedProfile) -> tuple[list[Rulebook], Resolution]:
    assert row.inputs is not None, "older rows were published anew"
    inputs = Inputs.load(row.inputs)
    books = rulebooks_of(inputs.rulebooks)
    return books, inputs.resolve(books)


# What changed


def _steps(activations: list[Activation], platform: str) -> Iterator[Step]:
    """Each beside the one before it; of the oldest that is read only the next one tells."""
    first = {row.activation_id: row for row in _first_published(activations, platform)}
    pairs = zip(activations, [*activations[1:], None], strict=True)
    for after, before in list(pairs)[:MOST_STEPS]:
        new, old = first.get(after.pk), first.get(before.pk) if before else None
        if any(row is not None and row.inputs is None for row in (new, old)):
            return  # of before it was kept what a profile was resolved from
        if new is not None:
            yield _step(after, new, old)


def _first_published(activations: list[Activation], platform: str) -> list[PublishedProfile]:
    """What was published by each activation itself, for the instant of it."""
    rows = PublishedProfile.objects.filter(activation__in=activations, platform=platform)
    return list(rows.order_by("activation_id", "id").distinct("activation_id").defer("body", "gzip", "br"))


def _step(activation: Activation, new: PublishedProfile, old: PublishedProfile | None) -> Step:
    _books, after = _resolved(new)
    if old is None:
        return Step(activation, (), {}, text_changed=False, is_first=True)
    before = _resolved(old)[1]
    behaviors = {key: decision.behavior for key, decision in after.decisions.items()}
    said = [str((row.inputs or {}).get("instructions", "")).strip() for row in (old, new)]
    return Step(activation, diff.changes(before, after), behaviors, text_changed=said[0] != said[1], is_first=False)
