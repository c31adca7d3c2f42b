"""Auditors: outsiders to whom an organization, or the installation, shows its log."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from audits.log import notes
from audits.log.disclosures import personal
from audits.models import Auditor
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.text import clean_email, clean_text
from profiles.errors import InvalidInput, WrongState
from profiles.models import Organization

INSTALLATION: Final = "installation"  # instead of an organization
MOST: Final = 50  # of one log


@action(Kind.AUDITOR_ADDED)
def add_auditor(
    owner: Organization | str,
    *,
    name: str,
    key: str = "",
    email: str = "",
    rhythm: str = Auditor.Rhythm.NEVER,
    by: Actor,
    now: datetime,
) -> Auditor:
    """Name somebody whose cosignatures count (with a key), or who gets checkpoints by mail (with an address).

    Args:
        owner: an organization, or ``INSTALLATION`` for its own log.

    Raises:
        InvalidInput: neither of the two, or one that is none.
        WrongState: there are as many as one log may have.
    """
    _require(owner, by)
    rows = _locked(owner)
    if rows.count() >= MOST:
        raise WrongState(_("There are %(most)d auditors, which is the most. Remove one first.") % {"most": MOST})
    name = clean_text(name, field="name", most=120, required=True)
    key = _key(clean_text(key, field="key", most=400), [row.key for row in rows])
    rhythm, email = _mail(rhythm, email)
    if not key and not email:
        message = _("Give a key, an address for checkpoints, or both.")
        raise InvalidInput(message, fields={"key": [message]})
    auditor = Auditor.objects.create(
        organization=owner if isinstance(owner, Organization) else None,
        name=name,
        key=key,
        email=email,
        rhythm=rhythm,
        created_at=now,
        created_by=by.name,
    )
    note(Kind.AUDITOR_ADDED, auditor, by=by, now=now, after=_shown(auditor), data=_called(auditor))
    return auditor


@action(Kind.AUDITOR_REMOVED)
def remove_auditor(auditor: Auditor, *, by: Actor, now: datetime) -> None:
    """What they cosign from now on does not count, and no checkpoint goes to them. What they cosigned stays."""
    _require(auditor.organization or INSTALLATION, by)
    row = Auditor.objects.select_for_update(of=("self",)).select_related("organization").get(pk=auditor.pk)
    if row.removed_at is not None:
        raise WrongState(_("This auditor was removed already."))
    row.removed_at, before = now, _shown(row)
    row.email = ""
    row.save()
    note(Kind.AUDITOR_REMOVED, row, by=by, now=now, before=before, data=_called(row))


def _require(owner: Organization | str, by: Actor) -> None:
    by.require(Permission.MANAGE_AUDITORS if isinstance(owner, Organization) else Permission.MANAGE_ORGANIZATIONS)


def _locked(owner: Organization | str) -> Any:
    """Those there are. Two who add one at the same moment do it one after the other."""
    if isinstance(owner, Organization):
        owner = Organization.objects.select_for_update().get(pk=owner.pk)
        return owner.auditors.filter(removed_at=None)
    return Auditor.objects.filter(organization=None, removed_at=None)


def _key(text: str, taken: list[str]) -> str:
    """
    Raises:
        InvalidInput: no key that cosigns, or one that is there already.
    """
    if not text:
        return ""
    try:
        found = notes.parse_verifier(text)
    except notes.BadNote:
        found = None
    if found is None or found.kind != notes.COSIGNATURE:
        message = _("This is no key that cosigns. It looks like auditor.example+1a2b3c4d+BAk… and is for Ed25519.")
        raise InvalidInput(message, fields={"key": [message]})
    if str(found) in taken:
        message = _("This key is there already.")
        raise InvalidInput(message, fields={"key": [message]})
    return str(found)


def _mail(rhythm: str, email: str) -> tuple[str, str]:
    """
    Raises:
        InvalidInput: no such rhythm, or an address is missing or none.
    """
    if rhythm not in Auditor.Rhythm.values:
        message = _("Choose how often.")
        raise InvalidInput(message, fields={"rhythm": [message]})
    if rhythm == Auditor.Rhythm.NEVER:
        return rhythm, ""
    return rhythm, clean_email(email)


def _called(auditor: Auditor) -> dict[str, Any]:
    return {"account": personal(auditor.name)}


def _shown(auditor: Auditor) -> dict[str, Any]:
    """The address stays out of the entry: it is nobody's business but of whoever writes the mail."""
    return {"key": auditor.key, "mail": str(auditor.rhythm)}
