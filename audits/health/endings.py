"""Measuring ``expiry``: what ends or begins for a place within the next months, and what changes then for clients."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Exists, OuterRef

from audits.checks import expiry as check
from audits.checks.expiry import Ending
from audits.checks.results import Result
from audits.health.place import Place
from profiles.models import ApiKey, Attestation, PublishedProfile, RulebookRevision, Schedule
from profiles.resolution import diff

_MOMENT: Final = timedelta(microseconds=1)
_NAMED: Final = 6  # behaviors that a sentence names
_ALWAYS: Final = datetime.max.replace(tzinfo=UTC)


def measure(place: Place) -> Result:
    return Result.of(check.judge(endings(place), place.now))


def endings(place: Place) -> Iterator[Ending]:
    yield from _attestations(place)
    yield from _laws(place)
    yield from _keys(place)
    yield from _activations(place)
    yield from _documents(place)


def changes_at(place: Place, at: datetime) -> tuple[str, ...]:
    """The names of the behaviors that have another value from an instant on, if nothing else happens until then."""
    before, after = place.stored.resolve(at - _MOMENT), place.stored.resolve(at)
    found = diff.together(diff.changes(before[platform], after[platform]) for platform in after)
    names = [place.name(each.behavior) for each in found]
    return (*names[:_NAMED], *(("…",) if len(names) > _NAMED else ()))


def _attestations(place: Place) -> Iterator[Ending]:
    """Those that were granted and that no later one of the same kind follows."""
    granted = Attestation.objects.filter(product=place.product, state=Attestation.State.GRANTED)
    later = granted.filter(kind=OuterRef("kind"), expires_at__gt=OuterRef("expires_at"))
    soon = granted.filter(expires_at__gt=place.now - check.LATELY, expires_at__lte=place.now + check.AHEAD)
    for row in soon.exclude(Exists(later)).order_by("expires_at"):
        assert row.expires_at is not None
        over = row.expires_at <= place.now
        changes = () if over else changes_at(place, row.expires_at)
        name = row.kind.replace("_", " ")
        yield Ending("attestation_ended" if over else "attestation_ends", row.expires_at, {"name": name}, changes)


def _laws(place: Place) -> Iterator[Ending]:
    for law in place.stored.laws:
        for code, at in turns_of(law, place.now):
            yield Ending(code, at, {"name": law.title}, changes_at(place, at))


def turns_of(law: RulebookRevision, now: datetime) -> Iterator[tuple[str, datetime]]:
    """When a law pack comes into force and when it ends, within the time that is looked ahead."""
    book = law.rulebook()
    for at in book.turns(now):
        if at - now <= check.AHEAD:
            yield "law_begins" if book.is_in_force(at) else "law_ends", at


def _keys(place: Place) -> Iterator[Ending]:
    rows = ApiKey.objects.filter(product=place.product, environment=place.environment, revoked_at=None)
    soon = rows.filter(expires_at__gt=place.now - check.LATELY, expires_at__lte=place.now + check.AHEAD)
    for row in soon.order_by("expires_at"):
        assert row.expires_at is not None
        code = "key_ended" if row.expires_at <= place.now else "key_ends"
        yield Ending(code, row.expires_at, {"name": row.prefix})


def _activations(place: Place) -> Iterator[Ending]:
    rows = Schedule.objects.filter(product=place.product, environment=place.environment, state=Schedule.State.WAITING)
    for row in rows.select_related("version"):
        yield Ending("activation_due", row.due_at, {"version": row.version.number}, needs_somebody=False)


def _documents(place: Place) -> Iterator[Ending]:
    """What is published ends where something changes, and what follows was published with it. Only where it was not
    does somebody have to act."""
    rows = PublishedProfile.objects.filter(activation=place.activation).only("platform", "valid_from", "valid_until")
    for platform in place.platforms:
        mine = [row for row in rows if row.platform == platform]
        ends = max((row.valid_until or _ALWAYS for row in mine), default=_ALWAYS)
        holding = [
            row for row in mine if row.valid_from <= place.now and row.valid_until and row.valid_until > place.now
        ]
        if ends < _ALWAYS:
            yield Ending("nothing_follows", ends, {"platform": platform})
        elif holding:
            until = holding[-1].valid_until
            assert until is not None
            yield Ending("document_ends", until, {"platform": platform}, needs_somebody=False)
