"""Saved searches of the trail. One's own are nobody else's business, so the trail does not keep them; sharing one, and
taking it back, is on record."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from audits.models import SavedSearch
from audits.trail.kinds import Kind
from profiles.access import Actor, Permission
from profiles.actions.base import action, note
from profiles.actions.text import clean_text
from profiles.errors import InvalidInput, NotFound, WrongState
from profiles.models import Organization

MOST: Final = 50  # of one person in one organization
_LONGEST: Final = 1_600  # characters of what stands in an address


def save_search(organization: Organization, *, name: str, query: str, by: Actor, now: datetime) -> SavedSearch:
    """Keep a search for oneself. An older one of the same name is replaced, unless it is shared.

    Args:
        query: what stands in the address of the page.

    Raises:
        InvalidInput: no name, or nothing to search for.
        WrongState: there are too many, or the shared one is called so.
    """
    by.require(Permission.VIEW_TRAIL)
    if by.user_id is None or by.organization_slug != organization.slug:
        raise NotFound(_("There is nothing here, or it is not yours to see."))
    name = _name(name)
    if not query or len(query) > _LONGEST:
        message = _("Filter or search first: there is nothing to save yet.")
        raise InvalidInput(message, fields={"query": [message]})
    mine = SavedSearch.objects.filter(organization=organization, user_id=by.user_id)
    with transaction.atomic():
        found = mine.select_for_update().filter(name=name).first()
        if found is None and mine.count() >= MOST:
            raise WrongState(_("There is room for %(most)d searches. Remove one first.") % {"most": MOST})
        if found is None:
            return mine.create(organization=organization, user_id=by.user_id, name=name, query=query, created_at=now)
        if found.shared:
            raise WrongState(_("You share a search of this name. Choose another name."))
        found.query = query
        found.save(update_fields=("query",))
        return found


def rename_search(search: SavedSearch, *, name: str, by: Actor) -> None:
    """Of one's own that is not shared."""
    _need_own(search, by)
    _rename(search, name)


@action(Kind.SEARCH_SHARED)
def share_search(search: SavedSearch, *, name: str, by: Actor, now: datetime) -> None:
    """Show it to everybody who reads the trail of the organization, under this name; or call a shared one so.

    Raises:
        Forbidden: their role reads and leaves nothing behind.
        WrongState: they have another one of this name.
    """
    by.require(Permission.SHARE_SEARCH)
    _need_own(search, by)
    before = _told(search) if search.shared else None
    _rename(search, name)
    search.shared = True
    search.save(update_fields=("shared",))
    if before != _told(search):
        note(Kind.SEARCH_SHARED, search, by=by, now=now, before=before, after=_told(search))


@action(Kind.SEARCH_WITHDRAWN)
def withdraw_search(search: SavedSearch, *, name: str | None = None, by: Actor, now: datetime) -> None:
    """Keep it for oneself again, under another name if one is given. Whoever looks after the organization may take any
    that is shared away from the others."""
    if search.user_id != by.user_id:
        by.require(Permission.MANAGE_MEMBERS)
    if not search.shared:
        raise WrongState(_("This search is not shared."))
    before = _told(search)
    if name is not None:
        _need_own(search, by)
        _rename(search, name)
    search.shared = False
    search.save(update_fields=("shared",))
    note(Kind.SEARCH_WITHDRAWN, search, by=by, now=now, before=before)


def remove_search(search: SavedSearch, *, by: Actor, now: datetime) -> None:
    """One's own. One that is shared is withdrawn first, and of others no more than that."""
    with transaction.atomic():
        if search.shared:
            withdraw_search(search, by=by, now=now)
        if search.user_id == by.user_id:
            search.delete()


def _name(name: str) -> str:
    return clean_text(name, field="name", most=60, required=True)


def _rename(search: SavedSearch, name: str) -> None:
    name = _name(name)
    others = SavedSearch.objects.filter(organization=search.organization_id, user=search.user_id, name=name)
    if others.exclude(pk=search.pk).exists():
        raise WrongState(_("You have a search of this name. Choose another name."))
    search.name = name
    search.save(update_fields=("name",))


def _need_own(search: SavedSearch, by: Actor) -> None:
    if search.user_id != by.user_id:
        raise NotFound(_("There is nothing here, or it is not yours to see."))


def _told(search: SavedSearch) -> dict[str, str]:
    return {"name": search.name, "query": search.query}
