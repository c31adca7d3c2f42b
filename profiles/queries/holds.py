"""Holds that bind an organization."""

from __future__ import annotations

from django.db.models import Q

from profiles.access import Actor, Scoped
from profiles.models import (
    Hold,
)


def holds_for(actor: Actor) -> list[Hold]:
    """Those that bind everybody, and those of the actor's organization; the newest first."""
    return list(_holds(actor).order_by("-id"))


def hold_for(actor: Actor, pk: int) -> Hold:
    """One of them.

    Raises:
        NotFound: there is none, or it is another organization's.
    """
    return _holds(actor).one(pk=pk)


def _holds(actor: Actor) -> Scoped[Hold]:
    mine = Q(organization=None) | Q(organization=actor.organization_id)
    return Hold.objects.filter(mine).select_related("organization").prefetch_related("rechecks")
