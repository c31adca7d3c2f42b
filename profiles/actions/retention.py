"""How long a trail is kept, and legal holds, under which nothing of it goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audits.log.disclosures import personal
from audits.models import LegalHold, Retention
from audits.models.retention import LEAST_MONTHS, MOST_MONTHS
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission, Scoped
from profiles.actions.base import action, note
from profiles.actions.text import clean_text
from profiles.errors import DomainError, InvalidInput, WrongState
from profiles.models import Organization

INSTALLATION: Final = "installation"  # instead of an organization
WAIT: Final = timedelta(days=7)  # after it was set nothing goes for so long, so that whoever is told can object
MOST_HOLDS: Final = 50
MOST_REFERENCE: Final = 120
MOST_REASON: Final = 1_000


@action(Kind.RETENTION_CHANGED)
def set_retention(owner: Organization | str, *, months: int | None, by: Actor, now: datetime) -> Retention:
    """Keep entries for so many months, or with None for ever. What is older is pruned at night, from ``WAIT`` on.

    Args:
        owner: an organization, or ``INSTALLATION`` for its own trail.

    Raises:
        InvalidInput: fewer than six months, or more than a hundred years.
        WrongState: it is that already.
    """
    by.require(Permission.SET_RETENTION if isinstance(owner, Organization) else Permission.MANAGE_ORGANIZATIONS)
    if months is not None and not LEAST_MONTHS <= months <= MOST_MONTHS:
        message = _("Keep entries for %(least)d to %(most)d months, or for ever.") % {
            "least": LEAST_MONTHS,
            "most": MOST_MONTHS,
        }
        raise InvalidInput(message, fields={"months": [message]})
    lock(_slug(owner))
    row = retention_of(_slug(owner))
    before = row.months if row else None
    if months == before:
        raise WrongState(_("It is set to that already."))
    row = row or Retention(organization=_organization(owner))
    row.months, row.set_at, row.set_by, row.set_by_id = months, now, by.name, by.id
    row.save()
    note(
        Kind.RETENTION_CHANGED, owner, by=by, now=now, before={"months": before}, after={"months": months}, **_of(owner)
    )
    return row


@action(Kind.LEGAL_HOLD_PLACED)
def place_legal_hold(owner: Organization | str, *, reference: str, reason: str, by: Actor, now: datetime) -> LegalHold:
    """Let nothing go from a trail until it is released: nothing is pruned, and nothing is erased.

    Raises:
        InvalidInput: no reference or reason.
        WrongState: one of this reference stands already, or there are too many.
    """
    _require_hold(owner, by)
    reference = clean_text(reference, field="reference", most=MOST_REFERENCE, required=True)
    reason = clean_text(reason, field="reason", most=MOST_REASON, required=True)
    lock(_slug(owner))
    standing = standing_in(_slug(owner))
    if standing.filter(reference=reference).exists():
        raise WrongState(_("A legal hold with this reference stands already."))
    if standing.count() >= MOST_HOLDS:
        raise WrongState(
            _("There are %(most)d legal holds, which is the most. Release one first.") % {"most": MOST_HOLDS}
        )
    row = LegalHold.objects.create(
        organization=_organization(owner), reference=reference, reason=reason, placed_at=now, placed_by=by.name
    )
    note(Kind.LEGAL_HOLD_PLACED, row, by=by, now=now, data=_told(row, reason))
    return row


@action(Kind.LEGAL_HOLD_RELEASED)
def release_legal_hold(hold: LegalHold, *, reason: str, by: Actor, now: datetime) -> LegalHold:
    """What is too old may go again, once no other one stands.

    Raises:
        InvalidInput: no reason.
        WrongState: it was released already.
    """
    _require_hold(hold.organization or INSTALLATION, by)
    reason = clean_text(reason, field="reason", most=MOST_REASON, required=True)
    row = LegalHold.objects.select_for_update(of=("self",)).select_related("organization").get(pk=hold.pk)
    if row.released_at is not None:
        raise WrongState(_("This legal hold was released already."))
    row.released_at, row.released_by, row.released_because = now, by.name, reason
    row.save(update_fields=["released_at", "released_by", "released_because"])
    note(Kind.LEGAL_HOLD_RELEASED, row, by=by, now=now, data=_told(row, reason))
    return row


def erasing_refusal(slug: str) -> DomainError | None:
    """Why nothing may be erased from the trail of an organization (the installation's with an empty slug) just now."""
    held = list(standing_in(slug).values_list("reference", flat=True))
    if not held:
        return None
    sentence = ngettext(
        "Nothing is erased while a legal hold stands: %(references)s. Whoever answers for it can release it.",
        "Nothing is erased while legal holds stand: %(references)s. Whoever answers for them can release them.",
        len(held),
    )
    return WrongState(sentence % {"references": ", ".join(held)})


def retention_of(slug: str) -> Retention | None:
    """How long a trail is kept; None if nobody ever set that."""
    return Retention.objects.filter(_whose(slug)).first()


def legal_holds(slug: str) -> Scoped[LegalHold]:
    """Those of a trail, the newest first, with those that were released."""
    return LegalHold.objects.filter(_whose(slug)).select_related("organization")


def standing_in(slug: str) -> Scoped[LegalHold]:
    """The legal holds that stand on a trail, the newest first."""
    return legal_holds(slug).filter(released_at=None)


def _whose(slug: str) -> Q:
    return Q(organization__slug=slug) if slug else Q(organization=None)


def lock(slug: str) -> None:
    """Until the transaction ends, nobody else prunes or erases in this trail, or places a legal hold on it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT retention_lock(%s)", [slug])


def _require_hold(owner: Organization | str, by: Actor) -> None:
    by.require(Permission.LEGAL_HOLD if isinstance(owner, Organization) else Permission.MANAGE_ORGANIZATIONS)


def _organization(owner: Organization | str) -> Organization | None:
    return owner if isinstance(owner, Organization) else None


def _slug(owner: Organization | str) -> str:
    return owner.slug if isinstance(owner, Organization) else ""


def _of(owner: Organization | str) -> dict[str, Any]:
    return {"target": f"retention of {_slug(owner) or INSTALLATION}"}


def _told(row: LegalHold, reason: str) -> dict[str, Any]:
    """A case is often called by the names of those who meet in it."""
    return {"reference": personal(row.reference), "reason": personal(reason)}
