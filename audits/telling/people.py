"""Who may be told of what happened: everybody who may see it where it happened, now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from profiles.access import ROLE_PERMISSIONS, STEWARD_PERMISSIONS, Permission, Role
from profiles.models import Member, NoticeChoice, Schedule, User, Version
from profiles.telling.happening import Happening
from profiles.telling.rules import Somebody, rules_for
from profiles.telling.topics import TOPICS, Choice, Mail, Topic, is_outsider


def concerned(it: Happening, now: datetime) -> list[Somebody]:
    """Members of its organization whose role counts now (of every one, for what concerns the installation), and
    stewards, where it is theirs to decide."""
    needed = {rule.permission for rule in rules_for(it)}
    if not needed:
        return []
    roles = _roles(it, now)
    stewards = _stewards() if needed & STEWARD_PERMISSIONS else frozenset()
    ids = sorted(roles.keys() | stewards)
    involved, choices = _involved(it) if None in needed else frozenset(), choices_of(ids)
    return [
        Somebody(
            user_id=pk,
            permissions=_permissions(roles.get(pk, ()), is_steward=pk in stewards),
            is_involved=f"user:{pk}" in involved,
            is_outsider=pk in roles and all(is_outsider(role) for role in roles[pk]),
            choices=choices.get(pk, {}),
        )
        for pk in ids
    ]


def _roles(it: Happening, now: datetime) -> dict[int, list[str]]:
    rows = Member.objects.filter(Q(expires_at=None) | Q(expires_at__gt=now), user__is_active=True).order_by("pk")
    if it.organization:
        rows = rows.filter(organization__slug=it.organization)
    found: dict[int, list[str]] = {}
    for user, role in rows.values_list("user_id", "role"):
        found.setdefault(user, []).append(role)
    return found


def _stewards() -> frozenset[int]:
    return frozenset(User.objects.filter(is_steward=True, is_active=True).values_list("pk", flat=True))


def _permissions(roles: Iterable[str], *, is_steward: bool) -> frozenset[Permission]:
    own: frozenset[Permission] = frozenset().union(*(ROLE_PERMISSIONS[Role(role)] for role in roles))
    return own | (STEWARD_PERMISSIONS if is_steward else frozenset())


def choices_of(users: Iterable[int]) -> dict[int, dict[Topic, Choice]]:
    """What these people chose, by person; nothing for whoever left all as it is."""
    found: dict[int, dict[Topic, Choice]] = {}
    for row in NoticeChoice.objects.filter(user__in=list(users)):
        if topic := TOPICS.get(row.topic):
            found.setdefault(row.user_id, {})[topic] = Choice(row.inbox, Mail(row.mail))
    return found


def _involved(it: Happening) -> frozenset[str]:
    """Whoever wrote the version, reviewed it or commented on it, and whoever asked for its activation."""
    if it.version is None:
        return frozenset()
    version = (
        Version.objects.filter(
            product__organization__slug=it.organization,
            product__slug=it.product,
            product__removed_at=None,
            number=it.version,
        )
        .prefetch_related("reviews", "comments")
        .first()
    )
    if version is None:
        return frozenset()
    people = {version.author_id, *version.writers}
    people |= {review.reviewer_id for review in version.reviews.all()}
    people |= {comment.author_id for comment in version.comments.all()}
    people |= {f"user:{pk}" for pk in Schedule.objects.filter(version=version).values_list("by_id", flat=True)}
    return frozenset(people)
