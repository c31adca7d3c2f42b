"""Whether a version may become active somewhere: all that this is decided by, read once for actions and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from audits.checks.freshness import Missing
from profiles.models import Activation, Environment, Version
from profiles.queries.freshness import Shown, shown_now
from profiles.queries.live import Difference, active, difference, furthest, is_stale
from profiles.queries.reviews import Standing, standing
from profiles.queries.stored import Stored, claims_of, not_honored
from profiles.resolution.types import Attestation, Clamp
from profiles.rulebook.domains import Direction

_ALWAYS: Final = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))
_NO_LOOSER: Final = (Direction.TIGHTENING, Direction.SAME)


@dataclass(frozen=True, slots=True)
class Readiness:
    """One version beside one environment."""

    version: Version
    environment: Environment
    active: Version | None  # what the environment serves now
    live: Version | None  # what is active furthest along, which reviewers compare with
    reviews: Standing
    outside: Mapping[str, Clamp]  # the version's settings that no platform honors any more
    tightens: bool  # clients of the environment would get something stricter and nothing looser, today or later
    restores: bool  # nothing looser than what was approved and active there before
    is_promotion: bool  # an earlier environment serves it already
    untested: tuple[Missing, ...] = ()  # what it lacks for the passing run that the environment asks for
    names: Mapping[str, str] = field(default_factory=dict)  # of behaviors, by key

    @property
    def may_go_untested(self) -> bool:
        """What only becomes stricter is never kept waiting by a run: it is tested afterwards."""
        return self.tightens

    @property
    def is_approved(self) -> bool:
        return self.reviews.is_approved(self.environment.approvals_needed)

    @property
    def is_stale(self) -> bool:
        """Whether it was made against something older than what is live, so that it would undo what came between."""
        return is_stale(self.version, self.live)


def readiness(
    version: Version, environments: Iterable[Environment], now: datetime, shown: Shown | None = None
) -> dict[int, Readiness]:
    """How a version stands in each of the environments, by their ids. ``version.product`` brings its organization.

    Args:
        shown: what runs say of it, if somebody read that already; it is read where an environment asks for a run.
    """
    environments = list(environments)
    current = active(version.product)
    claims, live = claims_of(version.product), furthest(current.values())
    others = {row.version_id: row.version for row in current.values()}
    if version.restored_from is not None:
        others.setdefault(version.restored_from.pk, version.restored_from)
    for other in others.values():
        other.product = version.product
    stored = Stored.versions([version, *others.values()])
    mine, reviews = stored[version.pk], standing(version)
    tightening = {pk: is_tightening(stored[pk], mine, now, claims) for pk in others}
    resolved = mine.resolve(now, claims=claims)
    outside, restored_in = not_honored(mine.settings, resolved), _restored_in(version, stored, now)
    if shown is None and any(place.run_days for place in environments):
        shown = shown_now(version.product, resolved, version.instructions)
    found = {}
    for place in environments:
        row = current.get(place.pk)
        found[place.pk] = Readiness(
            version=version,
            environment=place,
            active=row.version if row else None,
            live=live,
            reviews=reviews,
            outside=outside,
            tightens=bool(row and tightening[row.version_id]),
            restores=place.pk in restored_in,
            is_promotion=any(
                item.version_id == version.pk and item.environment.position < place.position
                for item in current.values()
            ),
            untested=shown.missing(place.run_days, now) if shown and place.run_days else (),
            names=shown.names if shown else {},
        )
    return found


def is_tightening(before: Stored, after: Stored, now: datetime, claims: tuple[Attestation, ...]) -> bool:
    """Whether ``after`` makes something stricter and nothing looser."""
    found = difference(before, after, now, claims)
    return found.direction is Direction.TIGHTENING and is_no_looser(before, after, now)


def is_no_looser(before: Stored, after: Stored, now: datetime) -> bool:
    """Whether ``after`` can never give more than ``before`` would, not even later: what a hold or a missing attestation
    keeps down today, or a law until its last day, must not come up by itself tomorrow. Own text has no order, and other
    facts mean other limits, so a change of either is never just stricter."""
    instants = [now, *_turns(before, now), *_turns(after, now)]
    before, after, claims = before.without_holds(), after.without_holds(), _every_claim(before, after)
    return all(_is_no_looser(difference(before, after, instant, claims)) for instant in sorted(set(instants)))


def _is_no_looser(found: Difference) -> bool:
    lost = any(
        platform not in found.after or resolution.decisions.keys() - found.after[platform].decisions.keys()
        for platform, resolution in found.before.items()
    )
    return not (found.text_changed or found.facts_changed or lost) and found.direction in _NO_LOOSER


def _turns(stored: Stored, now: datetime) -> list[datetime]:
    """When its laws come into force or end."""
    return [instant for law in stored.laws for instant in law.rulebook().turns(now)]


def _every_claim(*stored: Stored) -> tuple[Attestation, ...]:
    books = (book for each in stored for revision in each.revisions for book in each.rulebooks(revision))
    kinds = {kind for book in books for kind in book.attestations}
    return tuple(Attestation(kind, *_ALWAYS) for kind in sorted(kinds))


def _restored_in(version: Version, stored: Mapping[int, Stored], now: datetime) -> set[int]:
    """The environments to which a version brings back what was active there with the approvals that they ask for."""
    earlier = version.restored_from
    if earlier is None or not is_no_looser(stored[earlier.pk], stored[version.pk], now):
        return set()
    said = standing(earlier)
    if said.declined:
        return set()
    rows = earlier.activations.values_list("environment_id", "basis", "environment__approvals_needed")
    return {place for place, basis, needed in rows if basis == Activation.Basis.APPROVED or said.is_approved(needed)}
