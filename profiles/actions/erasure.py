"""Erasing what entries say about people. The entries stay, with the digests of what was erased: every proof holds."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from audits.log.disclosures import personal
from audits.models import ActorName, Disclosure, Entry
from audits.trail.kinds import Kind
from audits.trail.record import Recorded
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.retention import erasing_refusal, lock
from profiles.actions.text import clean_text
from profiles.errors import InvalidInput, WrongState
from profiles.models import Organization

MOST_REASON: Final = 500
_NAME: Final = "actor.name"
_ACCOUNT: Final = "data.account"


@action(Kind.PERSONAL_DATA_ERASED)
def erase_of_entry(entry: Entry, *, paths: list[str], reason: str, by: Actor, now: datetime) -> Recorded:
    """Erase some of what one entry says about people, and return the entry that tells of it.

    Args:
        paths: of the members, as ``Disclosure.path`` has them.

    Raises:
        InvalidInput: no reason, or nothing chosen.
        WrongState: all of it was erased before, or a legal hold stands.
    """
    by.require(needed(entry.organization))
    if not paths:
        raise InvalidInput(_("Choose what to erase."), fields={"paths": [_("Choose what to erase.")]})
    rows = Disclosure.objects.filter(entry=entry, path__in=paths)
    return _erase(entry, entry.organization, rows, reason, {"entry": entry.pk, "of": sorted(paths)}, by, now)


@action(Kind.PERSONAL_DATA_ERASED)
def erase_of_person(
    place: Organization | str, *, actor_id: str, texts: bool, reason: str, by: Actor, now: datetime
) -> Recorded:
    """Erase the name of somebody from every entry of a place, and return the entry that tells of it. What happens from
    now on is recorded with their name again, so whoever still works here is named again by what they do next.

    Args:
        place: an organization, or the installation as any text.
        actor_id: theirs, such as "user:7".
        texts: whether the reasons and comments that they wrote go too.

    Raises:
        InvalidInput: no reason.
        WrongState: nothing is known of them here, or a legal hold stands.
    """
    slug = "" if isinstance(place, str) else place.slug
    by.require(needed(slug))
    about = {"target": _account(actor_id), "texts": texts}
    erased = _erase(place, slug, told_of(slug, actor_id, texts=texts), reason, about, by, now)
    ActorName.objects.filter(organization=slug, actor_id=actor_id).delete()
    return erased


def needed(organization: str) -> Permission:
    """What erasing in an organization's trail takes, or in the installation's own, whose slug is empty."""
    return Permission.ERASE if organization else Permission.MANAGE_ORGANIZATIONS


def told_of(organization: str, actor_id: str, *, texts: bool) -> QuerySet[Disclosure]:
    """What the entries of an organization still say about somebody: their name, and with ``texts`` what they wrote."""
    theirs = Q(entry__actor_id=actor_id) if texts else Q(entry__actor_id=actor_id, path=_NAME)
    named = Q(entry__target=_account(actor_id), path=_ACCOUNT)
    return Disclosure.objects.filter(theirs | named, entry__organization=organization, text__isnull=False)


def _account(actor_id: str) -> str:
    return f"account {actor_id.removeprefix('user:')}"


def _erase(
    thing: Any, slug: str, rows: QuerySet[Disclosure], reason: str, about: dict[str, Any], by: Actor, now: datetime
) -> Recorded:
    lock(slug)  # whoever places a legal hold meanwhile comes before or after
    if refusal := erasing_refusal(slug):
        raise refusal
    reason = clean_text(reason, field="reason", most=MOST_REASON, required=True)
    # Locked, so that what is counted and committed to is what goes.
    found = list(
        rows.filter(text__isnull=False).order_by("pk").select_for_update(of=("self",)).values_list("pk", "digest")
    )
    if not found:
        raise WrongState(_("Nothing of this is left that could be erased."))
    told = hashlib.sha256("\n".join(sorted(digest for _pk, digest in found)).encode()).hexdigest()
    more = {"target": about.pop("target")} if "target" in about else {}
    data = {"reason": personal(reason), "count": len(found), "digests": f"sha256:{told}", **about}
    entry = note(Kind.PERSONAL_DATA_ERASED, thing, by=by, now=now, data=data, **more)
    Disclosure.objects.filter(pk__in=[pk for pk, _digest in found]).update(text=None, erased_by=entry.pk)
    return entry
