"""Whether a version may become active somewhere: all that this is decided by, read once for actions and pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from profiles.models import Activation, Environment, Version
from profiles.queries.live import active, difference, furthest
from profiles.queries.reviews import Standing, standing
from profiles.queries.stored import Stored, claims_of, not_honored
from profiles.resolution.types import Attestation, Clamp
from profiles.rulebook.domains import Direction

_ALWAYS: Final = (datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Readiness:
    """One version beside one environment."""

    version: Version
    environment: Environment
    active: Version | None  # what the environment serves now
    live: Version | None  # what is active furthest along, which reviewers compare with
    reviews: Standing
    outside: Mapping[str, Clamp]  # the version's settings that no platform honors any more
    tightens: bool  # clients of the environment would get nothing looser, today or later
    restores: bool  # what was approved and active there before
    is_promotion: bool  # an earlier environment serves it already

    @property
    def is_approved(self) -> bool:
        return self.reviews.is_approved(self.environment.approvals_needed)

    @property
    def is_stale(self) -> bool:
        """Whether it was made against something older than what is live, so that it would undo what came between."""
        return is_stale(self.version, self.live)


def is_stale(version: Version, live: Version | None) -> bool:
    if live is None or live.pk == version.pk:
        return False
    return version.base is None or version.base.number < live.number


def readiness(version: Version, environments: Iterable[Environment], now: datetime) -> dict[int, Readiness]:
    """How a version stands in each of the environments, by their ids. ``version.product`` brings its organization."""
    current = active(version.product)
    reviews, claims = standing(version), claims_of(version.product)
    others = {row.version_id: row.version for row in current.values()}
    for other in others.values():
        other.product = version.product
    stored = Stored.versions([version, *others.values()])
    mine = stored[version.pk]
    outside = not_honored(mine.settings, mine.resolve(now, claims=claims))
    tightening = {pk: is_tightening(stored[pk], mine, now, claims) for pk in others}
    approved_in = _approved_in(version.restored_from)
    found = {}
    for place in environments:
        row = current.get(place.pk)
        found[place.pk] = Readiness(
            version,
            place,
            row.version if row else None,
            furthest(current.values()),
            reviews,
            outside,
            bool(row and tightening[row.version_id]),
            place.pk in approved_in,
            any(row.version_id == version.pk and row.environment.position < place.position for row in current.values()),
        )
    return found


def is_tightening(before: Stored, after: Stored, now: datetime, claims: tuple[Attestation, ...]) -> bool:
    """Whether ``after`` makes something stricter and nothing looser, not even later: what a hold or a missing
    attestation keeps down today must not come up by itself tomorrow. Own text has no order, and other facts mean other
    limits, so a change of either is never a tightening."""
    found = difference(before, after, now, claims)
    if found.text_changed or found.facts_changed or found.direction is not Direction.TIGHTENING:
        return False
    opened = difference(before.without_holds(), after.without_holds(), now, _every_claim(before, after))
    return opened.direction in (Direction.TIGHTENING, Direction.SAME)


def _every_claim(*stored: Stored) -> tuple[Attestation, ...]:
    books = (book for each in stored for revision in each.revisions for book in each.rulebooks(revision))
    kinds = {kind for book in books for kind in book.attestations}
    return tuple(Attestation(kind, *_ALWAYS) for kind in sorted(kinds))


def _approved_in(version: Version | None) -> set[int]:
    """The environments in which a version was active with the approvals that they asked for."""
    if version is None:
        return set()
    rows = version.activations.filter(basis=Activation.Basis.APPROVED)
    return set(rows.values_list("environment_id", flat=True))
