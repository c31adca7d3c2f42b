"""A known cast: an organization with a product and its people, made through the actions that pages call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

import profiles.rulebook
from profiles.access import Actor, Role, system
from profiles.actions import (
    activations,
    drafts,
    members,
    organizations,
    products,
    reviews,
    rulebooks,
    schedules,
    versions,
)
from profiles.actions.attestations import grant_attestation, request_attestation
from profiles.models import Activation, Attestation, Environment, Organization, Product, Schedule, User, Version
from profiles.queries import memberships, person

LIBRARY = Path(profiles.rulebook.__file__).parent / "library"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SYSTEM = system("tests")
PASSWORD = "correct horse battery staple"


@dataclass(frozen=True)
class Cast:
    """One organization and everybody in it."""

    organization: Organization
    product: Product
    users: dict[str, User]

    def actor(self, name: str) -> Actor:
        user = self.users[name]
        mine = [m for m in memberships(user, timezone.now()) if m.organization_id == self.organization.pk]
        return person(user, mine[0] if mine else None, "request-1")

    @property
    def production(self) -> Environment:
        return self.organization.environments.get(slug="production")

    @property
    def staging(self) -> Environment:
        return self.organization.environments.get(slug="staging")


def load_reference() -> None:
    rulebooks.publish_rulebook((LIBRARY / "reference-2026-11.toml").read_text("utf-8"), by=SYSTEM, now=NOW)


@transaction.atomic  # the database takes nobody in without an entry
def make_cast(slug: str = "acme", product: str = "helper", audience: str = "adults") -> Cast:
    """An administrator, two approvers, and one of every other role; user names are ``<role>@<slug>``."""
    load_reference()
    organization = organizations.create_organization(slug=slug, name=slug.title(), by=SYSTEM, now=NOW)
    by = system("tests", organization.pk, slug)
    users = {}
    for name in [role.value for role in Role] + ["approver2", "editor2"]:
        role = Role(name.rstrip("2"))
        user = User.objects.create_user(f"{name}@{slug}.example", PASSWORD, name=f"{name.title()} of {slug.title()}")
        ends = timezone.now() + timedelta(days=30) if role is Role.AUDITOR else None
        members.add_member(organization, user=user, role=role, by=by, now=timezone.now(), expires_at=ends)
        users[name] = user
    users["steward"] = User.objects.create_user(f"steward@{slug}.example", PASSWORD, name="Steward", is_steward=True)
    made = products.create_product(
        organization,
        slug=product,
        name=product.title(),
        facts={"audience": audience},
        platforms=["reference"],
        by=by,
        now=NOW,
    )
    return Cast(organization, made, users)


def set_values(cast: Cast, by: str = "editor", **values: object) -> None:
    """Edit the draft; keys are written with ``__`` for the dot."""
    draft = cast.product.draft
    draft.refresh_from_db()
    settings = {key.replace("__", "."): value for key, value in values.items()}
    drafts.edit_draft(draft, by=cast.actor(by), now=timezone.now(), seen=draft.revision, settings=settings)


def submit(cast: Cast, by: str = "editor", why: str = "Because it is needed.") -> Version:
    draft = cast.product.draft
    draft.refresh_from_db()
    return versions.submit_version(draft, note_text=why, seen=draft.revision, by=cast.actor(by), now=timezone.now())


def approve(cast: Cast, version: Version, by: str = "approver") -> None:
    reviews.approve_version(version, digest=version.digest, by=cast.actor(by), now=timezone.now())


def activate(cast: Cast, version: Version, by: str = "approver", environment: str = "production") -> Activation:
    place = cast.organization.environments.get(slug=environment)
    return activations.activate_version(
        version, environment=place, reason="Agreed.", by=cast.actor(by), now=timezone.now()
    )


def schedule(
    cast: Cast,
    version: Version,
    by: str = "approver",
    environment: str = "production",
    due: timedelta = timedelta(hours=1),
) -> Schedule:
    place, now = cast.organization.environments.get(slug=environment), timezone.now()
    return schedules.schedule_activation(
        version, environment=place, due_at=now + due, reason="At night.", by=cast.actor(by), now=now
    )


def make_active(cast: Cast, **values: object) -> Version:
    """Edit, submit, approve and activate in production."""
    set_values(cast, "editor", **values)
    version = submit(cast)
    approve(cast, version)
    activate(cast, version)
    return version


def attest(cast: Cast, kind: str, *, until: datetime) -> Attestation:
    """Requested by the editor, granted by the steward."""
    requested = request_attestation(
        cast.product, kind=kind, evidence="Registration 12345.", by=cast.actor("editor"), now=timezone.now()
    )
    return grant_attestation(requested, expires_at=until, by=cast.actor("steward"), now=timezone.now())
