"""Saved searches, as the trail page lists them."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from audits import queries
from audits.models import SavedSearch
from audits.web.pages.filters import Asked
from audits.web.presenters.trail import Saved, Searches
from profiles.access import Actor, Permission


def build_searches(asked: Asked, actor: Actor) -> Searches | None:
    """None for whoever looks at no organization."""
    if not actor.organization_slug or actor.user_id is None:
        return None
    rows = [_saved(row, actor, asked.query) for row in queries.saved_searches(actor)]
    is_new = bool(asked.query) and not any(row.current for row in rows)
    return Searches(tuple(rows), asked.query if is_new else "", actor.may(Permission.SHARE_SEARCH))


def address(row: SavedSearch) -> str:
    return f"{reverse('trail')}?{row.query}"


def _saved(row: SavedSearch, actor: Actor, query: str) -> Saved:
    is_mine = row.user_id == actor.user_id
    return Saved(
        name=row.name,
        href=address(row),
        current=row.query == query,
        shared=row.shared,
        owner="" if is_mine else _("Shared by %(name)s") % {"name": row.user.name},
        change_href=reverse("search_change", args=[row.pk]) if is_mine else "",
        remove_href=reverse("search_remove", args=[row.pk]) if is_mine or actor.may(Permission.MANAGE_MEMBERS) else "",
        slug=str(row.pk),
    )
