"""Versions that are not made from the draft: an earlier one restored, and a stale one brought up to what is live."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action
from profiles.actions.carrying import carry_draft, fields_of
from profiles.actions.text import clean_text
from profiles.actions.versions import freeze
from profiles.errors import DomainError, InvalidInput, StaleVersion, WrongState
from profiles.models import Activation, Draft, Product, Version
from profiles.queries import Difference, Stored, active, difference, furthest, is_stale, live_version
from profiles.resolution.merge import MINE, THEIRS, Merge, merged, merges, unflat


def planned(product: Product, fields: Mapping[str, Any], now: datetime) -> Draft:
    """A draft, in memory alone, that says ``fields``; for where one looks before one writes."""
    settings, windows, instructions = unflat(fields)
    return Draft(product=product, settings=settings, windows=windows, instructions=instructions, updated_at=now)


def effect(product: Product, fields: Mapping[str, Any], live: Version | None, now: datetime) -> Difference:
    """What would change for clients if ``fields`` were live, with the limits of today."""
    return difference(Stored.version(live) if live else None, Stored.draft(planned(product, fields, now)), now)


@action(Kind.VERSION_RESTORED)
def restore_version(version: Version, *, note_text: str, by: Actor, now: datetime) -> Version:
    """Submit a new version that says what an earlier one said. It stands under the limits, facts and platforms of today
    and goes live like any other.

    Raises:
        WrongState: nothing that is active says anything else.
        OutsideLimits: something that it set is honored on no platform any more.
    """
    by.require(Permission.SUBMIT)
    note_text = clean_text(note_text, field="note", most=4_000, required=True)
    version.product = _locked(version)
    current = active(version.product).values()
    live = furthest(current)
    if refusal := restore_refusal(version, current):
        raise refusal
    draft = planned(version.product, fields_of(version), now)
    stored = Stored.draft(draft)
    found = difference(Stored.version(live) if live else None, stored, now)
    return freeze(
        draft,
        stored,
        found,
        kind=Kind.VERSION_RESTORED,
        live=live,
        note_text=note_text,
        restores=version,
        writers=(version.author_id, *version.writers),
        by=by,
        now=now,
    )


def restore_refusal(version: Version, current: Collection[Activation]) -> DomainError | None:
    """Why there is nothing to restore; None if something else is active in any environment."""
    live = furthest(current)
    if live is None or replaced(version, current):
        return None
    return WrongState(_("Version %(number)d says the same and is active everywhere.") % {"number": live.number})


def replaced(version: Version, current: Iterable[Activation]) -> Version | None:
    """What is active furthest along and says something else than ``version``."""
    fields = fields_of(version)
    return furthest(row for row in current if fields_of(row.version) != fields)


def rebase_plan(version: Version, live: Version) -> tuple[Merge, ...]:
    """Every field on which a stale version and what is live differ: "mine" is the version's."""
    base = fields_of(version.base) if version.base else {}
    return merges(base, fields_of(version), fields_of(live))


@action(Kind.VERSION_REBASED)
def rebase_version(
    version: Version, *, live: int, choices: Mapping[str, str], note_text: str, by: Actor, now: datetime
) -> Version:
    """Submit a stale version anew, on top of what is live. Nobody has approved the new one, however little it differs.

    Args:
        live: the number of the live version that the choices were made against.
        choices: "mine" (the version's) or "theirs" (what is live) for every field of ``rebase_plan``.

    Raises:
        StaleVersion: yet another version went live meanwhile.
        InvalidInput: a field has no choice; ``fields`` names it.
        WrongState: it is not stale, or nothing of it would be left.
    """
    by.require(Permission.SUBMIT)
    note_text = clean_text(note_text, field="note", most=4_000, required=True)
    version.product = _locked(version)
    current = live_version(version.product)
    if refusal := rebase_refusal(version, current, seen=live):
        raise refusal
    assert current is not None, "a version is stale beside what is live"
    found = rebase_plan(version, current)
    _need_choices(found, choices)
    fields = merged(fields_of(version), found, choices)
    if fields == fields_of(current):
        raise WrongState(
            _("Nothing of version %(number)d would be left. Leave it as it is.") % {"number": version.number}
        )
    draft = planned(version.product, fields, now)
    stored = Stored.draft(draft)
    changes = difference(Stored.version(current), stored, now)
    made = freeze(
        draft,
        stored,
        changes,
        kind=Kind.VERSION_REBASED,
        live=current,
        note_text=note_text,
        rebases=version,
        writers=(version.author_id, *version.writers),
        by=by,
        now=now,
    )
    carry_draft(version.product, before=version, after=made, by=by, now=now)
    return made


def rebase_refusal(version: Version, live: Version | None, *, seen: int | None = None) -> DomainError | None:
    """Why a version cannot be rebased now; None if it can."""
    if live is None or not is_stale(version, live):
        return WrongState(_("Version %(number)d was made against what is live.") % {"number": version.number})
    if live.number > version.number:
        return WrongState(
            _("Version %(live)d is live and newer than version %(number)d. To go back, restore version %(number)d.")
            % {"live": live.number, "number": version.number}
        )
    if seen is not None and seen != live.number:
        return StaleVersion(
            _("Version %(live)d became active meanwhile. Look at the differences again.") % {"live": live.number}
        )
    return None


def _need_choices(found: tuple[Merge, ...], choices: Mapping[str, str]) -> None:
    missing = [item.field for item in found if choices.get(item.field) not in (MINE, THEIRS)]
    if missing:
        message = _("Choose which value stays.")
        raise InvalidInput(
            _("Choose for each behavior which value stays."), fields={f"choice.{field}": [message] for field in missing}
        )


def _locked(version: Version) -> Product:
    product: Product = (
        Product.objects.select_for_update(of=("self",)).select_related("organization").one(pk=version.product_id)
    )
    return product
