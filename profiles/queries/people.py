"""Who somebody is."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext as _

from profiles.access import Actor, ActorType, Auth, Permission, person_permissions, roles_with
from profiles.errors import NotFound
from profiles.models import (
    Member,
    Organization,
    Product,
    User,
)
from profiles.queries.notices import unread_count, unread_notices


def memberships(user: User, now: datetime) -> list[Member]:
    """The memberships that count now: an auditor's ends by itself."""
    return memberships_of([user.pk], now)


def memberships_of(users: Collection[int], now: datetime) -> list[Member]:
    """The same of several people, by their ids."""
    return list(_current(users, now))


def memberships_with_unread(user: User, now: datetime) -> tuple[list[Member], int]:
    """The same, each with the products of its organization as ``rail``, and how many notices this person has not read,
    with one query for most."""
    current = _current([user.pk], now)
    unread = unread_notices(user, current.order_by().values("organization"))
    count = unread.order_by().values("user").annotate(n=Count("pk")).values("n")
    products = Product.objects.filter(organization=OuterRef("organization")).order_by("name", "pk")
    rail = ArraySubquery(products.values(told=JSONObject(id="id", slug="slug", name="name")))
    rows: list[Any] = list(current.annotate(unread=Coalesce(Subquery(count), 0), rail=rail))
    return rows, rows[0].unread if rows else unread_count(user, rows)


def _current(users: Collection[int], now: datetime) -> QuerySet[Member]:
    rows = Member.objects.filter(Q(expires_at__isnull=True) | Q(expires_at__gt=now), user__in=users)
    return rows.select_related("organization").order_by("organization__name")


def may_review(organization: Organization, now: datetime) -> list[Member]:
    """The members who may review what somebody else wrote, and can sign in."""
    roles = [role.value for role in roles_with(Permission.REVIEW)]
    current = Q(expires_at__isnull=True) | Q(expires_at__gt=now)
    rows = organization.members.filter(current, role__in=roles, user__is_active=True).select_related("user")
    return [row for row in rows if row.user.has_usable_password()]


def person(user: User, membership: Member | None, request_id: str = "", auth: Auth = Auth.PASSWORD) -> Actor:
    """A signed-in person, acting in the organization of ``membership`` if there is one."""
    return Actor(
        type=ActorType.PERSON,
        id=f"user:{user.pk}",
        name=user.name,
        permissions=person_permissions(membership.role if membership else None, is_steward=user.is_steward),
        organization_id=membership.organization_id if membership else None,
        organization_slug=membership.organization.slug if membership else "",
        user_id=user.pk,
        request_id=request_id,
        auth=auth,
    )


def organizations() -> list[Organization]:
    """All of the installation, with their members; for stewards."""
    return list(Organization.objects.prefetch_related("members__user").defer("settings", "windows").order_by("name"))


def organization_named(slug: str) -> Organization:
    """For commands, which act for the installation.

    Raises:
        NotFound: there is none of that name.
    """
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        raise NotFound(_("There is no organization %(slug)s.") % {"slug": slug})
    return found
