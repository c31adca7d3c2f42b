"""What somebody was told: their own notices, of where they still belong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q, QuerySet

from profiles.access import STEWARD_PERMISSIONS, Permission, person_permissions
from profiles.models import Member, Notice, User
from profiles.telling.topics import STEWARDS, Topic


def notices(user: User, memberships: Iterable[Member]) -> QuerySet[Notice]:
    """Those of the organizations that somebody is a member of now, and of the installation. Whoever left an
    organization keeps nothing that happened in it."""
    return _of(user, [member.organization_id for member in memberships])


def _of(user: User, organizations: Any) -> QuerySet[Notice]:
    everybodys = Q(organization=None)
    if not user.is_steward:
        everybodys &= ~Q(topic__in=STEWARDS)
    return Notice.objects.filter(Q(organization__in=organizations) | everybodys, user=user)


def inbox(user: User, memberships: Iterable[Member], *, unread: bool = False) -> QuerySet[Notice]:
    """What somebody's inbox holds, or what of it they have not read."""
    rows = notices(user, memberships).filter(in_inbox=True).select_related("entry", "organization")
    rows = rows.prefetch_related("entry__disclosures")
    return rows.filter(read_at=None) if unread else rows


def unread_count(user: User, memberships: Iterable[Member]) -> int:
    return unread_notices(user, [member.organization_id for member in memberships]).count()


def unread_notices(user: User, organizations: Any) -> QuerySet[Notice]:
    """
    Args:
        organizations: the ids of those that count, or a query for them.
    """
    return _of(user, organizations).filter(in_inbox=True, read_at=None)


def topics_for(memberships: Iterable[Member], user: User) -> list[Topic]:
    """The topics that can reach somebody at all, by what they may do anywhere."""
    may: frozenset[Permission] = frozenset(STEWARD_PERMISSIONS if user.is_steward else ())
    for member in memberships:
        may |= person_permissions(member.role, is_steward=False)
    needs = {
        Topic.REVIEWS: {Permission.REVIEW},
        Topic.VERSIONS: {Permission.SUBMIT, Permission.REVIEW},
        Topic.DECISIONS: {Permission.DECIDE_ATTESTATION},
        Topic.LOGS: {Permission.MANAGE_ORGANIZATIONS},
        Topic.ADMINISTRATION: {Permission.MANAGE_MEMBERS, Permission.MANAGE_WEBHOOKS},
    }
    return [topic for topic in Topic if may & needs.get(topic, {Permission.VIEW})]
