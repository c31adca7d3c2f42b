"""Organizations: the tenants of an installation."""

from __future__ import annotations

from datetime import datetime

from audits.trail.kinds import Kind
from profiles.access import Actor, Permission, Role
from profiles.actions.base import action, note
from profiles.actions.members import Invitation, invite
from profiles.actions.text import clean_text, need_slug, once
from profiles.models import Environment, Organization

FIRST_ENVIRONMENTS = (("staging", "Staging"), ("production", "Production"))


def create_organization(*, slug: str, name: str, by: Actor, now: datetime) -> Organization:
    """A new tenant with a staging and a production environment.

    Raises:
        InvalidInput: the slug is taken or not one.
    """
    return _create_organization(slug, name=name, by=by, now=now)


def found_organization(
    *, slug: str, name: str, email: str, person: str, by: Actor, now: datetime
) -> tuple[Organization, Invitation]:
    """A new tenant with somebody who looks after it; neither exists without the other.

    Args:
        email, person: of its first administrator, who is invited as any member is.

    Raises:
        InvalidInput: the slug is taken, or the person cannot be invited.
    """
    return _found_organization(slug, name=name, email=email, person=person, by=by, now=now)


@action(Kind.ORGANIZATION_CREATED)
def _create_organization(slug: str, *, name: str, by: Actor, now: datetime) -> Organization:
    by.require(Permission.MANAGE_ORGANIZATIONS)
    need_slug(slug, taken=Organization.objects.filter(slug=slug).exists())
    name = clean_text(name, field="name", most=120, required=True)
    with once(slug, "slug"):
        organization = Organization.objects.create(slug=slug, name=name, created_at=now)
    for position, (env, label) in enumerate(FIRST_ENVIRONMENTS):
        Environment.objects.create(organization=organization, slug=env, name=label, position=position)
    note(Kind.ORGANIZATION_CREATED, organization, by=by, now=now, after={"name": name})
    return organization


@action(Kind.ORGANIZATION_CREATED)
def _found_organization(
    slug: str, *, name: str, email: str, person: str, by: Actor, now: datetime
) -> tuple[Organization, Invitation]:
    name = clean_text(name, field="organization", most=120, required=True)
    organization = create_organization(slug=slug, name=name, by=by, now=now)
    invitation = invite(organization, email=email, name=person, role=Role.ADMINISTRATOR, by=by, now=now)
    return organization, invitation
